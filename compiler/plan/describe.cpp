#include "compiler/plan/describe.h"

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "compiler/expression/spelling.h"

namespace osac::plan {

namespace {

using expression::Node;
using expression::Op;

class Describer {
 public:
  Describer(const Plan& plan, const TaskRow* task) : plan_(plan), pool_(plan.pool()), task_(task) {}

  [[nodiscard]] std::string expression(ExprId id) const {
    const Node& node = pool_[id];
    switch (node.op) {
      case Op::constant:
        return constant(node);
      case Op::list:
        return fmt::format("[{}]", children(node));
      case Op::key:
        return std::string(plan_.text(plan_.dimensions()[node.index].name));
      case Op::attribute:
        return attribute(node);
      case Op::port_path:
        return port(node.index);
      case Op::port_count:
        return fmt::format("len({})", port(node.index));
      case Op::port_field:
        return port_field(node);
      case Op::dataset_field:
        return dataset_field(plan_.datasets()[node.index], node.extra);
      case Op::resource:
        return std::string(expression::resource_names[node.index]);
      case Op::scratch:
        return "scratch";
      case Op::negate:
        return fmt::format("-{}", operand(node, 0));
      case Op::logical_not:
        return fmt::format("not {}", operand(node, 0));
      case Op::range:
        return fmt::format("{} {} {}", operand(node, 0), node.extra == 1 ? "..<" : "..", operand(node, 1));
      case Op::conditional:
        return fmt::format("if {} then {} else {}", operand(node, 0), operand(node, 1), operand(node, 2));
      case Op::call:
        return fmt::format("{}({})", expression::builtin_name(static_cast<expression::Builtin>(node.index)), children(node));
      case Op::text:
        return json_quoted(text(id));
      case Op::hole:
        return hole(node);
      default:
        return fmt::format("{} {} {}", operand(node, 0), expression::operator_text(node.op), operand(node, 1));
    }
  }

  /// A template without quotes.
  [[nodiscard]] std::string text(ExprId id) const {
    const Node& node = pool_[id];
    if (node.op == Op::hole) return filled(node).value_or(hole(node));
    if (node.op != Op::text) return literal(node) ? braces_doubled(*literal(node)) : fmt::format("{{{}}}", expression(id));
    std::string out;
    for (std::uint32_t i = 0; i < node.child_count; ++i) out += text(ExprId{pool_.child(node, i)});
    return out;
  }

