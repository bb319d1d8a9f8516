#include "runtime/cli/file_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

namespace osac::cli {

Result<FileSink> FileSink::open(const std::string& path) {
  FileSink sink;
  sink.path_ = path;
  if (path == "-") {
    sink.path_ = "standard output";
    sink.file_ = STDOUT_FILENO;
    return sink;
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) {
    const std::unique_ptr<char, decltype(&std::free)> target(::realpath(path.c_str(), nullptr), &std::free);
    if (!target) return system_failure(errno, "follow the link", path);
    sink.path_ = target.get();
  }
  const bool is_special = ::stat(sink.path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
  if (!is_special) sink.temporary_ = sink.path_ + ".part" + std::to_string(::getpid());
  const std::string& name = is_special ? sink.path_ : sink.temporary_;
  sink.file_ = ::open(name.c_str(), O_WRONLY | O_CLOEXEC | (is_special ? 0 : O_CREAT | O_TRUNC), 0666);
  sink.is_own_ = sink.file_ >= 0;
  if (sink.is_own_) return sink;
  const int error = errno;
  sink.temporary_.clear();
  return system_failure(error, is_special ? "open" : "create", name);
}

FileSink::FileSink(FileSink&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::exchange(other.file_, -1)),
      is_own_(std::exchange(other.is_own_, false)) {}

FileSink::~FileSink() {
  if (is_own_) ::close(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status FileSink::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(errno, is_own_ ? "write" : "write to", path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status FileSink::finish() {
  if (!is_own_) return {};
  is_own_ = false;
  if (::close(file_) != 0) return system_failure(errno, "write", path_);
  if (temporary_.empty()) return {};
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return system_failure(errno, "write", path_);
  temporary_.clear();
  return {};
}

}  // namespace osac::cli
