// Bounds of everything that declaration rows name, so that nothing that reads a plan has to check again. It never looks at the arrays of
// elements (only at the few entries of `indices` that name dimensions and words), so it costs the same for a million elements.

#include <fmt/format.h>

#include "compiler/expression/quote.h"
#include "compiler/plan/row_fields.h"
#include "compiler/plan/state.h"

namespace osac::plan {

namespace {

using expression::Kind;
using expression::Node;
using expression::Op;

/// Thrown at the first thing that is wrong, caught in check_rows.
struct Wrong {
  std::string what;
};
void require(bool holds, std::string_view what) {
  if (!holds) throw Wrong{std::string(what)};
}
void require_in(Array array, std::uint64_t size, std::string_view what) {
  require(array.count == 0 || (array.first <= size && array.count <= size - array.first), what);
}
void require_run(std::uint32_t first, std::uint32_t count, std::size_t size, std::string_view what) {
  require(count == 0 || (first <= size && count <= size - first), what);
}

/// How many children an operation has; -1: any number.
int child_count(Op op) {
  switch (op) {
    case Op::constant:
    case Op::parameter:
    case Op::key:
    case Op::attribute:
    case Op::port_path:
    case Op::port_count:
    case Op::port_field:
    case Op::dataset_field:
    case Op::resource:
    case Op::scratch:
      return 0;
    case Op::negate:
    case Op::logical_not:
    case Op::hole:
      return 1;
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::modulo:
    case Op::equal:
    case Op::not_equal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
    case Op::logical_and:
    case Op::logical_or:
    case Op::in:
    case Op::range:
      return 2;
    case Op::conditional:
      return 3;
    case Op::list:
    case Op::call:
    case Op::text:
      return -1;
  }
  throw Wrong{"an expression has an unknown operation"};
}

/// Evaluation trusts the number of arguments.
void require_arguments(expression::Builtin builtin, std::uint32_t count) {
  using expression::Builtin;
  std::uint32_t least = 1;
  std::uint32_t most = 1;
  switch (builtin) {
    case Builtin::min:
    case Builtin::max:
    case Builtin::sum:
      most = no_row;
      break;
    case Builtin::count:
    case Builtin::round:
      most = 2;
      break;
    case Builtin::replace:
      least = most = 3;
      break;
    case Builtin::split:
    case Builtin::join:
      least = most = 2;
      break;
    case Builtin::len:
    case Builtin::ceil:
    case Builtin::floor:
    case Builtin::basename:
    case Builtin::stem:
    case Builtin::parent:
    case Builtin::size:
    case Builtin::exists:
      break;
  }
  require(count >= least && count <= most, "a function has another number of arguments");
}

class Checker {
 public:
  explicit Checker(const Plan::State& state) : state_(state) {}

  void check() {
    check_workflow();
    check_nodes();
    for (const ColumnRow& column : state_.columns) check_column(column);
    check_dimensions();
    for (const DatasetRow& dataset : state_.datasets) check_dataset(dataset);
    check_tasks();
    check_rest();
  }

  void operator()(Symbol symbol) const { require(!symbol.exists() || symbol.index < state_.strings.size(), "a name is out of range"); }
  void operator()(ExprId id) const { require(!id.exists() || id.index < state_.nodes.size(), "an expression is out of range"); }
  void operator()(const Type& type) const {
    // Its bytes first: a bool that is neither 0 nor 1 must not be read as one.
    const auto* bytes = reinterpret_cast<const unsigned char*>(&type);  // NOLINT: any object may be read as bytes
    require(bytes[0] <= static_cast<unsigned char>(Kind::range) && bytes[1] <= 1 && bytes[2] <= 1 && bytes[3] <= 2, "a type is unknown");
    if (detail_is_symbol(type)) (*this)(Symbol{type.detail});
  }

 private:
  template <typename Row>
  void check_fields(const Row& row) const {
    visit_fields(const_cast<Row&>(row), *this);  // NOLINT: this visitor changes nothing
  }

  void check_workflow() const {
    require(state_.workflow.size() == 1, "it has no workflow row");
    check_fields(state_.workflow.front());
    require(!state_.string_offsets.empty() && state_.string_offsets.back() == state_.string_bytes.size(), "its texts have no end");
    require(state_.dimensions.size() <= format::most_dimensions, "it has more than 1,000 dimensions");
  }

