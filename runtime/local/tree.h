#pragma once
// The processes of an attempt: its leader's session and whatever came of it, also what left the session (osac is the subreaper: a process
// whose parent ends becomes its child). They are looked up in /proc; a process is its pid and its start time together.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/step/processes.h"

namespace osac::local {

/// Makes osac the parent of processes whose parent ends, for as long as it lives; puts it back as it was.
class Subreaper {
 public:
  Subreaper();
  ~Subreaper();
  Subreaper(const Subreaper&) = delete;
  Subreaper& operator=(const Subreaper&) = delete;

 private:
  int before_ = 0;
};

/// What tells the processes of one attempt from those of others.
struct Mark {
  std::int64_t leader = 0;  ///< its pid, and its session's number
  std::string execution, element;
};

/// The children that were given to osac because their parent ended. Cheap enough to be asked at every end of a process: one read.
class Adopted {
 public:
  Adopted();
  ~Adopted();
  Adopted(const Adopted&) = delete;
  Adopted& operator=(const Adopted&) = delete;

  /// Whether a living one belongs to the attempt. `is_leader` tells those that osac started itself. `may_reap` is asked after the look at
  /// the process table: if every child in it that osac started is known to `is_leader`, ended ones are taken off the table.
  bool any_of(const Mark& mark, const std::function<bool(std::int64_t)>& is_leader, const std::function<bool()>& may_reap);

 private:
  struct Origin {
    std::int64_t session = 0;
    std::string execution, element;
    std::int64_t unclear_until = 0;  ///< it showed no environment: it may be between two programs
  };
  [[nodiscard]] static Origin origin_of(std::int64_t pid);
  /// All children of this process, ended ones that nobody has waited for among them.
  [[nodiscard]] std::vector<std::int64_t> list() const;
  void forget_ended(const std::vector<std::int64_t>& now);
  int descriptor_;  // the list of children of the main thread, the one that adopts; -1: this kernel has none, /proc is searched instead
  std::unordered_map<std::int64_t, Origin> known_;
};

/// All living processes of an attempt, its leader included, among `all` (list_processes()).
std::vector<step::ProcessInfo> tree_of(const Mark& mark, std::span<const step::ProcessInfo> all);
/// Sends a signal to exactly this process, if it still is the one.
void send(const step::ProcessInfo& process, int signal);

}  // namespace osac::local
