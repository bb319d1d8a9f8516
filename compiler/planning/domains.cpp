#include "compiler/planning/domains.h"

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/planning/elements.h"
#include "compiler/planning/existence.h"
#include "compiler/planning/failures.h"
#include "compiler/planning/ports.h"

namespace osac::planning {

void make_external(const Stages& stages, Folder& fold, std::uint32_t d) {
  const Frame& frame = stages.frame;
  DatasetDraft& dataset = stages.draft.datasets[d];
  const program::Dataset& declared = frame.context.program.datasets[d];
  dataset.is_made = true;
  const auto basis = numbers(declared.basis);
  auto family = make_family(frame, basis, declared.is_cross, declared.span, frame.context.text(declared.name));
  dataset.family = family ? std::move(*family) : empty_family(basis);
  if (!family) return;
  std::vector<std::uint8_t> flags(dataset.family.count, 1);
  drop_void(stages, dataset.family, flags);
  keep_only(dataset.family, flags);
  dataset.pending = pending_keys(stages, basis);
  for (const Pending& pending : dataset.pending)
    if (pending.covers_existing)
      hold_agreeing(frame, dataset.family, pending, common_dimensions(frame, basis, pending.keys.basis), dataset.held);
  for (std::uint32_t e = 0; e < dataset.held.size(); ++e)
    if (is_held(dataset.held, e)) doubt(dataset.doubtful, dataset.family.count, e);
  const ExprId path = fold(declared.path);
  hold_unknown(stages, dataset.family, path, fmt::format("paths of `{}`", frame.context.text(declared.name)), dataset.held);
  if (declared.is_optional && frame.context.options.check_existence) {
    auto is_there = find_existing(frame, path, dataset.family);
    for (std::uint32_t e = 0; e < dataset.family.count; ++e)
      if (is_held(dataset.held, e)) is_there[e] = 1;
    keep_only(dataset.held, dataset.doubtful, is_there);
    keep_only(dataset.family, is_there);
  }
}

namespace {

class DomainMaker {
 public:
  DomainMaker(const Stages& stages, Folder& fold, const Selection& selection, std::uint32_t task)
      : stages_(stages),
        frame_(stages.frame),
        fold_(fold),
        selection_(selection),
        draft_(stages.draft),
        number_(task),
        declared_(frame_.context.program.tasks[task]),
        task_(draft_.tasks[task]) {}

  void run() {
    task_.explanation.task = frame_.context.text(declared_.name);
    task_.inputs.resize(declared_.inputs.size());
    auto family = make_task_family(frame_, draft_, number_);
    task_.family = family ? std::move(*family) : empty_family(numbers(declared_.basis));
    if (!family) return make_empty();
    drop_unmade();
    add_step("records", task_.family.count);
    find_pending();
    apply_where();
    apply_selection();
    hold_for_requests();
    hold_for_outputs();
    alive_.assign(task_.family.count, 1);
    for (const Port& port : ports_of(declared_)) {
      if (is_late(task_, port))
        make_empty(port);
      else
        apply_port(port);
    }
    finish();
  }

 private:
  void add_step(std::string condition, std::uint64_t count, std::string remark = {}) {
    task_.explanation.steps.push_back({std::move(condition), count, std::move(remark)});
  }
  [[nodiscard]] static std::uint64_t count_of_set(const std::vector<std::uint8_t>& flags) {
    return static_cast<std::uint64_t>(std::count(flags.begin(), flags.end(), std::uint8_t{1}));
  }

  /// Links that lead nowhere: of what is linked later, or cannot be.
  void make_empty(const Port& port) {
    for (std::uint32_t row = port.first; row < port.first + port.count; ++row) {
      Links& links = task_.inputs[row];
      links.is_list = declared_.inputs[row].type.is_list;
      (links.is_list ? links.group : links.target).assign(task_.family.count, none);
      if (links.is_list) links.begin.assign(1, 0);
    }
  }
  void make_empty() {
    for (const Port& port : ports_of(declared_)) make_empty(port);
  }

