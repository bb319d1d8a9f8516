// osac plan: what would run, grouped by task and reason, with one example of each group. Starts nothing and writes nothing.

#include "runtime/cli/plan.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <tuple>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/close_night.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/start.h"
#include "runtime/local/settle.h"

namespace osac::cli {

namespace {

using registry::Cause;
using registry::Decision;
using registry::Verdict;

// more ways than these in which a task's commands changed are not told apart
constexpr std::size_t most_kinds = 4;

/// Elements of one task that run for one reason, and changed in the same way.
struct Group {
  std::uint32_t task = 0;
  Decision decision;
  std::vector<std::uint32_t> elements;  ///< global numbers
  bool has_others = false;              ///< they changed in ways of their own, of which but one is shown
};

/// Groups in the plan's order of tasks, then by cause, then by their first elements.
std::vector<Group> group(const plan::Plan& plan, const registry::State& state, const std::vector<Decision>& decisions) {
  std::map<std::tuple<std::uint32_t, Verdict, Cause>, std::vector<Group>> all;
  std::map<std::tuple<std::uint32_t, Verdict, Cause>, std::map<std::string, std::size_t>> kinds;
  for (std::uint32_t element = 0; element < plan.element_count(); ++element) {
    const Decision& decision = decisions[element];
    if (decision.verdict == Verdict::up_to_date) continue;
    const std::uint32_t task = plan.element(element).task;
    const auto key = std::tuple(task, decision.verdict, decision.cause);
    std::vector<Group>& groups = all[key];
    if (groups.size() > most_kinds) {
      groups.front().elements.push_back(element);
      continue;
    }
    const auto [kind, is_new] = kinds[key].emplace(state.kind_of_change(element, decision), groups.size());
    if (is_new) groups.push_back({task, decision, {}, false});
    groups[kind->second].elements.push_back(element);
  }
  std::vector<Group> list;
  for (auto& [key, groups] : all) {
    if (groups.size() > most_kinds) {
      Group& whole = groups.front();
      for (std::size_t i = 1; i < groups.size(); ++i)
        whole.elements.insert(whole.elements.end(), groups[i].elements.begin(), groups[i].elements.end());
      std::sort(whole.elements.begin(), whole.elements.end());
      whole.has_others = true;
      groups.resize(1);
    }
    for (Group& at : groups) list.push_back(std::move(at));
  }
  return list;
}

std::string reason(const Decision& decision) {
  return decision.verdict == Verdict::unknown ? "depends on what is made before it" : std::string(registry::cause_name(decision.cause));
}

std::string indented(const std::string& text, std::size_t by) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) out += std::string(by, ' ') + std::string(line) + "\n";
  return out;
}

std::string as_text(const plan::Plan& plan, const registry::State& state, const std::vector<Group>& groups, bool all_elements) {
  std::size_t would_run = 0;
  std::size_t unknown = 0;
  std::size_t width = 0;
  for (const Group& at : groups) {
    (at.decision.verdict == Verdict::unknown ? unknown : would_run) += at.elements.size();
    width = std::max(width, plan.text(plan.tasks()[at.task].family.name).size());
  }
  std::string out;
  for (const Group& at : groups) {
    out += fmt::format("{:<{}}  {:>9}  {}\n", plan.text(plan.tasks()[at.task].family.name), width, grouped(at.elements.size()),
                       reason(at.decision));
    const std::size_t shown = all_elements ? at.elements.size() : 1;
    for (std::size_t i = 0; i < shown; ++i) {
      out += fmt::format("    {}\n", plan::element_name(plan, plan.element(at.elements[i])));
      if (const std::string detail = state.explain(at.elements[i], at.decision); !detail.empty()) out += indented(detail, 8);
    }
    if (at.has_others && !all_elements) out += "        (the others in ways of their own: --elements shows each)\n";
  }
  out += fmt::format("{}{} of {} would run", groups.empty() ? "" : "\n", grouped(would_run), count_of(plan.element_count(), "element"));
  if (unknown > 0) out += fmt::format(", {} more if what they read changes", grouped(unknown));
  const std::size_t up_to_date = plan.element_count() - would_run - unknown;
  out += fmt::format("; {} {} up to date\n", grouped(up_to_date), up_to_date == 1 ? "is" : "are");
  for (const plan::StageRow& stage : plan.stages())
    out += fmt::format("not planned yet: {}; it waits for {} of `{}`\n", plan.text(stage.what), count_of(stage.elements.count, "element"),
                       plan.text(plan.datasets()[stage.dataset].family.name));
  return out;
}

