// osac close: what submitted jobs have done is brought in and checked; what its task says is tried again, and what has become possible, is
// submitted; once nothing is on its way, the execution ends as one on this machine does. Each submission's last job runs it. By a person it
// closes the night then, whatever has made it; a job does so if the execution was told to (`--close`).

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/close_night.h"
#include "runtime/cli/close_records.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/last_asked.h"
#include "runtime/cli/late.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/cli/submit_next.h"
#include "runtime/cli/summary.h"
#include "runtime/local/certify.h"
#include "runtime/local/settle.h"
#include "runtime/local/unplanned.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

constexpr std::int64_t hour = 3'600'000'000'000;  // clocks of nodes differ

/// An execution of which nothing is on its way any more.
class Ending {
 public:
  /// `is_fixed`: the plan is a file, and does not grow.
  Ending(const std::vector<slurm::Submission>& submissions, const local::Settled& settled, bool is_fixed)
      : first_(submissions.front()), plan_(*settled.plan), state_(*settled.state), decisions_(settled.decisions), is_fixed_(is_fixed) {
    summary_.execution = first_.start.execution;
    summary_.plan = settled.plan;
    summary_.wrong = settled.wrong;
  }

  struct Ended {
    local::Summary summary;
    std::vector<bool> stands;  ///< one an element
  };
  Ended run() {
    const std::vector<bool> none(plan_.element_count(), false);
    const slurm::Next next = slurm::choose_next({plan_, history(), decisions_, none, nullptr, summary_.execution, slurm::Mode::automatic});
    summary_.cancelled += next.count;
    std::vector<std::uint32_t> blocked(plan_.element_count(), 0);
    for (const std::uint32_t cause : next.root_cause)
      if (cause != plan::no_element) ++blocked[cause];
    for (const std::uint32_t element : next.failed) add_failure(element, blocked[element]);
    stand(next);
    std::vector<std::uint32_t> causes = next.root_cause;
    for (const std::uint32_t element : next.failed) causes[element] = element;
    summary_.unplanned = local::find_unplanned(plan_, state_, causes, is_fixed_);
    std::sort(summary_.warnings.begin(), summary_.warnings.end());
    std::sort(summary_.failures.begin(), summary_.failures.end(),
              [](const local::Failure& a, const local::Failure& b) { return a.element < b.element; });
    summary_.elapsed = std::max<std::int64_t>(0, last_ - first_.start.time);
    return {std::move(summary_), std::move(stands_)};
  }

 private:
  [[nodiscard]] const registry::History& history() const { return state_.history(); }
  [[nodiscard]] const registry::PastElement* past(std::uint32_t element) const {
    return history().find(plan::element_name(plan_, plan_.element(element)));
  }

  void stand(const slurm::Next& next) {
    std::vector<bool> failed(plan_.element_count(), false);
    for (const std::uint32_t element : next.failed) failed[element] = true;
    for (std::uint32_t element = 0; element < plan_.element_count(); ++element)
      if (next.root_cause[element] != plan::no_element) failed[element] = true;
    for (std::uint32_t element = 0; element < plan_.element_count(); ++element)
      if (decisions_[element].verdict == registry::Verdict::up_to_date) count(element);
    for (const std::uint32_t element : next.of_some) {
      if (state_.ready(element, failed).decision.verdict == registry::Verdict::up_to_date)
        count(element);
      else
        add_failure(element, 0);
    }
  }

  /// It stands, made in this execution or before.
  void count(std::uint32_t element) {
    stands_[element] = true;
    const registry::PastElement* const known = past(element);
    const registry::PastEnd* const success = known == nullptr ? nullptr : history().success(*known);
    const bool may_be = success != nullptr && success->started + success->duration > first_.start.time - hour;
    const auto record = may_be ? history().whole(*success) : Result<step::EndRecord>(step::EndRecord{});
    if (!may_be || !record || !slurm::is_of_execution(*record, summary_.execution)) {
      ++summary_.up_to_date;
      return;
    }
    ++summary_.succeeded;
    last_ = std::max(last_, record->ended);
    if (!record->warnings.empty()) ++summary_.warned;
    for (const std::string& warning : record->warnings) summary_.warnings.push_back(record->element + ": " + warning);
  }

