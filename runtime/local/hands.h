#pragma once
// A few threads that do what may block: start processes, read and publish files. A thread comes into being when there is work and all
// others have some. They sleep when there is nothing to do (TBB's own workers spin for a millisecond first, and take that time from the
// tasks' processes).

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace osac::local {

class Hands {
 public:
  explicit Hands(std::size_t most) : most_(most) {}
  /// Waits until all is done.
  ~Hands();
  Hands(const Hands&) = delete;
  Hands& operator=(const Hands&) = delete;

  void give(std::function<void()> work);

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  const std::size_t most_;
  std::size_t idle_ = 0;
  bool is_over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace osac::local