  void check_nodes() const {
    std::vector<std::uint32_t> depths(state_.nodes.size());
    std::vector<std::uint64_t> sizes(state_.nodes.size());
    for (std::size_t i = 0; i < state_.nodes.size(); ++i) {
      const Node& node = state_.nodes[i];
      (*this)(node.type);
      const int children = child_count(node.op);
      require(children < 0 || node.child_count == static_cast<std::uint32_t>(children), "an operation lacks an operand");
      require_run(node.first_child, node.child_count, state_.children.size(), "operands are out of range");
      std::uint32_t depth = 0;
      std::uint64_t size = 1;
      for (std::uint32_t c = 0; c < node.child_count; ++c) {
        const std::uint32_t child = state_.children[node.first_child + c];
        require(child < i, "an operand comes after its operation");
        depth = std::max(depth, depths[child] + 1);
        size += sizes[child];
        require(size <= format::largest_expression, "an expression is too large");
      }
      require(depth <= format::deepest_expression, "an expression is nested too deeply");
      check_reference(node);
      depths[i] = depth;
      sizes[i] = size;
    }
  }

  void check_reference(const Node& node) const {
    switch (node.op) {
      case Op::parameter:
        throw Wrong{"an expression names a parameter"};
      case Op::key:
        require(node.index < state_.dimensions.size(), "a key names no dimension");
        require_type(node, state_.dimensions[node.index].key_column);
        return;
      case Op::attribute:
        if (node.index == metric_scope) return;  // its place depends on the task: the scope checks it
        require(node.index < state_.dimensions.size(), "an attribute names no dimension");
        require(node.extra < state_.dimensions[node.index].attribute_count, "an attribute is none of its dimension's");
        require_type(node, state_.dimensions[node.index].first_attribute + node.extra);
        return;
      case Op::resource:
        require(node.index < expression::resource_count, "a resource is unknown");
        return;
      case Op::call:
        require(node.index < expression::builtin_count, "a function is unknown");
        require_arguments(static_cast<expression::Builtin>(node.index), node.child_count);
        return;
      case Op::hole:
        require(node.index <= static_cast<std::uint32_t>(expression::HoleContext::literal_single), "a hole stands nowhere");
        require(node.extra >> expression::hole_language_shift <= static_cast<std::uint32_t>(expression::Language::shell),
                "a hole is in an unknown language");
        require(node.bits >= 0 && node.bits < static_cast<Scalar>(state_.strings.size()), "a format is out of range");
        require_format(node);
        return;
      case Op::constant:
        require(!node.type.is_list, "a constant is a list");
        break;
      default:
        break;
    }
    if (bits_are_symbol(node))
      require(node.bits >= 0 && node.bits < static_cast<Scalar>(state_.strings.size()), "a text of an expression is out of range");
  }

  /// A reference is of the type of its column, as far as values go.
  void require_type(const Node& node, std::uint32_t column) const {
    require(column < state_.columns.size(), "a column is out of range");
    const Type type = state_.columns[column].type;
    (*this)(type);
    require(!type.is_list && !node.type.is_list && (type.kind == node.type.kind || (type.is_textual() && node.type.is_textual())),
            "a key or attribute is not of its column's type");
  }
  /// Evaluation trusts that a format fits what it is for.
  void require_format(const Node& hole) const {
    const std::string_view spec = state_.strings.text(Symbol{static_cast<std::uint32_t>(hole.bits)});
    const Type type = state_.nodes[state_.children[hole.first_child]].type;
    require(spec.empty() || expression::check_format(type.element(), spec).empty(), "a format does not fit what it is for");
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
    require(dataset.producer == no_row || dataset.producer < state_.tasks.size(), "a producer is no task");
    if (dataset.producer_elements.count > 0) check_indices(dataset.producer_elements, dataset.family.count, "the producers of a dataset");
    if (dataset.producer_tasks.count > 0) {
      check_indices(dataset.producer_tasks, dataset.family.count, "the producing tasks of a dataset");
      require(dataset.producer_elements.count > 0, "a dataset has producing tasks but no producers");
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
    throw Wrong{"a relation is of an unknown kind"};
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
      for (std::uint32_t i = 0; i < task.input_count; ++i) {
        const InputRow& input = state_.inputs[task.first_input + i];
        check_relation(input.relation, task.family.count, input.dataset);
      }
      for (std::uint32_t i = 0; i < task.output_count; ++i) {
        const OutputRow& output = state_.outputs[task.first_output + i];
        check_relation(output.relation, task.family.count, output.dataset);
      }
    }
    require(elements == state_.workflow.front().element_count && elements < no_element, "the number of elements is wrong");
  }

  void check_rest() const {
    const auto check_all = [&](const auto& rows) {
      for (const auto& row : rows) check_fields(row);
    };
    check_all(state_.inputs), check_all(state_.outputs), check_all(state_.metrics), check_all(state_.expects);
    check_all(state_.slots), check_all(state_.parameters), check_all(state_.sources);
    for (const ExpectRow& expect : state_.expects) require(expect.condition.exists(), "an expectation has no condition");
    for (const SlotsRow& slots : state_.slots) require(slots.count.exists(), "slots have no number");
  }

  const Plan::State& state_;
};

}  // namespace

std::string check_rows(const Plan::State& state) {
  try {
    Checker(state).check();
    return {};
  } catch (const Wrong& wrong) {
    return wrong.what;
  }
}

}  // namespace osac::plan
