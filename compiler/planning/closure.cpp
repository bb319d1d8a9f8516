#include "compiler/planning/closure.h"

#include <algorithm>

#include "compiler/base/text.h"

namespace osac::planning {

namespace {

class Closure {
 public:
  Closure(const Stages& stages, Folder& fold, const Selection& selection, const Goals& goals)
      : stages_(stages),
        frame_(stages.frame),
        program_(frame_.context.program),
        fold_(fold),
        selection_(selection),
        goals_(goals),
        draft_(stages.draft) {
    for (const TaskDraft& task : draft_.tasks) keep_.tasks.emplace_back(task.family.count, std::uint8_t{0});
    for (const DatasetDraft& dataset : draft_.datasets) keep_.datasets.emplace_back(dataset.family.count, std::uint8_t{0});
  }

  Keep run() {
    for (std::size_t g = 0; g < goals_.datasets.size(); ++g) {
      const std::uint32_t d = goals_.datasets[g];
      const DatasetDraft& dataset = draft_.datasets[d];
      draft_.datasets[d].is_goal = true;
      seed({program_.datasets[d].dimensions, dataset.family, dataset.held, dataset.doubtful, dataset.pending, keep_.datasets[d],
            goals_.spans[g], frame_.context.text(program_.datasets[d].name), dataset.producers});
    }
    for (const std::uint32_t t : goals_.tasks) {
      for (const auto& output : program_.tasks[t].outputs) draft_.datasets[output.dataset.index].is_goal = true;
      const TaskDraft& task = draft_.tasks[t];
      seed({program_.tasks[t].dimensions,
            task.family,
            task.held,
            task.doubtful,
            task.pending,
            keep_.tasks[t],
            program_.tasks[t].span,
            frame_.context.text(program_.tasks[t].name),
            {t}});
    }
    report_empty();
    seed_stages();
    if (draft_.element_order.empty())
      for (auto task = draft_.order.rbegin(); task != draft_.order.rend(); ++task) keep_task(*task);
    else
      keep_elements();
    drop_held();
    return std::move(keep_);
  }

 private:
  /// A goal, as its elements are chosen.
  struct Seed {
    const std::vector<program::DimensionId>& dimensions;
    const Family& family;
    const Held& held;
    const Doubtful& doubtful;
    const PendingSets& pending;
    std::vector<std::uint8_t>& flags;
    Span span;
    std::string_view name;
    std::vector<std::uint32_t> makers;
  };
  struct EmptyGoal {
    Span span;
    std::string name;
    std::vector<std::uint32_t> makers;
  };

  void seed(const Seed& goal) {
    std::uint32_t planned = 0;
    for (std::uint32_t e = 0; e < goal.family.count; ++e) planned += is_held(goal.held, e) ? 0 : 1;
    const bool waits = planned < goal.family.count || !goal.pending.empty();
    has_elements_ = has_elements_ || planned > 0 || waits;
    is_waiting_ = is_waiting_ || waits;
    if (planned == 0 && !waits) empty_.push_back({goal.span, std::string(goal.name), goal.makers});
    std::vector<std::uint8_t> chosen(goal.family.count, 1);
    if (!selection_.is_empty()) {
      const ExprId condition = bind_selection(selection_, frame_.context, fold_, goal.dimensions);
      if (!condition.exists()) return;
      is_bound_ = true;
      restrict_elements(frame_, goal.family, condition, chosen);
      counts_.push_back(fmt::format("`{}` has {}", goal.name, count_of(planned, "element")));
    }
    for (std::uint32_t e = 0; e < chosen.size(); ++e) {
      // What waits, but is certain to come, needs what it needs now already.
      if (chosen[e] == 0 || is_doubtful(goal.doubtful, e)) continue;
      goal.flags[e] = 1;
      is_chosen_ = true;
    }
  }

  void add_steps(DiagnosticBuilder& builder, const std::vector<std::uint32_t>& makers) const {
    for (const std::uint32_t t : makers)
      for (const DomainStep& step : draft_.tasks[t].explanation.steps)
        builder.note(fmt::format("{}: {} {}{}", draft_.tasks[t].explanation.task, step.condition, grouped(step.count),
                                 step.remark.empty() ? "" : " (" + step.remark + ")"));
  }

  /// Whether an emptiness has a cause that was reported where it is: a `where` that never holds, a scan without match.
  [[nodiscard]] bool is_explained(const EmptyGoal& goal) const {
    std::vector<std::uint32_t> open = goal.makers;
    std::set<std::uint32_t> seen;
    while (!open.empty()) {
      const std::uint32_t t = open.back();
      open.pop_back();
      if (!seen.insert(t).second) continue;
      const TaskDraft& task = draft_.tasks[t];
      if (task.is_never) return true;
      for (const auto d : program::determined_by(program_, program_.tasks[t].dimensions))
        if (std::holds_alternative<program::ScanSource>(program_.dimensions[d.index].source) && frame_.axes[d.index].count == 0)
          return true;
      for (const auto& input : program_.tasks[t].inputs)
        for (const std::uint32_t maker : draft_.datasets[input.dataset.index].producers) open.push_back(maker);
    }
    return false;
  }

