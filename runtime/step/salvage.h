#pragma once
// A damaged journal: what of it is lost, and a new journal of what is intact. The damaged file is kept aside, nothing of it is thrown away.
// A torn tail alone is no damage: its writer was killed, and readers leave it out.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/base/result.h"

namespace osac::step {

/// A place of a journal that cannot be read.
struct JournalLoss {
  std::uint64_t begin = 0, end = 0;  ///< bytes
  std::uint64_t records = 0;         ///< how many were there; 0: nobody knows
  std::string what;                  ///< what its bytes still tell: "perhaps the end of attempt 1 of reduce[run=2]"; may be empty
  bool is_tail = false;              ///< nothing good follows
};
struct JournalDamage {
  std::string path;
  std::uint64_t records = 0;  ///< that are intact, the header counted
  std::vector<JournalLoss> losses;
  /// Whether readers refuse it; else there is a torn tail at most.
  [[nodiscard]] bool is_damaged() const;
};

/// Reads a journal to its end, whatever is in it.
Result<JournalDamage> examine_journal(const std::string& path);
/// Puts a journal of the intact records in its place and keeps the damaged one as `PATH.damaged` (`.damaged-2`, ...), whose name it gives.
/// While nobody writes to it.
Result<std::string> salvage_journal(const std::string& path);

/// One line for people: "bytes 120 to 310: 1 record is lost, perhaps ...".
std::string loss_text(const JournalLoss& loss);

}  // namespace osac::step
