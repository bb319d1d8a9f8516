#pragma once
// A submission: a folder `.osa/NAME/slurm/0001` with the scripts of one arrangement, and `submission.j1`, the journal of what was asked of
// Slurm. Everything is written down before it is asked (intent), and again when it was answered, so that a submitter killed anywhere can be
// started again. It knows records, not how to talk to Slurm (client.h).
//
// Submissions of one *execution* follow each other by themselves: what did not fit into the queue, what a stage has made known, what is
// tried again with more. All of them are submissions of the execution's name.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/result.h"
#include "runtime/base/clock.h"
#include "runtime/step/system.h"

namespace osac::slurm {

struct SubmissionStart {
  std::uint32_t number = 0;            ///< 1, 2, ...: its folder's
  std::string execution;               ///< "20261121T044800-7f3a91c2"
  std::string plan;                    ///< id
  std::string workflow;                ///< name
  std::string osac;                    ///< the program that goes on with it, absolute
  std::string root;                    ///< the workflow's folder, absolute
  std::vector<std::string> arguments;  ///< of the command line after `osac submit`: with them it is planned again
  std::string called_in;               ///< the folder in which that was, absolute
  std::string user, host;
  std::int64_t time = 0;  ///< wall, nanoseconds
};

/// A job as the journal tells of it.
struct JobRecord {
  std::string name;       ///< of its call: "gate", "03-reduce"
  std::uint64_t job = 0;  ///< 0: intended, no answer on record
  std::int64_t time = 0;  ///< of the last record, wall, nanoseconds
  bool is_refused = false;
  std::string text;  ///< what sbatch said when it refused
};

/// Where a submission is. It goes through these in order; from each it may be cancelled.
enum class Progress : std::uint8_t { begun, submitted /* all calls answered, lines in */, released, closed };

struct Submission {
  std::string folder;  ///< ".osa/night/slurm/0001"
  SubmissionStart start;
  std::vector<JobRecord> jobs;  ///< in the order of their intents
  Progress progress = Progress::begun;
  bool is_cancelled = false;
  [[nodiscard]] const JobRecord* job(const std::string& name) const;
  /// What its jobs' names begin with: "osac-20261121T044800-7f3a91c2-0001-".
  [[nodiscard]] std::string token_prefix() const;
  [[nodiscard]] std::string token(const std::string& name) const { return token_prefix() + name; }
  /// Jobs of it may be in the queue.
  [[nodiscard]] bool is_open() const { return progress != Progress::closed; }
};

/// All submissions of a state folder, oldest first; none if there are none. A torn end of a journal is left out, damage is damaged trouble.
Result<std::vector<Submission>> read_submissions(const std::string& state_folder);
/// The one whose folder has this name, whatever comes before it; usage trouble if there is none.
Result<const Submission*> find_submission(const std::vector<Submission>& all, const std::string& folder);

/// Appends to the journal of one submission; each record is on disk when a function returns, an answer with the next one: an intent whose
/// answer is lost is settled by the job's name. One writer at a time: whoever has the state's lock.
class SubmissionJournal {
 public:
  /// Makes the next folder, lets `fill` put into it what is submitted, then begins its journal: a submission on record is whole.
  using Fill = std::function<Status(const std::string& folder)>;
  static Result<SubmissionJournal> create(const std::string& state_folder, SubmissionStart start, const runtime::Clock& clock,
                                          const Fill& fill = nullptr);
  /// Goes on with one that is there; cuts off a torn end.
  static Result<SubmissionJournal> open(const Submission& submission, const runtime::Clock& clock);

  Status intend(const std::string& name);
  Status answered(const std::string& name, std::uint64_t job);
  Status refused(const std::string& name, const std::string& text);
  Status reached(Progress progress);
  Status cancelled();
  /// As all records tell it so far.
  [[nodiscard]] const Submission& submission() const { return submission_; }

 private:
  SubmissionJournal() = default;
  enum class Sync : std::uint8_t { now, with_next };
  Status append(std::string_view kind, const std::string& fields, Sync sync = Sync::now);
  Submission submission_;
  const runtime::Clock* clock_ = nullptr;
  step::Descriptor file_;
  std::uint64_t next_ = 0;
};

}  // namespace osac::slurm
