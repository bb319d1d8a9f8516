// Bounds of everything that declaration rows name, so that nothing that reads a plan has to check again. It never looks at the arrays of
// elements (only at the few entries of `indices` that name dimensions and words), so it costs the same for a million elements.

#include <fmt/format.h>

#include "compiler/plan/row_check.h"

namespace osac::plan {

namespace {

using expression::Kind;

class Checker {
 public:
  explicit Checker(const Plan::State& state) : state_(state), fields_(state) {}

  void check() {
    check_workflow();
    check_nodes(state_);
    for (const ColumnRow& column : state_.columns) check_column(column);
    check_dimensions();
    for (const DatasetRow& dataset : state_.datasets) check_dataset(dataset);
    check_tasks();
    check_rest();
  }

 private:
  template <typename Row>
  void check_fields(const Row& row) const {
    visit_fields(const_cast<Row&>(row), fields_);  // NOLINT: this visitor changes nothing
  }

  void check_workflow() const {
    require(state_.workflow.size() == 1, "it has no workflow row");
    check_fields(state_.workflow.front());
    require(!state_.string_offsets.empty() && state_.string_offsets.back() == state_.string_bytes.size(), "its texts have no end");
    require(state_.dimensions.size() <= format::most_dimensions, "it has too many dimensions");
  }

  void check_column(const ColumnRow& column) const {
    check_fields(column);
    require(!column.type.is_list && column.type.kind != Kind::error && column.type.kind != Kind::range, "a column is of no type of keys");
    require_in(column.values, state_.scalars.size(), "the values of a column are out of range");
  }

  void check_dimensions() const {
    for (const DimensionRow& dimension : state_.dimensions) {
      check_fields(dimension);
      const std::uint64_t records = dimension.record_count;
      require(dimension.key_column < state_.columns.size(), "a dimension has no key");
      require(state_.columns[dimension.key_column].values.count == records, "a dimension's keys and records differ in number");
      require_run(dimension.first_attribute, dimension.attribute_count, state_.columns.size(), "attributes are out of range");
      for (std::uint32_t i = 0; i < dimension.attribute_count; ++i)
        require(state_.columns[dimension.first_attribute + i].values.count == records, "an attribute and its records differ in number");
      require(dimension.order_attribute == no_row || dimension.order_attribute < dimension.attribute_count, "an order is no attribute");
      if (dimension.parent != no_row) {
        require(dimension.parent < state_.dimensions.size(), "a parent is no dimension");
        check_indices(dimension.parent_records, records, "the records of a parent");
      }
      require_run(dimension.first_implied, dimension.implied_count, state_.implied.size(), "implied dimensions are out of range");
      for (std::uint32_t i = 0; i < dimension.implied_count; ++i) {
        const ImpliedRow& implied = state_.implied[dimension.first_implied + i];
        require(implied.dimension < state_.dimensions.size(), "what is implied is no dimension");
        check_indices(implied.records, records, "the records of an implied dimension");
      }
    }
    check_parents_end();
  }
  void check_parents_end() const {
    for (const DimensionRow& dimension : state_.dimensions) {
      std::size_t steps = 0;
      for (std::uint32_t at = dimension.parent; at != no_row; at = state_.dimensions[at].parent)
        require(++steps <= state_.dimensions.size(), "a dimension is its own parent");
    }
  }

  void check_indices(Array array, std::uint64_t count, std::string_view what) const {
    require_in(array, state_.indices.size(), fmt::format("{} are out of range", what));
    require(array.count == count, fmt::format("{} differ in number", what));
  }

  void check_family(const FamilyRow& family) const {
    require(family.name.exists(), "a family has no name");
    for (const Array list : {family.dimensions, family.basis}) {
      require_in(list, state_.indices.size(), "the dimensions of a family are out of range");
      for (std::uint64_t i = 0; i < list.count; ++i)
        require(state_.indices[list.first + i] < state_.dimensions.size(), "a family is over no dimension");
    }
    if (family.records.count > 0) {
      check_indices(family.records, family.basis.count * family.count, "the records of a family");
    } else if (family.basis.count == 0) {
      require(family.count <= 1, "a family without dimensions has several elements");
    } else if (family.count > 0) {
      require(family.basis.count == 1, "a family has no records");
      require(family.count <= state_.dimensions[state_.indices[family.basis.first]].record_count, "a family is larger than its dimension");
    }
  }

