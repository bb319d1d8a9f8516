#include "runtime/local/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <thread>
#include <vector>

#include "compiler/base/text.h"
#include "runtime/step/spawning.h"

namespace osac::local {

namespace {

// processes or memory may be short for a moment only
constexpr int most_tries = 6;
constexpr std::chrono::milliseconds first_pause{10};

class Files {
 public:
  explicit Files(const std::string& log) {
    ::posix_spawn_file_actions_init(&value_);
    ::posix_spawn_file_actions_addopen(&value_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&value_, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    ::posix_spawn_file_actions_adddup2(&value_, STDOUT_FILENO, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&value_, STDERR_FILENO + 1);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() { ::posix_spawn_file_actions_destroy(&value_); }
  const posix_spawn_file_actions_t* get() const { return &value_; }

 private:
  posix_spawn_file_actions_t value_{};
};

bool may_pass(int error) { return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE || error == ETXTBSY; }

Spawned not_started(const step::Process& process, int error) {
  Spawned result;
  const std::string program = visible(process.argv[0]);
  result.exit_code = error == ENOENT ? 127 : 126;
  if (error == ENOENT) {
    result.error = fmt::format("`{}` was not found, or the interpreter that its first line names was not", program);
  } else if (error == E2BIG) {
    const auto size = [](const std::vector<std::string>& texts) {
      return std::accumulate(texts.begin(), texts.end(), std::size_t{0},
                             [](std::size_t sum, const std::string& text) { return sum + text.size() + 1; });
    };
    result.error = fmt::format(
        "the command is too long for this system: {} bytes of arguments, {} of environment; `{{port:list}}` passes names in a file",
        grouped(size(process.argv)), grouped(size(process.environment)));
  } else {
    result.error = fmt::format("cannot start `{}`: {}", program, std::strerror(error));
  }
  return result;
}

}  // namespace

std::string Programs::find(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos) return name;
  const std::lock_guard lock(mutex_);
  const auto known = found_.find(name);
  if (known != found_.end()) return known->second;
  const char* const folders = std::getenv("PATH");
  std::string path = folders == nullptr ? "" : step::find_program(folders, name);
  return path.empty() ? name : found_.emplace(name, std::move(path)).first->second;
}

void Programs::forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  found_.erase(name);
}

Spawned spawn(const step::Process& process, Programs& programs) {
  static const step::SpawnAttributes attributes;  // the same for all
  const Files files(process.log);
  const std::vector<char*> arguments = step::pointers_to(process.argv);
  const std::vector<char*> environment = step::pointers_to(process.environment);
  std::string program = programs.find(process.argv[0]);
  auto pause = first_pause;
  for (int tries = 1;; ++tries, pause *= 2) {
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid, program.c_str(), files.get(), attributes.get(), arguments.data(), environment.data());
    if (error == 0) return {pid, 0, {}};
    if (program != process.argv[0] && !may_pass(error)) {  // replaced or gone since it was found
      programs.forget(process.argv[0]);
      program = process.argv[0];
      continue;
    }
    if (!may_pass(error) || tries == most_tries) return not_started(process, error);
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace osac::local
