#include "compiler/program/print_expression.h"

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "compiler/expression/spelling.h"

namespace osac::program {

namespace {

using expression::HoleContext;
using expression::Node;
using expression::Op;

std::string_view name_of(HoleContext context) {
  constexpr std::string_view names[] = {"plain",          "word",         "shell_bare", "shell_double",   "shell_single",  "shell_heredoc",
                                        "shell_verbatim", "shell_number", "literal",    "literal_double", "literal_single"};
  return names[static_cast<std::size_t>(context)];
}

class Printer {
 public:
  Printer(const Program& program, const Task* task, const Strings& strings) : program_(program), task_(task), strings_(strings) {}

  std::string print(ExprId id) const {
    const Node& node = program_.expressions[id];
    const auto child = [&](std::uint32_t i) { return print(program_.expressions.child(id, i)); };
    switch (node.op) {
      case Op::constant:
        return constant(node);
      case Op::list:
        return fmt::format("[{}]", children(id, ", "));
      case Op::parameter:
        return std::string(name(program_.parameters[node.index].name));
      case Op::key:
        return std::string(name(program_.dimensions[node.index].name));
      case Op::attribute:
        return attribute(node);
      case Op::port_path:
        return fmt::format("port({})", port(node.index));
      case Op::port_count:
        return fmt::format("len({})", port(node.index));
      case Op::port_field:
        return fmt::format("{}.{}", port(node.index),
                           name(program_.datasets[task_->inputs[node.index].dataset.index].fields[node.extra].name));
      case Op::dataset_field: {
        const Dataset& dataset = program_.datasets[node.index];
        return fmt::format("{}.{}", name(dataset.name), name(dataset.fields[node.extra].name));
      }
      case Op::resource:
        return std::string(expression::resource_names[node.index]);
      case Op::scratch:
        return "scratch";
      case Op::negate:
        return fmt::format("-{}", child(0));
      case Op::logical_not:
        return fmt::format("(not {})", child(0));
      case Op::range:
        return fmt::format("{} {} {}", child(0), node.extra == 1 ? "..<" : "..", child(1));
      case Op::conditional:
        return fmt::format("(if {} then {} else {})", child(0), child(1), child(2));
      case Op::call:
        return fmt::format("{}({})", builtin_name(static_cast<expression::Builtin>(node.index)), children(id, ", "));
      case Op::text:
        return fmt::format("text({})", children(id, " "));
      case Op::hole:
        return hole(id, node);
      default:
        return fmt::format("({} {} {})", child(0), expression::operator_text(node.op), child(1));
    }
  }

 private:
  std::string_view name(Symbol symbol) const { return symbol.exists() ? strings_.text(symbol) : "-"; }

  std::string children(ExprId id, std::string_view separator) const {
    std::vector<std::string> texts;
    for (std::uint32_t i = 0; i < program_.expressions[id].child_count; ++i) texts.push_back(print(program_.expressions.child(id, i)));
    return fmt::format("{}", fmt::join(texts, separator));
  }

  std::string constant(const Node& node) const {
    if (node.bits == expression::absent_scalar) return "none";
    const std::string text = expression::to_text(expression::to_value(node.bits, node.type, strings_), node.type);
    return node.type.is_textual() && node.type.kind != expression::Kind::enumeration ? json_quoted(text) : text;
  }

  std::string attribute(const Node& node) const {
    if (node.index == metric_scope) return fmt::format("metric({})", task_ ? name(task_->metrics[node.extra].name) : "?");
    const Dimension& dimension = program_.dimensions[node.index];
    return fmt::format("{}.{}", name(dimension.name), name(dimension.attributes[node.extra].name));
  }

  std::string_view port(std::uint32_t index) const {
    if (task_ == nullptr) return "?";
    const auto inputs = task_->inputs.size();
    return index < inputs ? name(task_->inputs[index].name) : name(task_->outputs[index - inputs].name);
  }

  std::string hole(ExprId id, const Node& node) const {
    std::string text = "{" + print(program_.expressions.child(id, 0));
    const Symbol format{static_cast<std::uint32_t>(node.bits)};
    if (format.exists() && !name(format).empty()) text += fmt::format(":{}", name(format));
    if (const auto context = static_cast<HoleContext>(node.index); context != HoleContext::plain)
      text += fmt::format(" @{}", name_of(context));
    if ((node.extra & expression::hole_raw) != 0) text += " raw";
    if ((node.extra & expression::hole_list) != 0) text += " list";
    return text + "}";
  }

  const Program& program_;
  const Task* task_;
  const Strings& strings_;
};

}  // namespace

std::string print_expression(const Program& program, const Task* task, ExprId id, const Strings& strings) {
  return id.exists() ? Printer(program, task, strings).print(id) : "-";
}

}  // namespace osac::program
