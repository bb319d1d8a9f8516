#pragma once
// One thread that waits for processes: pidfds and interrupts in one epoll. An attempt's process has ended when its whole tree is gone: what
// the leader leaves behind gets `linger`, then TERM, then KILL; so does a tree that takes longer than its limit, and all of them when osac
// is told to stop. It knows processes, not elements, plans or TBB.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/local/spawn.h"
#include "runtime/step/step.h"

namespace osac::local {

class Supervisor {
 public:
  struct Settings {
    std::int64_t grace = 10'000'000'000;  ///< TERM to KILL, nanoseconds
    std::int64_t linger = 2'000'000'000;
    std::string execution;
    int interrupts = -1;  ///< becomes readable once for each interrupt
  };
  /// Called from the supervisor's thread.
  using Ended = std::function<void(void* token, const step::Exit& exit)>;
  /// The first interrupt (1) and the second (2), from the supervisor's thread.
  using Interrupted = std::function<void(int level)>;

  static Result<std::unique_ptr<Supervisor>> start(Settings settings, Ended ended, Interrupted interrupted);
  /// Joins the thread; nothing may be watched any more.
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Starts a process and waits for it; from any thread. `started` is called with its pid before anything else can happen to it, `ended`
  /// with `token` once its tree is gone. If it could not be started, that is all: neither is called.
  Spawned launch(void* token, const step::Process& process, const std::string& element, const std::function<void(std::int64_t)>& started);
  /// Ends all processes, as the first interrupt does.
  void stop();
  /// Whether nothing should be started any more.
  [[nodiscard]] bool is_stopping() const;

 private:
  void watch(void* token, std::int64_t pid, const std::string& element, std::int64_t time_limit);
  struct Inside;
  explicit Supervisor(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace osac::local
