#include "compiler/plan/path_template.h"

#include <array>
#include <charconv>
#include <optional>

#include "compiler/plan/scope.h"

namespace osac::plan {

namespace {

using expression::Kind;
using expression::Node;
using expression::Op;

/// The width of an integer format like `05`, which fills with zeros; 0 for none; nothing for any other format.
std::optional<std::uint32_t> zero_filled_width(std::string_view spec) {
  if (spec.empty() || spec == "d") return 0;
  if (spec.front() != '0') return std::nullopt;
  if (spec.back() == 'd') spec.remove_suffix(1);
  std::uint32_t width = 0;
  const auto [end, error] = std::from_chars(spec.data(), spec.data() + spec.size(), width);
  if (error != std::errc{} || end != spec.data() + spec.size() || width > 64) return std::nullopt;
  return width;
}

void append_integer(std::int64_t number, std::uint32_t width, std::string& out) {
  std::array<char, 24> digits;  // NOLINT: written below
  const auto magnitude = number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), magnitude).ptr;
  const auto length = static_cast<std::uint32_t>(end - digits.data()) + (number < 0 ? 1 : 0);
  if (number < 0) out += '-';
  if (length < width) out.append(width - length, '0');
  out.append(digits.data(), end);
}

}  // namespace

PathTemplate::PathTemplate(const Plan& plan, std::uint32_t dataset) : dataset_(dataset) {
  const ExprId path = plan.datasets()[dataset].path;
  const expression::Pool pool = plan.pool();
  const Node& node = pool[path];
  if (node.op != Op::text) {
    add_part(plan, path);
    return;
  }
  for (std::uint32_t i = 0; i < node.child_count; ++i) add_part(plan, ExprId{pool.child(node, i)});
}

void PathTemplate::add_text(std::string_view text) {
  if (parts_.empty() || !std::holds_alternative<std::string>(parts_.back())) parts_.emplace_back(std::string());
  std::get<std::string>(parts_.back()) += text;
}

void PathTemplate::add_part(const Plan& plan, ExprId id) {
  const expression::Pool pool = plan.pool();
  const Node& node = pool[id];
  if (node.op == Op::constant && node.type.is_textual() && !node.type.is_list) {
    if (node.bits != expression::absent_scalar) add_text(plan.text(Symbol{static_cast<std::uint32_t>(node.bits)}));
    return;
  }
  const Node& inner = node.op == Op::hole ? pool[ExprId{pool.child(node, 0)}] : node;
  if (node.op == Op::hole && inner.op == Op::constant) {  // a parameter: the same for all elements
    add_text(evaluated(plan, id, 0));
    return;
  }
  const bool is_column = (inner.op == Op::key || inner.op == Op::attribute) && inner.index != metric_scope;
  if (node.op != Op::hole || !is_column || node.index != static_cast<std::uint32_t>(expression::HoleContext::plain)) {
    parts_.emplace_back(Expression{id});
    return;
  }
  const DimensionRow& dimension = plan.dimensions()[inner.index];
  Hole hole;
  hole.dimension = inner.index;
  hole.column = inner.op == Op::key ? dimension.key_column : dimension.first_attribute + inner.extra;
  hole.spec = plan.text(Symbol{static_cast<std::uint32_t>(node.bits)});
  const Type type = plan.columns()[hole.column].type;
  if (type.is_textual() && hole.spec.empty()) hole.format = Format::text;
  if (const auto width = zero_filled_width(hole.spec); width && type.kind == Kind::integer) {
    hole.format = Format::integer;
    hole.width = *width;
  }
  parts_.emplace_back(std::move(hole));
}

/// An expression or a hole as text; a hole's value is its text already, formatted.
std::string PathTemplate::evaluated(const Plan& plan, ExprId id, std::uint32_t element) const {
  const ElementScope scope(plan, plan.datasets()[dataset_].family, element);
  const auto made = guarded([&] {
    const Node& node = plan.pool()[id];
    const expression::Value value = expression::evaluate(plan.pool(), id, scope);
    return node.op == Op::hole ? value.text() : expression::to_text(value, node.type);
  });
  return made.value_or(std::string());
}

void PathTemplate::append_hole(const Plan& plan, const Hole& hole, std::uint32_t element, std::string& out) const {
  const ColumnRow& column = plan.columns()[hole.column];
  const std::uint32_t record = plan.record(plan.datasets()[dataset_].family, element, hole.dimension);
  if (record >= column.values.count) return;
  const Scalar scalar = plan.scalars(column.values)[record];
  if (scalar == expression::absent_scalar) return;
  switch (hole.format) {
    case Format::text:
      out += plan.text(Symbol{static_cast<std::uint32_t>(scalar)});
      return;
    case Format::integer:
      append_integer(scalar, hole.width, out);
      return;
    case Format::general: {
      const expression::Value value = plan.value(column, record);
      const auto text = guarded(
          [&] { return hole.spec.empty() ? expression::to_text(value, column.type) : expression::format(value, column.type, hole.spec); });
      if (text) out += *text;
      return;
    }
  }
}

void PathTemplate::append(const Plan& plan, std::uint32_t element, std::string& out) const {
  for (const Part& part : parts_) {
    if (const auto* text = std::get_if<std::string>(&part)) {
      out += *text;
    } else if (const auto* hole = std::get_if<Hole>(&part)) {
      append_hole(plan, *hole, element, out);
    } else {
      out += evaluated(plan, std::get<Expression>(part).id, element);
    }
  }
}

}  // namespace osac::plan
