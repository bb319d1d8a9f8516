#pragma once
// A journal that comes into being with its first record: an execution that finds nothing to do leaves no file behind. The execution's start
// goes in before anything else.

#include <memory>
#include <mutex>
#include <string>

#include "runtime/step/journal.h"

namespace osac::local {

class LateJournal final : public step::JournalWriter {
 public:
  LateJournal(std::string folder, site::Durability durability, const runtime::Clock& clock, step::ExecutionStart start)
      : folder_(std::move(folder)), durability_(durability), clock_(clock), start_(std::move(start)) {}

  Status append(const step::ExecutionStart& record) override { return add(record); }
  Status append(const step::PlanRecord& record) override { return add(record); }
  Status append(const step::ExecutionEnd& record) override { return add(record); }
  Status append(const step::AttemptStart& record) override { return add(record); }
  Status append(const step::PublishIntent& record) override { return add(record); }
  Status append(const step::EndRecord& record) override { return add(record); }
  Status append(const step::Removal& record) override { return add(record); }
  Status append(const step::Closed& record) override { return add(record); }
  Status append(const step::Reopened& record) override { return add(record); }
  Status append(const step::FinalFile& record) override { return add(record); }
  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] bool exists() const { return journal_ != nullptr; }

 private:
  template <typename Record>
  Status add(const Record& record) {
    std::call_once(once_, [this] { created_ = create(); });
    if (!created_) return created_;
    return journal_->append(record);
  }
  Status create() {
    auto made = step::JournalWriter::create(folder_, durability_, clock_);
    if (!made) return tl::unexpected(made.error());
    journal_ = std::move(*made);
    path_ = journal_->path();
    return journal_->append(start_);
  }

  const std::string folder_;
  const site::Durability durability_;
  const runtime::Clock& clock_;
  const step::ExecutionStart start_;
  std::once_flag once_;
  Status created_;
  std::string path_;
  std::unique_ptr<step::JournalWriter> journal_;
};

}  // namespace osac::local
