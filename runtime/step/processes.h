#pragma once
// The processes of this machine, as /proc shows them, to find and end those that a killed osac left. A process is known by its pid and
// start time together; never by its name.

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "compiler/base/result.h"

namespace osac::step {

struct ProcessInfo {
  std::int64_t pid = 0, parent = 0, session = 0;
  std::int64_t start = 0;  ///< field 22 of /proc/PID/stat
  bool is_zombie = false;
};
std::vector<ProcessInfo> list_processes();
/// The command line with spaces, cut at 80 bytes; the name in brackets if there is none.
std::string command_of(std::int64_t pid);

/// Which processes to look for.
struct Wanted {
  std::unordered_set<std::string> executions;                  ///< those with OSAC's mark OSA_EXECUTION=... in their environment
  std::vector<std::pair<std::int64_t, std::int64_t>> leaders;  ///< (pid, start)
};
/// These, all in their sessions and all their descendants; this process and those above it never.
std::vector<ProcessInfo> find_processes(const Wanted& wanted);
/// TERM, then after `grace` (nanoseconds) KILL, until none is left or `patience` is over. Gives those that would not end (a process can be
/// stuck in the kernel).
std::vector<ProcessInfo> end_processes(const Wanted& wanted, std::int64_t grace, std::int64_t patience);

}  // namespace osac::step
