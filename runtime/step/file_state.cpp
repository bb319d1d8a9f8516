// The state of files and folders: stat at once, SHA-256 on demand. A folder is as one thing: its size the sum, its times the newest of all
// in it, its content the digest of a sorted list of what is in it.

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

constexpr std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

Result<Digest> hash_open_file(int descriptor, const std::string& shown) {
  static constexpr std::size_t block = std::size_t{1} << 18;
  thread_local Sha256 hash;
  thread_local const std::unique_ptr<char[]> buffer(new char[block]);
  while (true) {
    const ssize_t count = ::read(descriptor, buffer.get(), block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      hash.finish();  // leaves it fresh for the next file
      return system_failure(error, "read", shown);
    }
    if (count == 0) return hash.finish();
    hash.add({buffer.get(), static_cast<std::size_t>(count)});
  }
}

Result<Digest> hash_file_at(int folder, const char* name, const std::string& shown) {
  const Descriptor file(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.exists()) return system_failure(errno, "open", shown);
  return hash_open_file(file.number(), shown);
}

struct Entry {
  std::string path;  // inside the folder
  char kind = 'f';   // file, directory, link, other
  std::int64_t size = 0;
  std::string target;  // of a link
  Digest content{};
};

struct Walk {
  bool with_content = false;
  FileState state;
  std::vector<Entry> entries;
};

Result<std::string> link_target(int folder, const char* name, const std::string& shown) {
  char target[4096];
  const ssize_t length = ::readlinkat(folder, name, target, sizeof target);
  if (length < 0) return system_failure(errno, "read the link", shown);
  return std::string(target, static_cast<std::size_t>(length));
}

Status walk_folder(Walk& walk, int parent, const char* name, const std::string& inside, const std::string& shown);

Status walk_entry(Walk& walk, int folder, const char* name, const std::string& inside, const std::string& shown) {
  struct stat info {};
  if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return system_failure(errno, "examine", shown);
  walk.state.mtime = std::max(walk.state.mtime, nanoseconds(info.st_mtim));
  walk.state.ctime = std::max(walk.state.ctime, nanoseconds(info.st_ctim));
  Entry entry{inside, 'f', 0, {}, {}};
  if (S_ISDIR(info.st_mode)) {
    entry.kind = 'd';
  } else if (S_ISLNK(info.st_mode)) {
    auto target = link_target(folder, name, shown);
    if (!target) return tl::unexpected(target.error());
    entry.kind = 'l';
    entry.target = std::move(*target);
  } else if (S_ISREG(info.st_mode)) {
    entry.size = info.st_size;
    walk.state.size += info.st_size;
    if (walk.with_content) {
      auto content = hash_file_at(folder, name, shown);
      if (!content) return tl::unexpected(content.error());
      entry.content = *content;
    }
  } else {
    entry.kind = 'o';
  }
  if (walk.with_content) walk.entries.push_back(std::move(entry));
  return S_ISDIR(info.st_mode) ? walk_folder(walk, folder, name, inside, shown) : Status{};
}

Status walk_folder(Walk& walk, int parent, const char* name, const std::string& inside, const std::string& shown) {
  const int descriptor = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_failure(errno, "open the folder", shown);
  const auto close = [](DIR* folder) { ::closedir(folder); };
  const std::unique_ptr<DIR, decltype(close)> folder(::fdopendir(descriptor), close);
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view child(entry->d_name);
    if (child == "." || child == "..") continue;
    const std::string below = inside.empty() ? std::string(child) : inside + "/" + std::string(child);
    if (auto done = walk_entry(walk, descriptor, entry->d_name, below, shown + "/" + std::string(child)); !done) return done;
  }
  return {};
}

Digest manifest_digest(std::vector<Entry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  Sha256 hash;
  for (const Entry& entry : entries) {
    hash.add_field(entry.path);
    hash.add({&entry.kind, 1});
    hash.add_field(entry.target);
    if (entry.kind == 'f') hash.add({reinterpret_cast<const char*>(entry.content.data()), entry.content.size()});
  }
  return hash.finish();
}

}  // namespace

Result<FileState> file_state(const std::string& path, bool with_content) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return FileState{};
    return system_failure(errno, "examine", path);
  }
  Walk walk;
  walk.with_content = with_content;
  FileState& state = walk.state;
  state.mtime = nanoseconds(info.st_mtim);
  state.ctime = nanoseconds(info.st_ctim);
  state.inode = info.st_ino;
  state.device = info.st_dev;
  if (S_ISDIR(info.st_mode)) {
    state.is_directory = true;
    state.size = 0;
    if (auto done = walk_folder(walk, AT_FDCWD, path.c_str(), "", path); !done) return tl::unexpected(done.error());
    if (with_content) state.content = manifest_digest(walk.entries);
    return state;
  }
  if (!S_ISREG(info.st_mode)) return failure(Trouble::environment, "`" + path + "` is neither a file nor a folder");
  state.size = info.st_size;
  if (with_content) {
    auto content = hash_file_at(AT_FDCWD, path.c_str(), path);
    if (!content) return tl::unexpected(content.error());
    state.content = *content;
  }
  return state;
}

bool same_stat(const FileState& a, const FileState& b) {
  return a.size == b.size && a.mtime == b.mtime && a.ctime == b.ctime && a.inode == b.inode && a.device == b.device &&
         a.is_directory == b.is_directory;
}

}  // namespace osac::step
