#pragma once
// A few threads that do what may block: start processes, read and publish files. They sleep when there is nothing to do (TBB's own workers
// spin for a millisecond first, and take that time from the tasks' processes).

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace osac::local {

class Hands {
 public:
  explicit Hands(unsigned count);
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
  bool is_over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace osac::local
