#include "runtime/provenance/archive_lineage.h"

#include <set>
#include <utility>

#include "compiler/base/text.h"

namespace osac::provenance {

namespace {

using registry::Archive;
using registry::ArchivedAttempt;
using registry::ArchivedFile;

/// The attempt, taken into the lineage if it is new there.
Result<const ArchivedAttempt*> take(Archive& archive, Lineage& lineage, std::int64_t id) {
  if (const auto known = lineage.attempts.find(id); known != lineage.attempts.end()) return &known->second;
  auto found = archive.attempt(id);
  if (!found) return tl::unexpected(found.error());
  lineage.order.push_back(id);
  return &lineage.attempts.emplace(id, std::move(*found)).first->second;
}

Result<Start> find_content(Archive& archive, const std::string& target) {
  auto same = archive.paths_of_content(target);
  if (!same) return tl::unexpected(same.error());
  if (same->size() == 1) return find_start(archive, same->front());
  if (same->size() > 1) return failure(Trouble::usage, "more than one file has that content: " + join_words(*same), "name one of them");
  const auto similar = archive.similar_paths(target);
  if (!similar) return tl::unexpected(similar.error());
  return failure(Trouble::usage, "`" + visible(target) + "` is no file, element or content of which there is a record",
                 similar->empty() ? "files are named by their paths from the workflow's folder; `osac prov list` shows executions"
                                  : "did you mean " + join_words(*similar, "or") + "?");
}

}  // namespace

Result<Start> find_start(Archive& archive, const std::string& target) {
  const std::string path = target.starts_with("./") ? target.substr(2) : target;
  const auto maker = archive.maker(path);
  if (!maker) return tl::unexpected(maker.error());
  if (*maker) return Start{path, *maker};
  const auto readers = archive.readers(path);
  if (!readers) return tl::unexpected(readers.error());
  if (!readers->empty()) return Start{path, std::nullopt};
  const auto element = archive.success_of(target);
  if (!element) return tl::unexpected(element.error());
  return *element ? Start{"", *element} : find_content(archive, target);
}

Result<Lineage> upstream(Archive& archive, const Start& start) {
  Lineage lineage;
  if (!start.maker) return lineage;
  if (auto first = take(archive, lineage, *start.maker); !first) return tl::unexpected(first.error());
  for (std::size_t next = 0; next < lineage.order.size(); ++next) {
    const ArchivedAttempt& reader = lineage.attempts.at(lineage.order[next]);
    const auto inputs = archive.inputs(reader.id);
    if (!inputs) return tl::unexpected(inputs.error());
    for (const ArchivedFile& input : *inputs) {
      const auto maker = archive.maker(input.path, reader.started);
      if (!maker) return tl::unexpected(maker.error());
      if (!*maker)
        lineage.ends.emplace(input.path, input);
      else if (auto found = take(archive, lineage, **maker); !found)
        return tl::unexpected(found.error());
    }
  }
  return lineage;
}

Result<Lineage> downstream(Archive& archive, const Start& start) {
  Lineage lineage;
  std::vector<std::pair<std::string, std::int64_t>> files;  // path, and since when
  if (start.maker) {
    const auto maker = archive.attempt(*start.maker);
    const auto outputs = archive.outputs(*start.maker);
    if (!maker) return tl::unexpected(maker.error());
    if (!outputs) return tl::unexpected(outputs.error());
    for (const ArchivedFile& output : *outputs)
      if (start.path.empty() || output.path == start.path) files.emplace_back(output.path, maker->ended);
  } else {
    files.emplace_back(start.path, INT64_MIN);
  }
  std::set<std::string> seen;
  for (std::size_t next = 0; next < files.size(); ++next) {
    const auto [path, since] = files[next];
    const auto readers = archive.readers(path, since);
    if (!readers) return tl::unexpected(readers.error());
    if (readers->empty()) lineage.ends.emplace(path, ArchivedFile{"", path, 0, 0, {}});
    for (const std::int64_t id : *readers) {
      const auto reader = take(archive, lineage, id);
      const auto outputs = archive.outputs(id);
      if (!reader) return tl::unexpected(reader.error());
      if (!outputs) return tl::unexpected(outputs.error());
      for (const ArchivedFile& output : *outputs)
        if (seen.insert(output.path).second) files.emplace_back(output.path, (*reader)->ended);
    }
  }
  return lineage;
}

}  // namespace osac::provenance
