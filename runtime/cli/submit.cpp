// osac submit: what is not up to date is made by Slurm jobs. `--continue` is what the jobs of an execution call to go on with it.

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/late.h"
#include "runtime/cli/start_wait.h"
#include "runtime/cli/submit_next.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

std::string as_json(const NextOutcome& outcome) {
  return fmt::format(
      "{{\"execution\": {}, \"folder\": {}, \"elements\": {}, \"array_tasks\": {}, \"arrays\": {}, \"live\": {}, \"later\": {}, "
      "\"failed\": {}, "
      "\"blocked\": {}}}\n",
      json_quoted(outcome.execution), json_quoted(outcome.folder), outcome.elements, outcome.array_tasks, outcome.arrays, outcome.live,
      outcome.later, outcome.given_up, outcome.blocked);
}

int submit_and_tell(const NextSubmission& what, bool json) {
  NextOutcome outcome;
  const int code = submit_next(what, outcome);
  if (code == exit_done && what.arguments.submit.simulate) {
    if (!outcome.silent.empty()) tell("note: what is in the queue is not known: " + outcome.silent + "\n");
    return print_result(outcome.report + outcome.calls);
  }
  return code == exit_done && json ? print_result(as_json(outcome)) : code;
}

/// `folder`: of a submission of the execution that goes on, `.osa/NAME/slurm/0001`, relative to the current folder or absolute.
int go_on(const std::string& folder, bool json) {
  const std::string state = step::folder_of(step::folder_of(folder));
  if (auto entered = enter_folder(step::folder_of(step::folder_of(state))); !entered) return report(entered.error());
  const std::string here = state_folder(step::name_of(state));
  const auto lock = lock_patiently(here);
  if (!lock) return report(lock.error());
  const auto submissions = slurm::read_submissions(here);
  if (!submissions) return report(submissions.error());
  const auto found = slurm::find_submission(*submissions, folder);
  if (!found) return report(found.error());
  const slurm::Submission& submission = **found;
  if (submission.is_cancelled) {
    tell(fmt::format("{} was cancelled: nothing goes on\n", submission.folder));
    return exit_done;
  }
  NextSubmission next = recorded(submission);
  next.mode = slurm::Mode::automatic;
  next.execution = submission.start.execution;
  next.lock = &*lock;
  return submit_and_tell(next, json);
}

}  // namespace

int run_submit(const Arguments& arguments) {
  if (!arguments.submit.continued.empty()) return go_on(arguments.submit.continued, arguments.workflow.json);
  if (!arguments.submit.again.empty()) return submit_again(arguments.submit.again, arguments.workflow.json);
  if (!arguments.submit.late.empty()) return run_late(arguments.submit.late);
  const MayStart may = may_submit(arguments);
  if (!may.may_start) return may.exit_code;
  NextSubmission what;
  what.arguments = arguments;
  what.due = may.due;
  what.lock = may.lock ? &*may.lock : nullptr;
  const int code = submit_and_tell(what, arguments.workflow.json && !arguments.submit.simulate);
  if (code != exit_done || !may.record) return code;
  if (auto gone = stop_waiting(*may.record); !gone) return report(gone.error());
  return exit_done;
}

}  // namespace osac::cli
