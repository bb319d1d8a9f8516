#pragma once
// Publishing: what an attempt made gets its final names, all or none. Order is everything: outputs on disk, then the intent record, then
// the renames, then the end record; whoever reads the journal afterwards can finish what was begun. What a final name held before is
// swapped into the scratch folder, so that a rename that fails midway can be taken back.

#include <string>
#include <vector>

#include "runtime/step/journal.h"

namespace osac::step {

struct Publication {
  std::string from, to;  ///< without a final '/'
  bool is_directory = false;
  bool is_protected = false;
};

enum class Published {
  done,        ///< all at their final names, and recorded
  failed,      ///< what was renamed has been taken back (if not, the problem says so); no end is recorded yet
  unrecorded,  ///< all at their final names, but the journal takes no more: the next start of osac finishes it
};
struct PublishResult {
  Published published = Published::done;
  std::string problem;
};

/// `intent.moves` has one entry a publication, with the state before; `intent.end` is what gets recorded, its outputs in the same order. On
/// `done` it holds the record as written, with the outputs' final states.
PublishResult publish(const std::vector<Publication>& publications, PublishIntent& intent, JournalWriter& journal,
                      site::Durability durability);

/// A link that closing left where a file (or folder) was before it was moved: a relative one, to such a thing or to nothing. What is made
/// anew may take its place.
bool is_left_link(const std::string& path, bool is_directory);

/// One rename onto a final name, making its folders. What was there is then at `from`.
enum class Moved { to_free_name, swapped, replaced };
Result<Moved> move_into_place(const std::string& from, const std::string& to, bool is_directory, site::Durability durability);

}  // namespace osac::step
