#include "runtime/cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string_view>

extern char** environ;

namespace osac::cli {

namespace {

/// Both ends of a pipe, closed with it.
struct Pipe {
  std::array<int, 2> ends = {-1, -1};
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() { close_end(0), close_end(1); }
  bool open() { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }
  void close_end(std::size_t end) {
    if (ends.at(end) >= 0) ::close(ends.at(end));
    ends.at(end) = -1;
  }
};

/// The environment with `ours` in place of those of the same names.
std::vector<std::string> environment(std::vector<std::string> ours) {
  const auto name_of = [](std::string_view variable) { return variable.substr(0, variable.find('=') + 1); };
  std::vector<std::string> variables;
  for (char** at = environ; *at != nullptr; ++at)
    if (std::none_of(ours.begin(), ours.end(), [&](const std::string& each) { return name_of(each) == name_of(*at); }))
      variables.emplace_back(*at);
  for (std::string& each : ours) variables.push_back(std::move(each));
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// Reads both pipes until they are closed.
Status read_all(const std::string& program, Pipe& out, Pipe& err, ProgramAnswer& answer) {
  std::array<pollfd, 2> waiting = {pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
  const std::array<std::string*, 2> texts = {&answer.out, &answer.err};
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  for (std::size_t open = 2; open > 0;) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return system_failure(errno, "wait for", program);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting.at(i).fd < 0 || waiting.at(i).revents == 0) continue;
      const ssize_t count = ::read(waiting.at(i).fd, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_failure(errno, "read from", program);
      if (count > 0) {
        texts.at(i)->append(buffer.data(), static_cast<std::size_t>(count));
      } else {
        waiting.at(i).fd = -1;
        --open;
      }
    }
  }
  return {};
}

}  // namespace

Result<std::optional<ProgramAnswer>> run_program(std::vector<std::string> words, const std::vector<std::string>& variables,
                                                 const std::string& input) {
  const std::string program = words.front();
  std::vector<std::string> ours = variables;
  ours.emplace_back("LC_ALL=C.UTF-8");
  ours = environment(std::move(ours));
  Pipe in;
  Pipe out;
  Pipe err;
  if (!in.open() || !out.open() || !err.open()) return system_failure(errno, "make a pipe for", program);
  if (input.size() > PIPE_BUF || ::write(in.ends[1], input.data(), input.size()) < 0) return system_failure(E2BIG, "ask", program);
  in.close_end(1);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.ends[1], STDERR_FILENO);
  pid_t pid = 0;
  const int trouble = ::posix_spawnp(&pid, program.c_str(), &actions, nullptr, pointers(words).data(), pointers(ours).data());
  posix_spawn_file_actions_destroy(&actions);
  if (trouble == ENOENT) return std::nullopt;
  if (trouble != 0) return system_failure(trouble, "run", program);
  in.close_end(0);
  out.close_end(1);
  err.close_end(1);

  ProgramAnswer answer;
  const Status read = read_all(program, out, err, answer);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!read) return tl::unexpected<Error>(read.error());
  answer.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return answer;
}

}  // namespace osac::cli
