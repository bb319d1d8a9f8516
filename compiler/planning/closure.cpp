#include "compiler/planning/closure.h"

#include <algorithm>

#include "compiler/base/text.h"

namespace osac::planning {

namespace {

class Closure {
 public:
  Closure(const Frame& frame, Folder& fold, const Selection& selection, const Goals& goals, Draft& draft)
      : frame_(frame), program_(frame.context.program), fold_(fold), selection_(selection), goals_(goals), draft_(draft) {
    for (const TaskDraft& task : draft.tasks) keep_.tasks.emplace_back(task.family.count, std::uint8_t{0});
    for (const DatasetDraft& dataset : draft.datasets) keep_.datasets.emplace_back(dataset.family.count, std::uint8_t{0});
  }

  Keep run() {
    for (const std::uint32_t d : goals_.datasets) {
      draft_.datasets[d].is_goal = true;
      seed(program_.datasets[d].dimensions, draft_.datasets[d].family, keep_.datasets[d], program_.datasets[d].span,
           frame_.context.text(program_.datasets[d].name), draft_.datasets[d].producers);
    }
    for (const std::uint32_t t : goals_.tasks) {
      for (const auto& output : program_.tasks[t].outputs) draft_.datasets[output.dataset.index].is_goal = true;
      seed(program_.tasks[t].dimensions, draft_.tasks[t].family, keep_.tasks[t], program_.tasks[t].span,
           frame_.context.text(program_.tasks[t].name), {t});
    }
    report_empty();
    for (auto task = draft_.order.rbegin(); task != draft_.order.rend(); ++task) keep_task(*task);
    return std::move(keep_);
  }

 private:
  struct EmptyGoal {
    Span span;
    std::string name;
    std::vector<std::uint32_t> makers;
  };

  void seed(const std::vector<program::DimensionId>& dimensions, const Family& family, std::vector<std::uint8_t>& flags, Span span,
            std::string_view name, const std::vector<std::uint32_t>& makers) {
    if (family.count == 0)
      empty_.push_back({span, std::string(name), makers});
    else
      has_elements_ = true;
    if (selection_.is_empty()) {
      std::fill(flags.begin(), flags.end(), std::uint8_t{1});
      return;
    }
    const ExprId condition = bind_selection(selection_, frame_.context, fold_, dimensions);
    if (!condition.exists()) return;
    is_bound_ = true;
    std::vector<std::uint8_t> chosen(family.count, 1);
    restrict_elements(frame_, family, condition, chosen);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (chosen[i] == 0) continue;
      flags[i] = 1;
      is_chosen_ = true;
    }
  }

  void add_steps(DiagnosticBuilder& builder, const std::vector<std::uint32_t>& makers) const {
    for (const std::uint32_t t : makers)
      for (const DomainStep& step : draft_.tasks[t].explanation.steps)
        builder.note(fmt::format("{}: {} {}{}", draft_.tasks[t].explanation.task, step.condition, grouped(step.count),
                                 step.remark.empty() ? "" : " (" + step.remark + ")"));
  }

  void report_empty() {
    Diagnostics& diagnostics = frame_.context.diagnostics;
    for (const EmptyGoal& goal : empty_) {
      const bool is_error = goals_.is_from_command_line || !has_elements_;
      auto builder =
          diagnostics.report(is_error ? DiagnosticKind::empty_goal : DiagnosticKind::goal_without_elements, goal.span, goal.name);
      add_steps(builder, goal.makers);
    }
    if (selection_.is_empty() || !has_elements_ || is_chosen_) return;
    if (!is_bound_) {
      diagnostics.report_without_place(DiagnosticKind::selection_fits_no_goal, visible(selection_.text))
          .help("name a goal that has these dimensions: `osac run FILE GOAL --where ...`");
      return;
    }
    auto builder = diagnostics.report_without_place(DiagnosticKind::empty_selection, visible(selection_.text));
    for (const std::uint32_t d : goals_.datasets)
      builder.note(
          fmt::format("`{}` has {}", frame_.context.text(program_.datasets[d].name), count_of(draft_.datasets[d].family.count, "element")));
  }

  /// All readers of the task's outputs have been dealt with.
  void keep_task(std::uint32_t t) {
    const TaskDraft& task = draft_.tasks[t];
    const program::Task& declared = program_.tasks[t];
    auto& kept = keep_.tasks[t];
    for (std::size_t o = 0; o < task.outputs.size(); ++o) {
      const auto& wanted = keep_.datasets[declared.outputs[o].dataset.index];
      for (std::uint32_t e = 0; e < task.family.count; ++e)
        task.outputs[o].for_each(e, [&](std::uint32_t target) { kept[e] |= wanted[target]; });
    }
    for (std::size_t o = 0; o < task.outputs.size(); ++o) mark(task.outputs[o], kept, keep_.datasets[declared.outputs[o].dataset.index]);
    for (std::size_t i = 0; i < task.inputs.size(); ++i) mark(task.inputs[i], kept, keep_.datasets[declared.inputs[i].dataset.index]);
  }

