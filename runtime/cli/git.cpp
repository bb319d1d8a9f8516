#include "runtime/cli/git.h"

#include <fmt/format.h>
#include <unistd.h>
#include <filesystem>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/driver/load.h"
#include "runtime/cli/program.h"

namespace osac::cli {

namespace {

namespace fs = std::filesystem;

/// Runs git in `folder` with a text for its standard input: messages in English, no locks taken and nobody
/// asked for passwords.
Result<ProgramAnswer> run_git(const std::string& folder, const std::vector<std::string>& arguments, const std::string& input = {}) {
  std::vector<std::string> words = {"git", "-C", folder};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto answer = run_program(words, {"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0"}, input);
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (!*answer)
    return failure(Trouble::environment, "`git` is not installed, so no revision can be read", "install git, or give two files");
  return std::move(**answer);
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
