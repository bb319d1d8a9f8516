#include "runtime/cli/git.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/driver/load.h"

extern char** environ;

namespace osac::cli {

namespace {

namespace fs = std::filesystem;

/// What a git command gave.
struct Answer {
  int exit_code = 0;
  std::string out;
  std::string err;
};

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

/// The environment with messages in English, no locks taken and nobody asked for passwords.
std::vector<std::string> environment() {
  std::vector<std::string> variables;
  for (char** at = environ; *at != nullptr; ++at)
    if (!std::string_view(*at).starts_with("LC_ALL=") && !std::string_view(*at).starts_with("GIT_OPTIONAL_LOCKS="))
      variables.emplace_back(*at);
  for (const char* const ours : {"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0"}) variables.emplace_back(ours);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// Reads both pipes until they are closed.
Status read_all(Pipe& out, Pipe& err, Answer& answer) {
  std::array<pollfd, 2> waiting = {pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
  const std::array<std::string*, 2> texts = {&answer.out, &answer.err};
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  for (std::size_t open = 2; open > 0;) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return system_failure(errno, "wait for", "git");
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting.at(i).fd < 0 || waiting.at(i).revents == 0) continue;
      const ssize_t count = ::read(waiting.at(i).fd, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_failure(errno, "read from", "git");
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

/// Runs git in `folder` with one line for its standard input (at most what a pipe holds).
Result<Answer> run_git(const std::string& folder, const std::vector<std::string>& arguments, const std::string& input = {}) {
  std::vector<std::string> words = {"git", "-C", folder};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment();
  Pipe in;
  Pipe out;
  Pipe err;
  if (!in.open() || !out.open() || !err.open()) return system_failure(errno, "make a pipe for", "git");
  if (input.size() > PIPE_BUF || ::write(in.ends[1], input.data(), input.size()) < 0) return system_failure(E2BIG, "ask", "git");
  in.close_end(1);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.ends[1], STDERR_FILENO);
  pid_t pid = 0;
  const int trouble = ::posix_spawnp(&pid, "git", &actions, nullptr, pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (trouble == ENOENT)
    return failure(Trouble::environment, "`git` is not installed, so no revision can be read", "install git, or give two files");
  if (trouble != 0) return system_failure(trouble, "run", "git");
  in.close_end(0);
  out.close_end(1);
  err.close_end(1);

  Answer answer;
  const Status read = read_all(out, err, answer);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!read) return tl::unexpected<Error>(read.error());
  answer.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return answer;
}

std::string first_line(const std::string& text) {
  std::string_view line = trim(std::string_view(text).substr(0, text.find('\n')));
  if (line.starts_with("fatal: ")) line.remove_prefix(7);
  return visible(line);
}

/// The nearest folder that there is: a file that was deleted, with its folder, still was in the repository around it.
std::string existing_folder(std::string folder) {
  std::error_code ignored;
  while (!fs::is_directory(folder, ignored) && folder != "." && folder != "/") folder = driver::folder_of(folder);
  return folder;
}

/// Absolute, links in folders followed, `..` resolved; the last part as it is.
fs::path absolute_path(const std::string& path) {
  std::error_code trouble;
  const fs::path whole = fs::absolute(path, trouble);
  const fs::path folder = fs::weakly_canonical(whole.parent_path(), trouble);
  return trouble ? whole.lexically_normal() : (folder / whole.filename()).lexically_normal();
}

class Revision final : public driver::SourceFiles {
 public:
  Revision(std::string name, std::string commit, fs::path root)
      : name_(std::move(name)), commit_(std::move(commit)), root_(std::move(root)) {}

  Result<std::optional<std::string>> read(const std::string& path) const override {
    const auto inside = place_of(path);
    if (!inside) return read_from_disk(path);
    if (inside->find('\n') != std::string::npos) return std::nullopt;
    // `--batch` tells a missing file from other trouble by words on its standard output, of which the first line is: OID blob SIZE
    auto answer = run_git(root_.string(), {"cat-file", "--batch"}, commit_ + ":" + *inside + "\n");
    if (!answer) return tl::unexpected<Error>(answer.error());
    const auto end = answer->out.find('\n');
    const std::string head = answer->out.substr(0, end);
    if (head.ends_with(" missing") && head.starts_with(commit_)) return std::nullopt;
    const auto size_at = head.rfind(' ');
    if (answer->exit_code != 0 || end == std::string::npos || size_at == std::string::npos)
      return failure(Trouble::environment, fmt::format("git cannot read `{}`: {}", shown(path), first_line(answer->err)));
    if (head.find(" blob ") == std::string::npos) return failure(Trouble::usage, fmt::format("`{}` is no file", shown(path)));
    std::string text = answer->out.substr(end + 1);
    if (!text.empty()) text.pop_back();  // the newline after the contents
    return text;
  }
  std::string shown(const std::string& path) const override { return place_of(path) ? name_ + ":" + path : path; }

 private:
  static Result<std::optional<std::string>> read_from_disk(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0) return std::nullopt;
    auto text = read_file(path);
    if (!text) return tl::unexpected<Error>(text.error());
    return std::move(*text);
  }
  /// The path inside the repository; nothing if it is outside.
  [[nodiscard]] std::optional<std::string> place_of(const std::string& path) const {
    const fs::path relative = absolute_path(path).lexically_relative(root_);
    if (relative.empty() || *relative.begin() == "..") return std::nullopt;
    return relative.string();
  }

  std::string name_;
  std::string commit_;
  fs::path root_;
};

}  // namespace

Result<std::unique_ptr<driver::SourceFiles>> open_revision(const std::string& revision, const std::string& file) {
  const std::string folder = existing_folder(driver::folder_of(file));
  const auto top = run_git(folder, {"rev-parse", "--show-toplevel"});
  if (!top) return tl::unexpected<Error>(top.error());
  if (top->exit_code != 0 || top->out.empty())
    return failure(Trouble::usage,
                   fmt::format("`{}` is in no git repository, so it has no revision `{}`", visible(file), visible(revision)),
                   top->err.find("not a git repository") == std::string::npos ? "git says: " + first_line(top->err) : "give two files");
  const std::string root = top->out.substr(0, top->out.size() - 1);
  const auto commit = run_git(root, {"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
  if (!commit) return tl::unexpected<Error>(commit.error());
  const std::string id(trim(commit->out));
  if (commit->exit_code != 0 || id.empty())
    return failure(Trouble::usage, fmt::format("there is no revision `{}` in the repository of `{}`", visible(revision), visible(file)),
                   "`git log --oneline` lists them");
  std::error_code trouble;
  const fs::path canonical = fs::weakly_canonical(root, trouble);
  auto files = std::make_unique<Revision>(revision, id, trouble ? fs::path(root) : canonical);
  const auto text = files->read(file);
  if (!text) return tl::unexpected<Error>(text.error());
  if (!*text) {
    const bool is_here = ::access(file.c_str(), F_OK) == 0;
    return failure(Trouble::usage, fmt::format("there is no `{}` in revision `{}`", visible(file), visible(revision)),
                   is_here ? fmt::format("it is here now: `git log --oneline -- {}` lists the revisions that have it", shell_quoted(file))
                           : "paths are relative to this folder");
  }
  return files;
}

}  // namespace osac::cli
