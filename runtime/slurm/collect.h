#pragma once
// What has become of the elements of a submission: by the records of its array tasks first, then by Slurm's queue, then by its accounting.
// Unknown is never failed. What has left the queue without a record gets one, and when a submission is over its records move to the
// workflow's own. Whoever calls what writes has the state's lock.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/base/clock.h"
#include "runtime/registry/history.h"
#include "runtime/slurm/client.h"
#include "runtime/slurm/protocol.h"
#include "runtime/slurm/submission.h"
#include "runtime/step/journal.h"

namespace osac::slurm {

enum class Fate : std::uint8_t {
  waiting,  ///< in the queue, or about to be
  running,
  ended,    ///< it has an end on record in this submission
  gone,     ///< it has left the queue without one: killed by Slurm, cancelled, blocked by a parent, or lost
  unknown,  ///< Slurm does not answer
};
/// One an element of the submission's plan that the submission runs.
struct ElementFate {
  std::uint32_t element = 0;  ///< of the submission's own plan
  std::uint32_t array = 0, index = 0;
  Fate fate = Fate::unknown;
  bool has_succeeded = false;  ///< of one that has ended
  bool has_begun = false;      ///< an attempt of it that has not ended on record; of those that run or are gone
  std::uint64_t job = 0;
};

/// An open submission as it is now: its plan, its units, and the fate of each of its elements.
struct Overview {
  Submission submission;
  plan::Plan plan;
  Settings settings;
  UnitFile units;
  std::vector<std::string> arrays;    ///< names by number in `units`; those of earlier submissions, which come first, have none
  std::vector<ElementFate> elements;  ///< by array, index, and the order within
  std::uint32_t waiting = 0, running = 0, ended = 0, gone = 0, unknown = 0;
  std::vector<Queued> queue;    ///< of its jobs, service jobs too
  std::optional<Error> silent;  ///< why the queue is not known
  [[nodiscard]] bool is_live() const { return waiting + running + unknown > 0; }
};
Result<Overview> look_at(const Submission& submission, const Client& client);

/// The job that each element of `plan` was given in a submission, open or over; 0: none. By names: the submission's own plan may be another
/// one of the same workflow.
Result<std::vector<std::uint64_t>> jobs_of_elements(const Submission& submission, const plan::Plan& plan);

/// The journals of a submission's array tasks, for registry::read_history.
Result<std::vector<std::string>> journals_of(const Submission& submission);

/// End records for the elements that are gone: out of memory, timed out, cancelled, lost with their node, as far as Slurm tells; elements
/// that did not begin because a parent has not succeeded get none. `history`: with the records of all open submissions. Temporary trouble
/// if Slurm does not answer, or says that a job completed whose records are not to be seen yet.
Result<std::vector<step::EndRecord>> records_of_gone(const Overview& overview, const registry::History& history, const Client& client,
                                                     const runtime::Clock& clock);
/// Appends records to those of a submission's array tasks.
Status record(const Submission& submission, const std::vector<step::EndRecord>& records, const runtime::Clock& clock);

/// Brings the records of a submission's array tasks into the workflow's journal folder as one journal with a name of its own, whole or not
/// at all; doing it again changes nothing. Then the array tasks' own journals are removed, and osa-step: an array task that comes to life
/// again finds that its claim is gone and publishes nothing.
Status bring_in(const Submission& submission, const std::string& state_folder);

/// All of the above for whatever is open: records what is gone; brings in and closes what is over, unless array tasks of another submission
/// have yet to read its records. Gives what stays open, oldest first. Submissions that were begun and never released stay as they are.
Result<std::vector<Overview>> settle(const std::string& state_folder, const Client& client, const runtime::Clock& clock);

}  // namespace osac::slurm
