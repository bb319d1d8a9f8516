#include "runtime/step/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <unordered_set>

#include "runtime/step/publish.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string execution_tail(const std::string& execution) {
  std::string tail = execution.size() > 8 ? execution.substr(execution.size() - 8) : execution;
  for (char& c : tail)
    if (c == '/' || c == '.') c = '_';
  return tail;
}

/// The nearest folder above `path` that exists, and its device.
Result<std::pair<std::string, dev_t>> existing_folder_above(const std::string& path) {
  std::string folder = folder_of(path);
  struct stat info {};
  while (::stat(folder.c_str(), &info) != 0) {
    if (errno != ENOENT) return system_failure(errno, "examine the folder", folder);
    folder = folder_of(folder);
  }
  if (!S_ISDIR(info.st_mode)) return system_failure(ENOTDIR, "put a file into", folder);
  return std::pair(folder, info.st_dev);
}

/// Makes one scratch; its members are what is known so far.
class Maker {
 public:
  Maker(Scratch& scratch, std::string suffix, dev_t device) : scratch_(scratch), suffix_(std::move(suffix)), device_(device) {}

  Status place(Target& target) {
    auto base = base_for(target);
    if (!base) return tl::unexpected(base.error());
    std::string folder = *base + "/out";
    const std::string name = name_of(target.final_path);
    if (!used_.insert(folder + "/" + name).second) folder += fmt::format(".{}", ++numbered_);
    if (folder != last_made_)
      if (auto made = make_folders(folder); !made) return made;
    last_made_ = folder;
    target.path = folder + "/" + name;
    if (!target.is_directory) return {};
    target.path += '/';
    return make_folders(target.path);
  }

 private:
  /// The scratch folder that is on the target's file system.
  Result<std::string> base_for(const Target& target) {
    std::string folder = folder_of(target.final_path);
    if (folder == last_folder_) return last_base_;
    const auto above = existing_folder_above(target.final_path);
    if (!above) return tl::unexpected(above.error());
    last_folder_ = std::move(folder);
    last_base_ = scratch_.folder;
    if (above->second == device_) return last_base_;
    last_base_ = fmt::format("{}/{}{}", above->first, elsewhere_prefix, suffix_);
    for (const std::string& known : scratch_.elsewhere)
      if (known == last_base_) return last_base_;
    // the link first, so that recovery can find the folder whenever osac is killed
    const std::string link = fmt::format("{}/elsewhere-{}", scratch_.folder, scratch_.elsewhere.size());
    char* const absolute = ::realpath(above->first.c_str(), nullptr);
    const std::string aim = fmt::format("{}/{}{}", absolute == nullptr ? above->first : absolute, elsewhere_prefix, suffix_);
    std::free(absolute);
    if (::symlink(aim.c_str(), link.c_str()) != 0) return system_failure(errno, "make the link", link);
    scratch_.elsewhere.push_back(last_base_);
    if (auto gone = remove_tree(last_base_); !gone) return tl::unexpected(gone.error());
    if (auto made = make_folders(last_base_); !made) return tl::unexpected(made.error());
    return last_base_;
  }

  Scratch& scratch_;
  std::string suffix_;
  dev_t device_;
  std::unordered_set<std::string> used_;
  int numbered_ = 0;
  std::string last_folder_, last_base_, last_made_;
};

// ---- spare folders: making and removing folders is the slowest part of a small attempt (a file system that discards freed blocks at once
// takes milliseconds for each), so emptied ones wait under the names spare-0, spare-1, ... for the next attempt

constexpr int most_spares = 16;

std::string spare_name(const Layout& layout, int number) { return fmt::format("{}/scratch/{}{}", layout.state, spare_prefix, number); }

bool take_spare(const Layout& layout, const std::string& folder) {
  for (int number = 0; number < most_spares; ++number) {
    if (::renameat2(AT_FDCWD, spare_name(layout, number).c_str(), AT_FDCWD, folder.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != ENOENT) return false;
  }
  return false;
}

/// An entry of a folder as getdents64 gives it: no call or memory beside that is needed to see that a folder is empty.
struct FolderEntry {
  std::uint64_t inode;
  std::int64_t next;
  std::uint16_t size;
  std::uint8_t type;
  char name[1];
};

enum class Emptied : std::uint8_t { clean, removed_some, impossible };

/// One pass over a folder: removes all but folders at `depth` 0, which are emptied themselves.
Emptied empty_once(int folder, const std::string& shown, int depth);

/// Whether the folder is left with nothing in it but empty folders, one deep, that can be written to.
bool empty_out(int parent, const char* name, const std::string& shown, int depth) {
  const Descriptor folder(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!folder.exists() || ::fstat(folder.number(), &info) != 0 || (info.st_mode & S_IRWXU) != S_IRWXU) return false;
  while (true) {  // what a removal does to a folder that is being read is left open by POSIX: until a pass removes nothing
    const Emptied emptied = empty_once(folder.number(), shown, depth);
    if (emptied != Emptied::removed_some) return emptied == Emptied::clean;
    if (::lseek(folder.number(), 0, SEEK_SET) != 0) return false;
  }
}

bool remove_from(int folder, const FolderEntry& entry, const std::string& shown) {
  if (entry.type != DT_DIR && ::unlinkat(folder, entry.name, 0) == 0) return true;
  return remove_tree(shown + "/" + entry.name).has_value();
}

Emptied empty_once(int folder, const std::string& shown, int depth) {
  alignas(FolderEntry) char buffer[4096];
  bool removed = false;
  while (true) {
    const long size = ::syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (size < 0) return Emptied::impossible;
    if (size == 0) return removed ? Emptied::removed_some : Emptied::clean;
    for (long at = 0; at < size;) {
      const auto& entry = *reinterpret_cast<const FolderEntry*>(buffer + at);
      at += entry.size;
      const std::string_view child(entry.name);
      if (child == "." || child == "..") continue;
      if (entry.type == DT_DIR && depth == 0) {
        if (!empty_out(folder, entry.name, shown + "/" + entry.name, 1)) return Emptied::impossible;
        continue;
      }
      if (!remove_from(folder, entry, shown)) return Emptied::impossible;
      removed = true;
    }
  }
}

bool make_spare(const Layout& layout, const std::string& folder) {
  if (!empty_out(AT_FDCWD, folder.c_str(), folder, 0)) return false;
  for (int number = 0; number < most_spares; ++number) {
    if (::renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, spare_name(layout, number).c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != EEXIST) return false;
  }
  return false;
}

Status make_new(const Scratch& scratch) {
  if (::mkdir(scratch.folder.c_str(), 0777) != 0) {
    // left by an attempt of the same number that a killed osac began
    if (errno == EEXIST)
      if (auto gone = remove_scratch(scratch.folder); !gone) return gone;
    if (auto made = make_folders(scratch.folder); !made) return made;
  }
  return {};
}

/// The spare's may have been removed by the process that had it.
Status make_temporary(const Scratch& scratch) {
  const std::string folder = scratch.temporary();
  return ::mkdir(folder.c_str(), 0777) == 0 || errno == EEXIST ? Status{} : system_failure(errno, "make the folder", folder);
}

}  // namespace