  void add_failure(std::uint32_t element, std::uint32_t blocked) {
    const registry::PastElement* const known = past(element);
    auto record = known == nullptr ? failure(Trouble::damaged, "it has no end on record") : history().whole(*history().latest(*known));
    if (!record) {
      step::EndRecord unread;
      unread.reason = record.error().what;
      record = std::move(unread);
    }
    last_ = std::max(last_, record->ended);
    if (record->outcome == step::Outcome::cancelled) {
      summary_.cancelled += 1 + blocked;
      return;
    }
    if (record->outcome == step::Outcome::succeeded)
      record->reason = record->is_tainted ? record->reason + "; the next execution makes it again"
                                          : state_.explain(element, decisions_[element]) + "; it was made in this execution";
    ++summary_.failed;
    summary_.blocked += blocked;
    summary_.failures.push_back({element, std::move(*record), blocked});
  }

  const slurm::Submission& first_;                    // NOLINT: lives for one call
  const plan::Plan& plan_;                            // NOLINT
  registry::State& state_;                            // NOLINT
  const std::vector<registry::Decision>& decisions_;  // NOLINT
  bool is_fixed_;
  local::Summary summary_;
  std::vector<bool> stands_ = std::vector<bool>(plan_.element_count(), false);
  std::int64_t last_ = 0;  // when the last element ended
};

/// A submitted execution that is at its end.
struct Finished {
  std::optional<Session> session;  ///< what the others are of
  local::Settled settled;
  local::Summary summary;
  std::optional<Error> certificates_trouble;
  bool is_good = false;
  NextSubmission asked;
};

/// Plans once more, as the execution was submitted, with all that it has made, and records what is recorded at the end.
int finish(const std::string& prefix, const std::string& state, const std::vector<slurm::Submission>& submissions, Finished& finished) {
  const NextSubmission last = recorded(submissions.back());
  if (!last.called_in.empty())
    if (auto entered = enter_folder(last.called_in); !entered) return report(entered.error());
  int exit_code = exit_done;
  SessionOptions options;
  options.settles = true;
  options.shows_warnings = false;
  finished.session = open_session(last.arguments, driver::Stage::plan, exit_code, options);
  if (!finished.session) return exit_code;
  const Session* const session = &*finished.session;
  if (auto entered = enter_folder(session->folder); !entered) return report(entered.error());
  auto history = registry::read_history(state);
  if (!history) return report(history.error());
  auto settled = local::settle(session->plan(), session->site, session->growth_options({}), std::move(*history));
  if (!settled) return report(settled.error());
  finished.settled = std::move(*settled);
  for (const local::WrongFile& wrong : finished.settled.wrong) tell(wrong.report);

  const plan::Plan& plan = *finished.settled.plan;
  if (auto kept = local::keep_plan(plan, state); !kept) return report(kept.error());
  auto [summary, stands] = Ending(submissions, finished.settled, session->opened.has_value()).run();
  if (const auto certified = local::certify(plan, *finished.settled.state, stands, state); !certified)
    summary.certificates_trouble = certified.error();
  bring_up_registry(state, session->site.registry);
  if (auto kept = finished.settled.state->keep(state); !kept) tell(fmt::format("note: {}\n", kept.error().what));

  draw_provenance(plan, state, submissions.back().folder + "/provenance.pdf", prefix);
  finished.is_good = summary.is_complete() && summary.cancelled == 0;
  if (finished.is_good) stop_watching(submissions);  // else it is still to be told that it is late
  finished.certificates_trouble = summary.certificates_trouble;
  finished.asked = last;
  finished.summary = std::move(summary);
  return exit_done;
}

/// The submissions of the newest execution of a night, oldest first; none if it was not submitted, or run on this machine since.
Result<std::vector<slurm::Submission>> submissions_of(const std::string& state, const std::string& night) {
  auto all = slurm::read_submissions(state);
  if (!all || all->empty()) return all;
  const auto asked = last_asked(state);
  if (!asked) return tl::unexpected(asked.error());
  const bool is_submitted = *asked && (*asked)->is_submitted;
  const auto plan = plan::Plan::open(all->back().folder + "/plan");
  if (!is_submitted || (plan && closing::night_of(*plan, {}, "").key != night)) return std::vector<slurm::Submission>();
  return last_execution(state, all->back().start.execution);
}

