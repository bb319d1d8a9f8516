#include "compiler/expression/expression.h"

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "compiler/expression/spelling.h"

namespace osac::expression {

namespace {

class Printer {
 public:
  Printer(Pool pool, const Strings& strings) : pool_(pool), strings_(strings) {}

  std::string print(ExprId id) const {
    const Node& node = pool_[id];
    const auto child = [&](std::uint32_t i) { return print(ExprId{pool_.child(node, i)}); };
    switch (node.op) {
      case Op::constant:
        return constant(node);
      case Op::list:
        return fmt::format("[{}]", children(node));
      case Op::parameter:
        return fmt::format("parameter#{}", node.index);
      case Op::key:
        return fmt::format("key#{}", node.index);
      case Op::attribute:
        return fmt::format("attribute#{}.{}", node.index, node.extra);
      case Op::port_path:
        return fmt::format("port#{}", node.index);
      case Op::port_count:
        return fmt::format("len(port#{})", node.index);
      case Op::port_field:
        return fmt::format("port#{}.{}", node.index, node.extra);
      case Op::dataset_field:
        return fmt::format("dataset#{}.{}", node.index, node.extra);
      case Op::resource:
        return std::string(resource_names[node.index]);
      case Op::scratch:
        return "scratch";
      case Op::negate:
        return fmt::format("(-{})", child(0));
      case Op::logical_not:
        return fmt::format("(not {})", child(0));
      case Op::range:
        return fmt::format("({} {} {})", child(0), node.extra == 1 ? "..<" : "..", child(1));
      case Op::conditional:
        return fmt::format("(if {} then {} else {})", child(0), child(1), child(2));
      case Op::call:
        return fmt::format("{}({})", builtin_name(static_cast<Builtin>(node.index)), children(node));
      case Op::text:
        return template_text(node);
      case Op::hole:
        return hole(node);
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
        return fmt::format("({} {} {})", child(0), operator_text(node.op), child(1));
    }
    return "?";
  }

 private:
  std::string constant(const Node& node) const {
    if (node.bits == absent_scalar) return "none";
    const std::string text = to_text(to_value(node.bits, node.type, strings_), node.type);
    return node.type.is_textual() && node.type.kind != Kind::enumeration ? json_quoted(text) : text;
  }

  std::string children(const Node& node) const {
    std::string text;
    for (std::uint32_t i = 0; i < node.child_count; ++i) {
      if (i > 0) text += ", ";
      text += print(ExprId{pool_.child(node, i)});
    }
    return text;
  }

  std::string hole(const Node& node) const {
    const std::string_view format = strings_.text(Symbol{static_cast<std::uint32_t>(node.bits)});
    return fmt::format("{{{}{}{}}}", print(ExprId{pool_.child(node, 0)}), format.empty() ? "" : ":", format);
  }

  std::string template_text(const Node& node) const {
    std::string text;
    for (std::uint32_t i = 0; i < node.child_count; ++i) {
      const ExprId part{pool_.child(node, i)};
      if (pool_[part].op == Op::constant)
        text += strings_.text(Symbol{static_cast<std::uint32_t>(pool_[part].bits)});
      else
        text += print(part);
    }
    return json_quoted(text);
  }

  Pool pool_;
  const Strings& strings_;
};

}  // namespace

ExprId Expressions::add(Node node, std::span<const ExprId> children) {
  node.first_child = static_cast<std::uint32_t>(children_.size());
  node.child_count = static_cast<std::uint32_t>(children.size());
  for (const ExprId child : children) children_.push_back(child.index);
  nodes_.push_back(node);
  return ExprId{static_cast<std::uint32_t>(nodes_.size() - 1)};
}

ExprId Expressions::add_constant(Scalar bits, Type type, Span span) {
  Node node;
  node.op = Op::constant;
  node.span = span;
  node.type = type;
  node.bits = bits;
  return add(node);
}

std::string print(Pool pool, ExprId id, const Strings& strings) { return Printer(pool, strings).print(id); }

}  // namespace osac::expression
