// osac run: makes what is not up to date, and says at the end what was made, what failed and why.

#include <fmt/format.h>
#include <algorithm>
#include <csignal>

#include "runtime/cli/close_night.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/late.h"
#include "runtime/cli/plan.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/start_wait.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/cli/summary.h"

namespace osac::cli {

namespace {

/// Ends the process as the signal would have, so that shells and schedulers see it.
[[noreturn]] void die_by(int signal_number) {
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
  _Exit(128 + signal_number);
}

local::Options options_of(const Arguments& arguments, const Session& session, std::vector<std::uint32_t> forced,
                          const std::string& called_in) {
  local::Options options = session.growth_options(arguments.run.force);
  options.jobs = arguments.run.jobs;
  options.keep_going = !arguments.run.stop_at_first_failure;
  options.forced = std::move(forced);
  options.wait_for_lock = arguments.run.wait;
  options.arguments = {"osac", "run"};
  options.arguments.insert(options.arguments.end(), arguments.words.begin(), arguments.words.end());
  options.called_in = called_in;
  options.layout.state = state_folder(session.plan().workflow());
  return options;
}

/// What was submitted has been made by now, or is on its way: the first is brought in, of the second nothing is made a second time here.
/// `has_news`: records were brought in.
Status settle_submitted(const std::string& state, bool& has_news) {
  const auto submissions = slurm::read_submissions(state);
  if (!submissions) return tl::unexpected(submissions.error());
  if (std::none_of(submissions->begin(), submissions->end(), [](const slurm::Submission& submission) { return submission.is_open(); }))
    return {};
  const auto lock = lock_patiently(state);
  if (!lock) return tl::unexpected(lock.error());
  const auto open = settle_patiently(state);
  if (!open) return tl::unexpected(open.error());
  if (auto live = still_live(*open)) return tl::unexpected(std::move(*live));
  has_news = true;
  return {};
}

ClosingOutcome close_what_ran(const Arguments& arguments, const std::string& called_in, const local::Summary& summary,
                              const std::string& state) {
  if (!summary.is_complete()) return not_all_there(*summary.plan);
  const auto lock = lock_patiently(state);
  if (!lock) return {report(lock.error()), false, {}, {}};
  return close_night({arguments, called_in, arguments.close, false, true});
}

}  // namespace

int run_run(const Arguments& arguments) {
  if (arguments.run.dry_run) return run_plan(arguments);
  const std::string called_in = absolute(".");
  const MayStart may = may_run(arguments);
  if (!may.may_start) return may.exit_code;
  int exit_code = exit_done;
  SessionOptions options;
  options.settles = true;
  auto session = open_session(arguments, driver::Stage::plan, exit_code, options);
  if (!session) return exit_code;
  bool has_news = false;
  if (auto status = enter_folder(session->folder); !status) return report(status.error());
  if (const auto closed = answer_if_closed(*session, arguments.workflow)) return *closed;
  if (auto status = enter_folder(called_in); !status) return report(status.error());
  const std::string state = (session->folder == "." ? "" : session->folder + "/") + state_folder(session->plan().workflow());
  if (auto settled = settle_submitted(state, has_news); !settled) return report(settled.error());
  if (has_news) {  // the files that it is planned from may be among them
    options.shows_warnings = false;
    session = open_session(arguments, driver::Stage::plan, exit_code, options);
    if (!session) return exit_code;
  }
  const plan::Plan& plan = session->plan();
  if (auto status = enter_folder(session->folder); !status) return report(status.error());
  auto forced = forced_elements(plan, arguments.run.force);
  if (!forced) return report(forced.error());

  const std::string prefix = session->folder == "." ? "" : session->folder + "/";
  ProgressOptions shown;
  shown.style = arguments.run.quiet || arguments.workflow.json ? ProgressStyle::quiet
                : stderr_is_terminal()                         ? ProgressStyle::terminal
                                                               : ProgressStyle::lines;
  shown.explain = arguments.run.explain;
  shown.prefix = prefix;
  auto progress = make_progress(plan, shown);
  if (may.due) progress = watch_time(std::move(progress), plan, session->site, *may.due);
  const local::Options running = options_of(arguments, *session, std::move(*forced), called_in);
  const auto summary = local::execute(plan, session->site, running, *progress);
  progress.reset();
  if (!summary) return report(summary.error());
  print_summary(*summary, prefix);
  ClosingOutcome closed;
  if (arguments.close.when_done && summary->interrupted_by == 0)
    closed = close_what_ran(arguments, called_in, *summary, running.layout.state);
  notify_of(*summary, session->site, closed.text, closed.code == exit_done);
  if (arguments.workflow.json)
    if (const int code = print_result(summary_json(*summary)); code != exit_done) return code;
  if (summary->interrupted_by != 0) die_by(summary->interrupted_by);
  if (summary->certificates_trouble) return report(*summary->certificates_trouble);
  return summary->is_complete() ? closed.code : exit_failed;
}

}  // namespace osac::cli
