#pragma once
// What a file came from, and what came of it, by the index of the journals: through all executions, as it was at the time. It knows no
// plan; lineage.h is the same question within one plan's newest records.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/registry/archive.h"

namespace osac::provenance {

/// Where a question begins: a file, or all files that an element made.
struct Start {
  std::string path;                   ///< empty: an element
  std::optional<std::int64_t> maker;  ///< attempt; nothing: nobody here made it
};
/// By a file's path, an element's name, or (at least eight digits of) a file's SHA-256. Usage trouble, with what may have been meant, if
/// nothing is on record of it.
Result<Start> find_start(registry::Archive& archive, const std::string& target);

struct Lineage {
  std::vector<std::int64_t> order;  ///< attempts, nearest first
  std::map<std::int64_t, registry::ArchivedAttempt> attempts;
  std::map<std::string, registry::ArchivedFile> ends;  ///< by path: upstream, files that nobody made; downstream, that nobody read
};
/// Of each file that was read the newest maker that had ended when the reader began. The start's own maker is the first.
Result<Lineage> upstream(registry::Archive& archive, const Start& start);
/// Readers that began after the file was made, and theirs.
Result<Lineage> downstream(registry::Archive& archive, const Start& start);

}  // namespace osac::provenance
