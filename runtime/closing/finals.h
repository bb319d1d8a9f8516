#pragma once
// Files of a closed night at their published paths. One that is moved leaves a relative link behind: at every moment its old path leads to
// all of it (of a folder: but for the moment between two renames). One that is linked stays, and only a link is made. Each is on record
// before it is touched and after (step::FinalFile), so that a kill at any moment is made good by the next closing. Nothing that was not
// published from the same element is ever overwritten. It knows paths and records, not plans.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/step/journal.h"

namespace osac::closing {

/// A file that has a published path.
struct Final {
  std::string element;    ///< the dataset's: "dl2[run=1808]"
  std::string from, to;   ///< relative to the workflow's folder, or absolute; without a final '/'
  bool is_link = false;   ///< only a link is made at `to`
  step::FileState state;  ///< as it is on record: with its content
};

/// What the journals tell of published files, by published path: what was put there last, and what was to be put there since.
struct PublishedFile {
  std::optional<step::FinalFile> done, intent;
};
using Published = std::map<std::string, PublishedFile>;
Result<Published> read_published(const std::string& state_folder);

/// Folders that a killed closing had moved already and not linked: their links are made. Before anybody looks whether files are there.
Status recover_finals(const Published& published);

/// What is in the way, a line each; empty if all can be published. Nothing is touched.
std::vector<std::string> find_obstacles(const std::vector<Final>& finals, const Published& published);

/// Publishes what is not published yet, on disk when it returns. Gives the paths that are other files now, by `from`, with their states:
/// what is on record of them is to be recorded anew.
struct Publishing {
  const std::vector<Final>& finals;
  const Published& published;
  const std::string& key;  ///< of the night
  step::JournalWriter& journal;
  const runtime::Clock& clock;
};
Result<std::map<std::string, step::FileState>> publish_finals(const Publishing& what);

/// The path under which a published file is on record; the path itself if it is none.
std::string path_on_record(const Published& published, const std::string& path);

}  // namespace osac::closing
