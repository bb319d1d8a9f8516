// Expressions of a plan that was read: evaluation trusts every node, so every node is checked when the plan is opened.

#include "compiler/expression/quote.h"
#include "compiler/plan/row_check.h"

namespace osac::plan {

namespace {

using expression::Kind;
using expression::Node;
using expression::Op;

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
  throw WrongRow{"an expression has an unknown operation"};
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

class NodeChecker {
 public:
  explicit NodeChecker(const Plan::State& state) : state_(state), fields_(state) {}

  void check() const {
    std::vector<std::uint32_t> depths(state_.nodes.size());
    std::vector<std::uint64_t> sizes(state_.nodes.size());
    for (std::size_t i = 0; i < state_.nodes.size(); ++i) {
      const Node& node = state_.nodes[i];
      fields_(node.type);
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

 private:
  void check_reference(const Node& node) const {
    switch (node.op) {
      case Op::parameter:
        throw WrongRow{"an expression names a parameter"};
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
      case Op::dataset_field:
        check_field_reference(node);
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
    fields_(type);
    require(!type.is_list && !node.type.is_list && (type.kind == node.type.kind || (type.is_textual() && node.type.is_textual())),
            "a key or attribute is not of its column's type");
  }
  /// A field that is named must be known for each element of its dataset.
  void check_field_reference(const Node& node) const {
    require(node.index < state_.datasets.size(), "a field is of no dataset");
    const DatasetRow& dataset = state_.datasets[node.index];
    require(node.extra < dataset.field_count, "a field is none of its dataset's");
    require_run(dataset.first_field, dataset.field_count, state_.fields.size(), "the fields of a dataset are out of range");
    const FieldRow& field = state_.fields[dataset.first_field + node.extra];
    fields_(field.type);
    require(field.values.count == dataset.family.count, "a field that expressions name has no values");
    const Type type = field.type;
    require(!type.is_list && !node.type.is_list && (type.kind == node.type.kind || (type.is_textual() && node.type.is_textual())),
            "a field is not of its declared type");
  }
  /// Evaluation trusts that a format fits what it is for.
  void require_format(const Node& hole) const {
    const std::string_view spec = state_.strings.text(Symbol{static_cast<std::uint32_t>(hole.bits)});
    const Type type = state_.nodes[state_.children[hole.first_child]].type;
    require(spec.empty() || expression::check_format(type.element(), spec).empty(), "a format does not fit what it is for");
  }

  const Plan::State& state_;
  FieldCheck fields_;
};

}  // namespace

void check_nodes(const Plan::State& state) { NodeChecker(state).check(); }

}  // namespace osac::plan
