// osac resubmit: what failed, was cancelled or lost, and what waits for it, as it was submitted last; others may be on their way meanwhile.

#include <fmt/format.h>

#include "runtime/cli/commands.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/submit_next.h"

namespace osac::cli {

int run_resubmit(const Arguments& arguments) {
  const auto past = open_past(arguments.past);
  if (!past) return report(past.error());
  const auto lock = lock_patiently(past->state);
  if (!lock) return report(lock.error());
  const auto open = settle_patiently(past->state);
  if (!open) return report(open.error());
  const auto submissions = last_execution(past->state);
  if (!submissions) return report(submissions.error());
  NextSubmission next = recorded(submissions->back());
  next.mode = slurm::Mode::person;
  // an execution of which nothing is left is over: attempts are counted anew
  next.execution = open->empty() ? "" : submissions->back().start.execution;
  next.where = arguments.past.where;
  next.lock = &*lock;
  NextOutcome outcome;
  return submit_next(next, outcome);
}

}  // namespace osac::cli
