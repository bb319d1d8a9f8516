#pragma once
// Starts one process: own session, no stdin, output into its log, nothing inherited but that. posix_spawn, never fork: what a fork costs
// grows with the parent's memory.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "runtime/step/step.h"

namespace osac::local {

struct Spawned {
  std::int64_t pid = 0;
  std::int32_t exit_code = 0;  ///< if it did not start: 127 not found, 126 cannot be executed
  std::string error;           ///< if it did not start: why
};

/// Where programs are on osac's own PATH: found once, so that not each process has to try every folder of it. Thread-safe.
class Programs {
 public:
  /// Its path; the name itself if that is a path, or if there is none of that name.
  std::string find(const std::string& name);
  /// It is not there any more.
  void forget(const std::string& name);

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> found_;
};

Spawned spawn(const step::Process& process, Programs& programs);

}  // namespace osac::local
