// osac close: what submitted jobs have done is brought in and checked; what its task says is tried again, and what has become possible, is
// submitted; once nothing is on its way, the execution ends as one on this machine does. Each submission's last job runs it.

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/picture.h"
#include "runtime/cli/submit_next.h"
#include "runtime/cli/summary.h"
#include "runtime/local/certify.h"
#include "runtime/local/settle.h"
#include "runtime/local/unplanned.h"
#include "runtime/provenance/provenance.h"
#include "runtime/registry/registry.h"
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

/// An index of what is recorded already: no reason to fail.
void bring_up_registry(const std::string& state, const site::RegistryUrl& url) {
  if (auto chosen = registry::choose_registry(state, url); !chosen) tell(fmt::format("note: {}\n", chosen.error().what));
  const auto updated = registry::update_registry(state);
  if (!updated) return tell(fmt::format("note: {}\n", updated.error().what));
  for (const std::string& note : updated->notes) tell(fmt::format("note: {}\n", note));
}

/// A picture is no reason to fail.
void draw_provenance(const plan::Plan& plan, const std::string& state, const std::string& path, const std::string& prefix) {
  const auto records = provenance::collect(plan, state);
  if (records && records->ends.empty()) return;
  const auto graph = records ? provenance::graph(plan, *records, {"", false, link_base(path, ".")}) : tl::unexpected(records.error());
  const auto picture = graph ? emit::render_graph(emit::to_dot(*graph), emit::GraphFormat::pdf) : tl::unexpected(graph.error());
  const Status written = picture ? write_file(path, *picture) : tl::unexpected(picture.error());
  if (written)
    tell(fmt::format("wrote {}{}\n", prefix, path));
  else
    tell(fmt::format("note: the provenance was not drawn: {}\n", written.error().what));
}

/// Plans once more, as the execution was submitted, with all that it has made.
int finish(const Arguments& arguments, const std::string& prefix, const std::string& state,
           const std::vector<slurm::Submission>& submissions) {
  const NextSubmission last = recorded(submissions.back());
  if (!last.called_in.empty())
    if (auto entered = enter_folder(last.called_in); !entered) return report(entered.error());
  int exit_code = exit_done;
  SessionOptions options;
  options.settles = true;
  options.shows_warnings = false;
  const auto session = open_session(last.arguments, driver::Stage::plan, exit_code, options);
  if (!session) return exit_code;
  if (auto entered = enter_folder(session->folder); !entered) return report(entered.error());
  auto history = registry::read_history(state);
  if (!history) return report(history.error());
  auto settled = local::settle(session->plan(), session->site, session->growth_options({}), std::move(*history));
  if (!settled) return report(settled.error());
  for (const local::WrongFile& wrong : settled->wrong) tell(wrong.report);

  const plan::Plan& plan = *settled->plan;
  if (auto kept = local::keep_plan(plan, state); !kept) return report(kept.error());
  auto [summary, stands] = Ending(submissions, *settled, session->opened.has_value()).run();
  if (const auto certified = local::certify(plan, *settled->state, stands, state); !certified)
    summary.certificates_trouble = certified.error();
  bring_up_registry(state, session->site.registry);
  if (auto kept = settled->state->keep(state); !kept) tell(fmt::format("note: {}\n", kept.error().what));

  draw_provenance(plan, state, submissions.back().folder + "/provenance.pdf", prefix);
  print_summary(summary, prefix);
  if (arguments.close.automatic) notify_of(summary, session->site);  // who closes it by hand sees it
  if (arguments.past.json)
    if (const int code = print_result(summary_json(summary)); code != exit_done) return code;
  if (summary.certificates_trouble) return report(*summary.certificates_trouble);
  return summary.is_complete() && summary.cancelled == 0 ? exit_done : exit_failed;
}

}  // namespace

int run_close(const Arguments& arguments) {
  const bool is_automatic = arguments.close.automatic;
  std::string state;
  std::string execution;
  std::string prefix;
  if (arguments.close.submission.empty()) {
    const auto past = open_past(arguments.past);
    if (!past) return report(past.error());
    state = past->state;
    if (past->folder != ".") prefix = past->folder + "/";
  } else {
    // `.osa/night/slurm/0001`, in the workflow's folder or absolute
    const std::string folder = step::folder_of(step::folder_of(arguments.close.submission));
    if (auto entered = enter_folder(step::folder_of(step::folder_of(folder))); !entered) return report(entered.error());
    state = state_folder(step::name_of(folder));
  }
  auto lock = lock_patiently(state);
  if (!lock) return report(lock.error());
  if (!arguments.close.submission.empty()) {
    const auto all = slurm::read_submissions(state);
    if (!all) return report(all.error());
    const std::string name = step::name_of(arguments.close.submission);
    for (const slurm::Submission& submission : *all)
      if (step::name_of(submission.folder) == name) execution = submission.start.execution;
    if (execution.empty()) return report_usage("`" + arguments.close.submission + "` is no submission");
  }
  auto open = settle_patiently(state);
  if (!open) return report(open.error());
  auto submissions = last_execution(state, execution);
  if (!submissions) return report(submissions.error());
  if (!submissions->back().is_cancelled) {
    NextSubmission next = recorded(submissions->back());
    next.mode = slurm::Mode::automatic;
    next.execution = submissions->back().start.execution;
    next.lock = &*lock;
    NextOutcome outcome;
    if (const int code = submit_next(next, outcome); code != exit_done) return code;
    if (!outcome.folder.empty()) {  // its own last job sees to the rest
      const std::string what =
          fmt::format("the execution goes on: {} submitted as {}", count_of(outcome.elements, "element"), outcome.folder);
      if (!is_automatic) return report(Error{Trouble::busy, what, "see osac status"});
      tell(what + "\n");
      return exit_done;
    }
    open = settle_patiently(state);
    if (!open) return report(open.error());
    submissions = last_execution(state, next.execution);
    if (!submissions) return report(submissions.error());
  }
  if (const auto live = still_live(*open)) {
    if (!is_automatic) return report(*live);
    tell(fmt::format("{}\n", live->what));
    return live->trouble == Trouble::busy ? exit_done : exit_temporary;
  }
  return finish(arguments, prefix, state, *submissions);
}

}  // namespace osac::cli
