#include "runtime/local/interrupts.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>

namespace osac::local {

namespace {

// A signal handler can reach nothing but statics. One Interrupts lives at a time.
std::atomic<int> handler_descriptor{-1};
std::atomic<int> handler_count{0};
std::atomic<int> handler_first{0};
static_assert(std::atomic<int>::is_always_lock_free);

void note_interrupt(int number) {
  const int error = errno;
  int none = 0;
  handler_first.compare_exchange_strong(none, number);
  if (handler_count.fetch_add(1) >= 2) ::_exit(128 + number);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(handler_descriptor.load(), &one, sizeof one);
  errno = error;
}

}  // namespace

Interrupts::Interrupts() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  handler_descriptor = descriptor_;
  handler_count = 0;
  handler_first = 0;
  const auto install = [&](int number, void (*handler)(int)) {
    struct sigaction action {};
    struct sigaction before {};
    ::sigaction(number, nullptr, &before);
    const bool is_interrupt = handler == note_interrupt;
    if (is_interrupt && before.sa_handler == SIG_IGN) return;
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
    before_.emplace_back(number, before);
  };
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) install(number, note_interrupt);
  install(SIGPIPE, SIG_IGN);
  install(SIGCHLD, SIG_DFL);  // if it was ignored, nobody could wait for a process
  sigset_t ours;
  ::sigemptyset(&ours);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::sigaddset(&ours, number);
  ::pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
}

Interrupts::~Interrupts() {
  for (const auto& [number, before] : before_) ::sigaction(number, &before, nullptr);
  handler_descriptor = -1;
  ::close(descriptor_);
}

int Interrupts::count() const { return handler_count; }
int Interrupts::first() const { return handler_first; }

}  // namespace osac::local