  void drop_unmade() {
    std::vector<std::uint8_t> flags(task_.family.count, 1);
    drop_void(stages_, task_.family, flags);
    keep_only(task_.family, flags);
  }

  /// Keys below which the task may have more elements later, less those that its own conditions exclude.
  void find_pending() {
    task_.pending = pending_keys(stages_, task_.family.basis);
    if (declared_.via.exists())
      for (Pending& more : pending_tuples(stages_, declared_.via.index)) {
        more.keys = project(frame_, more.keys, common_dimensions(frame_, task_.family.basis, more.keys.basis));
        add_pending(frame_, task_.pending, std::move(more));
      }
    for (Pending& pending : task_.pending) {
      std::vector<std::uint8_t> flags(pending.keys.count, 1);
      const auto routes = find_routes(frame_.context.program, frame_.axes, pending.keys.basis);
      for (const ExprId condition : conjuncts(frame_.expressions, fold_(declared_.where))) {
        const auto dimensions = dimensions_in(frame_.expressions, condition);
        const bool is_known = std::all_of(dimensions.begin(), dimensions.end(), [&](std::uint32_t d) { return routes[d].exists(); });
        if (is_known && records_in(frame_.expressions, condition).empty()) restrict_elements(frame_, pending.keys, condition, flags);
      }
      keep_only(pending.keys, flags);
    }
    std::erase_if(task_.pending, [](const Pending& pending) { return pending.keys.count == 0; });
    for (const Pending& pending : task_.pending)
      if (pending.covers_existing)
        hold_agreeing(frame_, task_.family, pending, common_dimensions(frame_, task_.family.basis, pending.keys.basis), task_.held);
    for (std::uint32_t e = 0; e < task_.held.size(); ++e)
      if (is_held(task_.held, e)) doubt(task_.doubtful, task_.family.count, e);
  }

  void apply_where() {
    const std::uint32_t records = task_.family.count;
    std::vector<std::uint8_t> flags(records, 1);
    bool is_switched_off = false;  // by a parameter: nothing to warn of
    for (const ExprId conjunct : conjuncts(frame_.context.program.expressions, declared_.where)) {
      const ExprId condition = fold_(conjunct);
      is_switched_off = is_switched_off || frame_.expressions[condition].op == Op::constant;
      restrict_known(condition, flags);
      add_step(source_text(frame_.context, frame_.context.program.expressions[conjunct].span), count_of_set(flags));
    }
    keep_only(task_.held, task_.doubtful, flags);
    keep_only(task_.family, flags);
    if (records == 0 || task_.family.count > 0 || is_switched_off || !task_.pending.empty()) return;
    auto builder = frame_.context.diagnostics.report(
        DiagnosticKind::where_never_true, frame_.context.program.expressions[declared_.where].span, frame_.context.text(declared_.name));
    for (const DomainStep& step : task_.explanation.steps) builder.note(fmt::format("{}: {}", step.condition, grouped(step.count)));
    task_.is_never = true;
  }

