// The writer: callers put whole frames into one buffer; one of them writes the buffer and syncs it for all (group commit). The first
// failure is final: after a failed write or fdatasync nothing more is appended, so that nothing is ever recorded after a gap.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <cctype>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "runtime/step/journal.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

enum class Sync { no, yes };

class FileJournal final : public JournalWriter {
 public:
  FileJournal(Descriptor file, std::string path, bool is_durable, const runtime::Clock& clock)
      : file_(std::move(file)), path_(std::move(path)), is_durable_(is_durable), clock_(clock) {}

  // starts matter for what still runs after a kill; after a power cut nothing does. An execution whose end is lost is looked through once
  // more.
  Status append(const ExecutionStart& record) override { return append(kind_execution_start, fields_of(record), Sync::no); }
  Status append(const PlanRecord& record) override { return append(kind_plan, fields_of(record), Sync::no); }
  Status append(const ExecutionEnd& record) override { return append(kind_execution_end, fields_of(record), Sync::no); }
  Status append(const AttemptStart& record) override { return append(kind_attempt_start, fields_of(record), Sync::no); }
  // one rename is whole or not at all by itself: if power fails, an element without an end is made again
  Status append(const PublishIntent& record) override {
    return append(kind_publish_intent, fields_of(record), record.moves.size() > 1 ? Sync::yes : Sync::no);
  }
  Status append(const EndRecord& record) override { return append(kind_end, fields_of(record), Sync::yes); }
  Status append(const Removal& record) override { return append(kind_removal, fields_of(record), Sync::yes); }
  Status append(const Closed& record) override { return append(kind_closed, fields_of(record), Sync::yes); }
  Status append(const Reopened& record) override { return append(kind_reopened, fields_of(record), Sync::yes); }
  Status append(const FinalFile& record) override { return append(kind_final_file, fields_of(record), record.is_done ? Sync::no : Sync::yes); }
  Status append(const JournalHeader& record) { return append(kind_header, fields_of(record), Sync::no); }
  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  Status append(std::string_view kind, const std::string& fields, Sync sync) {
    std::unique_lock lock(mutex_);
    // a record's time never lies before that of the one before it, whatever the machine's clock does
    last_time_ = std::max(last_time_, clock_.wall());
    append_frame(waiting_, sequence_++, last_time_, kind, fields);
    const std::uint64_t mine = sequence_;
    const bool needs_sync = is_durable_ && sync == Sync::yes;
    if (needs_sync) sync_wanted_ = mine;
    while (!broken_ && (needs_sync ? synced_ : written_) < mine) {
      if (is_writing_)
        turn_.wait(lock);
      else
        write_waiting(lock);
    }
    if (broken_) return tl::unexpected(*broken_);
    return {};
  }

  /// Writes what all callers have put down so far; unlocked meanwhile.
  void write_waiting(std::unique_lock<std::mutex>& lock) {
    std::string batch;
    batch.swap(waiting_);
    const std::uint64_t upto = sequence_;
    const bool sync = sync_wanted_ > synced_;
    is_writing_ = true;
    lock.unlock();
    const char* failed = nullptr;
    if (!write_all(file_.number(), batch)) failed = "write";
    if (failed == nullptr && sync && !to_disk()) failed = "write to disk";
    const int error = errno;
    lock.lock();
    is_writing_ = false;
    if (failed != nullptr) {
      broken_ = system_failure(error, failed, path_).value();
    } else {
      written_ = upto;
      if (sync) synced_ = upto;
    }
    turn_.notify_all();
  }

  /// Called by one thread at a time. The first time its name goes to disk with it.
  bool to_disk() {
    if (::fdatasync(file_.number()) != 0) return false;
    if (has_durable_name_) return true;
    const Descriptor folder(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    has_durable_name_ = folder.exists() && (::fsync(folder.number()) == 0 || errno == EINVAL || errno == ENOTSUP);
    return has_durable_name_;
  }

  Descriptor file_;
  bool has_durable_name_ = false;
  const std::string path_;
  const bool is_durable_;
  const runtime::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable turn_;
  std::string waiting_;                                       // frames nobody has written yet
  std::uint64_t sequence_ = 0;                                // of the next record, and so the number of records so far
  std::uint64_t written_ = 0, synced_ = 0, sync_wanted_ = 0;  // numbers of records
  std::int64_t last_time_ = 0;
  bool is_writing_ = false;
  std::optional<Error> broken_;
};

std::string file_name_part(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, 60)) out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return out;
}

}  // namespace

Result<std::unique_ptr<JournalWriter>> JournalWriter::create(const std::string& folder, site::Durability durability,
                                                             const runtime::Clock& clock) {
  if (auto made = make_folders(folder); !made) return tl::unexpected(made.error());
  JournalHeader header;
  header.version = journal_version;
  header.osac_version = OSAC_VERSION;
  header.host = host_name();
  header.boot = boot_id();
  header.pid = ::getpid();
  header.pid_start = process_start(header.pid).value_or(0);
  const std::string stem =
      fmt::format("{}/run-{}-{}-{}-{}", folder, file_name_part(header.host), header.boot.substr(0, 8), header.pid, header.pid_start);
  for (int number = 1;; ++number) {
    const std::string path = number == 1 ? stem + ".j1" : fmt::format("{}-{}.j1", stem, number);
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666));
    if (!file.exists() && errno == EEXIST) continue;
    if (!file.exists()) return system_failure(errno, "create", path);
    const bool is_durable = durability != site::Durability::none;
    auto journal = std::make_unique<FileJournal>(std::move(file), path, is_durable, clock);
    if (auto written = journal->append(header); !written) return tl::unexpected(written.error());
    return journal;
  }
}

}  // namespace osac::step
