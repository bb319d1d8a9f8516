// From a state folder to a history: the snapshot if the journals continue it, and what is new in them; else all of them.

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <unordered_set>

#include "compiler/base/files.h"
#include "runtime/registry/journal_place.h"
#include "runtime/registry/snapshot.h"
#include "runtime/registry/state.h"
#include "runtime/step/journal_merge.h"
#include "runtime/step/record_parse.h"
#include "runtime/step/system.h"

namespace osac::registry {

namespace {

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

/// As it is now, read up to nowhere; nothing if it is gone.
std::optional<PastJournal> journal_at(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  PastJournal journal;
  journal.name = step::name_of(path);
  journal.size = info.st_size;
  journal.mtime = nanoseconds(info.st_mtim);
  journal.ctime = nanoseconds(info.st_ctim);
  journal.inode = info.st_ino;
  return journal;
}

enum class Since { same, grown, other };
Since compare(const PastJournal& before, const PastJournal& now, const std::string& path) {
  if (before.inode != now.inode || now.size < before.size) return Since::other;
  if (before.size == now.size) return before.mtime == now.mtime && before.ctime == now.ctime ? Since::same : Since::other;
  return before.offset > 0 && checksum_before(path, before.offset) == before.last_bytes ? Since::grown : Since::other;
}

/// What there is to read: a part for each journal with something in it that the history does not have.
struct Reading {
  History history;
  std::vector<step::JournalPart> parts;
  std::vector<std::uint32_t> journals;  // one a part: which of the history's
};

/// A reading that goes on from the snapshot; nothing if there is none that fits.
std::optional<Reading> go_on(const std::string& state_folder, const std::vector<std::string>& paths) {
  const auto bytes = read_file(snapshot_path(state_folder));
  auto known = bytes ? parse_snapshot(*bytes) : std::nullopt;
  if (!known) return std::nullopt;
  Reading reading{std::move(*known), {}, {}};
  std::vector<PastJournal>& journals = reading.history.journals;
  std::size_t found = 0;
  for (const std::string& path : paths) {
    auto now = journal_at(path);
    if (!now) return std::nullopt;
    const auto before =
        std::find_if(journals.begin(), journals.end(), [&](const PastJournal& journal) { return journal.name == now->name; });
    if (before == journals.end()) {
      reading.journals.push_back(static_cast<std::uint32_t>(journals.size()));
      reading.parts.push_back({path, 0, 0});
      journals.push_back(std::move(*now));
      continue;
    }
    ++found;
    const Since since = compare(*before, *now, path);
    if (since == Since::other) return std::nullopt;
    now->offset = before->offset;
    now->sequence = before->sequence;
    now->last_bytes = before->last_bytes;
    *before = std::move(*now);
    // one with a torn tail is looked at again, for the note
    if (since == Since::same && before->offset == static_cast<std::uint64_t>(before->size)) continue;
    reading.journals.push_back(static_cast<std::uint32_t>(before - journals.begin()));
    reading.parts.push_back({path, before->offset, before->sequence});
  }
  const std::size_t known_journals = journals.size() - (paths.size() - found);
  return found == known_journals ? std::optional(std::move(reading)) : std::nullopt;
}

Reading start_anew(const std::vector<std::string>& paths) {
  Reading reading;
  for (const std::string& path : paths) {
    auto journal = journal_at(path);
    if (!journal) continue;
    reading.journals.push_back(static_cast<std::uint32_t>(reading.history.journals.size()));
    reading.parts.push_back({path, 0, 0});
    reading.history.journals.push_back(std::move(*journal));
  }
  return reading;
}

/// Journals of other folders, known by their paths.
void add_elsewhere(Reading& reading, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    auto journal = journal_at(path);
    if (!journal) continue;
    journal->name = path.find('/') == std::string::npos ? "./" + path : path;
    reading.journals.push_back(static_cast<std::uint32_t>(reading.history.journals.size()));
    reading.parts.push_back({path, 0, 0});
    reading.history.journals.push_back(std::move(*journal));
  }
}

/// Notes on the torn ends of journals that are still written to.
void drop_notes(std::vector<std::string>& notes, const std::vector<std::string>& paths) {
  std::unordered_set<std::string> names;
  for (const std::string& path : paths) names.insert(step::name_of(path));
  std::erase_if(notes, [&](const std::string& note) { return names.contains(note.substr(0, note.find(':'))); });
}

enum class Read { all, out_of_order };
/// Reads what there is to read. `since`: nothing may lie before that, or the order would not be that of all journals together.
Result<Read> read(Reading& reading, std::int64_t since) {
  History& history = reading.history;
  step::EndOutline outline;
  bool is_in_order = true;
  const auto report =
      step::merge_journals(reading.parts, [&](std::size_t part, const step::JournalFile& file, const step::RawRecord& record) -> Status {
        if (record.kind != step::kind_end) return {};
        is_in_order = is_in_order && record.time > since;
        if (!is_in_order) return {};
        history.last_time = std::max(history.last_time, record.time);
        if (const std::string wrong = step::parse_record(record.json, outline); !wrong.empty()) return file.nonsense(record, wrong);
        history.add(outline, reading.journals[part], record.offset);
        return {};
      });
  if (!report) return tl::unexpected(report.error());
  if (!is_in_order) return Read::out_of_order;
  for (std::size_t part = 0; part < reading.parts.size(); ++part) {
    PastJournal& journal = history.journals[reading.journals[part]];
    journal.offset = reading.parts[part].offset;
    journal.sequence = reading.parts[part].sequence;
    journal.last_bytes = checksum_before(reading.parts[part].path, journal.offset);
  }
  history.notes = report->notes;
  return Read::all;
}

Result<History> read_once(const std::string& state_folder, const std::vector<std::string>& more_journals) {
  const std::string folder = state_folder + "/journal";
  const auto paths = step::journal_files(folder);
  if (!paths) return tl::unexpected(paths.error());
  auto reading = go_on(state_folder, *paths);
  if (reading) {
    add_elsewhere(*reading, more_journals);
    const auto done = read(*reading, reading->history.last_time);
    if (!done) return tl::unexpected(done.error());
    if (*done == Read::out_of_order) reading.reset();
  }
  if (!reading) {
    reading = start_anew(*paths);
    add_elsewhere(*reading, more_journals);
    if (const auto done = read(*reading, std::numeric_limits<std::int64_t>::min()); !done) return tl::unexpected(done.error());
  }
  drop_notes(reading->history.notes, more_journals);
  reading->history.folder = folder;
  return std::move(reading->history);
}

}  // namespace

Result<History> read_history(const std::string& state_folder) { return read_once(state_folder, {}); }

Result<History> read_history(const std::string& state_folder, const std::vector<std::string>& more_journals) {
  std::vector<std::string> there = more_journals;
  for (;;) {
    const auto is_gone = [](const std::string& path) { return ::access(path.c_str(), F_OK) != 0; };
    std::erase_if(there, is_gone);
    auto history = read_once(state_folder, there);
    // one may have been removed while it was read, when its records had been brought in
    if (history || std::none_of(there.begin(), there.end(), is_gone)) return history;
  }
}

}  // namespace osac::registry
