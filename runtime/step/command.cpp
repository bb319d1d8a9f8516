#include "runtime/step/command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/step/spawning.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::size_t most_output = std::size_t{1} << 30;

/// A file that has no name and is gone when it is closed.
Descriptor file_in_memory(std::string_view bytes) {
  Descriptor file(::memfd_create("osac", MFD_CLOEXEC));
  if (file.exists() && (!write_all(file.number(), bytes) || ::lseek(file.number(), 0, SEEK_SET) != 0)) return {};
  return file;
}

std::string content(const Descriptor& file) {
  const off_t size = ::lseek(file.number(), 0, SEEK_END);
  std::string text(size > 0 ? std::min(static_cast<std::size_t>(size), most_output) : 0, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count = ::pread(file.number(), text.data() + filled, text.size() - filled, static_cast<off_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return text;
}

/// Waits until the process has ended or the time is over; false in that case.
bool ends_within(pid_t pid, std::int64_t limit) {
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle.exists()) return true;  // waitpid will wait
  const std::int64_t begin = runtime::system_clock().monotonic();
  for (;;) {
    const std::int64_t left = std::max<std::int64_t>(0, limit - (runtime::system_clock().monotonic() - begin));
    pollfd one{handle.number(), POLLIN, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left / millisecond + 1, 3'600'000)));
    if (ready > 0) return true;
    if (ready == 0 && left == 0) return false;
  }
}

class Files {
 public:
  Files(int input, int output, int errors) {
    ::posix_spawn_file_actions_init(&value_);
    ::posix_spawn_file_actions_adddup2(&value_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&value_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&value_, errors, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&value_, STDERR_FILENO + 1);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() { ::posix_spawn_file_actions_destroy(&value_); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &value_; }

 private:
  posix_spawn_file_actions_t value_{};
};

CommandEnd not_started(int error, const std::string& program) {
  CommandEnd end;
  end.how = error == ENOENT ? CommandEnd::How::missing : CommandEnd::How::unstarted;
  end.errors = "cannot start `" + program + "`: " + std::strerror(error);
  return end;
}

}  // namespace

CommandEnd run_command(const std::vector<std::string>& words, const std::vector<std::string>& environment, std::string_view input,
                       std::int64_t limit) {
  const Descriptor in = file_in_memory(input);
  const Descriptor out = file_in_memory({});
  const Descriptor err = file_in_memory({});
  if (!in.exists() || !out.exists() || !err.exists()) return not_started(errno, words.front());
  const SpawnAttributes attributes;
  const Files files(in.number(), out.number(), err.number());
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, words.front().c_str(), files.get(), attributes.get(), pointers_to(words).data(),
                                   pointers_to(environment).data());
  if (error != 0) return not_started(error, words.front());

  CommandEnd end;
  const bool is_ended = !ends_within(pid, limit);
  if (is_ended) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (is_ended)
    end.how = CommandEnd::How::ended;
  else if (WIFSIGNALED(status))
    end.how = CommandEnd::How::signalled;
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  end.output = content(out);
  end.errors = content(err);
  return end;
}

}  // namespace osac::step
