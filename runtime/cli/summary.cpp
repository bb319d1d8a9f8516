#include "runtime/cli/summary.h"

#include <fmt/format.h>
#include <csignal>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/cli/session.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/notify/notify.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

constexpr std::size_t failures_shown = 20;
constexpr std::size_t products_shown = 10;
constexpr std::size_t longest_reason = 500;  // characters of one in a notification

std::string name_of(const plan::Plan& plan, std::uint32_t element) { return plan::element_name(plan, plan.element(element)); }

void add_failures(std::string& out, const plan::Plan& plan, const local::Summary& summary, const std::string& prefix) {
  std::size_t shown = 0;
  for (const local::Failure& failure : summary.failures) {
    if (shown++ == failures_shown) {
      out += fmt::format("... and {} more: osac log --failed\n", summary.failures.size() - failures_shown);
      return;
    }
    out += fmt::format("failed: {}: {}\n", name_of(plan, failure.element), visible(failure.record.reason));
    if (!failure.record.log.empty()) out += fmt::format("    log: {}{}\n", prefix, failure.record.log);  // none if it never started
    if (failure.blocked > 0) out += fmt::format("    {} could not run because of it\n", count_of(failure.blocked, "element"));
    for (const local::Unplanned& unplanned : summary.unplanned)
      if (unplanned.why == local::Unplanned::Why::maker_failed && unplanned.root_cause == failure.element)
        out += fmt::format("    {} could not be planned because of it: {} of `{}`\n", visible(unplanned.what),
                           count_of(unplanned.files, "file"), unplanned.dataset);
  }
}

void add_warnings(std::string& out, const local::Summary& summary) {
  for (std::size_t i = 0; i < summary.warnings.size() && i < failures_shown; ++i)
    out += fmt::format("warning: {}\n", visible(summary.warnings[i]));
  if (summary.warnings.size() > failures_shown) out += fmt::format("... and {} more warnings\n", summary.warnings.size() - failures_shown);
}

/// Where the goals are: each file, up to a few per dataset.
void add_products(std::string& out, const plan::Plan& plan, const std::string& prefix) {
  for (std::uint32_t id = 0; id < plan.datasets().size(); ++id) {
    const plan::DatasetRow& dataset = plan.datasets()[id];
    if (dataset.is_goal == 0 || dataset.is_external != 0) continue;
    for (std::uint32_t i = 0; i < dataset.family.count && i < products_shown; ++i)
      out += fmt::format("  {}{}\n", prefix, visible(plan::dataset_path(plan, id, i)));
    if (dataset.family.count > products_shown)
      out += fmt::format("  ... {} more of `{}`\n", grouped(dataset.family.count - products_shown), plan.text(dataset.family.name));
  }
}

}  // namespace

std::string summary_text(const local::Summary& summary, const std::string& prefix) {
  std::string out;
  const plan::Plan& plan = *summary.plan;
  add_warnings(out, summary);
  add_failures(out, plan, summary, prefix);
  for (const local::Unplanned& unplanned : summary.unplanned) {
    const std::string waited = fmt::format("not planned: {}, which waited for {} of `{}`", visible(unplanned.what),
                                           count_of(unplanned.files, "file"), unplanned.dataset);
    if (unplanned.why == local::Unplanned::Why::file_is_wrong)
      out += fmt::format("not planned: {}: {} of `{}` cannot be used\n", visible(unplanned.what), count_of(unplanned.files, "file"),
                         unplanned.dataset);
    if (unplanned.why == local::Unplanned::Why::plan_is_fixed)
      out += waited + ": a plan file stays as it is; name the .osa file to go on\n";
    if (unplanned.why == local::Unplanned::Why::maker_was_empty)
      out += fmt::format("{}: {}{} succeeded without it (`empty on exit`); where there is nothing, write a table without rows\n", waited,
                         name_of(plan, unplanned.root_cause), unplanned.files > 1 ? fmt::format(" and {} more", unplanned.files - 1) : "");
  }
  for (const local::WrongFile& wrong : summary.wrong)
    out += fmt::format("not used: {}{}, made by `{}`: what is in it is wrong (see above)\n", prefix, visible(wrong.file.path),
                       wrong.file.element);
  if (!summary.growth_trouble.empty()) out += fmt::format("not all was planned: {}\n", summary.growth_trouble);
  std::string line = fmt::format("{}: {} made, {} up to date", plan.workflow(), grouped(summary.succeeded), grouped(summary.up_to_date));
  if (summary.failed > 0) line += fmt::format(", {} FAILED", grouped(summary.failed));
  if (summary.blocked > 0) line += fmt::format(", {} blocked", grouped(summary.blocked));
  if (summary.cancelled > 0) line += fmt::format(", {} not started or stopped", grouped(summary.cancelled));
  if (summary.warned > 0) line += fmt::format(", {}", count_of(summary.warned, "warning"));
  out += fmt::format("{} in {}\n", line, runtime::duration_text(summary.elapsed));
  if (summary.is_complete() && summary.interrupted_by == 0) add_products(out, plan, prefix);
  if (summary.interrupted_by != 0) out += fmt::format("interrupted; the same command goes on from here\n");
  return out;
}

