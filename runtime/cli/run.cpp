// osac run: makes what is not up to date, and says at the end what was made, what failed and why.

#include <fmt/format.h>
#include <csignal>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/plan.h"
#include "runtime/cli/progress.h"

namespace osac::cli {

namespace {

constexpr std::size_t failures_shown = 20;
constexpr std::size_t products_shown = 10;

std::string name_of(const plan::Plan& plan, std::uint32_t element) { return plan::element_name(plan, plan.element(element)); }

void print_failures(const plan::Plan& plan, const local::Summary& summary, const std::string& prefix) {
  std::size_t shown = 0;
  for (const local::Failure& failure : summary.failures) {
    if (shown++ == failures_shown) {
      tell(fmt::format("... and {} more: osac log --failed\n", summary.failures.size() - failures_shown));
      return;
    }
    tell(fmt::format("failed: {}: {}\n", name_of(plan, failure.element), visible(failure.record.reason)));
    if (!failure.record.log.empty()) tell(fmt::format("    log: {}{}\n", prefix, failure.record.log));  // none if it never started
    if (failure.blocked > 0) tell(fmt::format("    {} could not run because of it\n", count_of(failure.blocked, "element")));
  }
}

void print_warnings(const local::Summary& summary) {
  for (std::size_t i = 0; i < summary.warnings.size() && i < failures_shown; ++i)
    tell(fmt::format("warning: {}\n", visible(summary.warnings[i])));
  if (summary.warnings.size() > failures_shown) tell(fmt::format("... and {} more warnings\n", summary.warnings.size() - failures_shown));
}

/// Where the goals are: each file, up to a few per dataset.
void print_products(const plan::Plan& plan, const std::string& prefix) {
  for (std::uint32_t id = 0; id < plan.datasets().size(); ++id) {
    const plan::DatasetRow& dataset = plan.datasets()[id];
    if (dataset.is_goal == 0 || dataset.is_external != 0) continue;
    for (std::uint32_t i = 0; i < dataset.family.count && i < products_shown; ++i)
      tell(fmt::format("  {}{}\n", prefix, visible(plan::dataset_path(plan, id, i))));
    if (dataset.family.count > products_shown)
      tell(fmt::format("  ... {} more of `{}`\n", grouped(dataset.family.count - products_shown), plan.text(dataset.family.name)));
  }
}

void print_summary(const plan::Plan& plan, const local::Summary& summary, const std::string& prefix) {
  print_warnings(summary);
  print_failures(plan, summary, prefix);
  std::string line = fmt::format("{}: {} made, {} up to date", plan.workflow(), grouped(summary.succeeded), grouped(summary.up_to_date));
  if (summary.failed > 0) line += fmt::format(", {} FAILED", grouped(summary.failed));
  if (summary.blocked > 0) line += fmt::format(", {} blocked", grouped(summary.blocked));
  if (summary.cancelled > 0) line += fmt::format(", {} not started or stopped", grouped(summary.cancelled));
  if (summary.warned > 0) line += fmt::format(", {}", count_of(summary.warned, "warning"));
  tell(fmt::format("{} in {}\n", line, runtime::duration_text(summary.elapsed)));
  if (summary.failed == 0 && summary.interrupted_by == 0) print_products(plan, prefix);
  if (summary.interrupted_by != 0) tell(fmt::format("interrupted; the same command goes on from here\n"));
}

std::string as_json(const plan::Plan& plan, const local::Summary& summary) {
  std::string failures;
  for (const local::Failure& failure : summary.failures)
    failures +=
        fmt::format("{}\n    {{\"element\": {}, \"class\": \"{}\", \"reason\": {}, \"log\": {}, \"blocked\": {}}}",
                    failures.empty() ? "" : ",", json_quoted(name_of(plan, failure.element)), step::class_name(failure.record.failure),
                    json_quoted(failure.record.reason), json_quoted(failure.record.log), failure.blocked);
  return fmt::format(
      "{{\n  \"execution\": {},\n  \"plan\": \"{}\",\n  \"succeeded\": {},\n  \"up_to_date\": {},\n  \"failed\": {},\n  \"blocked\": {},\n "
      " \"cancelled\": {},\n"
      "  \"failures\": [{}{}]\n}}\n",
      json_quoted(summary.execution), hexadecimal(plan.id()), summary.succeeded, summary.up_to_date, summary.failed, summary.blocked,
      summary.cancelled, failures, failures.empty() ? "" : "\n  ");
}

/// Ends the process as the signal would have, so that shells and schedulers see it.
[[noreturn]] void die_by(int signal_number) {
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
  _Exit(128 + signal_number);
}

local::Options options_of(const Arguments& arguments, const plan::Plan& plan, std::vector<std::uint32_t> forced) {
  local::Options options;
  options.jobs = arguments.run.jobs;
  options.keep_going = !arguments.run.stop_at_first_failure;
  options.forced = std::move(forced);
  options.wait_for_lock = arguments.run.wait;
  options.arguments = {"osac", "run", arguments.workflow.file};
  options.arguments.insert(options.arguments.end(), arguments.workflow.rest.begin(), arguments.workflow.rest.end());
  options.layout.state = state_folder(plan.workflow());
  return options;
}

}  // namespace

int run_run(const Arguments& arguments) {
  if (arguments.run.dry_run) return run_plan(arguments);
  int exit_code = exit_done;
  const auto session = open_session(arguments, driver::Stage::plan, exit_code);
  if (!session) return exit_code;
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
  const auto summary = local::execute(plan, session->site, options_of(arguments, plan, std::move(*forced)), *progress);
  progress.reset();
  if (!summary) return report(summary.error());
  print_summary(plan, *summary, prefix);
  if (arguments.workflow.json)
    if (const int code = print_result(as_json(plan, *summary)); code != exit_done) return code;
  if (summary->interrupted_by != 0) die_by(summary->interrupted_by);
  return summary->failed + summary->blocked > 0 ? exit_failed : exit_done;
}

}  // namespace osac::cli
