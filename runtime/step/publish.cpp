#include "runtime/step/publish.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <memory>

#include "runtime/step/step.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

constexpr mode_t write_bits = S_IWUSR | S_IWGRP | S_IWOTH;

int rename_with(const std::string& from, const std::string& to, unsigned flags) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags);
}

/// Moving a folder needs the permission to write in it (its `..` changes); published ones may have lost it.
void allow_moving(const std::string& folder) {
  struct stat info {};
  if (::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) ::chmod(folder.c_str(), (info.st_mode & 07777) | S_IWUSR);
}

Status check_kind(const std::string& to, const struct stat& info, bool is_directory) {
  if (S_ISLNK(info.st_mode) && is_left_link(to, is_directory)) return {};
  if (is_directory ? S_ISDIR(info.st_mode) : S_ISREG(info.st_mode)) return {};
  return failure(Trouble::environment,
                 "cannot rename to `" + to + "`: something else than a " + (is_directory ? "folder" : "file") + " is there");
}

/// For file systems without RENAME_NOREPLACE and RENAME_EXCHANGE.
Result<Moved> move_plainly(const std::string& from, const std::string& to, bool is_directory) {
  struct stat info {};
  if (::lstat(to.c_str(), &info) == 0)
    if (auto fits = check_kind(to, info, is_directory); !fits) return tl::unexpected(fits.error());
  if (!is_directory) {
    if (::rename(from.c_str(), to.c_str()) == 0) return Moved::replaced;
    return system_failure(errno, "rename to", to);
  }
  const std::string aside = from + ".before";
  const bool is_occupied = ::rename(to.c_str(), aside.c_str()) == 0;
  if (!is_occupied && errno != ENOENT) return system_failure(errno, "move away", to);
  if (::rename(from.c_str(), to.c_str()) == 0) return is_occupied ? Moved::replaced : Moved::to_free_name;
  return system_failure(errno, "rename to", to);
}

Status protect(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return system_failure(errno, "examine", path);
  if (S_ISLNK(info.st_mode)) return {};
  if ((info.st_mode & write_bits) != 0 && ::chmod(path.c_str(), info.st_mode & 07777 & ~write_bits) != 0)
    return system_failure(errno, "make read-only", path);
  return {};
}

/// Everything in a folder, but not itself: it still has to be moved.
Status protect_inside(const std::string& folder) {
  const auto close = [](DIR* listing) { ::closedir(listing); };
  const std::unique_ptr<DIR, decltype(close)> listing(::opendir(folder.c_str()), close);
  if (!listing) return system_failure(errno, "read the folder", folder);
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string name(entry->d_name);
    if (name == "." || name == "..") continue;
    const std::string path = folder + "/" + name;
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return system_failure(errno, "examine", path);
    if (S_ISDIR(info.st_mode))
      if (auto done = protect_inside(path); !done) return done;
    if (auto done = protect(path); !done) return done;
  }
  return {};
}

struct Step {
  const Publication* publication;
  Moved moved;
};

bool take_back(const Step& step) {
  if (step.moved == Moved::replaced) return false;
  return rename_with(step.publication->to, step.publication->from, step.moved == Moved::swapped ? RENAME_EXCHANGE : RENAME_NOREPLACE) == 0;
}

class Publisher {
 public:
  Publisher(const std::vector<Publication>& publications, PublishIntent& intent, JournalWriter& journal, site::Durability durability)
      : publications_(publications), intent_(intent), journal_(journal), durability_(durability) {}

  PublishResult run() {
    if (auto ready = prepare(); !ready) return {Published::failed, ready.error().what};
    if (auto written = journal_.append(intent_); !written) return {Published::failed, written.error().what};
    fail_point("after_intent");
    if (auto moved = move_all(); !moved) return take_all_back(moved.error().what);
    fail_point("after_publish");
    if (auto settled = settle(); !settled) return take_all_back(settled.error().what);
    fail_point("before_end");
    if (auto written = journal_.append(intent_.end); !written) return {Published::unrecorded, written.error().what};
    fail_point("after_end");
    return {};
  }

