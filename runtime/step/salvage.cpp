#include "runtime/step/salvage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>

#include "compiler/base/text.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/record_parse.h"
#include "runtime/step/record_text.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

constexpr std::size_t most_looked_at = 65536;  // of a gap, for what it may have been
constexpr std::size_t most_told = 3;

/// What follows `"name":` in damaged JSON: a text up to its quote, or digits.
std::string_view value_after(std::string_view text, std::string_view name) {
  const std::string key = fmt::format("\"{}\":", name);
  const auto at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  if (text.starts_with('"')) return text.substr(1, text.find('"', 1) - 1);
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

std::string guess(std::string_view record) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> words = {
      {{kind_end, "the end of"},
       {kind_attempt_start, "the start of"},
       {kind_publish_intent, "what was published by"},
       {kind_removal, "a file removed of"},
       {kind_final_file, "what was published at the closing of"},
       {kind_execution_start, "the start of execution"},
       {kind_execution_end, "the end of execution"}}};
  const std::string_view kind = value_after(record, "kind");
  const auto word = std::find_if(words.begin(), words.end(), [&](const auto& one) { return one.first == kind; });
  const std::string_view element = value_after(record, "element");
  if (element.empty() && (word == words.end() || !kind.starts_with("execution"))) return "";
  const std::string_view what = word == words.end() ? "a record of" : word->second;
  if (element.empty()) return fmt::format("{} {}", what, visible(value_after(record, "execution")));
  const std::string_view number = value_after(record, "attempt");
  return fmt::format("{} attempt {} of {}", what, number.empty() ? "1" : number, visible(element));
}

/// What the records in a gap were, as far as its bytes still say so.
std::string guesses(const std::string& path, const JournalGap& gap) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string bytes(std::min<std::uint64_t>(gap.end - gap.begin, most_looked_at), '\0');
  const ssize_t count = file.exists() ? ::pread(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(gap.begin)) : 0;
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  std::vector<std::string> found;
  for (const std::string_view line : split(bytes, '\n'))
    if (std::string one = guess(line); !one.empty() && std::find(found.begin(), found.end(), one) == found.end())
      found.push_back(std::move(one));
  if (found.size() > most_told) {
    found.resize(most_told);
    found.emplace_back("others");
  }
  return found.empty() ? "" : "perhaps " + join_words(found);
}

/// Whether a record says what its kind says; one of an unknown kind does.
bool makes_sense(const RawRecord& raw) {
  const auto parses = [&](auto record) { return parse_record(raw.json, record).empty(); };
  if (raw.kind == kind_header) return parses(JournalHeader());
  if (raw.kind == kind_end) return parses(EndRecord());
  if (raw.kind == kind_attempt_start) return parses(AttemptStart());
  if (raw.kind == kind_publish_intent) return parses(PublishIntent());
  if (raw.kind == kind_execution_start) return parses(ExecutionStart());
  if (raw.kind == kind_plan) return parses(PlanRecord());
  if (raw.kind == kind_execution_end) return parses(ExecutionEnd());
  if (raw.kind == kind_removal) return parses(Removal());
  if (raw.kind == kind_closed) return parses(Closed());
  if (raw.kind == kind_reopened) return parses(Reopened());
  if (raw.kind == kind_final_file) return parses(FinalFile());
  return true;
}

using Handler = std::function<Status(const RawRecord&)>;

/// Hands over what is intact, and gives what is not.
Result<JournalDamage> read_intact(const std::string& path, const Handler& handle) {
  auto file = JournalFile::open_damaged(path);
  if (!file) return tl::unexpected(file.error());
  JournalDamage damage;
  damage.path = path;
  std::size_t gaps = 0;
  const auto note_gaps = [&](bool is_end) {
    for (; gaps < file->gaps().size(); ++gaps) {
      const JournalGap& gap = file->gaps()[gaps];
      const bool is_tail = is_end && gaps + 1 == file->gaps().size();
      damage.losses.push_back({gap.begin, gap.end, gap.next_sequence - gap.first_sequence, guesses(path, gap), is_tail});
    }
  };
  std::uint64_t expected = 0;  // a record may be lost without a trace
  while (true) {
    const auto record = file->next();
    if (!record) return tl::unexpected(record.error());
    if (!*record) break;
    const std::size_t before = gaps;
    note_gaps(false);
    const std::uint64_t sequence = file->next_sequence() - 1;
    if (gaps == before && sequence != expected)
      damage.losses.push_back({(*record)->offset, (*record)->offset, sequence > expected ? sequence - expected : 0, "", false});
    expected = sequence + 1;
    if (!makes_sense(**record)) {
      damage.losses.push_back({(*record)->offset, file->end_of_good(), 1, guess((*record)->json), false});
      continue;
    }
    ++damage.records;
    if (auto done = handle(**record); !done) return tl::unexpected(done.error());
  }
  note_gaps(true);
  return damage;
}

/// The fields after a record's head, as append_frame wants them.
std::string_view fields_in(const RawRecord& record) {
  const auto kind = static_cast<std::size_t>(record.kind.data() - record.json.data()) + record.kind.size() + 1;
  return record.json.substr(kind, record.json.size() - kind - 1);
}

std::string free_name(const std::string& path) {
  std::string name = path + ".damaged";
  for (int number = 2; ::access(name.c_str(), F_OK) == 0; ++number) name = fmt::format("{}.damaged-{}", path, number);
  return name;
}

}  // namespace

bool JournalDamage::is_damaged() const {
  return std::any_of(losses.begin(), losses.end(), [](const JournalLoss& loss) { return !loss.is_tail; });
}

Result<JournalDamage> examine_journal(const std::string& path) {
  return read_intact(path, [](const RawRecord&) { return Status(); });
}

Result<std::string> salvage_journal(const std::string& path) {
  std::string out;
  std::uint64_t sequence = 0;
  const auto damage = read_intact(path, [&](const RawRecord& record) -> Status {
    // a journal starts with its header; who wrote it is not known any more
    if (sequence == 0 && record.kind != kind_header) append_frame(out, sequence++, record.time, kind_header, fields_of(JournalHeader()));
    append_frame(out, sequence++, record.time, record.kind, fields_in(record));
    return {};
  });
  if (!damage) return tl::unexpected(damage.error());
  const std::string aside = free_name(path);
  const std::string fresh = path + ".salvaged";
  if (auto written = write_new_file(fresh, out); !written) return tl::unexpected(written.error());
  if (auto synced = sync_tree(fresh); !synced) return tl::unexpected(synced.error());
  // the damaged one has another name before the new one takes its own: there is no moment without either
  if (::link(path.c_str(), aside.c_str()) != 0) return system_failure(errno, "keep a damaged journal as", aside);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return system_failure(errno, "replace", path);
  if (auto synced = sync_folder(folder_of(path)); !synced) return tl::unexpected(synced.error());
  return aside;
}

std::string loss_text(const JournalLoss& loss) {
  const std::string where =
      loss.begin == loss.end ? fmt::format("before byte {}", loss.begin) : fmt::format("bytes {} to {}", loss.begin, loss.end);
  std::string text = where + ": " +
                     (loss.records > 0 ? fmt::format("{} {} lost", count_of(loss.records, "record"), loss.records == 1 ? "is" : "are")
                      : loss.is_tail   ? "a torn record at the end"
                                       : "what is there is no record");
  return loss.what.empty() ? text : text + ", " + loss.what;
}

}  // namespace osac::step
