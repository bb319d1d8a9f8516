#include "compiler/planning/domains.h"

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/planning/existence.h"
#include "compiler/planning/failures.h"

namespace osac::planning {

namespace {

using program::LookupDirection;

/// An external dataset's elements: all keys; of an optional one only those whose file is there.
void make_external(const Frame& frame, Folder& fold, Draft& draft, std::uint32_t d) {
  DatasetDraft& dataset = draft.datasets[d];
  const program::Dataset& declared = frame.context.program.datasets[d];
  dataset.is_made = true;
  auto family = make_family(frame, numbers(declared.basis), declared.is_cross, declared.span, frame.context.text(declared.name));
  if (!family) {
    dataset.family = empty_family(numbers(declared.basis));
    return;
  }
  dataset.family = std::move(*family);
  if (declared.is_optional && frame.context.options.check_existence)
    keep_only(dataset.family, find_existing(frame, fold(declared.path), dataset.family));
}

class DomainMaker {
 public:
  DomainMaker(const Frame& frame, Folder& fold, const Selection& selection, Draft& draft, std::uint32_t task)
      : frame_(frame),
        fold_(fold),
        selection_(selection),
        draft_(draft),
        declared_(frame.context.program.tasks[task]),
        task_(draft.tasks[task]) {}

  void run() {
    task_.explanation.task = frame_.context.text(declared_.name);
    auto family = make_family(frame_, numbers(declared_.basis), declared_.is_cross, declared_.span, frame_.context.text(declared_.name));
    task_.family = family ? std::move(*family) : empty_family(numbers(declared_.basis));
    if (!family) return;
    add_step("records", task_.family.count);
    apply_where();
    apply_selection();
    alive_.assign(task_.family.count, 1);
    for (std::uint32_t i = 0; i < declared_.inputs.size(); ++i) apply_input(i);
    finish();
  }

 private:
  void add_step(std::string condition, std::uint64_t count, std::string remark = {}) {
    task_.explanation.steps.push_back({std::move(condition), count, std::move(remark)});
  }
  [[nodiscard]] static std::uint64_t count_of_set(const std::vector<std::uint8_t>& flags) {
    return static_cast<std::uint64_t>(std::count(flags.begin(), flags.end(), std::uint8_t{1}));
  }

  void apply_where() {
    const std::uint32_t records = task_.family.count;
    std::vector<std::uint8_t> flags(records, 1);
    bool is_switched_off = false;  // by a parameter: nothing to warn of
    for (const ExprId conjunct : conjuncts(frame_.context.program.expressions, declared_.where)) {
      const ExprId condition = fold_(conjunct);
      is_switched_off = is_switched_off || frame_.expressions[condition].op == Op::constant;
      restrict_elements(frame_, task_.family, condition, flags);
      add_step(source_text(frame_.context, frame_.context.program.expressions[conjunct].span), count_of_set(flags));
    }
    keep_only(task_.family, flags);
    if (records == 0 || task_.family.count > 0 || is_switched_off) return;
    auto builder = frame_.context.diagnostics.report(
        DiagnosticKind::where_never_true, frame_.context.program.expressions[declared_.where].span, frame_.context.text(declared_.name));
    for (const DomainStep& step : task_.explanation.steps) builder.note(fmt::format("{}: {}", step.condition, grouped(step.count)));
  }

  /// What `--where` names is not the task's domain; it is shown among the steps, for those who ask why.
  void apply_selection() {
    counted_.assign(task_.family.count, 1);
    if (selection_.is_empty()) return;
    const ExprId condition = bind_selection(selection_, frame_.context, fold_, declared_.dimensions);
    if (!condition.exists()) return;
    restrict_elements(frame_, task_.family, condition, counted_);
    add_step(selection_.text, count_of_set(counted_));
  }

  void apply_input(std::uint32_t i) {
    const program::Input& input = declared_.inputs[i];
    const std::uint32_t d = input.dataset.index;
    const program::Dataset& dataset = frame_.context.program.datasets[d];
    if (!draft_.datasets[d].is_made) make_external(frame_, fold_, draft_, d);
    const InputSides sides{frame_, fold_, input, dataset, task_.family, draft_.datasets[d].family};
    std::vector<std::uint8_t> active(task_.family.count, 1);
    if (input.condition.exists()) restrict_elements(frame_, task_.family, fold_(input.condition), active);
    std::vector<Failure> failures;
    const bool is_lookup = input.lookup.direction != LookupDirection::none;
    Links links = is_lookup ? link_lookup(sides, failures) : (input.type.is_list ? link_gather(sides) : link_single(sides));
    switch_off(links, active);
    std::erase_if(failures, [&](const Failure& failure) {
      return active[failure.element] == 0 || (input.is_optional && failure.what == Failure::What::nothing_found);
    });
    for (Failure& failure : failures) failure.input = i;
    if (input.minimum > 0 || input.expected > 0) count_members(i, links, active, failures);
    const bool restricts = !is_lookup && !input.is_optional;
    if (restricts)
      for (std::uint32_t e = 0; e < task_.family.count; ++e)
        if (active[e] != 0 && links.size_of(e) == 0) alive_[e] = counted_[e] = 0;
    explain_input(i, is_lookup, restricts, failures);
    task_.failures.insert(task_.failures.end(), failures.begin(), failures.end());
    task_.inputs.push_back(std::move(links));
  }

