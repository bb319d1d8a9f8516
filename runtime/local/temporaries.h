#pragma once
// Temporary files: which one has just been read for the last time. A file whose reader failed is never given up, so that the next execution
// finds it.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/resolve.h"

namespace osac::local {

/// Linear in the temporary files and their readers; nothing if the plan has none.
class Temporaries {
 public:
  explicit Temporaries(const plan::Plan& plan);

  /// An element has succeeded or was up to date: the files that nobody has to read any more.
  std::vector<plan::FileUse> read_by(std::uint32_t element);
  [[nodiscard]] bool any() const { return any_; }

 private:
  const plan::Plan& plan_;
  bool any_ = false;
  std::vector<std::vector<std::uint32_t>> readers_;  // one list a dataset, one number a file: readers that have not ended
};

/// Deletes a file or folder; what is gone already is no trouble.
Status remove_temporary(const std::string& path);

}  // namespace osac::local