  void report_empty() {
    Diagnostics& diagnostics = frame_.context.diagnostics;
    bool is_reported = false;
    for (const EmptyGoal& goal : empty_) {
      const bool is_error = goals_.is_from_command_line || !has_elements_;
      // What was said at the cause needs no repetition; but there is no plan without a goal, and someone has to say so.
      if (is_explained(goal) && (!is_error || is_reported)) continue;
      auto builder =
          diagnostics.report(is_error ? DiagnosticKind::empty_goal : DiagnosticKind::goal_without_elements, goal.span, goal.name);
      add_steps(builder, goal.makers);
      is_reported = true;
    }
    if (selection_.is_empty() || !has_elements_ || is_chosen_ || is_waiting_) return;
    if (!is_bound_) {
      diagnostics.report_without_place(DiagnosticKind::selection_fits_no_goal, visible(selection_.text))
          .help("name a goal that has these dimensions: `osac run FILE GOAL --where ...`");
      return;
    }
    auto builder = diagnostics.report_without_place(DiagnosticKind::empty_selection, visible(selection_.text));
    for (const std::string& count : counts_) builder.note(count);
  }

  /// Files that decide what is planned are made, as far as the selection may need them: all of them, whether they are there or not, so that
  /// a plan only grows when more are known.
  void seed_stages() {
    std::vector<std::uint32_t> open = goals_.tasks;
    for (const std::uint32_t d : goals_.datasets)
      open.insert(open.end(), draft_.datasets[d].producers.begin(), draft_.datasets[d].producers.end());
    std::set<std::uint32_t> seen;
    std::set<std::uint32_t> files;
    while (!open.empty()) {
      const std::uint32_t t = open.back();
      open.pop_back();
      if (!seen.insert(t).second) continue;
      const auto follow = [&](std::uint32_t d) {
        open.insert(open.end(), draft_.datasets[d].producers.begin(), draft_.datasets[d].producers.end());
      };
      for (const auto& input : program_.tasks[t].inputs) follow(input.dataset.index);
      for (const std::uint32_t d : stage_datasets(program_, t)) {
        files.insert(d);
        follow(d);
      }
    }
    for (const std::uint32_t d : files) {
      const DatasetDraft& dataset = draft_.datasets[d];
      std::vector<std::uint8_t> chosen(dataset.family.count, 1);
      for (const Selection& part : conjuncts_of(selection_))
        if (const ExprId condition = bind_selection(part, frame_.context, fold_, program_.datasets[d].dimensions); condition.exists())
          restrict_elements(frame_, dataset.family, condition, chosen);
      for (std::uint32_t e = 0; e < chosen.size(); ++e)
        if (chosen[e] != 0 && !is_doubtful(dataset.doubtful, e)) keep_.datasets[d][e] = 1;
    }
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
    if (task.held.empty()) {
      for (std::size_t i = 0; i < task.inputs.size(); ++i) mark(task.inputs[i], kept, keep_.datasets[declared.inputs[i].dataset.index]);
      return;
    }
    for (std::size_t i = 0; i < task.inputs.size(); ++i) {
      std::vector<std::uint8_t> followed = kept;
      for (std::uint32_t e = 0; e < followed.size(); ++e)
        if (!is_followed(t, i, e)) followed[e] = 0;
      mark(task.inputs[i], followed, keep_.datasets[declared.inputs[i].dataset.index]);
    }
  }

  /// Whether what an element reads through an input is needed now. Of one that waits only what will not change: not what a look-up picks as
  /// long as others may come, nor what `else` falls back to.
  [[nodiscard]] bool is_followed(std::uint32_t t, std::size_t i, std::uint32_t element) const {
    const TaskDraft& task = draft_.tasks[t];
    if (!is_held(task.held, element)) return true;
    if (is_doubtful(task.doubtful, element)) return false;
    const program::Input& input = program_.tasks[t].inputs[i];
    if (input.branch > 0 || input.lookup.direction != program::LookupDirection::none) return false;
    bool is_settled = records_in(program_.expressions, input.where).empty() && records_in(program_.expressions, input.condition).empty();
    for (const auto& fix : input.fixes) is_settled = is_settled && records_in(program_.expressions, fix.value).empty();
    return is_settled;
  }

