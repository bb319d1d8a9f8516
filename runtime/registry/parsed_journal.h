#pragma once
// The records of a journal that the index is made of, parsed, in their order. A long journal is read and parsed in a thread of its own, a
// little ahead of whoever takes the records: then reading and putting into tables go on at the same time.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <variant>
#include <vector>

#include "runtime/step/journal.h"
#include "runtime/step/journal_file.h"

namespace osac::registry {

class ParsedJournal {
 public:
  using Record = std::variant<step::EndRecord, step::ExecutionStart, step::PlanRecord, step::ExecutionEnd>;

  /// `bytes`: how much is still to be read of it, about.
  ParsedJournal(step::JournalFile file, std::uint64_t bytes);
  ParsedJournal(const ParsedJournal&) = delete;
  ParsedJournal& operator=(const ParsedJournal&) = delete;
  ~ParsedJournal();

  /// Some more records, until the next call; none at the end. Damaged trouble where the journal is damaged, or a record makes no sense.
  Result<std::span<Record>> next();

  // ---- once the end was reached

  /// Of all kinds.
  [[nodiscard]] std::uint64_t record_count() const { return record_count_; }
  [[nodiscard]] const step::JournalFile& file() const { return file_; }

 private:
  using Batch = Result<std::vector<Record>>;
  Batch read_batch();
  void read_ahead();

  step::JournalFile file_;
  std::uint64_t record_count_ = 0;
  // between the threads
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ahead_;
  std::vector<std::vector<Record>> spent_;  // freed where they were made: that, too, takes time
  bool is_ended_ = false, is_left_ = false;
  std::vector<Record> current_;
  std::thread reader_;  // not running: everything happens in next()
};

}  // namespace osac::registry