  /// Marks what kept elements are linked to; each shared list once.
  static void mark(const Links& links, const std::vector<std::uint8_t>& kept, std::vector<std::uint8_t>& targets) {
    std::vector<std::uint8_t> is_done(links.is_list && !links.begin.empty() ? links.begin.size() - 1 : 0, 0);
    for (std::uint32_t e = 0; e < kept.size(); ++e) {
      if (kept[e] == 0) continue;
      if (links.is_list) {
        if (links.group[e] == none || is_done[links.group[e]] != 0) continue;
        is_done[links.group[e]] = 1;
      }
      links.for_each(e, [&](std::uint32_t target) { targets[target] = 1; });
    }
  }

  const Frame& frame_;
  const program::Program& program_;
  Folder& fold_;
  const Selection& selection_;
  const Goals& goals_;
  Draft& draft_;
  Keep keep_;
  std::vector<EmptyGoal> empty_;
  bool has_elements_ = false;
  bool is_bound_ = false;
  bool is_chosen_ = false;
};

/// New numbers of kept elements; none for the others.
std::vector<std::uint32_t> renumber(const std::vector<std::uint8_t>& kept) {
  std::vector<std::uint32_t> numbers(kept.size(), none);
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i] != 0) numbers[i] = next++;
  return numbers;
}

void renumber_targets(Links& links, const std::vector<std::uint32_t>& numbers) {
  if (!links.is_list) {
    for (auto& target : links.target)
      if (target != none) target = numbers[target];
    return;
  }
  // Lists that nobody has any more are left out, and the others close up.
  std::vector<std::uint32_t> new_group(links.begin.empty() ? 0 : links.begin.size() - 1, none);
  for (const std::uint32_t group : links.group)
    if (group != none) new_group[group] = 0;
  std::vector<std::uint64_t> begin = {0};
  std::uint64_t to = 0;
  for (std::size_t group = 0; group < new_group.size(); ++group) {
    if (new_group[group] == none) continue;
    new_group[group] = static_cast<std::uint32_t>(begin.size() - 1);
    for (std::uint64_t i = links.begin[group]; i < links.begin[group + 1]; ++i) links.members[to++] = numbers[links.members[i]];
    begin.push_back(to);
  }
  links.members.resize(to);
  links.begin = std::move(begin);
  for (auto& group : links.group)
    if (group != none) group = new_group[group];
}

bool is_all(const std::vector<std::uint8_t>& kept) { return std::find(kept.begin(), kept.end(), std::uint8_t{0}) == kept.end(); }

template <typename T>
void keep_flagged(std::vector<T>& list, const std::vector<std::uint8_t>& flags) {
  if (list.empty()) return;
  std::size_t to = 0;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (flags[i] != 0) list[to++] = list[i];
  list.resize(to);
}

}  // namespace

Keep find_kept(const Frame& frame, Folder& fold, const Selection& selection, const Goals& goals, Draft& draft) {
  return Closure(frame, fold, selection, goals, draft).run();
}

void warn_unneeded(Context& context, const Keep& keep) {
  if (!context.options.goals.empty() || !context.options.where.empty()) return;
  for (std::uint32_t t = 0; t < keep.tasks.size(); ++t) {
    const auto& kept = keep.tasks[t];
    if (kept.empty() || std::find(kept.begin(), kept.end(), std::uint8_t{1}) != kept.end()) continue;
    const program::Task& task = context.program.tasks[t];
    context.diagnostics.report(DiagnosticKind::unneeded_task, task.span, context.text(task.name))
        .help("name its dataset as a `goal`, or ask for it on the command line");
  }
}

void compact(const program::Program& program, Draft& draft, const Keep& keep) {
  for (std::size_t t = 0; t < draft.tasks.size(); ++t) {
    TaskDraft& task = draft.tasks[t];
    const program::Task& declared = program.tasks[t];
    if (!is_all(keep.tasks[t])) {
      keep_only(task.family, keep.tasks[t]);
      for (Links& links : task.inputs) keep_only(links, keep.tasks[t]);
      for (Links& links : task.outputs) keep_only(links, keep.tasks[t]);
    }
    const auto follow = [&](Links& links, std::uint32_t dataset) {
      if (!is_all(keep.datasets[dataset]) || !is_all(keep.tasks[t])) renumber_targets(links, renumber(keep.datasets[dataset]));
    };
    for (std::size_t i = 0; i < task.inputs.size(); ++i) follow(task.inputs[i], declared.inputs[i].dataset.index);
    for (std::size_t o = 0; o < task.outputs.size(); ++o) follow(task.outputs[o], declared.outputs[o].dataset.index);
  }
  for (std::size_t d = 0; d < draft.datasets.size(); ++d) {
    DatasetDraft& dataset = draft.datasets[d];
    if (!dataset.producers.empty()) {
      keep_flagged(dataset.producer_task, keep.datasets[d]);
      keep_flagged(dataset.producer_element, keep.datasets[d]);
      std::map<std::uint32_t, std::vector<std::uint32_t>> numbers;
      for (const std::uint32_t task : dataset.producers) numbers[task] = renumber(keep.tasks[task]);
      for (std::uint32_t i = 0; i < dataset.producer_element.size(); ++i)
        dataset.producer_element[i] = numbers[dataset.task_of(i)][dataset.producer_element[i]];
    }
    if (!is_all(keep.datasets[d])) keep_only(dataset.family, keep.datasets[d]);
  }
}

}  // namespace osac::planning
