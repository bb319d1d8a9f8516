#include "runtime/registry/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

#include "runtime/step/step.h"

namespace osac::registry {

namespace {

constexpr std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

}  // namespace

Files::Files(const plan::Plan& plan) {
  std::size_t count = 0;
  for (const plan::DatasetRow& dataset : plan.datasets()) {
    first_.push_back(count);
    is_produced_.push_back(dataset.producer != plan::no_row || dataset.producer_tasks.count > 0);
    count += dataset.family.count;
  }
  files_.resize(count);
}

Examiner::~Examiner() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Examiner::enter(std::string_view folder) {
  if (descriptor_ >= 0 && folder == folder_) return true;
  if (descriptor_ >= 0) ::close(descriptor_);
  folder_ = folder;
  descriptor_ = ::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  return descriptor_ >= 0;
}

Result<step::FileState> Examiner::look(const std::string& path) {
  const auto slash = path.rfind('/');
  const bool is_folder = slash + 1 == path.size();
  if (is_folder || slash == 0) return step::file_state(path, false);
  if (slash != std::string::npos && !enter(std::string_view(path).substr(0, slash))) {
    if (errno == ENOENT || errno == ENOTDIR) return step::FileState{};
    return step::file_state(path, false);
  }
  struct stat info {};
  const bool is_here = slash == std::string::npos;
  if (::fstatat(is_here ? AT_FDCWD : descriptor_, path.c_str() + (is_here ? 0 : slash + 1), &info, 0) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return step::FileState{};
    return system_failure(errno, "examine", path);
  }
  if (!S_ISREG(info.st_mode)) return step::file_state(path, false);
  step::FileState state;
  state.size = info.st_size;
  state.mtime = nanoseconds(info.st_mtim);
  state.ctime = nanoseconds(info.st_ctim);
  state.inode = info.st_ino;
  state.device = info.st_dev;
  return state;
}

Status examine_produced(File& file, const std::string& path, Examiner& examiner) {
  auto now = examiner.look(path);
  if (!now) return tl::unexpected(now.error());
  file.now = *now;
  if (now->size < 0) {
    file.presence = Presence::absent;
  } else if (file.recorded == nullptr) {
    file.presence = Presence::changed;
  } else if (step::same_stat(*now, *file.recorded)) {
    // A file that was written within the clock's grain after its record would not be seen; but it would have to be written by somebody else
    // in the very moment in which it got its name.
    file.presence = Presence::as_recorded;
    file.now.content = file.recorded->content;
  } else {
    if (now->size == file.recorded->size && now->is_directory == file.recorded->is_directory) {
      now = step::file_state(path, true);
      if (!now) return tl::unexpected(now.error());
      file.now = *now;
    }
    file.presence = file.now.content != Digest{} && file.now.content == file.recorded->content ? Presence::same_content : Presence::changed;
  }
  return {};
}

Status examine_external(File& file, const std::string& path, bool content, Examiner& examiner) {
  auto now = examiner.look(path);
  if (!now) return tl::unexpected(now.error());
  if (content && now->size >= 0) {
    if (file.recorded != nullptr && step::same_stat(*now, *file.recorded))
      now->content = file.recorded->content;
    else if (file.presence == Presence::external && step::same_stat(*now, file.now))
      now->content = file.now.content;
    if (now->content == Digest{}) now = step::file_state(path, true);
    if (!now) return tl::unexpected(now.error());
  }
  file.now = *now;
  file.presence = now->size < 0 ? Presence::absent : Presence::external;
  return {};
}

}  // namespace osac::registry
