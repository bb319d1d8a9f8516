#pragma once
// Interrupts: the first one is told (a descriptor becomes readable), so is the second, the third ends osac at once. While an Interrupts
// lives, SIGINT, SIGTERM and SIGHUP are its own (those that osac was started to ignore stay ignored: `nohup`), SIGPIPE is ignored, SIGCHLD
// is as usual.

#include <csignal>
#include <cstdint>
#include <utility>
#include <vector>

namespace osac::local {

class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Readable (an eventfd) after each interrupt.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// How many there have been, and the first one's number (0 if none).
  [[nodiscard]] int count() const;
  [[nodiscard]] int first() const;

 private:
  int descriptor_;
  std::vector<std::pair<int, struct sigaction>> before_;
};

}  // namespace osac::local
