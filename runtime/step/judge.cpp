#include "runtime/step/judge.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

std::string signal_words(std::int32_t signal) {
  const char* const text = ::sigdescr_np(signal);
  std::string words = text == nullptr ? "unknown" : text;
  if (words.size() > 1 && words[1] >= 'a' && words[1] <= 'z') words[0] = static_cast<char>(std::tolower(words[0]));
  return fmt::format("signal {} ({})", signal, words);
}

std::string log_tail(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.exists()) return {};
  const off_t size = ::lseek(file.number(), 0, SEEK_END);
  std::string text(static_cast<std::size_t>(std::clamp<off_t>(size, 0, 4096)), '\0');
  const ssize_t count = ::pread(file.number(), text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

/// What a shell wrote when it could not start a program, from the end of the log: "line 1: frobnicate: command not found".
std::string shell_complaint(const std::string& log) {
  const std::string text = log_tail(log);
  const auto lines = split(text, '\n');
  const auto is_complaint = [](std::string_view line) {
    return line.ends_with("not found") || line.ends_with("No such file or directory") || line.ends_with("ermission denied") ||
           line.ends_with("xec format error");
  };
  const auto found = std::find_if(lines.rbegin(), lines.rend(), is_complaint);
  return found == lines.rend() ? "" : visible(found->substr(0, 300));
}

Verdict failed(FailureClass failure, std::string reason) { return {Outcome::failed, failure, std::move(reason), false}; }

Verdict not_started(const Exit& exit, const ExitContext& context) {
  const std::string what = exit.code == 126 ? "cannot be executed" : "was not found";
  const std::string program = context.program.empty() ? "a program" : fmt::format("`{}`", context.program);
  if (!exit.start_error.empty()) return failed(FailureClass::environment, exit.start_error);
  const std::string complaint = shell_complaint(context.log);
  return failed(FailureClass::environment, complaint.empty()
                                               ? fmt::format("exit code {}: {} or something it calls {}", exit.code, program, what)
                                               : fmt::format("exit code {}: {}", exit.code, complaint));
}

std::string limit_words(std::int64_t memory) { return memory > 0 ? ": the limit is " + runtime::memory_text(memory) : ""; }

std::string obstacle_words(mode_t mode) {
  if (S_ISLNK(mode)) return "is a symbolic link";
  if (S_ISDIR(mode)) return "is a folder where a file is declared";
  if (S_ISREG(mode)) return "is a file where a folder is declared";
  return "is neither a file nor a folder";
}

/// A link in an output folder has to stay in it: published links to somewhere else would change under the reader's feet.
std::string link_out_of(const std::string& folder, const std::string& inside, int depth) {
  const auto close = [](DIR* listing) { ::closedir(listing); };
  const std::unique_ptr<DIR, decltype(close)> listing(::opendir(folder.c_str()), close);
  if (!listing) return {};
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string name(entry->d_name);
    if (name == "." || name == "..") continue;
    const std::string path = folder + "/" + name;
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) continue;
    std::string below = inside + name;
    if (S_ISDIR(info.st_mode)) {
      if (std::string found = link_out_of(path, below + "/", depth + 1); !found.empty()) return found;
    } else if (S_ISLNK(info.st_mode)) {
      char target[4096];
      const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
      const std::string aim(target, length > 0 ? static_cast<std::size_t>(length) : 0);
      int level = depth;
      bool leaves = aim.empty() || aim[0] == '/';
      for (const std::string_view part : split(aim, '/')) {
        level += part == ".." ? -1 : part.empty() || part == "." ? 0 : 1;
        leaves = leaves || level < 0;
      }
      if (leaves) return below;
    } else if (!S_ISREG(info.st_mode)) {
      return below;
    }
  }
  return {};
}

std::string judge_output(const Target& target) {
  std::string path = target.path;
  if (path.back() == '/') path.pop_back();
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno != ENOENT && errno != ENOTDIR)
      return fmt::format("`{}`: cannot examine {}: {}", target.port, target.final_path, std::strerror(errno));
    return fmt::format("`{}` was not written ({})", target.port, target.final_path);
  }
  if (target.is_directory ? !S_ISDIR(info.st_mode) : !S_ISREG(info.st_mode))
    return fmt::format("`{}` {} ({})", target.port, obstacle_words(info.st_mode), target.final_path);
  if (target.is_directory)
    if (const std::string link = link_out_of(path, "", 0); !link.empty())
      return fmt::format("`{}` holds `{}`, a link that leaves it or a special file ({})", target.port, visible(link), target.final_path);
  return {};
}

}  // namespace

Verdict judge_exit(const Exit& exit, const ExitContext& context) {
  if (exit.cancelled) return {Outcome::cancelled, FailureClass::cancelled, "osac was told to stop", false};
  if (!exit.start_error.empty()) return not_started(exit, context);
  if (exit.timed_out)
    return {Outcome::timed_out, FailureClass::timeout, "took longer than " + runtime::duration_text(context.time_limit), false};
  if (exit.out_of_memory) return failed(FailureClass::memory, "ran out of memory" + limit_words(context.memory));
  if (exit.signal != 0) return failed(FailureClass::exit, "ended by " + signal_words(exit.signal));
  const bool is_empty = std::find(context.empty_codes.begin(), context.empty_codes.end(), exit.code) != context.empty_codes.end();
  if (exit.code != 0 && !is_empty) {
    if (exit.code == 126 || exit.code == 127) return not_started(exit, context);
    std::string reason = fmt::format("exit code {}", exit.code);
    if (exit.code > 128 && exit.code < 128 + 65) reason += fmt::format(" (from a shell: {})", signal_words(exit.code - 128));
    return failed(FailureClass::exit, std::move(reason));
  }
  if (!exit.left_behind.empty())
    return failed(FailureClass::output, fmt::format("left {} process{} behind: {}", exit.left_behind.size(),
                                                    exit.left_behind.size() == 1 ? "" : "es", join_words(exit.left_behind)));
  return {Outcome::succeeded, FailureClass::none, "", is_empty};
}

Verdict judge_verify(const Exit& exit, const ExitContext& context) {
  Verdict verdict = judge_exit(exit, context);
  if (verdict.outcome == Outcome::succeeded) return verdict;
  if (verdict.failure == FailureClass::exit) verdict.failure = FailureClass::output;
  verdict.reason = "verify: " + verdict.reason;
  return verdict;
}

std::string judge_outputs(const std::vector<Target>& targets) {
  std::string problem;
  int count = 0;
  for (const Target& target : targets) {
    const std::string one = judge_output(target);
    if (one.empty() || ++count > 5) continue;
    problem += (problem.empty() ? "" : "; ") + one;
  }
  if (count > 5) problem += fmt::format("; and {} more", count - 5);
  return problem.empty() ? problem : "output " + problem;
}

}  // namespace osac::step