  static void switch_off(Links& links, const std::vector<std::uint8_t>& active) {
    auto& list = links.is_list ? links.group : links.target;
    for (std::size_t e = 0; e < list.size(); ++e)
      if (active[e] == 0) list[e] = none;
  }

  void count_members(std::uint32_t i, const Links& links, const std::vector<std::uint8_t>& active, std::vector<Failure>& failures) const {
    const program::Input& input = declared_.inputs[i];
    for (std::uint32_t e = 0; e < task_.family.count; ++e) {
      const std::uint64_t size = links.size_of(e);
      if (active[e] == 0 || size == 0) continue;
      if (size >= input.minimum && size >= input.expected) continue;
      const auto what = size < input.minimum ? Failure::What::too_few : Failure::What::fewer_than_expected;
      failures.push_back({what, i, e, static_cast<std::uint32_t>(size), none});
    }
  }

  void explain_input(std::uint32_t i, bool is_lookup, bool restricts, const std::vector<Failure>& failures) {
    const program::Input& input = declared_.inputs[i];
    const Failure* first = nullptr;
    for (const Failure& failure : failures) {
      if (failure.what == Failure::What::fewer_than_expected || counted_[failure.element] == 0) continue;
      if (first == nullptr) first = &failure;
      counted_[failure.element] = 0;
    }
    if (!is_lookup && !restricts && first == nullptr) return;
    const auto name = frame_.context.text(input.name);
    std::string condition =
        is_lookup ? fmt::format("look-up `{}`", name)
                  : fmt::format("`{}` present", frame_.context.text(frame_.context.program.datasets[input.dataset.index].name));
    std::string remark;
    if (first != nullptr) remark = describe_failure(frame_, fold_, draft_, declared_, task_.family, *first);
    add_step(std::move(condition), count_of_set(counted_), std::move(remark));
  }

  void finish() {
    std::vector<std::uint32_t> renumbered(task_.family.count, none);
    std::uint32_t kept = 0;
    for (std::uint32_t e = 0; e < task_.family.count; ++e)
      if (alive_[e] != 0) renumbered[e] = kept++;
    if (kept == task_.family.count) return;
    keep_only(task_.family, alive_);
    for (Links& links : task_.inputs) keep_only(links, alive_);
    std::erase_if(task_.failures, [&](const Failure& failure) { return alive_[failure.element] == 0; });
    for (Failure& failure : task_.failures) failure.element = renumbered[failure.element];
  }

  const Frame& frame_;
  Folder& fold_;
  const Selection& selection_;
  Draft& draft_;
  const program::Task& declared_;
  TaskDraft& task_;
  std::vector<std::uint8_t> alive_;
  std::vector<std::uint8_t> counted_;  ///< alive, selected, and nothing failed so far: what the steps show
};

}  // namespace

void make_domain(const Frame& frame, Folder& fold, const Selection& selection, Draft& draft, std::uint32_t task) {
  DomainMaker(frame, fold, selection, draft, task).run();
}

void make_domains(const Frame& frame, Folder& fold, const Selection& selection, Draft& draft) {
  const program::Program& program = frame.context.program;
  std::vector<std::size_t> open(program.datasets.size());
  for (std::size_t d = 0; d < open.size(); ++d) open[d] = draft.datasets[d].producers.size();
  for (const std::uint32_t task : draft.order) {
    make_domain(frame, fold, selection, draft, task);
    draft.tasks[task].outputs.resize(program.tasks[task].outputs.size());
    draft.tasks[task].inputs.resize(program.tasks[task].inputs.size());  // where its family could not be made
    std::set<std::uint32_t> written;
    for (const auto& output : program.tasks[task].outputs) written.insert(output.dataset.index);
    for (const std::uint32_t d : written)
      if (--open[d] == 0) make_outputs(frame, fold, draft, d);
  }
  for (std::uint32_t d = 0; d < program.datasets.size(); ++d) {
    if (draft.datasets[d].is_made) continue;
    draft.datasets[d].is_made = true;  // nothing reads it and nothing makes it: it has no elements
    draft.datasets[d].family = empty_family(numbers(program.datasets[d].basis));
  }
}

}  // namespace osac::planning