 private:
  Status prepare() {
    for (const Publication& publication : publications_) {
      if (publication.is_protected)
        if (auto done = publication.is_directory ? protect_inside(publication.from) : protect(publication.from); !done) return done;
      if (durability_ != site::Durability::none)
        if (auto done = sync_tree(publication.from); !done) return done;
    }
    fail_point("before_intent");
    return {};
  }

  Status move_all() {
    for (const Publication& publication : publications_) {
      const auto moved = move_into_place(publication.from, publication.to, publication.is_directory, durability_);
      if (!moved) return tl::unexpected(moved.error());
      steps_.push_back({&publication, *moved});
      if (steps_.size() < publications_.size()) fail_point("mid_rename");
    }
    return durability_ == site::Durability::full ? sync_folders() : Status{};
  }

  Status sync_folders() {
    std::vector<std::string> folders;
    for (const Publication& publication : publications_) folders.push_back(folder_of(publication.to));
    std::sort(folders.begin(), folders.end());
    folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
    for (const std::string& folder : folders)
      if (auto done = sync_folder(folder); !done) return done;
    return {};
  }

  PublishResult take_all_back(std::string problem) {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
      if (!take_back(*step)) problem += "; `" + step->publication->to + "` could not be taken back";
    return {Published::failed, std::move(problem)};
  }

  /// What the outputs look like now that they are where they belong: renaming changed their ctime.
  Status settle() {
    for (std::size_t i = 0; i < publications_.size(); ++i) {
      if (publications_[i].is_protected && publications_[i].is_directory)
        if (auto done = protect(publications_[i].to); !done) return done;
      auto state = file_state(publications_[i].to, false);
      if (!state) return tl::unexpected(state.error());
      state->content = intent_.moves[i].state.content;
      intent_.end.outputs[i].state = *state;
    }
    return {};
  }

  const std::vector<Publication>& publications_;
  PublishIntent& intent_;
  JournalWriter& journal_;
  site::Durability durability_;
  std::vector<Step> steps_;
};

/// Makes the folder of a final name; if that has to last, so do the new names above it.
Status make_target_folders(const std::string& folder, site::Durability durability) {
  if (::access(folder.c_str(), F_OK) == 0) return {};
  const std::string above = folder_of(folder);
  if (above != folder && above != ".")
    if (auto made = make_target_folders(above, durability); !made) return made;
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) return system_failure(errno, "make the folder", folder);
  return durability == site::Durability::full ? sync_folder(above) : Status{};
}

}  // namespace

bool is_left_link(const std::string& path, bool is_directory) {
  char first = '/';
  if (::readlink(path.c_str(), &first, 1) != 1 || first == '/') return false;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return errno == ENOENT;
  return is_directory ? S_ISDIR(info.st_mode) : S_ISREG(info.st_mode);
}

Result<Moved> move_into_place(const std::string& from, const std::string& to, bool is_directory, site::Durability durability) {
  for (int tries = 0; tries < 8; ++tries) {
    if (rename_with(from, to, RENAME_NOREPLACE) == 0) return Moved::to_free_name;
    if (errno == ENOENT) {
      if (auto made = make_target_folders(folder_of(to), durability); !made) return tl::unexpected(made.error());
      if (::access(from.c_str(), F_OK) != 0) return system_failure(ENOENT, "publish", from);
      continue;
    }
    if (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP) return move_plainly(from, to, is_directory);
    if (errno != EEXIST) return system_failure(errno, "rename to", to);
    struct stat info {};
    if (::lstat(to.c_str(), &info) != 0) continue;  // gone meanwhile
    if (auto fits = check_kind(to, info, is_directory); !fits) return tl::unexpected(fits.error());
    if (rename_with(from, to, RENAME_EXCHANGE) == 0) return Moved::swapped;
    if (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP) return move_plainly(from, to, is_directory);
    if (errno == EACCES && is_directory) {
      allow_moving(to);
      if (rename_with(from, to, RENAME_EXCHANGE) == 0) return Moved::swapped;
    }
    if (errno != ENOENT) return system_failure(errno, "rename to", to);
  }
  return failure(Trouble::environment, "cannot rename to `" + to + "`: something else makes and removes it at the same time");
}

PublishResult publish(const std::vector<Publication>& publications, PublishIntent& intent, JournalWriter& journal,
                      site::Durability durability) {
  return Publisher(publications, intent, journal, durability).run();
}

}  // namespace osac::step
