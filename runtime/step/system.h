#pragma once
// Small pieces of the operating system that this room needs: descriptors that close themselves, whole writes, folders, who a process is.
// Errors are Results that name call, path and cause. Nothing here knows journals or attempts.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/base/result.h"

namespace osac::step {

/// A file descriptor with one owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool exists() const { return number_ >= 0; }
  /// Closes it; false (and errno) if the file system reports a late write error.
  bool close();

 private:
  int number_ = -1;
};

/// Writes everything, over short writes and interruptions; false with errno if it cannot.
bool write_all(int descriptor, std::string_view bytes);
/// Writes a new file (an existing one is replaced by name, not in place).
Status write_new_file(const std::string& path, std::string_view bytes);
/// What a small file of /proc holds, or empty.
std::string read_small_file(const std::string& path);

/// Makes a folder and what is missing above it.
Status make_folders(const std::string& path);
/// "a/b" of "a/b/c" and of "a/b/c/"; "." if there is no folder in it.
std::string folder_of(std::string_view path);
/// "c" of "a/b/c" and of "a/b/c/".
std::string name_of(std::string_view path);
/// Removes whatever is there (links are not followed, folders that lack permission are given it); nothing there is no trouble.
Status remove_tree(const std::string& path);
/// fsync of a folder, so that the names in it last; file systems that cannot are forgiven.
Status sync_folder(const std::string& path);
/// fsync of a file, or of everything in a folder.
Status sync_tree(const std::string& path);

std::string host_name();
/// Changes with each start of the machine: process ids of another boot mean nothing.
std::string boot_id();
/// Field 22 of /proc/PID/stat; nothing if there is no such process. With the pid it names a process for good.
std::optional<std::int64_t> process_start(std::int64_t pid);

/// Ends the process at once, as a power cut would, if the environment says OSAC_FAILPOINT=name (or name:N for the N-th time). For tests.
void fail_point(std::string_view name);

}  // namespace osac::step
