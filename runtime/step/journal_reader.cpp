// Reading all journals of a folder as one history: files are opened in the order of their first record, and merged by the records' times.

#include <array>
#include <queue>
#include <utility>

#include "runtime/step/journal.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/record_parse.h"

namespace osac::step {

namespace {

constexpr std::array<std::string_view, 5> outcome_names = {"succeeded", "failed", "timed-out", "cancelled", "lost"};
constexpr std::array<std::string_view, 9> class_names = {"none",   "memory", "timeout",     "lost",     "exit",
                                                         "output", "expect", "environment", "cancelled"};

/// A file with its next record at hand.
struct Source {
  JournalFile file;
  RawRecord record;
  std::size_t number = 0;  // in the order of opening: of records with one time, those of the earlier file come first
};

class Merge {
 public:
  Merge(std::vector<std::pair<std::int64_t, std::string>> files, JournalReport& report) : files_(std::move(files)), report_(report) {}

  /// The source whose record is next, or nothing at the end. `advance` it afterwards.
  Result<Source*> next() {
    while (opened_ < files_.size() && (order_.empty() || files_[opened_].first <= order_.top().time))
      if (auto done = open_one(); !done) return tl::unexpected(done.error());
    return order_.empty() ? nullptr : sources_[order_.top().number].get();
  }
  Status advance() {
    Source& source = *sources_[order_.top().number];
    order_.pop();
    return load(source);
  }

 private:
  struct Place {
    std::int64_t time;
    std::size_t number;
    bool operator<(const Place& other) const { return std::pair(other.time, other.number) < std::pair(time, number); }
  };
  Status open_one() {
    auto file = JournalFile::open(files_[opened_].second);
    if (!file) return tl::unexpected(file.error());
    sources_.push_back(std::make_unique<Source>(Source{std::move(*file), {}, opened_}));
    ++opened_;
    return load(*sources_.back());
  }
  Status load(Source& source) {
    auto record = source.file.next();
    if (!record) return tl::unexpected(record.error());
    if (*record) {
      source.record = **record;
      order_.push({source.record.time, source.number});
      return {};
    }
    if (!source.file.note().empty() && !is_settled(source.file.path())) report_.notes.push_back(source.file.note());
    sources_[source.number].reset();  // its text is no longer needed
    return {};
  }
  std::vector<std::pair<std::int64_t, std::string>> files_;
  JournalReport& report_;
  std::size_t opened_ = 0;
  std::vector<std::unique_ptr<Source>> sources_;
  std::priority_queue<Place> order_;
};

template <typename Record>
Status deliver(const Source& source, const std::function<void(Record&&)>& callback) {
  if (!callback) return {};
  Record record;
  if (const std::string wrong = parse_record(source.record.json, record); !wrong.empty()) return source.file.nonsense(source.record, wrong);
  callback(std::move(record));
  return {};
}

Status deliver(const Source& source, const JournalVisitor& visitor) {
  const std::string_view kind = source.record.kind;
  if (kind == kind_end) return deliver(source, visitor.end);
  if (kind == kind_attempt_start) return deliver(source, visitor.attempt_start);
  if (kind == kind_publish_intent) return deliver(source, visitor.publish_intent);
  if (kind == kind_execution_start) return deliver(source, visitor.execution_start);
  if (kind == kind_execution_end) return deliver(source, visitor.execution_end);
  if (kind == kind_removal) return deliver(source, visitor.removal);
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
  std::vector<std::pair<std::int64_t, std::string>> files;
  for (const std::string& path : paths) files.emplace_back(journal_start_time(path), path);
  std::sort(files.begin(), files.end());
  JournalReport report;
  Merge merge(std::move(files), report);
  while (true) {
    const auto source = merge.next();
    if (!source) return tl::unexpected(source.error());
    if (*source == nullptr) return report;
    ++report.records;
    if (auto done = deliver(**source, visitor); !done) return tl::unexpected(done.error());
    if (auto done = merge.advance(); !done) return tl::unexpected(done.error());
  }
}

}  // namespace osac::step
