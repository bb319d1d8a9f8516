// The lock of a state folder. An open file description lock (fcntl F_OFD_SETLK): the kernel gives it back when its owner is gone, however
// that ended, and no other descriptor of the same process can lose it. The file itself is never removed: a lock on a removed file is none.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/registry/state.h"
#include "runtime/step/system.h"

namespace osac::registry {

namespace {

std::string body(const std::string& execution) {
  const std::int64_t pid = ::getpid();
  return fmt::format("pid {}\nhost {}\nboot {}\nstart {}\nsince {}\nexecution {}\n", pid, step::host_name(), step::boot_id(),
                     step::process_start(pid).value_or(0), runtime::utc_text(runtime::system_clock().wall()), execution);
}

/// The value of one line of a lock file; it was written by somebody else and may hold anything.
std::string field(std::string_view text, std::string_view name) {
  for (const std::string_view line : split(text, '\n'))
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ') return visible(line.substr(name.size() + 1));
  return "unknown";
}

tl::unexpected<Error> busy(int descriptor) {
  std::string text(4096, '\0');
  const ssize_t count = ::pread(descriptor, text.data(), text.size(), 0);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return failure(Trouble::busy,
                 fmt::format("another osac (pid {} on {}, since {}) is using this folder", field(text, "pid"), field(text, "host"),
                             field(text, "since")),
                 "wait until it has ended, or add --wait");
}

/// Without locks two commands could not be told from one.
tl::unexpected<Error> no_locks(int error, const std::string& path) {
  return failure(Trouble::environment,
                 fmt::format("cannot lock `{}`: its file system gives no locks: {}", visible(path), std::strerror(error)),
                 "keep the workflow on a file system with locks; NFS needs its lock service, Lustre the mount option `flock`");
}

/// 0 or errno.
int lock(int descriptor, bool wait) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  while (::fcntl(descriptor, wait ? F_OFD_SETLKW : F_OFD_SETLK, &whole) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

}  // namespace

Result<StateLock> StateLock::take(const std::string& state_folder, const std::string& execution, bool wait) {
  if (auto made = step::make_folders(state_folder); !made) return tl::unexpected(made.error());
  const std::string path = state_folder + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) return system_failure(errno, "open", path);
  StateLock taken(descriptor);
  const int error = lock(descriptor, wait);
  if (error == EAGAIN || error == EACCES) return busy(descriptor);
  if (error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP || error == EINVAL) return no_locks(error, path);
  if (error != 0) return system_failure(error, "lock", path);
  const std::string text = body(execution);
  // over what was there, and cut off afterwards: whoever reads it meanwhile finds a name
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t count = ::pwrite(descriptor, text.data() + written, text.size() - written, static_cast<off_t>(written));
    if (count < 0 && errno != EINTR) return system_failure(errno, "write", path);
    if (count > 0) written += static_cast<std::size_t>(count);
  }
  if (::ftruncate(descriptor, static_cast<off_t>(text.size())) != 0) return system_failure(errno, "write", path);
  return taken;
}

StateLock::StateLock(StateLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

StateLock& StateLock::operator=(StateLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

StateLock::~StateLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace osac::registry