  /// What waits is in no plan; and what is in doubt has marked nothing.
  void drop_held() {
    for (std::size_t t = 0; t < draft_.tasks.size(); ++t)
      for (std::uint32_t e = 0; e < draft_.tasks[t].held.size(); ++e)
        if (is_held(draft_.tasks[t].held, e)) keep_.tasks[t][e] = 0;
    for (std::size_t d = 0; d < draft_.datasets.size(); ++d)
      for (std::uint32_t e = 0; e < draft_.datasets[d].held.size(); ++e)
        if (is_held(draft_.datasets[d].held, e)) keep_.datasets[d][e] = 0;
  }

  /// The same where elements of one task need each other: one element after another, those that need others first.
  void keep_elements() {
    std::vector<std::uint32_t> first;
    std::uint32_t count = 0;
    std::vector<std::vector<std::vector<std::uint8_t>>> is_done;  // lists that have been marked
    for (const TaskDraft& task : draft_.tasks) {
      first.push_back(count);
      count += task.family.count;
      auto& lists = is_done.emplace_back();
      for (const Links& links : task.inputs) lists.emplace_back(links.begin.size(), std::uint8_t{0});
    }
    for (auto node = draft_.element_order.rbegin(); node != draft_.element_order.rend(); ++node) {
      const auto t = static_cast<std::uint32_t>(std::upper_bound(first.begin(), first.end(), *node) - first.begin()) - 1;
      const std::uint32_t e = *node - first[t];
      const TaskDraft& task = draft_.tasks[t];
      const program::Task& declared = program_.tasks[t];
      std::uint8_t& kept = keep_.tasks[t][e];
      for (std::size_t o = 0; o < task.outputs.size(); ++o)
        task.outputs[o].for_each(e, [&](std::uint32_t target) { kept |= keep_.datasets[declared.outputs[o].dataset.index][target]; });
      if (kept == 0) continue;
      for (std::size_t o = 0; o < task.outputs.size(); ++o)
        task.outputs[o].for_each(e, [&](std::uint32_t target) { keep_.datasets[declared.outputs[o].dataset.index][target] = 1; });
      for (std::size_t i = 0; i < task.inputs.size(); ++i) {
        const Links& links = task.inputs[i];
        if (!is_followed(t, i, e)) continue;
        if (links.is_list && (links.group[e] == none || is_done[t][i][links.group[e]] != 0)) continue;
        if (links.is_list) is_done[t][i][links.group[e]] = 1;
        links.for_each(e, [&](std::uint32_t target) { keep_.datasets[declared.inputs[i].dataset.index][target] = 1; });
      }
    }
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

  const Stages& stages_;
  const Frame& frame_;
  const program::Program& program_;
  Folder& fold_;
  const Selection& selection_;
  const Goals& goals_;
  Draft& draft_;
  Keep keep_;
  std::vector<EmptyGoal> empty_;
  std::vector<std::string> counts_;  ///< of the goals that the selection applies to
  bool has_elements_ = false;
  bool is_waiting_ = false;
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

Keep find_kept(const Stages& stages, Folder& fold, const Selection& selection, const Goals& goals) {
  return Closure(stages, fold, selection, goals).run();
}

namespace {

/// Whether it makes what others read only if they find nothing better.
bool makes_fallback(const program::Program& program, const program::Task& task) {
  return std::any_of(task.outputs.begin(), task.outputs.end(), [&](const program::Output& output) {
    return std::any_of(program.tasks.begin(), program.tasks.end(), [&](const program::Task& reader) {
      return std::any_of(reader.inputs.begin(), reader.inputs.end(),
                         [&](const program::Input& input) { return input.branch > 0 && input.dataset == output.dataset; });
    });
  });
}

}  // namespace

void warn_unneeded(Context& context, const Draft& draft, const Keep& keep) {
  if (!context.options.goals.empty() || !context.options.where.empty()) return;
  // What waits may need it yet.
  if (std::any_of(draft.tasks.begin(), draft.tasks.end(),
                  [](const TaskDraft& task) { return !task.held.empty() || !task.pending.empty(); }))
    return;
  for (std::uint32_t t = 0; t < keep.tasks.size(); ++t) {
    const auto& kept = keep.tasks[t];
    if (kept.empty() || std::find(kept.begin(), kept.end(), std::uint8_t{1}) != kept.end()) continue;
    const program::Task& task = context.program.tasks[t];
    if (makes_fallback(context.program, task)) continue;
    context.diagnostics.report(DiagnosticKind::unneeded_task, task.span, context.text(task.name))
        .help("name its dataset as a `goal`, or ask for it on the command line");
  }
}

void compact(const program::Program& program, Draft& draft, const Keep& keep) {
  for (std::size_t t = 0; t < draft.tasks.size(); ++t) {
    TaskDraft& task = draft.tasks[t];
    const program::Task& declared = program.tasks[t];
    for (std::uint32_t e = 0; e < task.family.count; ++e) task.held_count += is_held(task.held, e) ? 1 : 0;
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
