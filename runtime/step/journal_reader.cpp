// Reading several journals as one history: files are opened in the order of their first record, and merged by the records' times.

#include <algorithm>
#include <array>
#include <memory>
#include <queue>
#include <tuple>
#include <utility>

#include "runtime/step/journal.h"
#include "runtime/step/journal_merge.h"
#include "runtime/step/record_parse.h"

namespace osac::step {

namespace {

constexpr std::array<std::string_view, 5> outcome_names = {"succeeded", "failed", "timed-out", "cancelled", "lost"};
constexpr std::array<std::string_view, 9> class_names = {"none",   "memory", "timeout",     "lost",     "exit",
                                                         "output", "expect", "environment", "cancelled"};

/// A part with its next record at hand.
struct Source {
  JournalFile file;
  RawRecord record;
};

class Merge {
 public:
  Merge(std::vector<JournalPart>& parts, JournalReport& report) : parts_(parts), report_(report), sources_(parts.size()) {
    for (std::size_t part = 0; part < parts.size(); ++part) files_.emplace_back(journal_start_time(parts[part].path), part);
    std::sort(files_.begin(), files_.end(), [&](const auto& a, const auto& b) {
      return std::tie(a.first, parts[a.second].path) < std::tie(b.first, parts[b.second].path);
    });
  }

  /// The part whose record is next, with its source; no source at the end. `advance` it afterwards.
  Result<std::pair<std::size_t, const Source*>> next() {
    while (opened_ < files_.size() && (order_.empty() || files_[opened_].first <= order_.top().time))
      if (auto done = open_one(); !done) return tl::unexpected(done.error());
    if (order_.empty()) return std::pair<std::size_t, const Source*>(0, nullptr);
    const std::size_t part = files_[order_.top().number].second;
    return std::pair<std::size_t, const Source*>(part, sources_[part].get());
  }
  Status advance() {
    const std::size_t number = order_.top().number;
    order_.pop();
    return load(number);
  }

 private:
  struct Place {
    std::int64_t time;
    std::size_t number;  // in the order of opening: of records with one time, those of the earlier file come first
    bool operator<(const Place& other) const { return std::pair(other.time, other.number) < std::pair(time, number); }
  };
  Status open_one() {
    const std::size_t number = opened_++;
    const JournalPart& part = parts_[files_[number].second];
    auto file = part.offset == 0 ? JournalFile::open(part.path) : JournalFile::resume(part.path, part.offset, part.sequence);
    if (!file) return tl::unexpected(file.error());
    sources_[files_[number].second] = std::make_unique<Source>(Source{std::move(*file), {}});
    return load(number);
  }
  Status load(std::size_t number) {
    const std::size_t part = files_[number].second;
    Source& source = *sources_[part];
    auto record = source.file.next();
    if (!record) return tl::unexpected(record.error());
    if (*record) {
      source.record = **record;
      order_.push({source.record.time, number});
      return {};
    }
    if (!source.file.note().empty() && !is_settled(source.file.path())) report_.notes.push_back(source.file.note());
    parts_[part].offset = source.file.end_of_good();
    parts_[part].sequence = source.file.next_sequence();
    sources_[part].reset();  // its text is no longer needed
    return {};
  }
  std::vector<JournalPart>& parts_;
  JournalReport& report_;
  std::vector<std::pair<std::int64_t, std::size_t>> files_;  // start times and parts, in the order of opening
  std::size_t opened_ = 0;
  std::vector<std::unique_ptr<Source>> sources_;  // one a part
  std::priority_queue<Place> order_;
};

template <typename Record>
Status deliver(const JournalFile& file, const RawRecord& raw, const std::function<void(Record&&)>& callback) {
  if (!callback) return {};
  Record record;
  if (const std::string wrong = parse_record(raw.json, record); !wrong.empty()) return file.nonsense(raw, wrong);
  callback(std::move(record));
  return {};
}

Status deliver(const JournalFile& file, const RawRecord& raw, const JournalVisitor& visitor) {
  if (raw.kind == kind_end) return deliver(file, raw, visitor.end);
  if (raw.kind == kind_attempt_start) return deliver(file, raw, visitor.attempt_start);
  if (raw.kind == kind_publish_intent) return deliver(file, raw, visitor.publish_intent);
  if (raw.kind == kind_execution_start) return deliver(file, raw, visitor.execution_start);
  if (raw.kind == kind_plan) return deliver(file, raw, visitor.plan);
  if (raw.kind == kind_execution_end) return deliver(file, raw, visitor.execution_end);
  if (raw.kind == kind_removal) return deliver(file, raw, visitor.removal);
  if (raw.kind == kind_closed) return deliver(file, raw, visitor.closed);
  if (raw.kind == kind_reopened) return deliver(file, raw, visitor.reopened);
  if (raw.kind == kind_final_file) return deliver(file, raw, visitor.final_file);
  return {};  // a kind of a newer osac that this one can do without, else it would be another version
}

}  // namespace

std::string_view outcome_name(Outcome outcome) { return outcome_names[static_cast<std::size_t>(outcome)]; }
std::string_view class_name(FailureClass failure) { return class_names[static_cast<std::size_t>(failure)]; }

Result<JournalReport> read_journals(const std::string& folder, const JournalVisitor& visitor) {
  auto paths = journal_files(folder);
  if (!paths) return tl::unexpected(paths.error());
  return read_journals(*paths, visitor);
}

Result<JournalReport> read_journals(const std::vector<std::string>& paths, const JournalVisitor& visitor) {
  std::vector<JournalPart> parts;
  for (const std::string& path : paths) parts.push_back({path, 0, 0});
  return merge_journals(parts,
                        [&](std::size_t, const JournalFile& file, const RawRecord& record) { return deliver(file, record, visitor); });
}

Result<JournalReport> merge_journals(std::vector<JournalPart>& parts, const RecordHandler& handle) {
  JournalReport report;
  Merge merge(parts, report);
  while (true) {
    const auto next = merge.next();
    if (!next) return tl::unexpected(next.error());
    const auto [part, source] = *next;
    if (source == nullptr) return report;
    ++report.records;
    if (auto done = handle(part, source->file, source->record); !done) return tl::unexpected(done.error());
    if (auto done = merge.advance(); !done) return tl::unexpected(done.error());
  }
}

}  // namespace osac::step