void print_summary(const local::Summary& summary, const std::string& prefix) { tell(summary_text(summary, prefix)); }

std::string summary_json(const local::Summary& summary) {
  const plan::Plan& plan = *summary.plan;
  std::string failures;
  for (const local::Failure& failure : summary.failures)
    failures +=
        fmt::format("{}\n    {{\"element\": {}, \"class\": \"{}\", \"reason\": {}, \"log\": {}, \"blocked\": {}}}",
                    failures.empty() ? "" : ",", json_quoted(name_of(plan, failure.element)), step::class_name(failure.record.failure),
                    json_quoted(failure.record.reason), json_quoted(failure.record.log), failure.blocked);
  std::string unplanned;
  for (const local::Unplanned& stage : summary.unplanned)
    unplanned += fmt::format("{}\n    {{\"what\": {}, \"waits_for\": {}, \"files\": {}, \"root_cause\": {}}}", unplanned.empty() ? "" : ",",
                             json_quoted(stage.what), json_quoted(stage.dataset), stage.files,
                             stage.root_cause == plan::no_element ? "null" : json_quoted(name_of(plan, stage.root_cause)));
  std::string wrong;
  for (const local::WrongFile& file : summary.wrong)
    wrong += fmt::format("{}\n    {{\"path\": {}, \"element\": {}, \"report\": {}}}", wrong.empty() ? "" : ",", json_quoted(file.file.path),
                         json_quoted(file.file.element), json_quoted(file.report));
  return fmt::format(
      "{{\n  \"execution\": {},\n  \"plan\": \"{}\",\n  \"succeeded\": {},\n  \"up_to_date\": {},\n  \"failed\": {},\n  \"blocked\": {},\n "
      " \"cancelled\": {},\n"
      "  \"failures\": [{}{}],\n  \"unplanned\": [{}{}],\n  \"wrong\": [{}{}],\n  \"growth_trouble\": {}\n}}\n",
      json_quoted(summary.execution), hexadecimal(plan.id()), summary.succeeded, summary.up_to_date, summary.failed, summary.blocked,
      summary.cancelled, failures, failures.empty() ? "" : "\n  ", unplanned, unplanned.empty() ? "" : "\n  ", wrong,
      wrong.empty() ? "" : "\n  ", json_quoted(summary.growth_trouble));
}

void notify_of(const local::Summary& summary, const site::Site& site, const std::string& closing, bool is_closing_good) {
  const bool is_good = summary.is_complete() && summary.cancelled == 0 && is_closing_good;
  if (summary.interrupted_by == SIGINT || (is_good && summary.succeeded == 0 && closing.empty())) return;
  notify::Message message;
  message.event = is_good ? site::Event::done : site::Event::failed;
  message.workflow = summary.plan->workflow();
  std::string counts = fmt::format("{} made", grouped(summary.succeeded));
  if (summary.failed > 0) counts += fmt::format(", {} failed", grouped(summary.failed));
  if (summary.blocked > 0) counts += fmt::format(", {} blocked", grouped(summary.blocked));
  message.subject = fmt::format("osac: {} {}: {}", message.workflow, site::event_name(message.event), counts);
  message.text = fmt::format("{}{}\nexecution {} on {}, in {}\n", summary_text(summary, ""), closing, summary.execution, step::host_name(),
                             absolute("."));
  std::string failures;
  for (std::size_t i = 0; i < summary.failures.size() && i < failures_shown; ++i) {
    const local::Failure& failure = summary.failures[i];
    failures += fmt::format("{}{{\"element\": {}, \"class\": \"{}\", \"reason\": {}, \"log\": {}}}", failures.empty() ? "" : ", ",
                            json_quoted(name_of(*summary.plan, failure.element)), step::class_name(failure.record.failure),
                            json_quoted(failure.record.reason.substr(0, longest_reason)), json_quoted(failure.record.log));
  }
  message.json = fmt::format(
      "{{\"event\": \"{}\", \"workflow\": {}, \"execution\": {}, \"plan\": \"{}\", \"folder\": {}, \"host\": {}, \"succeeded\": {}, "
      "\"up_to_date\": {}, \"failed\": {}, \"blocked\": {}, \"cancelled\": {}, \"failures\": [{}]}}",
      site::event_name(message.event), json_quoted(message.workflow), json_quoted(summary.execution), hexadecimal(summary.plan->id()),
      json_quoted(absolute(".")), json_quoted(step::host_name()), summary.succeeded, summary.up_to_date, summary.failed, summary.blocked,
      summary.cancelled, failures);
  for (const std::string& trouble : notify::notify(site, message)) tell("note: " + trouble + "\n");
}

}  // namespace osac::cli
