#pragma once
// A file that is written piece by piece and seen only when it is whole: a temporary beside it, then a rename, as write_file does for whole
// texts. What is no regular file (a device, a fifo) is written into; `-` is standard output.

#include <string>
#include <string_view>

#include "compiler/base/result.h"

namespace osac::cli {

class FileSink {
 public:
  /// `path` as given: `-` is standard output.
  static Result<FileSink> open(const std::string& path);
  FileSink(FileSink&& other) noexcept;
  FileSink& operator=(FileSink&&) = delete;
  /// What was not finished leaves nothing behind.
  ~FileSink();
  Status add(std::string_view bytes);
  Status finish();

 private:
  FileSink() = default;
  std::string path_, temporary_;  // no temporary: written directly
  int file_ = -1;
  bool is_own_ = false;  // to be closed
};

}  // namespace osac::cli