/// Those that are about a night: of others nothing is asked.
std::vector<slurm::Overview> of_night(std::vector<slurm::Overview> open, const std::string& night) {
  std::erase_if(open, [&](const slurm::Overview& overview) {
    const auto plan = plan::Plan::open(overview.submission.folder + "/plan");
    return plan && closing::night_of(*plan, {}, "").key != night;
  });
  return open;
}

/// Goes on with what can go on. Nothing if that is all that is to be done now: then `exit_code` is set.
bool has_ended(const registry::StateLock& lock, const slurm::Submission& last, bool is_automatic, int& exit_code) {
  if (last.is_cancelled) return true;
  NextSubmission next = recorded(last);
  next.mode = slurm::Mode::automatic;
  next.execution = last.start.execution;
  next.lock = &lock;
  NextOutcome outcome;
  exit_code = submit_next(next, outcome);
  if (exit_code != exit_done) return false;
  if (outcome.folder.empty()) return true;
  // its own last job sees to the rest
  const std::string what = fmt::format("the execution goes on: {} submitted as {}", count_of(outcome.elements, "element"), outcome.folder);
  if (!is_automatic)
    exit_code = report(Error{Trouble::busy, what, "see osac status"});
  else
    tell(what + "\n");
  return false;
}

// ---- by a job

/// The last job of a submission.
int close_for_job(const Arguments& arguments) {
  const bool is_automatic = arguments.close.automatic;
  // `.osa/night/slurm/0001`, in the workflow's folder or absolute
  const std::string folder = step::folder_of(step::folder_of(arguments.close.submission));
  if (auto entered = enter_folder(step::folder_of(step::folder_of(folder))); !entered) return report(entered.error());
  const std::string state = state_folder(step::name_of(folder));
  const auto lock = lock_patiently(state);
  if (!lock) return report(lock.error());
  const auto all = slurm::read_submissions(state);
  if (!all) return report(all.error());
  const auto own = slurm::find_submission(*all, arguments.close.submission);
  if (!own) return report(own.error());
  const std::string& execution = (*own)->start.execution;
  auto open = settle_patiently(state);
  if (!open) return report(open.error());
  auto submissions = last_execution(state, execution);
  if (!submissions) return report(submissions.error());
  int exit_code = exit_done;
  if (!has_ended(*lock, submissions->back(), is_automatic, exit_code)) return exit_code;
  open = settle_patiently(state);
  if (!open) return report(open.error());
  submissions = last_execution(state, execution);
  if (!submissions) return report(submissions.error());
  if (const auto live = still_live(*open)) {
    if (!is_automatic) return report(*live);
    tell(fmt::format("{}\n", live->what));
    return live->trouble == Trouble::busy ? exit_done : exit_temporary;
  }
  Finished finished;
  if (const int code = finish("", state, *submissions, finished); code != exit_done) return code;
  print_summary(finished.summary, "");
  ClosingOutcome closed;
  if (finished.asked.arguments.close.when_done) {
    if (finished.is_good) {
      closed = close_night({finished.asked.arguments, finished.asked.called_in, finished.asked.arguments.close, true, true});
    } else {
      closed = not_all_there(*finished.summary.plan);
    }
  }
  if (is_automatic) notify_of(finished.summary, finished.session->site, closed.text, closed.code == exit_done);
  if (finished.certificates_trouble) return report(*finished.certificates_trouble);
  return finished.is_good ? closed.code : exit_failed;
}

// ---- by a person

