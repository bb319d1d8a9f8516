#include "runtime/slurm/command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/step/system.h"

namespace osac::slurm {

namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::size_t most_output = std::size_t{1} << 30;

// what says where Slurm is, and under whose name jobs run; everything else of these commands is said by their words
constexpr std::array<std::string_view, 9> kept{
    "SLURM_CONF=",     "SLURM_CONF_SERVER=", "SLURM_JWT=",          "SLURM_CLUSTERS=",   "SBATCH_CLUSTERS=",
    "SBATCH_ACCOUNT=", "SBATCH_QOS=",        "SBATCH_RESERVATION=", "SLURM_DEBUG_FLAGS="};
constexpr std::array<std::string_view, 7> dropped{"SLURM_", "SLURMD_", "SBATCH_", "SQUEUE_", "SACCT_", "SCONTROL_", "LC_ALL="};

template <typename List>
bool begins_with_one(std::string_view text, const List& list) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view one) { return text.starts_with(one); });
}

std::vector<std::string> environment() {
  std::vector<std::string> out{"LC_ALL=C", "SLURM_BITSTR_LEN=0", "SLURM_TIME_FORMAT=%s"};
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (begins_with_one(std::string_view(*variable), kept) || !begins_with_one(std::string_view(*variable), dropped))
      out.emplace_back(*variable);
  return out;
}

/// A file that has no name and is gone when it is closed.
step::Descriptor file_in_memory(std::string_view bytes) {
  step::Descriptor file(::memfd_create("osac", MFD_CLOEXEC));
  if (file.exists() && (!step::write_all(file.number(), bytes) || ::lseek(file.number(), 0, SEEK_SET) != 0)) return {};
  return file;
}

std::string content(const step::Descriptor& file) {
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
  const step::Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle.exists()) return true;  // waitpid will wait
  const std::int64_t end = runtime::system_clock().monotonic() + limit;
  for (;;) {
    const std::int64_t left = std::max<std::int64_t>(0, end - runtime::system_clock().monotonic());
    pollfd one{handle.number(), POLLIN, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left / millisecond + 1, 3'600'000)));
    if (ready > 0) return true;
    if (ready == 0 && left == 0) return false;
  }
}

/// The attributes and file actions of posix_spawn.
struct Spawning {
  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t files{};
  Spawning(int input, int output, int errors) {
    ::posix_spawnattr_init(&attributes);
    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
  ~Spawning() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
  }
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));  // execve does not write to them
  list.push_back(nullptr);
  return list;
}

CommandEnd not_started(int error, const std::string& program) {
  CommandEnd end;
  end.how = error == ENOENT ? CommandEnd::How::missing : CommandEnd::How::unstarted;
  end.errors = "cannot start `" + program + "`: " + std::strerror(error);
  return end;
}

}  // namespace

CommandEnd run_command(const std::vector<std::string>& words, const std::string& input, std::int64_t limit) {
  const step::Descriptor in = file_in_memory(input);
  const step::Descriptor out = file_in_memory({});
  const step::Descriptor err = file_in_memory({});
  if (!in.exists() || !out.exists() || !err.exists()) return not_started(errno, words.front());
  const Spawning spawning(in.number(), out.number(), err.number());
  const std::vector<char*> arguments = pointers(words);
  const std::vector<std::string> variables = environment();
  const std::vector<char*> environment = pointers(variables);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, arguments.front(), &spawning.files, &spawning.attributes, arguments.data(), environment.data());
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

}  // namespace osac::slurm