  void check_dataset(const DatasetRow& dataset) const {
    check_fields(dataset);
    check_family(dataset.family);
    require(dataset.path.exists(), "a dataset has no path");
    require(dataset.persistence <= Persistence::protect, "a persistence is unknown");
    require(dataset.publication <= Publication::link, "a publication is unknown");
    require(dataset.publication == Publication::none || dataset.published_path.exists(), "a published dataset has no published path");
    require(dataset.keep_for >= 0, "a time to keep files is negative");
    require(dataset.is_certified == 0 || dataset.is_external != 0, "certified files are not external");
    check_record(dataset);
    require(dataset.producer == no_row || dataset.producer < state_.tasks.size(), "a producer is no task");
    if (dataset.producer_elements.count > 0) check_indices(dataset.producer_elements, dataset.family.count, "the producers of a dataset");
    if (dataset.producer_tasks.count > 0) {
      check_indices(dataset.producer_tasks, dataset.family.count, "the producing tasks of a dataset");
      require(dataset.producer_elements.count > 0, "a dataset has producing tasks but no producers");
    }
  }

  void check_record(const DatasetRow& dataset) const {
    require_run(dataset.first_field, dataset.field_count, state_.fields.size(), "the fields of a dataset are out of range");
    for (std::uint32_t i = 0; i < dataset.field_count; ++i) {
      const FieldRow& field = state_.fields[dataset.first_field + i];
      check_fields(field);
      require(field.name.exists() && field.source.exists(), "a field has no name");
      require(!field.type.is_list && field.type.kind != Kind::error && field.type.kind != Kind::range, "a field is of no type of records");
      require_in(field.values, state_.scalars.size(), "the values of a field are out of range");
      require(field.values.count == 0 || field.values.count == dataset.family.count, "a field's values and its files differ in number");
    }
  }

  void check_relation(const Relation& relation, std::uint32_t sources, std::uint32_t dataset) const {
    require(dataset < state_.datasets.size(), "a port is of no dataset");
    const std::uint32_t targets = state_.datasets[dataset].family.count;
    switch (relation.kind) {
      case RelationKind::identity:
        require(sources <= targets, "a relation has too few targets");
        return;
      case RelationKind::same:
        require(sources == 0 || relation.first_target < targets, "a relation has no target");
        return;
      case RelationKind::every:
        return;
      case RelationKind::mapped:
        check_indices(relation.map, sources, "the targets of a relation");
        return;
      case RelationKind::listed:
        require_in(relation.members, state_.indices.size(), "members are out of range");
        [[fallthrough]];
      case RelationKind::grouped:
        check_indices(relation.map, sources + std::uint64_t{1}, "the groups of a relation");
        return;
    }
    throw WrongRow{"a relation is of an unknown kind"};
  }

  void check_command(const CommandRow& command) const {
    require(command.kind <= CommandKind::script, "a command is of an unknown kind");
    require_in(command.words, state_.indices.size(), "the words of a command are out of range");
    for (std::uint64_t i = 0; i < command.words.count; ++i)
      require(state_.indices[command.words.first + i] < state_.nodes.size(), "a word of a command is out of range");
    if (command.kind == CommandKind::shell || command.kind == CommandKind::script) require(command.text.exists(), "a command has no text");
    if (command.kind == CommandKind::script) require(command.interpreter.exists(), "a script has no interpreter");
  }

  void check_tasks() const {
    std::uint64_t elements = 0;
    std::uint32_t level = 0;
    for (const TaskRow& task : state_.tasks) {
      check_fields(task);
      check_family(task.family);
      require(task.first_element == elements, "the elements of tasks do not follow one another");
      require(task.level >= level, "tasks are not in order of level");
      elements += task.family.count;
      level = task.level;
      check_command(task.command);
      check_command(task.verify);
      require_run(task.first_input, task.input_count, state_.inputs.size(), "inputs are out of range");
      require_run(task.first_output, task.output_count, state_.outputs.size(), "outputs are out of range");
      require_run(task.first_metric, task.metric_count, state_.metrics.size(), "metrics are out of range");
      require_run(task.first_expect, task.expect_count, state_.expects.size(), "expectations are out of range");
      require_run(task.first_slots, task.slots_count, state_.slots.size(), "slots are out of range");
      require_in(task.retry.exit_codes, state_.scalars.size(), "exit codes are out of range");
      require_in(task.empty_codes, state_.scalars.size(), "exit codes are out of range");
      check_rungs(task);
      check_inputs(task);
      for (std::uint32_t i = 0; i < task.output_count; ++i) {
        const OutputRow& output = state_.outputs[task.first_output + i];
        check_relation(output.relation, task.family.count, output.dataset);
      }
    }
    require(elements == state_.workflow.front().element_count && elements < no_element, "the number of elements is wrong");
  }

