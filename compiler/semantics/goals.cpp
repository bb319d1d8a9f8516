// Goals, and the balance of makers and readers: a dataset that is read but made by nobody.

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/declarations.h"

namespace osac::semantics {

namespace {

/// `written`: where it stands in a `goal`; empty without one.
void add_goal(Context& context, DatasetId id, Span written) {
  auto& goals = context.program.goals;
  if (std::find(goals.begin(), goals.end(), id) != goals.end()) return;
  goals.push_back(id);
  if (!written.empty()) context.program.goal_spans.push_back(written);
}

/// A dataset, or a task: then what it makes.
void resolve_goal(Context& context, const syntax::Name& name) {
  if (is_missing(name)) return;
  const ModuleScope& scope = context.scopes[0];
  if (const auto dataset = scope.datasets.find(name.symbol); dataset != scope.datasets.end()) {
    const DatasetId id = dataset->second;
    const program::Dataset& found = context.program.datasets[id.index];
    if (found.is_external && !context.dataset_failed[id.index]) {
      context.report(Kind::goal_is_external, name.span, context.text(name.symbol)).label(found.span, "declared `external`");
    } else {
      context.consumers[id.index].push_back({program::TaskId::none(), name.span});
      add_goal(context, id, name.span);
    }
    return;
  }
  if (const auto task = scope.tasks.find(name.symbol); task != scope.tasks.end()) {
    for (const program::Output& output : context.program.tasks[task->second.index].outputs) add_goal(context, output.dataset, name.span);
    return;
  }
  std::vector<std::string_view> names;
  for (const program::Dataset& each : context.program.datasets) names.push_back(context.text(each.name));
  for (const program::Task& each : context.program.tasks) names.push_back(context.text(each.name));
  report_unknown_name(context, name, "dataset or task", names);
}

/// Read or wanted, but made by no task and not external.
void check_makers(Context& context) {
  if (context.had_errors) return;  // the task that makes it may be what could not be read
  for (const auto& [decl, id] : context.datasets) {
    const program::Dataset& dataset = context.program.datasets[id.index];
    if (context.dataset_failed[id.index] || dataset.is_external || !context.producers[id.index].empty() ||
        context.consumers[id.index].empty())
      continue;
    const Use& first = context.consumers[id.index].front();
    context.report(Kind::made_by_nobody, dataset.span, context.text(dataset.name))
        .label(first.span, first.task.exists()
                               ? fmt::format("task `{}` reads it", context.text(context.program.tasks[first.task.index].name))
                               : "wanted here")
        .help(fmt::format("if the files exist already: `dataset {} ... = external \"...\"`; if not, a task needs `out {}`",
                          context.text(dataset.name), context.text(dataset.name)));
  }
}

/// A task that reads what it made itself (`of prev`) does not make it for anybody.
bool is_read_by_others(const Context& context, DatasetId id) {
  const auto& readers = context.consumers[id.index];
  const auto& makers = context.producers[id.index];
  return std::any_of(readers.begin(), readers.end(), [&](const Use& reader) {
    return std::none_of(makers.begin(), makers.end(), [&](const Use& maker) { return maker.task == reader.task; });
  });
}

void default_goals(Context& context) {
  for (const auto& [decl, id] : context.datasets) {
    if (!context.producers[id.index].empty() && !is_read_by_others(context, id)) add_goal(context, id, {});
  }
}

}  // namespace

void analyse_goals(Context& context) {
  bool has_goal = false;
  for (const syntax::Declaration& declaration : context.tree(0).declarations) {
    const auto* goal = std::get_if<syntax::GoalDecl>(&declaration.kind);
    if (goal == nullptr) continue;
    has_goal = true;
    for (const syntax::Name& name : goal->names) resolve_goal(context, name);
  }
  if (!has_goal) default_goals(context);
  check_makers(context);
}

}  // namespace osac::semantics
