#pragma once
// One more submission of an execution: plan again with what tasks have made, choose what is to be made, can be made and is not on its way,
// arrange it, write its folder and bring it into Slurm. The one way in which jobs are submitted: for a person (`osac submit`, `osac
// resubmit`), and for the jobs of an execution that goes on by itself (`osac close`, `osac submit --continue`).

#include <optional>
#include <string>
#include <vector>

#include "runtime/cli/session.h"
#include "runtime/slurm/next.h"
#include "runtime/slurm/submission.h"

namespace osac::cli {

struct NextSubmission {
  Arguments arguments;    ///< of an `osac submit`: read_arguments, or read_recorded
  std::string called_in;  ///< the folder that they were given in; empty: the current one
  slurm::Mode mode = slurm::Mode::person;
  std::string execution;              ///< that goes on; empty: a new one
  std::optional<std::int64_t> due{};  ///< of a new execution: when it is to have ended, wall, nanoseconds; nothing: at no time
  std::string where;                  ///< of `osac resubmit`: only elements for which this holds, and what waits for them
  /// Of the workflow's state, if the caller has it; null: it is taken here, waiting with a note.
  const registry::StateLock* lock = nullptr;
};

struct NextOutcome {
  std::string folder;  ///< of the submission, from the workflow's folder; empty: there was nothing to submit
  std::string execution;
  std::uint32_t elements = 0, array_tasks = 0, arrays = 0;
  std::uint32_t live = 0;      ///< elements on their way in earlier submissions
  std::uint32_t later = 0;     ///< elements that do not fit into the queue now: a job of this submission goes on with them
  std::uint32_t given_up = 0;  ///< failed for good
  std::uint32_t blocked = 0;   ///< wait for those
  // of a simulation
  std::string report;  ///< what would be submitted, and what it costs; empty: there is nothing to submit
  std::string calls;   ///< the calls, a line each
  std::size_t sbatch_calls = 0, lines = 0;
  std::uint64_t false_waits = 0;
  std::int64_t critical_path = 0;  ///< nanoseconds
  std::string silent;              ///< why it is not known what is in the queue; empty: it is, or there was nothing to ask
};

/// Errors are printed; gives the exit code. An earlier submission that was begun and not released is gone on with, or withdrawn, first. On
/// return the current folder is the workflow's.
int submit_next(const NextSubmission& what, NextOutcome& outcome);

/// What would be submitted of a session's plan now; nothing is, and nothing is written. The current folder is the workflow's.
int simulate_submission(const Arguments& arguments, const Session& session, NextOutcome& outcome);

/// The command line of an execution, as its submissions have it on record.
NextSubmission recorded(const slurm::Submission& submission);

}  // namespace osac::cli
