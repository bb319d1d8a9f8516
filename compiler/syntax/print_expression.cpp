#include <fmt/format.h>

#include "compiler/base/text.h"
#include "compiler/syntax/printer.h"

namespace osac::syntax {

namespace {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string_view spelling(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::add:
      return "+";
    case BinaryOperator::subtract:
      return "-";
    case BinaryOperator::multiply:
      return "*";
    case BinaryOperator::divide:
      return "/";
    case BinaryOperator::modulo:
      return "%";
    case BinaryOperator::equal:
      return "==";
    case BinaryOperator::not_equal:
      return "!=";
    case BinaryOperator::less:
      return "<";
    case BinaryOperator::less_equal:
      return "<=";
    case BinaryOperator::greater:
      return ">";
    case BinaryOperator::greater_equal:
      return ">=";
    case BinaryOperator::logical_and:
      return "and";
    case BinaryOperator::logical_or:
      return "or";
    case BinaryOperator::in:
      return "in";
    case BinaryOperator::not_in:
      return "not in";
  }
  return "";
}

}  // namespace

void Printer::line(std::string_view words) { out.append(2 * level, ' ').append(words) += '\n'; }

void Printer::line(std::string_view words, Span place) {
  if (places == Places::hidden) return line(words);
  const Position begin = sources.position(place.begin);
  const Position end = sources.position(place.end);
  const bool is_one_line = begin.line == end.line;
  line(is_one_line ? fmt::format("{} @{}:{}-{}", words, begin.line, begin.column, end.column)
                   : fmt::format("{} @{}:{}-{}:{}", words, begin.line, begin.column, end.line, end.column));
}

std::string Printer::text(const QualifiedName& name) const {
  std::string words;
  for (const Name& part : name.parts) words.append(words.empty() ? "" : ".").append(text(part));
  return words;
}

void Printer::name(std::string_view role, const Name& value) {
  if (value.symbol.exists()) line(fmt::format("{} {}", role, text(value)), value.span);
}
void Printer::name(std::string_view role, const std::optional<Name>& value) {
  if (value) name(role, *value);
}
void Printer::names(std::string_view role, const std::vector<Name>& values) {
  for (const Name& value : values) name(role, value);
}
void Printer::name(std::string_view role, const std::optional<QualifiedName>& value) {
  if (value) line(fmt::format("{} {}", role, text(*value)), value->span);
}
void Printer::expression(std::string_view role, ExprId id) {
  line(role);
  const Level below(*this);
  expression(id);
}
void Printer::expression(std::string_view role, const std::optional<ExprId>& id) {
  if (id) expression(role, *id);
}
void Printer::doc(const std::string& value) {
  if (!value.empty()) line("doc " + json_quoted(value));
}

void Printer::type(const std::optional<TypeSyntax>& value) {
  if (!value) return;
  std::string words(text(value->name));
  if (value->is_list) words = "[" + words + "]";
  if (value->is_optional) words += "?";
  if (value->unit) words += fmt::format(" unit {}", text(*value->unit));
  if (value->scale) words += fmt::format(" scale {}", text(*value->scale));
  if (value->encoding) words += fmt::format(" as {}", text(*value->encoding));
  line("type " + words, value->span);
}

void Printer::arguments(const std::vector<CallExpr::Argument>& values) {
  for (const CallExpr::Argument& argument : values) {
    if (!argument.name) {
      expression("argument", argument.value);
      continue;
    }
    name("argument", *argument.name);
    const Level below(*this);
    expression(argument.value);
  }
}

void Printer::expression(ExprId id) {
  const Expr& expr = tree[id];
  const auto operands = [&](std::string_view words, std::initializer_list<ExprId> ids) {
    line(words, expr.span);
    const Level below(*this);
    for (const ExprId operand : ids) expression(operand);
  };
  const auto quantity = [&](const QuantityLiteral& literal) {
    std::string words = "quantity";
    for (const QuantityLiteral::Part& part : literal.parts) words += fmt::format(" {} {}", part.number, text(part.unit));
    line(words, expr.span);
  };
  const auto text_literal = [&](const TextLiteral& literal) {
    line(literal.is_block ? "block" : "text", expr.span);
    const Level below(*this);
    for (const TextLiteral::Part& part : literal.parts) {
      if (!part.hole) {
        line(json_quoted(part.text), part.span);
        continue;
      }
      line(part.format_span.empty() ? "value" : "value in format " + json_quoted(part.format), part.span);
      const Level inside(*this);
      expression(*part.hole);
    }
  };
  const auto call = [&](const CallExpr& node) {
    line("call", expr.span);
    const Level below(*this);
    expression(node.callee);
    arguments(node.arguments);
  };
  const auto list = [&](const ListExpr& node) {
    line("list", expr.span);
    const Level below(*this);
    for (const ExprId item : node.items) expression(item);
  };
  std::visit(Overloaded{[&](const BadExpr&) { line("bad", expr.span); },
                        [&](const BooleanLiteral& node) { line(node.value ? "true" : "false", expr.span); },
                        [&](const IntegerLiteral& node) { line(fmt::format("int {}", node.value), expr.span); },
                        [&](const RealLiteral& node) { line(fmt::format("float {}", node.value), expr.span); },
                        [&](const QuantityLiteral& node) { quantity(node); }, [&](const TextLiteral& node) { text_literal(node); },
                        [&](const NameExpr& node) { line(fmt::format("name {}", text(node.name)), expr.span); },
                        [&](const MemberExpr& node) { operands(fmt::format("member {}", text(node.member)), {node.object}); },
                        [&](const CallExpr& node) { call(node); },
                        [&](const UnaryExpr& node) { operands(node.op == UnaryOperator::negate ? "-" : "not", {node.operand}); },
                        [&](const BinaryExpr& node) {
                          operands(spelling(node.op), {node.left, node.right});
                        },
                        [&](const RangeExpr& node) {
                          operands(node.excludes_high ? "..<" : "..", {node.low, node.high});
                        },
                        [&](const ConditionalExpr& node) {
                          operands("if", {node.condition, node.then_value, node.else_value});
                        },
                        [&](const ListExpr& node) { list(node); }},
             expr.kind);
}

}  // namespace osac::syntax
