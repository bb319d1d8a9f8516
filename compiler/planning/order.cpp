#include "compiler/planning/order.h"

#include <algorithm>

#include "compiler/planning/stages.h"

namespace osac::planning {

std::vector<std::uint32_t> stage_datasets(const program::Program& program, std::uint32_t task) {
  const program::Task& declared = program.tasks[task];
  std::set<std::uint32_t> found;
  std::set<std::uint32_t> seen;
  const auto add_records = [&](ExprId id) {
    for (const std::uint32_t dataset : records_in(program.expressions, id)) found.insert(dataset);
  };
  const auto add_dimensions = [&](auto&& self, const std::vector<program::DimensionId>& dimensions) -> void {
    for (const auto d : program::determined_by(program, dimensions)) {
      if (!seen.insert(d.index).second) continue;
      for (const auto table : {program.dimensions[d.index].table, program.dimensions[d.index].without}) {
        if (!table.exists()) continue;
        if (is_made_by_tasks(program, table.index)) found.insert(program.tables[table.index].produced.index);
        self(self, dimensions_of(program, table.index));
      }
    }
  };
  const auto add_relation = [&](program::RelationId id) {
    if (!id.exists()) return;
    const program::Relation& relation = program.relations[id.index];
    if (is_made_by_tasks(program, relation.table.index)) found.insert(program.tables[relation.table.index].produced.index);
    add_dimensions(add_dimensions, relation.dimensions);
    add_dimensions(add_dimensions, dimensions_of(program, relation.table.index));
  };
  add_dimensions(add_dimensions, declared.dimensions);
  add_relation(declared.via);
  add_records(declared.where);
  for (const program::Input& input : declared.inputs) {
    add_dimensions(add_dimensions, program.datasets[input.dataset.index].dimensions);
    add_relation(input.via);
    for (const ExprId id : {input.where, input.condition, input.lookup.at, input.lookup.within}) add_records(id);
    for (const auto& fix : input.fixes) add_records(fix.value);
    if (program.datasets[input.dataset.index].is_external) add_records(program.datasets[input.dataset.index].path);
  }
  for (const program::Output& output : declared.outputs) {
    add_dimensions(add_dimensions, program.datasets[output.dataset.index].dimensions);
    add_records(output.where);
    for (const ExprId path : program::paths_of(program.datasets[output.dataset.index])) add_records(path);
  }
  for (const ExprId id : declared.resources) add_records(id);
  for (const auto& slots : declared.slots) add_records(slots.count);
  return {found.begin(), found.end()};
}

namespace {

using program::LookupDirection;

/// Whether an input looks along an order, so that elements of one task may need each other.
bool looks_along(const program::Lookup& lookup) {
  return lookup.direction == LookupDirection::previous || lookup.direction == LookupDirection::following ||
         (lookup.direction == LookupDirection::window && !lookup.is_inclusive);
}

class Orderer {
 public:
  Orderer(const Frame& frame, Draft& draft) : frame_(frame), program_(frame.context.program), draft_(draft) {}

  bool run() {
    const auto count = static_cast<std::uint32_t>(program_.tasks.size());
    for (std::uint32_t t = 0; t < count; ++t)
      for (const auto& output : program_.tasks[t].outputs) add_producer(output.dataset.index, t);
    for (std::uint32_t t = 0; t < count; ++t) {
      draft_.tasks[t].is_recurrent.assign(program_.tasks[t].inputs.size(), 0);
      stages_.push_back(stage_datasets(program_, t));
    }
    find_recurrent();
    states_.assign(count, State::untouched);
    for (std::uint32_t t = 0; t < count; ++t)
      if (!visit(t)) return false;
    for (std::uint32_t t = 0; t < count; ++t) draft_.order.push_back(t);
    std::stable_sort(draft_.order.begin(), draft_.order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return draft_.tasks[a].level < draft_.tasks[b].level; });
    return true;
  }

 private:
  enum class State : std::uint8_t { untouched, in_work, done };

  void add_producer(std::uint32_t dataset, std::uint32_t task) {
    auto& producers = draft_.datasets[dataset].producers;
    if (producers.empty() || producers.back() != task) producers.push_back(task);
  }

  /// Calls f(maker, input or nullptr, dataset) for each task that another one needs; f gives false to stop.
  template <typename F>
  bool for_each_need(std::uint32_t task, F&& f) const {
    const auto& inputs = program_.tasks[task].inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (draft_.tasks[task].is_recurrent[i] != 0) continue;
      for (const std::uint32_t producer : draft_.datasets[inputs[i].dataset.index].producers)
        if (!f(producer, &inputs[i], inputs[i].dataset.index)) return false;
    }
    for (const std::uint32_t dataset : stages_[task])
      for (const std::uint32_t producer : draft_.datasets[dataset].producers)
        if (!f(producer, nullptr, dataset)) return false;
    return true;
  }