  void check_rungs(const TaskRow& task) const {
    require_run(task.first_rung, task.rung_count, state_.rungs.size(), "the rungs of a task are out of range");
    for (std::uint32_t i = 0; i < task.rung_count; ++i) {
      const RungRow& rung = state_.rungs[task.first_rung + i];
      check_fields(rung);
      check_command(rung.command);
    }
  }

  /// `else` branches stand right after the row that is the port, numbered from 1.
  void check_inputs(const TaskRow& task) const {
    for (std::uint32_t i = 0; i < task.input_count; ++i) {
      const InputRow& input = state_.inputs[task.first_input + i];
      check_relation(input.relation, task.family.count, input.dataset);
      if (input.branch == 0) continue;
      require(i > 0 && input.branch == state_.inputs[task.first_input + i - 1].branch + 1, "an `else` of an input is out of order");
      const InputRow& port = state_.inputs[task.first_input + i - input.branch];
      require(port.name == input.name && port.type.is_list == input.type.is_list, "an `else` is not of its port");
    }
  }

  void check_certification(const CertifyRow& row) const {
    check_fields(row);
    require(row.task < state_.tasks.size(), "what certifies is no task");
    require(row.begin.exists(), "a certificate has no begin");
    check_relation(row.relation, state_.tasks[row.task].family.count, row.dataset);
  }

  void check_stage(const StageRow& row) const {
    check_fields(row);
    require(row.dataset < state_.datasets.size(), "a stage waits for no dataset");
    require_in(row.elements, state_.indices.size(), "the files that a stage waits for are out of range");
    require_in(row.tasks, state_.indices.size(), "the tasks of a stage are out of range");
    require(row.tasks.count <= state_.tasks.size(), "a stage has too many tasks");
    for (std::uint64_t i = 0; i < row.tasks.count; ++i)
      require(state_.indices[row.tasks.first + i] < state_.tasks.size(), "what waits for a stage is no task");
  }

  void check_recorded() const {
    for (const VersionRow& row : state_.versions) {
      check_fields(row);
      require(row.task < state_.tasks.size() && row.command.exists(), "a version is of no task");
    }
    for (const ParameterUseRow& row : state_.parameter_uses)
      require(row.task < state_.tasks.size() && row.parameter < state_.parameters.size(), "the use of a parameter is out of range");
    for (const RunnerUpRow& row : state_.runners_up) {
      require(row.input < state_.inputs.size() && row.dimension < state_.dimensions.size(), "a runner-up is of no input");
      require_in(row.records, state_.indices.size(), "runners-up are out of range");
    }
  }

  void check_rest() const {
    check_recorded();
    for (const CertifyRow& row : state_.certifications) check_certification(row);
    for (const StageRow& row : state_.stages) check_stage(row);
    const auto check_all = [&](const auto& rows) {
      for (const auto& row : rows) check_fields(row);
    };
    check_all(state_.inputs), check_all(state_.outputs), check_all(state_.metrics), check_all(state_.expects);
    check_all(state_.slots), check_all(state_.parameters), check_all(state_.sources);
    for (const ExpectRow& expect : state_.expects) require(expect.condition.exists(), "an expectation has no condition");
    for (const SlotsRow& slots : state_.slots) require(slots.count.exists(), "slots have no number");
  }

  const Plan::State& state_;
  FieldCheck fields_;
};

}  // namespace

std::string check_rows(const Plan::State& state) {
  try {
    Checker(state).check();
    return {};
  } catch (const WrongRow& wrong) {
    return wrong.what;
  }
}

}  // namespace osac::plan