  /// Where a record is not known yet, the condition may hold: such elements stay, and wait.
  void restrict_known(ExprId condition, std::vector<std::uint8_t>& flags) {
    if (records_in(frame_.expressions, condition).empty()) return restrict_elements(frame_, task_.family, condition, flags);
    Held held;
    hold_unknown(stages_, task_.family, condition, fmt::format("conditions of `{}`", frame_.context.text(declared_.name)), held);
    const std::vector<std::uint8_t> before = flags;
    restrict_elements(frame_, task_.family, condition, flags);
    for (std::uint32_t e = 0; e < task_.family.count; ++e) {
      if (before[e] == 0 || !is_held(held, e)) continue;
      flags[e] = 1;
      hold(task_.held, task_.family.count, e, held[e]);
      doubt(task_.doubtful, task_.family.count, e);
    }
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

  void hold_for_requests() {
    const std::string what = fmt::format("requests of `{}`", frame_.context.text(declared_.name));
    for (const ExprId id : declared_.resources)
      if (id.exists()) hold_unknown(stages_, task_.family, fold_(id), what, task_.held);
    for (const auto& slots : declared_.slots) hold_unknown(stages_, task_.family, fold_(slots.count), what, task_.held);
  }

  /// An element is planned when all that it writes is known: where, and of lists how much.
  void hold_for_outputs() {
    for (const program::Output& output : declared_.outputs) {
      const program::Dataset& dataset = frame_.context.program.datasets[output.dataset.index];
      const std::string paths = fmt::format("paths of `{}`", frame_.context.text(dataset.name));
      if (!output.is_finer) {
        for (const ExprId path : program::paths_of(dataset)) hold_unknown(stages_, task_.family, fold_(path), paths, task_.held);
        continue;
      }
      for (const Pending& pending : pending_keys(stages_, numbers(dataset.basis)))
        hold_agreeing(frame_, task_.family, pending, common_dimensions(frame_, task_.family.basis, pending.keys.basis), task_.held);
      std::vector<ExprId> expressions = program::paths_of(dataset);
      expressions.push_back(output.where);
      const auto reads_records = [&](ExprId id) { return !records_in(frame_.expressions, fold_(id)).empty(); };
      if (std::none_of(expressions.begin(), expressions.end(), reads_records)) continue;
      const auto family = make_family(frame_, numbers(dataset.basis), dataset.is_cross, output.span, frame_.context.text(dataset.name));
      if (!family) continue;
      Held held;
      for (const ExprId path : program::paths_of(dataset)) hold_unknown(stages_, *family, fold_(path), paths, held);
      if (output.where.exists())
        hold_unknown(stages_, *family, fold_(output.where), fmt::format("outputs of `{}`", frame_.context.text(declared_.name)), held);
      const auto owners = find_elements(task_.family, frame_.axes, columns_on(frame_, *family, task_.family.basis), family->count);
      for (std::uint32_t i = 0; i < family->count; ++i)
        if (owners[i] != none && is_held(held, i)) hold(task_.held, task_.family.count, owners[i], held[i]);
    }
  }

  void apply_port(const Port& port) {
    const std::size_t failures = task_.failures.size();
    const PortOutcome outcome = link_port(stages_, fold_, number_, port);
    const bool restricts = !outcome.is_lookup && outcome.is_required;
    for (std::uint32_t e = 0; e < task_.family.count; ++e)
      if (outcome.lacks[e] != 0) alive_[e] = counted_[e] = 0;
    explain_port(port, outcome, restricts, failures);
  }

  void explain_port(const Port& port, const PortOutcome& outcome, bool restricts, std::size_t failures) {
    const program::Input& input = declared_.inputs[port.first];
    const Failure* first = nullptr;
    for (std::size_t i = failures; i < task_.failures.size(); ++i) {
      const Failure& failure = task_.failures[i];
      if (failure.what == Failure::What::fewer_than_expected || counted_[failure.element] == 0) continue;
      if (is_held(task_.held, failure.element)) continue;
      if (first == nullptr) first = &failure;
      counted_[failure.element] = 0;
    }
    if (!outcome.is_lookup && !restricts && first == nullptr) return;
    std::string condition =
        outcome.is_lookup ? fmt::format("look-up `{}`", frame_.context.text(input.name))
                          : fmt::format("`{}` present", frame_.context.text(frame_.context.program.datasets[input.dataset.index].name));
    std::string remark;
    if (first != nullptr) remark = describe_failure(frame_, fold_, draft_, declared_, task_.family, *first);
    add_step(std::move(condition), count_of_set(counted_), std::move(remark));
  }

  void finish() {
    for (std::uint32_t e = 0; e < task_.held.size(); ++e)
      if (is_held(task_.held, e) && may_lack(frame_.context.program, draft_, number_, e)) doubt(task_.doubtful, task_.family.count, e);
    std::vector<std::uint32_t> renumbered(task_.family.count, none);
    std::uint32_t kept = 0;
    for (std::uint32_t e = 0; e < task_.family.count; ++e)
      if (alive_[e] != 0) renumbered[e] = kept++;
    if (kept == task_.family.count) return;
    keep_only(task_.held, task_.doubtful, alive_);
    keep_only(task_.family, alive_);
    for (Links& links : task_.inputs) keep_only(links, alive_);
    for (std::vector<Failure>* failures : {&task_.failures, &task_.branch_failures}) {
      std::erase_if(*failures, [&](const Failure& failure) { return alive_[failure.element] == 0; });
      for (Failure& failure : *failures) failure.element = renumbered[failure.element];
    }
  }

  const Stages& stages_;
  const Frame& frame_;
  Folder& fold_;
  const Selection& selection_;
  Draft& draft_;
  std::uint32_t number_;
  const program::Task& declared_;
  TaskDraft& task_;
  std::vector<std::uint8_t> alive_;
  std::vector<std::uint8_t> counted_;  ///< alive, selected, and nothing failed so far: what the steps show
};

}  // namespace

void make_domain(const Stages& stages, Folder& fold, const Selection& selection, std::uint32_t task) {
  DomainMaker(stages, fold, selection, task).run();
}

void make_late_links(const Stages& stages, Folder& fold, std::uint32_t task) {
  TaskDraft& draft = stages.draft.tasks[task];
  const program::Task& declared = stages.frame.context.program.tasks[task];
  for (const Port& port : ports_of(declared)) {
    if (!is_late(draft, port)) continue;
    const std::size_t failures = draft.failures.size();
    link_port(stages, fold, task, port);
    std::vector<std::uint8_t> fails(draft.family.count, 0);
    std::string remark;
    for (std::size_t i = failures; i < draft.failures.size(); ++i) {
      const Failure& failure = draft.failures[i];
      if (failure.what == Failure::What::fewer_than_expected || is_held(draft.held, failure.element)) continue;
      if (remark.empty()) remark = describe_failure(stages.frame, fold, stages.draft, declared, draft.family, failure);
      fails[failure.element] = 1;
    }
    const auto count = draft.family.count - static_cast<std::uint32_t>(std::count(fails.begin(), fails.end(), std::uint8_t{1}));
    draft.explanation.steps.push_back(
        {fmt::format("look-up `{}`", stages.frame.context.text(declared.inputs[port.first].name)), count, std::move(remark)});
  }
}

void make_domains(const Stages& stages, Folder& fold, const Selection& selection) {
  Draft& draft = stages.draft;
  const program::Program& program = stages.frame.context.program;
  std::vector<std::size_t> open(program.datasets.size());
  for (std::size_t d = 0; d < open.size(); ++d) open[d] = draft.datasets[d].producers.size();
  for (const std::uint32_t task : draft.order) {
    draft.tasks[task].outputs.resize(program.tasks[task].outputs.size());
    make_domain(stages, fold, selection, task);
    std::set<std::uint32_t> written;
    for (const auto& output : program.tasks[task].outputs) written.insert(output.dataset.index);
    for (const std::uint32_t d : written)
      if (--open[d] == 0) make_outputs(stages, fold, d);
  }
  for (const std::uint32_t task : draft.order) make_late_links(stages, fold, task);
  for (std::uint32_t d = 0; d < program.datasets.size(); ++d) {
    if (draft.datasets[d].is_made) continue;
    draft.datasets[d].is_made = true;  // nothing reads it and nothing makes it: it has no elements
    draft.datasets[d].family = empty_family(numbers(program.datasets[d].basis));
  }
}

}  // namespace osac::planning