  /// All tasks that a task needs, directly or not.
  std::vector<std::uint8_t> upstream_of(std::uint32_t task) const {
    std::vector<std::uint8_t> found(program_.tasks.size(), 0);
    std::vector<std::uint32_t> open = {task};
    while (!open.empty()) {
      const std::uint32_t next = open.back();
      open.pop_back();
      for_each_need(next, [&](std::uint32_t producer, const program::Input*, std::uint32_t) {
        if (found[producer] == 0) open.push_back(producer);
        found[producer] = 1;
        return true;
      });
    }
    return found;
  }

  /// `of prev` and the like read what comes of the same task if its makers need that task. Decided for all before one is left out.
  void find_recurrent() {
    std::vector<std::vector<std::uint8_t>> upstream;
    for (std::uint32_t t = 0; t < program_.tasks.size(); ++t) upstream.push_back(upstream_of(t));
    for (std::uint32_t t = 0; t < program_.tasks.size(); ++t) {
      const auto& inputs = program_.tasks[t].inputs;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!looks_along(inputs[i].lookup)) continue;
        const auto& producers = draft_.datasets[inputs[i].dataset.index].producers;
        if (std::any_of(producers.begin(), producers.end(), [&](std::uint32_t p) { return p == t || upstream[p][t] != 0; }))
          draft_.tasks[t].is_recurrent[i] = 1;
      }
    }
  }

  bool visit(std::uint32_t task) {
    if (states_[task] == State::done) return true;
    path_.push_back(task);
    if (states_[task] == State::in_work) {
      report();
      return false;
    }
    states_[task] = State::in_work;
    const bool is_fine = for_each_need(task, [&](std::uint32_t producer, const program::Input*, std::uint32_t) {
      if (!visit(producer)) return false;
      draft_.tasks[task].level = std::max(draft_.tasks[task].level, draft_.tasks[producer].level + 1);
      return true;
    });
    if (!is_fine) return false;
    states_[task] = State::done;
    path_.pop_back();
    return true;
  }

  /// The circle is the end of the path, from the first visit of its last task on: each needs the next.
  void report() {
    const auto first = std::find(path_.begin(), path_.end(), path_.back());
    std::vector<std::uint32_t> circle(first, path_.end());
    std::string names;
    for (const std::uint32_t task : circle)
      names += fmt::format("{}`{}`", names.empty() ? "" : " needs ", frame_.context.text(program_.tasks[task].name));
    auto builder = frame_.context.diagnostics.report(DiagnosticKind::circular_tasks, program_.tasks[circle[0]].span, names);
    for (std::size_t i = 0; i + 1 < circle.size(); ++i) {
      const Need need = need_between(circle[i], circle[i + 1]);
      const auto dataset = frame_.context.text(program_.datasets[need.dataset].name);
      const auto reader = frame_.context.text(program_.tasks[circle[i]].name);
      const auto maker = frame_.context.text(program_.tasks[circle[i + 1]].name);
      if (need.input != nullptr)
        builder.label(need.input->span, fmt::format("`{}` reads `{}` of `{}`", reader, dataset, maker));
      else
        builder.note(fmt::format("what `{}` has to do is read from `{}`, which `{}` makes", reader, dataset, maker));
    }
    if (const std::string example = find_example(circle); !example.empty()) builder.note(fmt::format("for example {}", example));
  }

  struct Need {
    const program::Input* input = nullptr;
    std::uint32_t dataset = none;
  };
  Need need_between(std::uint32_t reader, std::uint32_t maker) const {
    Need found;
    for_each_need(reader, [&](std::uint32_t producer, const program::Input* input, std::uint32_t dataset) {
      if (producer == maker) found = {input, dataset};
      return producer != maker;
    });
    return found;
  }

  /// An element that needs itself: only where all on the circle have the same keys and read their own, so that the first one will do.
  std::string find_example(const std::vector<std::uint32_t>& circle) const {
    const auto& basis = program_.tasks[circle[0]].basis;
    for (std::size_t i = 0; i + 1 < circle.size(); ++i) {
      const Need need = need_between(circle[i], circle[i + 1]);
      const bool is_plain = need.input != nullptr && need.input->cardinality == program::Cardinality::chain && need.input->fixes.empty() &&
                            need.input->lookup.direction == LookupDirection::none;
      if (!is_plain || program_.tasks[circle[i]].basis != basis) return {};
    }
    const program::Task& task = program_.tasks[circle[0]];
    const auto family = make_family(frame_, numbers(basis), task.is_cross, task.span, frame_.context.text(task.name));
    if (!family || family->count == 0) return {};
    std::string out;
    for (const std::uint32_t t : circle)
      out += fmt::format("{}`{}`", out.empty() ? "" : " -> ",
                         element_name(frame_, frame_.context.text(program_.tasks[t].name), program_.tasks[t].dimensions, *family, 0));
    return out;
  }

  const Frame& frame_;
  const program::Program& program_;
  Draft& draft_;
  std::vector<std::vector<std::uint32_t>> stages_;  ///< one a task: see stage_datasets
  std::vector<State> states_;
  std::vector<std::uint32_t> path_;
};

}  // namespace

bool order_tasks(const Frame& frame, Draft& draft) { return Orderer(frame, draft).run(); }

}  // namespace osac::planning