std::string as_json(const plan::Plan& plan, const registry::State& state, const std::vector<Group>& groups,
                    const std::optional<step::Closed>& closed, const StartConditions& start) {
  std::string list;
  for (const Group& at : groups) {
    std::string elements;
    for (const std::uint32_t element : at.elements)
      elements += (elements.empty() ? "" : ", ") + json_quoted(plan::element_name(plan, plan.element(element)));
    list += fmt::format("{}\n    {{\"task\": {}, \"line\": {}, \"reason\": {}, \"detail\": {}, \"count\": {}, \"elements\": [{}]}}",
                        list.empty() ? "" : ",", json_quoted(plan.text(plan.tasks()[at.task].family.name)), plan.tasks()[at.task].line,
                        json_quoted(reason(at.decision)), json_quoted(state.explain(at.elements.front(), at.decision)), at.elements.size(),
                        elements);
  }
  std::string stages;
  for (const plan::StageRow& stage : plan.stages())
    stages += fmt::format("{}\n    {{\"what\": {}, \"waits_for\": {}, \"elements\": {}}}", stages.empty() ? "" : ",",
                          json_quoted(plan.text(stage.what)), json_quoted(plan.text(plan.datasets()[stage.dataset].family.name)),
                          stage.elements.count);
  return fmt::format(
      "{{\n  \"plan\": \"{}\",\n  \"elements\": {},\n  \"groups\": [{}{}],\n  \"stages\": [{}{}],\n  \"closed\": {},\n  \"start\": "
      "[{}]\n}}\n",
      hexadecimal(plan.id()), plan.element_count(), list, list.empty() ? "" : "\n  ", stages, stages.empty() ? "" : "\n  ",
      closed_json(closed), conditions_json(start));
}

}  // namespace

Result<std::vector<std::uint32_t>> forced_elements(const plan::Plan& plan, const std::vector<std::string>& names) {
  std::vector<std::uint32_t> forced;
  for (const std::string& name : names) {
    if (const auto task = plan.find_task(name)) {
      const plan::TaskRow& row = plan.tasks()[*task];
      for (std::uint32_t i = 0; i < row.family.count; ++i) forced.push_back(row.first_element + i);
      continue;
    }
    const auto element = plan::find_element(plan, name);
    if (!element) return tl::unexpected(element.error());
    forced.push_back(plan.global(*element));
  }
  return forced;
}

int run_plan(const Arguments& arguments) {
  int exit_code = exit_done;
  SessionOptions options;
  options.settles = true;
  const auto session = open_session(arguments, driver::Stage::plan, exit_code, options);
  if (!session) return exit_code;
  if (auto status = enter_folder(session->folder); !status) return report(status.error());
  auto forced = forced_elements(session->plan(), arguments.run.force);
  if (!forced) return report(forced.error());
  auto history = registry::read_history(state_folder(session->plan().workflow()));
  if (!history) return report(history.error());
  local::Options growth = session->growth_options(arguments.run.force);
  growth.forced = std::move(*forced);
  const auto settled = local::settle(session->plan(), session->site, growth, std::move(*history));
  if (!settled) return report(settled.error());
  for (const local::WrongFile& wrong : settled->wrong) tell(wrong.report);
  const plan::Plan& plan = *settled->plan;
  const registry::State& state = *settled->state;
  const auto groups = group(plan, state, settled->decisions);
  const auto start = conditions_of(*session, arguments.workflow, true);
  if (!start) return report(start.error());
  const auto closed = find_closed(plan, night_of(*session, arguments.workflow));
  if (arguments.workflow.json) return print_result(as_json(plan, state, groups, closed, *start));
  const std::string note =
      closed ? fmt::format("the night is {}\n\n", closing::closed_text(*closed, hexadecimal(plan.id()))) : std::string();
  return print_result(note + as_text(plan, state, groups, arguments.compile.elements) + conditions_text(*start));
}

}  // namespace osac::cli
