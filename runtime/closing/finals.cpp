#include "runtime/closing/finals.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>

#include "compiler/base/text.h"
#include "runtime/step/step.h"
#include "runtime/step/system.h"

namespace osac::closing {

namespace {

namespace fs = std::filesystem;
using step::FileState;

std::optional<struct stat> look(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return info;
}
std::optional<struct stat> look_through(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return info;
}
bool is_link(const std::optional<struct stat>& info) { return info && S_ISLNK(info->st_mode); }
bool is_same_file(const std::optional<struct stat>& a, const std::optional<struct stat>& b) {
  return a && b && a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/// A name beside a path, for what is not whole yet; the same each time, so that what a kill leaves is found.
std::string beside(const std::string& path, const char* what) {
  return fmt::format("{}/.osac-{}-{}", step::folder_of(path), what, hexadecimal(sha256(step::name_of(path))).substr(0, 16));
}

std::string real_folder_of(const std::string& path) {
  char* const real = ::realpath(step::folder_of(path).c_str(), nullptr);
  std::string folder = real == nullptr ? "" : real;
  std::free(real);
  return folder;
}

/// What a link at `at` says to lead to `to`; both folders are there.
Result<std::string> link_text(const std::string& at, const std::string& to) {
  const std::string here = real_folder_of(at);
  const std::string there = real_folder_of(to);
  if (here.empty() || there.empty()) return system_failure(errno, "find the folder of", here.empty() ? at : to);
  return (fs::path(there) / step::name_of(to)).lexically_relative(here).string();
}

std::string text_of_link(const std::string& path) {
  std::string text(PATH_MAX, '\0');
  const ssize_t length = ::readlink(path.c_str(), text.data(), text.size());
  text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return text;
}

/// Where a file or folder really is, if a link of ours is at its path.
std::string source_of(const std::string& path) {
  if (!is_link(look(path))) return path;
  char* const real = ::realpath(path.c_str(), nullptr);
  std::string source = real == nullptr ? path : real;
  std::free(real);
  return source;
}

/// `to` names what `from` did; what it named before is no longer named so. A name that was free a moment ago takes nothing's place.
Status rename_over(const std::string& from, const std::string& to) {
  if (!look(to)) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return system_failure(errno, "rename to", to);
  }
  if (::rename(from.c_str(), to.c_str()) != 0) return system_failure(errno, "rename to", to);
  return {};
}

/// Puts a link at `at` in one step, whatever file or link is there.
Status put_link(const std::string& at, const std::string& to) {
  const auto text = link_text(at, to);
  if (!text) return tl::unexpected(text.error());
  const std::string made = beside(at, "link");
  if (::unlink(made.c_str()) != 0 && errno != ENOENT) return system_failure(errno, "delete", made);
  if (::symlink(text->c_str(), made.c_str()) != 0) return system_failure(errno, "make a link to `" + to + "` at", made);
  step::fail_point("publish_link_made");
  return rename_over(made, at);
}

/// Whether a file is what is on record of a published one.
bool is_as_published(const std::string& path, const FileState& published) {
  const auto now = step::file_state(path, false);
  if (!now || now->size != published.size || now->is_directory != published.is_directory) return false;
  if (now->inode == published.inode && now->mtime == published.mtime) return true;
  const auto content = step::file_state(path, true);
  return content && published.content != Digest{} && content->content == published.content;
}

/// Copies a file or folder to a name of its own, on disk and compared.
Status copy_whole(const Final& final, const std::string& copy) {
  if (auto removed = step::remove_tree(copy); !removed) return removed;
  std::error_code error;
  fs::copy(source_of(final.from), copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  if (error) return system_failure(error.value(), "copy `" + final.from + "` to", copy);
  if (!final.state.is_directory)
    if (const auto info = look_through(final.from)) {
      const timespec times[2] = {info->st_atim, info->st_mtim};
      (void)::utimensat(AT_FDCWD, copy.c_str(), times, 0);  // for people
    }
  if (auto synced = step::sync_tree(copy); !synced) return synced;
  const auto state = step::file_state(copy, true);
  if (!state) return tl::unexpected(state.error());
  if (state->content == final.state.content) return {};
  return failure(Trouble::environment, fmt::format("`{}` was copied to `{}`, and the copy is not the same", final.from, copy));
}

/// What folders were before is removed once their links are there.
Status clear(const std::string& from, const std::string& to) {
  if (auto removed = step::remove_tree(beside(to, "old")); !removed) return removed;
  return step::remove_tree(beside(from, "old"));
}

class Publisher {
 public:
  explicit Publisher(const Publishing& what) : what_(what) {}

  Result<std::map<std::string, FileState>> run() {
    for (const Final& final : what_.finals)
      if (auto done = publish(final); !done) return tl::unexpected(done.error());
    for (const std::string& folder : folders_)
      if (auto synced = step::sync_folder(folder); !synced) return tl::unexpected(synced.error());
    return std::move(changed_);
  }

 private:
  static bool is_moved(const Final& final) {
    const auto to = look(final.to);
    return is_link(look(final.from)) && to && !is_link(to) && is_same_file(look_through(final.from), to);
  }
  static bool is_linked(const Final& final) {
    const auto text = is_link(look(final.to)) ? link_text(final.to, final.from) : Result<std::string>("");
    return text && !text->empty() && text_of_link(final.to) == *text;
  }
  [[nodiscard]] bool is_recorded(const Final& final) const {
    const auto known = what_.published.find(final.to);
    if (known == what_.published.end() || !known->second.done || known->second.intent) return false;
    const step::FinalFile& done = *known->second.done;
    return done.from == final.from && done.is_link == final.is_link && done.key == what_.key;
  }

  Status publish(const Final& final) {
    const bool is_there = is_moved(final) || (final.is_link && is_linked(final));
    if (is_there && is_recorded(final)) return {};
    if (auto written = record(final, final.state, false); !written) return written;
    step::fail_point("publish_intent");
    for (const std::string& path : {final.from, final.to}) folders_.insert(step::folder_of(path));
    if (auto made = step::make_folders(step::folder_of(final.to)); !made) return made;
    if (!is_there)
      if (auto done = final.is_link ? put_link(final.to, final.from) : move(final); !done) return done;
    step::fail_point("publish_moved");
    auto now = step::file_state(final.from, false);
    if (!now) return tl::unexpected(now.error());
    now->content = final.state.content;
    if (!final.is_link) changed_.insert_or_assign(final.from, *now);
    return record(final, *now, true);
  }

  Status move(const Final& final) const { return final.state.is_directory ? move_folder(final) : move_file(final); }

  static Status move_file(const Final& final) {
    if (!is_same_file(look(final.from), look(final.to))) {  // else it has both names: it was killed then
      const std::string made = beside(final.to, "new");
      if (::unlink(made.c_str()) != 0 && errno != ENOENT) return system_failure(errno, "delete", made);
      // another file system, or one without such links
      if (::linkat(AT_FDCWD, final.from.c_str(), AT_FDCWD, made.c_str(), AT_SYMLINK_FOLLOW) != 0)
        if (auto copied = copy_whole(final, made); !copied) return copied;
      step::fail_point("publish_named");
      if (auto renamed = rename_over(made, final.to); !renamed) return renamed;
      step::fail_point("publish_renamed");
    }
    return put_link(final.from, final.to);
  }

  static Status move_folder(const Final& final) {
    const std::string before = beside(final.to, "old");
    if (look(final.to)) {
      if (auto removed = step::remove_tree(before); !removed) return removed;
      if (auto aside = rename_over(final.to, before); !aside) return aside;
    }
    step::fail_point("publish_aside");
    if (auto moved = rename_folder(final); !moved) return moved;
    step::fail_point("publish_renamed");
    if (auto linked = put_link(final.from, final.to); !linked) return linked;
    return clear(final.from, final.to);
  }

  /// A protected folder has to be writable for that, since what it is in changes.
  static Status rename_folder(const Final& final) {
    const std::string source = source_of(final.from);
    const auto info = look(source);
    const mode_t mode = info ? info->st_mode & 07777 : 0777;
    (void)::chmod(source.c_str(), mode | S_IWUSR);
    const int failed = ::rename(source.c_str(), final.to.c_str()) == 0 ? 0 : errno;
    (void)::chmod(failed == 0 ? final.to.c_str() : source.c_str(), mode);
    if (failed == 0) return {};
    if (failed != EXDEV) return system_failure(failed, "rename to", final.to);
    const std::string made = beside(final.to, "new");
    if (auto copied = copy_whole(final, made); !copied) return copied;
    step::fail_point("publish_named");
    if (auto renamed = rename_over(made, final.to); !renamed) return renamed;
    step::fail_point("publish_copied");
    if (is_link(look(final.from))) return {};
    (void)::chmod(source.c_str(), mode | S_IWUSR);
    return rename_over(final.from, beside(final.from, "old"));
  }

  Status record(const Final& final, const FileState& state, bool is_done) {
    step::FinalFile record;
    record.key = what_.key;
    record.element = final.element;
    record.from = final.from;
    record.to = final.to;
    record.is_link = final.is_link;
    record.is_done = is_done;
    record.state = state;
    record.time = what_.clock.wall();
    return what_.journal.append(record);
  }

  const Publishing& what_;  // NOLINT: lives for one call
  std::map<std::string, FileState> changed_;
  std::set<std::string> folders_;  // in which names were changed
};

/// Why a published path cannot be used; empty if it can.
std::string obstacle(const Final& final, const Published& published) {
  const auto there = look(final.to);
  if (!there) return "";
  if (!is_link(there) && is_same_file(there, look_through(final.from))) return "";  // it is there already, or has both names
  const auto known = published.find(final.to);
  bool is_of_element = false;
  if (known != published.end()) {
    for (const auto& record : {known->second.done, known->second.intent}) {
      if (!record || record->element != final.element) continue;
      is_of_element = true;
      if (is_link(there) ? record->is_link && text_of_link(final.to) == link_text(final.to, record->from).value_or("")
                         : !record->is_link && is_as_published(final.to, record->state))
        return "";
    }
  }
  return fmt::format("{}: {} {}", visible(final.to),
                     is_of_element ? "it has been changed since it was published from" : "something is there that was not published from",
                     visible(final.element));
}

}  // namespace

Result<Published> read_published(const std::string& state_folder) {
  Published published;
  step::JournalVisitor visitor;
  visitor.final_file = [&](step::FinalFile&& record) {
    PublishedFile& known = published[record.to];
    if (record.is_done) {
      known.done = std::move(record);
      known.intent.reset();
    } else {
      known.intent = std::move(record);
    }
  };
  if (auto read = step::read_journals(state_folder + "/journal", visitor); !read) return tl::unexpected(read.error());
  return published;
}

Status recover_finals(const Published& published) {
  for (const auto& [to, file] : published) {
    if (!file.intent || file.intent->is_link || !file.intent->state.is_directory || look(file.intent->from)) continue;
    if (const auto there = look(to); !there || !S_ISDIR(there->st_mode)) continue;
    if (auto linked = put_link(file.intent->from, to); !linked) return linked;
    if (auto cleared = clear(file.intent->from, to); !cleared) return cleared;
  }
  return {};
}

std::vector<std::string> find_obstacles(const std::vector<Final>& finals, const Published& published) {
  std::vector<std::string> lines;
  for (const Final& final : finals)
    if (std::string line = obstacle(final, published); !line.empty()) lines.push_back(std::move(line));
  return lines;
}

Result<std::map<std::string, FileState>> publish_finals(const Publishing& what) { return Publisher(what).run(); }

std::string path_on_record(const Published& published, const std::string& path) {
  std::error_code error;
  fs::path asked = fs::path(path).lexically_normal();
  auto known = published.find(asked.string());
  if (known == published.end() && asked.is_absolute())
    known = published.find(asked.lexically_relative(fs::current_path(error)).string());
  else if (known == published.end())
    known = published.find((fs::current_path(error) / asked).string());
  return known == published.end() || !known->second.done ? path : known->second.done->from;
}

}  // namespace osac::closing
