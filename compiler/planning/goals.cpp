// Goals: which datasets and tasks are asked for.

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/planning/closure.h"

namespace osac::planning {

namespace {

std::uint32_t find_dataset(const Context& context, std::string_view name) {
  for (std::uint32_t d = 0; d < context.program.datasets.size(); ++d)
    if (context.text(context.program.datasets[d].name) == name) return d;
  return none;
}

std::uint32_t find_task(const Context& context, std::string_view name) {
  for (std::uint32_t t = 0; t < context.program.tasks.size(); ++t)
    if (context.text(context.program.tasks[t].name) == name) return t;
  return none;
}

void report_unknown(Context& context, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& dataset : context.program.datasets)
    if (!dataset.is_external) names.push_back(context.text(dataset.name));
  for (const auto& task : context.program.tasks) names.push_back(context.text(task.name));
  auto builder = context.diagnostics.report_without_place(DiagnosticKind::unknown_goal, visible(name));
  if (const auto nearest = nearest_name(name, names)) builder.help(fmt::format("did you mean `{}`?", *nearest));
}

/// Whether no `goal` was written: then the goals are just what no task reads.
bool are_implicit(const program::Program& program) {
  std::set<std::uint32_t> read;
  std::set<std::uint32_t> made;
  for (const auto& task : program.tasks) {
    std::set<std::uint32_t> own;
    for (const auto& output : task.outputs) own.insert(output.dataset.index);
    for (const auto& input : task.inputs)
      if (own.count(input.dataset.index) == 0) read.insert(input.dataset.index);
    made.insert(own.begin(), own.end());
  }
  std::set<std::uint32_t> expected;
  std::set_difference(made.begin(), made.end(), read.begin(), read.end(), std::inserter(expected, expected.end()));
  std::set<std::uint32_t> goals;
  for (const auto goal : program.goals)
    if (!program.datasets[goal.index].is_external) goals.insert(goal.index);
  return goals == expected;
}

}  // namespace

Goals find_goals(Context& context) {
  const program::Program& program = context.program;
  Goals goals;
  if (context.options.goals.empty()) {
    for (std::size_t g = 0; g < program.goals.size(); ++g) {
      const std::uint32_t d = program.goals[g].index;
      if (program.datasets[d].is_external) continue;
      goals.datasets.push_back(d);
      const bool is_written = g < program.goal_spans.size() && !program.goal_spans[g].empty();
      goals.spans.push_back(is_written ? program.goal_spans[g] : program.datasets[d].span);
    }
    if (are_implicit(program))  // what makes no file is asked for by nobody; so it is a goal of its own
      for (std::uint32_t t = 0; t < program.tasks.size(); ++t)
        if (program.tasks[t].outputs.empty()) goals.tasks.push_back(t);
    return goals;
  }
  goals.is_from_command_line = true;
  for (const std::string& name : context.options.goals) {
    const std::uint32_t dataset = find_dataset(context, name);
    const std::uint32_t task = find_task(context, name);
    if (dataset != none && context.program.datasets[dataset].is_external) {
      context.diagnostics.report(DiagnosticKind::goal_is_external, context.program.datasets[dataset].span, visible(name));
    } else if (dataset != none) {
      goals.datasets.push_back(dataset);
      goals.spans.push_back(context.program.datasets[dataset].span);
    } else if (task != none) {
      goals.tasks.push_back(task);
    } else {
      report_unknown(context, name);
    }
  }
  return goals;
}

}  // namespace osac::planning
