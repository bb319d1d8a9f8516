// A plan in use: lookups in its sections.

#include "compiler/plan/plan.h"

#include <sys/mman.h>

#include <algorithm>

#include "compiler/plan/resolve.h"
#include "compiler/plan/state.h"

namespace osac::plan {

Plan::State::~State() {
  if (mapping != nullptr) munmap(mapping, bytes.size());
}

Plan::Plan(std::unique_ptr<State> state) : state_(std::move(state)) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

const Digest& Plan::id() const { return state_->header.id; }
std::string_view Plan::bytes() const { return state_->bytes; }
std::string_view Plan::text(Symbol symbol) const { return state_->text(symbol); }
std::string_view Plan::workflow() const { return text(state_->workflow.front().name); }
std::string_view Plan::doc() const { return text(state_->workflow.front().doc); }
expression::Pool Plan::pool() const { return {state_->nodes, state_->children}; }
const Strings& Plan::strings() const { return state_->strings; }
std::span<const ColumnRow> Plan::columns() const { return state_->columns; }
std::span<const ImpliedRow> Plan::implied() const { return state_->implied; }
std::span<const DimensionRow> Plan::dimensions() const { return state_->dimensions; }
std::span<const DatasetRow> Plan::datasets() const { return state_->datasets; }
std::span<const TaskRow> Plan::tasks() const { return state_->tasks; }
std::span<const ParameterRow> Plan::parameters() const { return state_->parameters; }
std::span<const SourceRow> Plan::sources() const { return state_->sources; }

namespace {

/// Where an empty run begins means nothing, and is not checked when a plan is opened.
template <typename Row>
std::span<const Row> run_of(std::span<const Row> rows, std::uint64_t first, std::uint64_t count) {
  return count == 0 ? std::span<const Row>{} : rows.subspan(first, count);
}

}  // namespace

std::span<const Scalar> Plan::scalars(Array array) const { return run_of(state_->scalars, array.first, array.count); }
std::span<const std::uint32_t> Plan::indices(Array array) const { return run_of(state_->indices, array.first, array.count); }

std::span<const InputRow> Plan::inputs(const TaskRow& task) const { return run_of(state_->inputs, task.first_input, task.input_count); }
std::span<const OutputRow> Plan::outputs(const TaskRow& task) const {
  return run_of(state_->outputs, task.first_output, task.output_count);
}
std::span<const MetricRow> Plan::metrics(const TaskRow& task) const {
  return run_of(state_->metrics, task.first_metric, task.metric_count);
}
std::span<const ExpectRow> Plan::expects(const TaskRow& task) const {
  return run_of(state_->expects, task.first_expect, task.expect_count);
}
std::span<const SlotsRow> Plan::slots(const TaskRow& task) const { return run_of(state_->slots, task.first_slots, task.slots_count); }
std::span<const FieldRow> Plan::fields(const DatasetRow& dataset) const {
  return run_of(state_->fields, dataset.first_field, dataset.field_count);
}
std::span<const RungRow> Plan::rungs(const TaskRow& task) const { return run_of(state_->rungs, task.first_rung, task.rung_count); }
std::span<const CertifyRow> Plan::certifications() const { return state_->certifications; }
std::span<const VersionRow> Plan::versions() const { return state_->versions; }
std::span<const ParameterUseRow> Plan::parameter_uses() const { return state_->parameter_uses; }
std::span<const RunnerUpRow> Plan::runners_up() const { return state_->runners_up; }
std::span<const StageRow> Plan::stages() const { return state_->stages; }
const PathTemplate& Plan::path_template(std::uint32_t dataset) const { return state_->paths[dataset]; }

std::uint32_t Plan::element_count() const { return state_->workflow.front().element_count; }

ElementRef Plan::element(std::uint32_t global_number) const {
  const auto after = std::upper_bound(state_->tasks.begin(), state_->tasks.end(), global_number,
                                      [](std::uint32_t number, const TaskRow& task) { return number < task.first_element; });
  const auto task = static_cast<std::uint32_t>(after - state_->tasks.begin()) - 1;
  return {task, global_number - state_->tasks[task].first_element};
}

std::optional<std::uint32_t> Plan::find_task(std::string_view name) const {
  for (std::uint32_t i = 0; i < state_->tasks.size(); ++i)
    if (text(state_->tasks[i].family.name) == name) return i;
  return std::nullopt;
}

std::optional<std::uint32_t> Plan::find_dataset(std::string_view name) const {
  for (std::uint32_t i = 0; i < state_->datasets.size(); ++i)
    if (text(state_->datasets[i].family.name) == name) return i;
  return std::nullopt;
}

expression::Value Plan::value(const ColumnRow& column, std::uint32_t record) const {
  if (record >= column.values.count) return {};
  const Scalar scalar = scalars(column.values)[record];
  if (scalar == expression::absent_scalar) return {};
  if (column.type.is_textual()) return std::string(text(Symbol{static_cast<std::uint32_t>(scalar)}));
  return expression::to_value(scalar, column.type, state_->strings);
}

expression::Value field_value(const Plan& plan, const FieldRow& field, std::uint32_t element) {
  ColumnRow column;
  column.type = field.type;
  column.values = field.values;
  return plan.value(column, element);
}

std::uint32_t Plan::record(const FamilyRow& family, std::uint32_t element, std::uint32_t dimension) const {
  const auto basis = indices(family.basis);
  const auto records = indices(family.records);
  const auto record_at = [&](std::size_t place) { return records.empty() ? element : records[place * family.count + element]; };
  for (std::size_t place = 0; place < basis.size(); ++place)
    if (basis[place] == dimension) return record_at(place);
  if (dimension >= state_->dimensions.size()) return no_element;
  for (std::size_t place = 0; place < basis.size(); ++place) {
    std::uint32_t at = basis[place];
    std::uint32_t record = record_at(place);
    while (at != dimension) {
      const std::uint32_t way = state_->first_hop(at, dimension);
      if (way == no_row) break;
      const Hop& hop = state_->hops[way];
      const auto next = indices(hop.records);
      if (record >= next.size()) break;
      record = next[record];
      at = hop.dimension;
    }
    if (at == dimension && record != no_element) return record;
  }
  return no_element;
}

std::optional<ElementRef> Plan::producer(std::uint32_t dataset, std::uint32_t element) const {
  const DatasetRow& row = state_->datasets[dataset];
  ElementRef maker{row.producer, element};
  if (row.producer_elements.count > 0) {
    maker.element = indices(row.producer_elements)[element];
    if (row.producer_tasks.count > 0) maker.task = indices(row.producer_tasks)[element];
  }
  if (maker.task >= state_->tasks.size() || maker.element >= state_->tasks[maker.task].family.count) return std::nullopt;
  return maker;
}

}  // namespace osac::plan
