#include "compiler/semantics/constants.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "compiler/base/check.h"
#include "compiler/expression/evaluate.h"
#include "compiler/expression/rules.h"
#include "compiler/expression/unit.h"

namespace osac::semantics {

namespace {

using expression::Builtin;
using expression::Node;
using expression::Op;
using expression::Value;

constexpr std::uint32_t depth_limit = 1000;
constexpr std::uint32_t size_limit = 1'000'000;
constexpr std::size_t text_limit = 65'536;

/// Constants refer to nothing.
class ConstantScope final : public expression::Scope {
 public:
  explicit ConstantScope(const Strings& strings) : strings_(strings) {}
  Value reference(const Node&) const override { OSAC_CHECK(false, "a reference inside a constant"); }
  std::optional<std::int64_t> file_size(const std::string&) const override { OSAC_CHECK(false, "a file inside a constant"); }
  std::string list_file(const Node&, const std::vector<Value>&) const override { OSAC_CHECK(false, "a list file inside a constant"); }
  const Strings& strings() const override { return strings_; }

 private:
  const Strings& strings_;
};

/// Whether a node is constant when its children are.
bool is_pure(const Node& node) {
  switch (node.op) {
    case Op::parameter:
    case Op::key:
    case Op::attribute:
    case Op::port_path:
    case Op::port_count:
    case Op::port_field:
    case Op::dataset_field:
    case Op::resource:
    case Op::scratch:
      return false;
    case Op::call:
      return node.index != static_cast<std::uint32_t>(Builtin::size) && node.index != static_cast<std::uint32_t>(Builtin::exists);
    case Op::hole:
      return node.index == static_cast<std::uint32_t>(expression::HoleContext::plain) && node.extra == 0;
    default:
      return true;
  }
}

NodeFacts facts_of(const Context& context, const Node& node, std::span<const ExprId> children) {
  NodeFacts facts;
  facts.is_constant = is_pure(node);
  for (const ExprId child : children) {
    const NodeFacts& below = context.facts[child.index];
    facts.depth = std::max(facts.depth, below.depth + 1);
    facts.size = std::min(size_limit + 1, facts.size + below.size);
    facts.is_constant = facts.is_constant && below.is_constant;
  }
  return facts;
}

ExprId append(Context& context, const Node& node, std::span<const ExprId> children, NodeFacts facts) {
  const ExprId id = context.program.expressions.add(node, children);
  context.facts.push_back(facts);
  OSAC_CHECK(context.facts.size() == context.program.expressions.size(), "a node without facts");
  return id;
}

/// Replaces a constant node by its value. Lists, ranges and holes stay as they are: only what is above them folds.
ExprId folded(Context& context, ExprId id) {
  const Node node = context.program.expressions[id];
  if (node.op == Op::constant || node.op == Op::list || node.op == Op::range || node.op == Op::hole || node.type.is_list) return id;
  try {
    const Value value = expression::evaluate(context.program.expressions.pool(), id, ConstantScope(context.strings));
    if (!value.is_absent() && node.type.is_textual() && value.text().size() > text_limit) {
      context.report(Kind::expression_too_large, node.span);
      return error_node(context, node.span);
    }
    return constant_node(context, expression::to_scalar(value, node.type, context.strings), node.type, node.span);
  } catch (const expression::EvaluationError& error) {
    context.report(Kind::constant_fails, error.span.empty() ? node.span : error.span, error.what);
    return error_node(context, node.span);
  }
}

/// A number with its unit as a scalar; nothing if it does not fit.
std::optional<double> magnitude(const expression::Unit& unit, double number) {
  const double value = number * unit.factor;
  if (unit.kind == TypeKind::real) return value;
  if (std::abs(value) >= 9.2e18) return std::nullopt;
  return std::round(value);
}

Type type_of(Context& context, const expression::Unit& unit) {
  Type type = Type::of(unit.kind);
  if (unit.kind == TypeKind::real) type.detail = context.strings.intern(unit.name).index;
  return type;
}

}  // namespace

ExprId error_node(Context& context, Span span) {
  return constant_node(context, expression::absent_scalar, Type::of(TypeKind::error), span);
}

ExprId constant_node(Context& context, expression::Scalar bits, Type type, Span span) {
  const ExprId id = context.program.expressions.add_constant(bits, type, span);
  context.facts.push_back({1, 1, true});
  return id;
}

ExprId text_constant(Context& context, std::string_view text, Span span) {
  return constant_node(context, context.strings.intern(text).index, Type::of(TypeKind::text), span);
}

ExprId add_unfolded(Context& context, Node node, std::span<const ExprId> children) {
  for (const ExprId child : children) {
    if (context.type(child).is_error()) return error_node(context, node.span);
  }
  const NodeFacts facts = facts_of(context, node, children);
  if (facts.depth > depth_limit || facts.size > size_limit) {
    context.report(Kind::expression_too_large, node.span);
    return error_node(context, node.span);
  }
  return append(context, node, children, facts);
}

ExprId add_node(Context& context, Node node, std::span<const ExprId> children) {
  const ExprId id = add_unfolded(context, node, children);
  return context.facts[id.index].is_constant && !context.type(id).is_error() ? folded(context, id) : id;
}

ExprId quantity(Context& context, const syntax::QuantityLiteral& literal, Span span) {
  double sum = 0;
  std::optional<Type> type;
  for (const auto& part : literal.parts) {
    const auto unit = expression::find_unit(context.text(part.unit.symbol));
    if (!unit) {
      std::vector<std::string_view> names;
      for (const expression::Unit& known : expression::all_units()) names.push_back(known.name);
      report_unknown_name(context, part.unit, "unit", names);
      return error_node(context, span);
    }
    const Type part_type = type_of(context, *unit);
    if (type && *type != part_type) {
      context.report(Kind::mixed_units, span, type_name(*type, context.strings), type_name(part_type, context.strings));
      return error_node(context, span);
    }
    type = part_type;
    const auto value = magnitude(*unit, part.number);
    if (!value || std::abs(sum + *value) >= 9.2e18) {
      context.report(Kind::constant_fails, span, "it does not fit 64 bits");
      return error_node(context, span);
    }
    sum += *value;
  }
  if (!type) return error_node(context, span);
  const auto bits = type->kind == TypeKind::real ? expression::scalar_of(sum) : static_cast<expression::Scalar>(sum);
  return constant_node(context, bits, *type, span);
}

ExprId converted(Context& context, ExprId id, Type want) {
  const Node node = context.program.expressions[id];
  if (node.type == want || node.type.is_error()) return id;
  if (node.op == Op::list && want.is_list) {
    std::vector<ExprId> items;
    for (std::uint32_t i = 0; i < node.child_count; ++i) {
      items.push_back(converted(context, context.program.expressions.child(id, i), want.element()));
    }
    Node list = node;
    list.type = want.required();
    const bool fits =
        std::all_of(items.begin(), items.end(), [&](ExprId item) { return is_assignable(context.type(item), want.element()); });
    return fits ? add_node(context, list, items) : id;
  }
  if (node.op != Op::constant || node.bits == expression::absent_scalar || want.is_list) return id;
  const Type element = want.required();
  if (node.type.kind == TypeKind::integer && element.kind == TypeKind::real && element.detail == 0) {
    return constant_node(context, expression::scalar_of(static_cast<double>(node.bits)), element, node.span);
  }
  if (node.type.kind != TypeKind::text) return id;
  const std::string text(context.text(Symbol{static_cast<std::uint32_t>(node.bits)}));
  if (element.kind == TypeKind::path) return constant_node(context, node.bits, element, node.span);
  if (element.kind != TypeKind::date && element.kind != TypeKind::time) return id;
  Value value;
  if (!expression::parse_value(text, element, value)) {
    context.report(Kind::not_a_literal_of, node.span, text, type_name(element, context.strings));
    return error_node(context, node.span);
  }
  return constant_node(context, expression::to_scalar(value, element, context.strings), element, node.span);
}

std::optional<std::int64_t> constant_integer(const Context& context, ExprId id) {
  const Node& node = context.program.expressions[id];
  if (node.op != Op::constant || node.type != Type::of(TypeKind::integer)) return std::nullopt;
  return node.bits;
}

}  // namespace osac::semantics
