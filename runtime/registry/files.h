#pragma once
// The files of a plan as they are and as they were recorded, one row for each element of each dataset. It looks at files; it knows nothing
// of what is up to date.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/step/journal.h"

namespace osac::registry {

enum class Presence : std::uint8_t {
  unseen,  ///< nobody has looked
  absent,
  as_recorded,   ///< size, times and inode as recorded
  same_content,  ///< others, but the content is as recorded
  changed,       ///< another content
  external,      ///< there, and nobody of ours made it
};

struct File {
  step::FileState now;                        ///< of a produced one the content is the recorded one, while they agree
  const step::FileState* recorded = nullptr;  ///< by the success of its maker, which keeps it; of an external one: when it was hashed last
  Presence presence = Presence::unseen;
  bool is_left_out = false;  ///< its maker succeeded without outputs (`empty on exit`)
};

class Files {
 public:
  explicit Files(const plan::Plan& plan);
  File& at(std::uint32_t dataset, std::uint32_t element) { return files_[first_[dataset] + element]; }
  [[nodiscard]] const File& at(std::uint32_t dataset, std::uint32_t element) const { return files_[first_[dataset] + element]; }
  [[nodiscard]] bool is_produced(std::uint32_t dataset) const { return is_produced_[dataset]; }
  /// What those who read it should take it for: a produced file is what was recorded of it, whatever has become of it (its maker will put
  /// that right), an external one what it is.
  [[nodiscard]] const step::FileState& identity(std::uint32_t dataset, std::uint32_t element) const {
    const File& file = at(dataset, element);
    return is_produced_[dataset] && file.recorded != nullptr ? *file.recorded : file.now;
  }

 private:
  std::vector<std::size_t> first_;  // one a dataset
  std::vector<bool> is_produced_;   // one a dataset
  std::vector<File> files_;
};

/// Looks at many files, one after another: a folder stays open while paths keep coming from it, which saves the kernel the walk. For one
/// thread.
class Examiner {
 public:
  Examiner() = default;
  Examiner(const Examiner&) = delete;
  Examiner& operator=(const Examiner&) = delete;
  ~Examiner();
  /// As step::file_state without content.
  Result<step::FileState> look(const std::string& path);

 private:
  bool enter(std::string_view folder);
  std::string folder_;
  int descriptor_ = -1;
};

/// Finds out what has become of a produced file: the content is read only if size, times or inode are not as recorded.
Status examine_produced(File& file, const std::string& path, Examiner& examiner);
/// The same for an external one; with `content` its digest, from `recorded` if that still holds.
Status examine_external(File& file, const std::string& path, bool content, Examiner& examiner);

}  // namespace osac::registry
