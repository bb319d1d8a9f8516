#pragma once
// Journals, or what is new in them, as one sequence of records in the order of their times. For readers that want the records as they are
// and remember how far they have read; read_journals (journal.h) is the comfortable way. It knows frames and heads, not what kinds mean.

#include <functional>
#include <string>
#include <vector>

#include "runtime/step/journal.h"
#include "runtime/step/journal_file.h"

namespace osac::step {

/// A journal from some record on: from the start, or from where an earlier reading stopped.
struct JournalPart {
  std::string path;
  std::uint64_t offset = 0;    ///< 0: from the start
  std::uint64_t sequence = 0;  ///< of the record there
};

/// `part` is a place in the parts given; file and record are valid during the call.
using RecordHandler = std::function<Status(std::size_t part, const JournalFile& file, const RawRecord& record)>;

/// As read_journals; each part says afterwards where its good records end.
Result<JournalReport> merge_journals(std::vector<JournalPart>& parts, const RecordHandler& handle);

}  // namespace osac::step
