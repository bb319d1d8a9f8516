#include "compiler/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "compiler/base/text.h"

namespace osac {

namespace {

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

/// Reads an open file to its end. It may have grown since it was looked at.
Result<std::string> read_all(const Descriptor& file, std::uint64_t size, std::uint64_t limit, const std::string& path) {
  std::string text(size, '\0');
  std::size_t filled = 0;
  while (true) {
    if (filled == text.size()) text.resize(text.size() + (filled == size ? 1 : 64 * 1024));
    const ssize_t count = ::read(file.number, text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(errno, "read", path);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled > limit) return failure(Trouble::environment, "`" + path + "` grew past the limit of " + grouped(limit) + " bytes");
  }
  text.resize(filled);
  return text;
}

bool is_same_version(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

enum class Writers : bool { may_be_there, must_be_gone };

Result<std::string> read(const std::string& path, std::uint64_t limit, Writers writers) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) return system_failure(errno, "open", path);
  struct stat info {};
  if (::fstat(file.number, &info) != 0) return system_failure(errno, "examine", path);
  if (!S_ISREG(info.st_mode))
    return failure(Trouble::environment,
                   "cannot read `" + path + "`: it is " + (S_ISDIR(info.st_mode) ? "a directory" : "not a regular file"));
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > limit)
    return failure(Trouble::environment, "`" + path + "` has " + grouped(size) + " bytes, more than the limit of " + grouped(limit));
  auto text = read_all(file, size, limit, path);
  if (!text || writers == Writers::may_be_there) return text;
  struct stat after {};
  if (::fstat(file.number, &after) != 0) return system_failure(errno, "examine", path);
  if (is_same_version(info, after) && text->size() == size) return text;
  return failure(Trouble::temporary,
                 "`" + path + "` changed while it was read: it had " + grouped(size) + " bytes, then " +
                     grouped(static_cast<std::uint64_t>(after.st_size)),
                 "wait until its writer is done; writers that rename a finished file into place are never in the way");
}

Status write_all(const Descriptor& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.number, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(errno, "write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t limit) { return read(path, limit, Writers::may_be_there); }
Result<std::string> read_settled_file(const std::string& path, std::uint64_t limit) { return read(path, limit, Writers::must_be_gone); }

Status write_file(const std::string& path, std::string_view bytes) {
  struct stat info {};
  const bool is_special = ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
  if (!is_special && ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) {
    const std::unique_ptr<char, decltype(&std::free)> target(::realpath(path.c_str(), nullptr), &std::free);
    if (target) return write_file(target.get(), bytes);
    return system_failure(errno, "follow the link", path);
  }
  const std::string temporary = is_special ? path : path + ".part" + std::to_string(::getpid());
  {
    const Descriptor file{::open(temporary.c_str(), O_WRONLY | O_CLOEXEC | (is_special ? 0 : O_CREAT | O_TRUNC), 0666)};
    if (file.number < 0) return system_failure(errno, is_special ? "open" : "create", temporary);
    if (auto written = write_all(file, bytes, path); !written) {
      if (!is_special) ::unlink(temporary.c_str());
      return written;
    }
  }
  if (is_special) return {};
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    ::unlink(temporary.c_str());
    return system_failure(error_number, "write", path);
  }
  return {};
}

}  // namespace osac