std::vector<Target> targets_of(const plan::Plan& plan, plan::ElementRef element) {
  const auto& task = plan.tasks()[element.task];
  const auto outputs = plan.outputs(task);
  std::vector<Target> targets;
  for (plan::FileUse& use : plan::output_files(plan, element)) {
    Target target;
    const auto& dataset = plan.datasets()[use.dataset];
    target.port = plan.text(outputs[use.port].name);
    target.is_directory = dataset.is_directory != 0;
    target.is_protected = dataset.persistence == plan::Persistence::protect;
    target.final_path = without_slash(use.path);
    target.use = std::move(use);
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<Scratch> make_scratch(const Config& config, const std::string& name, std::uint32_t attempt, std::vector<Target>& targets) {
  const std::string suffix = fmt::format("{}.{}.{}", name, attempt, execution_tail(config.execution));
  Scratch scratch;
  scratch.folder = fmt::format("{}/scratch/{}", config.layout.state, suffix);
  if (auto made = take_spare(config.layout, scratch.folder) ? Status{} : make_new(scratch); !made) return tl::unexpected(made.error());
  if (auto made = make_temporary(scratch); !made) return tl::unexpected(made.error());
  struct stat info {};
  if (::stat(scratch.folder.c_str(), &info) != 0) return system_failure(errno, "examine", scratch.folder);
  Maker maker(scratch, suffix, info.st_dev);
  for (Target& target : targets)
    if (auto placed = maker.place(target); !placed) {
      for (const std::string& folder : scratch.elsewhere) (void)remove_tree(folder);
      (void)remove_tree(scratch.folder);
      return tl::unexpected(placed.error());
    }
  return scratch;
}

Status end_scratch(const Config& config, const std::string& name, const Scratch& scratch, ScratchEnd end) {
  const std::string kept = fmt::format("{}/scratch/{}{}", config.layout.state, name, failed_suffix);
  if (::access(kept.c_str(), F_OK) == 0)
    if (auto gone = remove_scratch(kept); !gone) return gone;
  if (end == ScratchEnd::keep)
    return ::rename(scratch.folder.c_str(), kept.c_str()) == 0 ? Status{} : system_failure(errno, "rename", scratch.folder);
  for (const std::string& folder : scratch.elsewhere)
    if (auto gone = remove_tree(folder); !gone) return gone;
  return make_spare(config.layout, scratch.folder) ? Status{} : remove_tree(scratch.folder);
}

Status remove_scratch(const std::string& folder) {
  for (int number = 0;; ++number) {
    char target[4096];
    const std::string link = fmt::format("{}/elsewhere-{}", folder, number);
    const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
    if (length < 0) break;
    const std::string elsewhere(target, static_cast<std::size_t>(length));
    if (!name_of(elsewhere).starts_with(elsewhere_prefix)) continue;  // not one of ours, whoever put the link there
    if (auto gone = remove_tree(elsewhere); !gone) return gone;
  }
  return remove_tree(folder);
}

std::string obstacle_at(const Target& target) {
  struct stat info {};
  if (::lstat(target.final_path.c_str(), &info) != 0) return {};
  const bool is_directory = S_ISDIR(info.st_mode);
  if (S_ISREG(info.st_mode) && !target.is_directory) return {};
  if (is_directory && target.is_directory) return {};
  if (S_ISLNK(info.st_mode) && is_left_link(target.final_path, target.is_directory)) return {};
  const char* const what = is_directory             ? "a folder"
                           : S_ISREG(info.st_mode)  ? "a file"
                           : S_ISLNK(info.st_mode)  ? "a symbolic link"
                           : S_ISFIFO(info.st_mode) ? "a fifo"
                           : S_ISSOCK(info.st_mode) ? "a socket"
                                                    : "a device";
  return fmt::format("output `{}` cannot be put at `{}`: there is {}", target.port, target.final_path, what);
}

}  // namespace osac::step
