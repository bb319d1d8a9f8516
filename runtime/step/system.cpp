#include "runtime/step/system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <vector>

namespace osac::step {

namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

bool is_dots(const char* name) { return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0')); }

Status remove_entry(int parent, const std::string& name, const std::string& shown);

Status empty_folder(int parent, const std::string& name, const std::string& shown) {
  int descriptor = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0 && errno == EACCES && ::fchmodat(parent, name.c_str(), 0700, 0) == 0)
    descriptor = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT ? Status{} : system_failure(errno, "open the folder", shown);
  const Folder folder(::fdopendir(descriptor));
  if (!folder) {
    const int error = errno;
    ::close(descriptor);
    return system_failure(error, "read the folder", shown);
  }
  // names first: what removal does to a folder that is being read is left open by POSIX
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder.get()))
    if (!is_dots(entry->d_name)) names.emplace_back(entry->d_name);
  for (const std::string& child : names)
    if (auto done = remove_entry(descriptor, child, shown + "/" + child); !done) return done;
  return {};
}

Status remove_entry(int parent, const std::string& name, const std::string& shown) {
  const auto unlink = [&](int flags) { return ::unlinkat(parent, name.c_str(), flags) == 0 || errno == ENOENT; };
  const auto unlink_writable = [&](int flags) {  // the folder it is in may be read-only: a protected output
    if (unlink(flags)) return true;
    if (errno != EACCES) return false;
    const bool changed = parent == AT_FDCWD ? ::chmod(folder_of(name).c_str(), 0700) == 0 : ::fchmod(parent, 0700) == 0;
    return changed ? unlink(flags) : (errno = EACCES, false);
  };
  if (unlink_writable(0)) return {};
  if (errno != EISDIR && errno != EPERM) return system_failure(errno, "remove", shown);
  if (auto done = empty_folder(parent, name, shown); !done) return done;
  if (unlink_writable(AT_REMOVEDIR)) return {};
  return system_failure(errno, "remove the folder", shown);
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

bool Descriptor::close() { return ::close(std::exchange(number_, -1)) == 0; }

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) return errno = ENOSPC, false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Status write_new_file(const std::string& path, std::string_view bytes) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure(errno, "replace", path);
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.exists()) return system_failure(errno, "create", path);
  if (!write_all(file.number(), bytes) || !file.close()) return system_failure(errno, "write", path);
  return {};
}

std::string read_small_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file.exists()) return text;
  char buffer[4096];
  while (true) {
    const ssize_t count = ::read(file.number(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

std::string folder_of(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string name_of(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

Status make_folders(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return {};
  if (errno == EEXIST) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    return system_failure(ENOTDIR, "make the folder", path);
  }
  if (errno != ENOENT) return system_failure(errno, "make the folder", path);
  const std::string above = folder_of(path);
  if (above == path || above == ".") return system_failure(ENOENT, "make the folder", path);
  if (auto made = make_folders(above); !made) return made;
  if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return {};
  return system_failure(errno, "make the folder", path);
}

Status remove_tree(const std::string& path) { return remove_entry(AT_FDCWD, path, path); }

Status sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.exists()) return system_failure(errno, "open the folder", path);
  if (::fsync(folder.number()) != 0 && errno != EINVAL && errno != ENOTSUP) return system_failure(errno, "write to disk the folder", path);
  return {};
}

Status sync_tree(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!file.exists()) return errno == ELOOP ? Status{} : system_failure(errno, "open", path);
  struct stat info {};
  if (::fstat(file.number(), &info) != 0) return system_failure(errno, "examine", path);
  if (S_ISDIR(info.st_mode)) {
    const Folder folder(::opendir(path.c_str()));
    if (!folder) return system_failure(errno, "read the folder", path);
    while (const dirent* entry = ::readdir(folder.get())) {
      if (is_dots(entry->d_name)) continue;
      if (auto done = sync_tree(path + "/" + entry->d_name); !done) return done;
    }
  }
  if (::fsync(file.number()) != 0 && !(S_ISDIR(info.st_mode) && errno == EINVAL)) return system_failure(errno, "write to disk", path);
  if (!file.close()) return system_failure(errno, "write to disk", path);
  return {};
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? std::string(name) : "localhost";
}

std::string boot_id() {
  std::string id = read_small_file("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

std::optional<std::int64_t> process_start(std::int64_t pid) {
  const std::string text = read_small_file("/proc/" + std::to_string(pid) + "/stat");
  auto at = text.rfind(')');  // the name before it may hold anything
  if (at == std::string::npos) return std::nullopt;
  for (int field = 2; field < 22; ++field) {
    at = text.find(' ', at + 1);
    if (at == std::string::npos) return std::nullopt;
  }
  std::int64_t start = 0;
  const auto parsed = std::from_chars(text.data() + at + 1, text.data() + text.size(), start);
  return parsed.ec == std::errc{} ? std::optional(start) : std::nullopt;
}

void fail_point(std::string_view name) {
  const char* const setting = std::getenv("OSAC_FAILPOINT");
  if (setting == nullptr) return;
  static std::atomic<int> count{0};
  const std::string_view wanted(setting);
  const auto colon = wanted.find(':');
  if (wanted.substr(0, colon) != name) return;
  const int nth = colon == std::string_view::npos ? 1 : std::atoi(setting + colon + 1);
  if (++count == nth) ::_exit(137);
}

}  // namespace osac::step
