#include "runtime/registry/parsed_journal.h"

#include <utility>

#include "runtime/step/record_parse.h"
#include "runtime/step/record_text.h"

namespace osac::registry {

namespace {

constexpr std::size_t batch_size = 512;                // records
constexpr std::size_t most_ahead = 8;                  // batches
constexpr std::uint64_t worth_a_thread = 4ULL << 20U;  // bytes

template <typename Kind>
std::string parse_as(const step::RawRecord& raw, std::vector<ParsedJournal::Record>& records) {
  return step::parse_record(raw.json, std::get<Kind>(records.emplace_back(std::in_place_type<Kind>)));
}

/// What is wrong with it; "" if nothing is. Kinds that the index has nothing of are left out.
std::string parse(const step::RawRecord& raw, std::vector<ParsedJournal::Record>& records) {
  if (raw.kind == step::kind_end) return parse_as<step::EndRecord>(raw, records);
  if (raw.kind == step::kind_execution_start) return parse_as<step::ExecutionStart>(raw, records);
  if (raw.kind == step::kind_plan) return parse_as<step::PlanRecord>(raw, records);
  if (raw.kind == step::kind_execution_end) return parse_as<step::ExecutionEnd>(raw, records);
  return "";
}

}  // namespace

ParsedJournal::ParsedJournal(step::JournalFile file, std::uint64_t bytes) : file_(std::move(file)) {
  if (bytes >= worth_a_thread) reader_ = std::thread([this] { read_ahead(); });
}

ParsedJournal::~ParsedJournal() {
  if (!reader_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_left_ = true;
  }
  changed_.notify_all();
  reader_.join();
}

ParsedJournal::Batch ParsedJournal::read_batch() {
  std::vector<Record> records;
  records.reserve(batch_size);
  while (records.size() < batch_size) {
    const auto raw = file_.next();
    if (!raw) return tl::unexpected(raw.error());
    if (!*raw) break;
    ++record_count_;
    if (const std::string wrong = parse(**raw, records); !wrong.empty()) return file_.nonsense(**raw, wrong);
  }
  return records;
}

void ParsedJournal::read_ahead() {
  for (bool goes_on = true; goes_on;) {
    Batch batch = read_batch();
    goes_on = batch && !batch->empty();
    std::vector<std::vector<Record>> spent;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_left_ || ahead_.size() < most_ahead; });
    if (is_left_) return;
    ahead_.push_back(std::move(batch));
    spent.swap(spent_);
    is_ended_ = !goes_on;
    lock.unlock();
    changed_.notify_all();
  }
}

Result<std::span<ParsedJournal::Record>> ParsedJournal::next() {
  Batch batch = std::vector<Record>();
  if (!reader_.joinable()) {
    batch = read_batch();
  } else {
    std::unique_lock lock(mutex_);
    spent_.push_back(std::move(current_));
    changed_.wait(lock, [&] { return is_ended_ || !ahead_.empty(); });
    if (!ahead_.empty()) {
      batch = std::move(ahead_.front());
      ahead_.pop_front();
    }
    lock.unlock();
    changed_.notify_all();
  }
  if (!batch) return tl::unexpected(batch.error());
  current_ = std::move(*batch);
  return std::span(current_);
}

}  // namespace osac::registry