/// What a person means: the workflow's file with its parameters, or what was asked for last.
Result<Asked> find_asked(const Arguments& arguments) {
  const std::string& file = arguments.workflow.file;
  if (file.ends_with(".osa") || (!file.empty() && is_plan_file(file))) return Asked{arguments, absolute("."), 0, false};
  const WorkflowArguments& given = arguments.workflow;
  if (!given.rest.empty() || !given.goals.empty() || !given.where.empty() || !given.params_file.empty() || !given.site_file.empty() ||
      !given.module_paths.empty())
    return failure(Trouble::usage, "which workflow are these parameters and goals of?", "osac close FILE.osa, then as for osac run");
  PastArguments past_arguments = arguments.past;
  if (!file.empty()) past_arguments.workflow = file;
  const auto past = open_past(past_arguments);
  if (!past) return tl::unexpected(past.error());
  auto asked = last_asked(past->state);
  if (!asked) return tl::unexpected(asked.error());
  if (!*asked) return failure(Trouble::usage, "what was executed here last is not on record", "name the workflow: osac close FILE.osa");
  (*asked)->arguments.workflow.no_scan = given.no_scan;
  return std::move(**asked);
}

Status check_pairs(const CloseArguments& close) {
  if (close.reopens && close.reasons.size() > 1) return failure(Trouble::usage, "one --reason is enough to open it again");
  if (close.reopens || close.accepted.size() == close.reasons.size()) return {};
  return failure(Trouble::usage,
                 fmt::format("{} for {}", count_of(close.reasons.size(), "--reason"), count_of(close.accepted.size(), "--accept")),
                 "each --accept QUERY has a --reason TEXT of its own");
}

/// Brings in what jobs of the night have done, and goes on with them. Nothing if it is at its end; else an exit code.
std::optional<int> end_submitted(const std::string& state, const closing::Night& night, const registry::StateLock& lock,
                                 bool& is_submitted) {
  auto open = settle_patiently(state);
  if (!open) return report(open.error());
  auto submissions = submissions_of(state, night.whole);
  if (!submissions) return report(submissions.error());
  is_submitted = !submissions->empty();
  if (is_submitted) {
    int exit_code = exit_done;
    if (!has_ended(lock, submissions->back(), false, exit_code)) return exit_code;
    open = settle_patiently(state);
    if (!open) return report(open.error());
    submissions = submissions_of(state, night.whole);
    if (!submissions) return report(submissions.error());
  }
  if (const auto live = still_live(of_night(std::move(*open), night.whole))) return report(*live);
  if (!is_submitted) return std::nullopt;
  Finished finished;
  if (const int code = finish("", state, *submissions, finished); code != exit_done) return code;
  finished.summary.failures.clear();  // closing tells all that is missing
  print_summary(finished.summary, "");
  if (finished.certificates_trouble) return report(*finished.certificates_trouble);
  return std::nullopt;
}

}  // namespace

int run_close(const Arguments& arguments) {
  if (!arguments.close.submission.empty()) return close_for_job(arguments);
  if (auto paired = check_pairs(arguments.close); !paired) return report(paired.error());
  const auto asked = find_asked(arguments);
  if (!asked) return report(asked.error());
  if (auto entered = enter_folder(asked->called_in); !entered) return report(entered.error());
  int exit_code = exit_done;
  SessionOptions options;
  options.settles = true;
  options.shows_warnings = false;
  const auto session = open_session(asked->arguments, driver::Stage::plan, exit_code, options);
  if (!session) return exit_code;
  if (auto entered = enter_folder(session->folder); !entered) return report(entered.error());
  const WorkflowArguments& workflow = asked->arguments.workflow;
  const std::string state = state_folder(session->plan().workflow());
  const auto lock = lock_patiently(state);
  if (!lock) return report(lock.error());
  const closing::Night night = night_of(*session, workflow);
  const auto mark = closing::find_mark(state, night);
  if (!mark) return report(mark.error());
  if (arguments.close.reopens) {
    if (!*mark) return report_usage(fmt::format("{} is not closed ({})", session->plan().workflow(), visible(night.key)));
    return reopen_night(session->plan(), state, **mark, arguments.close);
  }
  if (const auto closed = answer_if_closed(*session, workflow)) return *closed;
  bool is_submitted = false;
  if (const auto code = end_submitted(state, night, *lock, is_submitted)) return *code;
  ClosingRequest request{asked->arguments, asked->called_in, arguments.close, is_submitted, false};
  const ClosingOutcome outcome = close_night(request);
  if (arguments.workflow.json && !outcome.json.empty())
    if (const int code = print_result(outcome.json); code != exit_done) return code;
  return outcome.code;
}

}  // namespace osac::cli