 private:
  [[nodiscard]] std::optional<std::string_view> literal(const Node& node) const {
    if (node.op != Op::constant || !node.type.is_textual()) return std::nullopt;
    return node.bits == expression::absent_scalar ? "" : plan_.text(Symbol{static_cast<std::uint32_t>(node.bits)});
  }
  /// The text of a hole whose value is the same for all elements: a parameter, or what was worked out of parameters.
  [[nodiscard]] std::optional<std::string> filled(const Node& hole) const {
    const Node& value = pool_[ExprId{pool_.child(hole, 0)}];
    if (value.op != Op::constant || value.bits == expression::absent_scalar) return std::nullopt;
    const std::string_view spec = plan_.text(Symbol{static_cast<std::uint32_t>(hole.bits)});
    const auto held = expression::to_value(value.bits, value.type, plan_.strings());
    return braces_doubled(spec.empty() ? expression::to_text(held, value.type) : expression::format(held, value.type, spec));
  }
  static std::string braces_doubled(std::string_view text) {
    std::string out;
    for (const char c : text) {
      out += c;
      if (c == '{' || c == '}') out += c;
    }
    return out;
  }
  [[nodiscard]] std::string constant(const Node& node) const {
    if (node.bits == expression::absent_scalar) return "none";
    if (const auto own = literal(node)) return node.type.kind == expression::Kind::enumeration ? std::string(*own) : json_quoted(*own);
    return expression::to_text(expression::to_value(node.bits, node.type, plan_.strings()), node.type);
  }
  [[nodiscard]] std::string attribute(const Node& node) const {
    if (node.index == metric_scope) {
      const auto metrics = task_ != nullptr ? plan_.metrics(*task_) : std::span<const MetricRow>{};
      return node.extra < metrics.size() ? std::string(plan_.text(metrics[node.extra].name)) : "?";
    }
    return std::string(plan_.text(plan_.columns()[plan_.dimensions()[node.index].first_attribute + node.extra].name));
  }
  [[nodiscard]] std::string port(std::uint32_t index) const {
    if (task_ == nullptr) return "?";
    if (index < task_->input_count) return std::string(plan_.text(plan_.inputs(*task_)[index].name));
    index -= task_->input_count;
    return index < task_->output_count ? std::string(plan_.text(plan_.outputs(*task_)[index].name)) : "?";
  }
  [[nodiscard]] std::string port_field(const Node& node) const {
    if (task_ == nullptr || node.index >= task_->input_count) return "?";
    return fmt::format("{}.{}", port(node.index), field_name(plan_.datasets()[plan_.inputs(*task_)[node.index].dataset], node.extra));
  }
  [[nodiscard]] std::string dataset_field(const DatasetRow& dataset, std::uint32_t field) const {
    return fmt::format("{}.{}", plan_.text(dataset.family.name), field_name(dataset, field));
  }
  [[nodiscard]] std::string_view field_name(const DatasetRow& dataset, std::uint32_t field) const {
    const auto fields = plan_.fields(dataset);
    return field < fields.size() ? plan_.text(fields[field].name) : "?";
  }
  [[nodiscard]] std::string operand(const Node& node, std::uint32_t i) const {
    const ExprId id{pool_.child(node, i)};
    const bool is_compound = pool_[id].child_count > 0 && pool_[id].op != Op::call && pool_[id].op != Op::text && pool_[id].op != Op::list;
    return is_compound ? fmt::format("({})", expression(id)) : expression(id);
  }
  [[nodiscard]] std::string children(const Node& node) const {
    std::string out;
    for (std::uint32_t i = 0; i < node.child_count; ++i) out += (i > 0 ? ", " : "") + expression(ExprId{pool_.child(node, i)});
    return out;
  }
  [[nodiscard]] std::string hole(const Node& node) const {
    const std::string_view spec = (node.extra & expression::hole_list) != 0  ? "list"
                                  : (node.extra & expression::hole_raw) != 0 ? "raw"
                                                                             : plan_.text(Symbol{static_cast<std::uint32_t>(node.bits)});
    return fmt::format("{{{}{}{}}}", expression(ExprId{pool_.child(node, 0)}), spec.empty() ? "" : ":", spec);
  }

  const Plan& plan_;
  expression::Pool pool_;
  const TaskRow* task_;
};

}  // namespace

std::string expression_text(const Plan& plan, ExprId id, const TaskRow* task) { return Describer(plan, task).expression(id); }

std::string template_text(const Plan& plan, ExprId id, const TaskRow* task) { return Describer(plan, task).text(id); }

std::string command_text(const Plan& plan, const CommandRow& command, const TaskRow* task) {
  if (command.kind != CommandKind::words) return command.text.exists() ? template_text(plan, command.text, task) : "";
  std::string out;
  for (const std::uint32_t word : plan.indices(command.words)) out += (out.empty() ? "" : " ") + template_text(plan, ExprId{word}, task);
  return out;
}

std::string stage_text(const Plan& plan, const StageRow& stage) {
  return fmt::format("{} waits for {} of `{}`", plan.text(stage.what), count_of(stage.elements.count, "file"),
                     plan.text(plan.datasets()[stage.dataset].family.name));
}

std::string_view relation_name(RelationKind kind) {
  switch (kind) {
    case RelationKind::identity:
      return "identity";
    case RelationKind::same:
      return "same";
    case RelationKind::every:
      return "every";
    case RelationKind::mapped:
      return "mapped";
    case RelationKind::grouped:
      return "grouped";
    case RelationKind::listed:
      return "listed";
  }
  return "?";
}

std::string_view persistence_name(Persistence persistence) {
  switch (persistence) {
    case Persistence::keep:
      return "keep";
    case Persistence::temp:
      return "temp";
    case Persistence::protect:
      return "protected";
  }
  return "?";
}

std::string_view publication_name(Publication publication) {
  switch (publication) {
    case Publication::none:
      return "not published";
    case Publication::move:
      return "publish";
    case Publication::link:
      return "publish link";
  }
  return "?";
}

std::vector<std::string> dimension_names(const Plan& plan, const FamilyRow& family) {
  std::vector<std::string> names;
  for (const std::uint32_t dimension : plan.indices(family.dimensions)) names.emplace_back(plan.text(plan.dimensions()[dimension].name));
  return names;
}

}  // namespace osac::plan
