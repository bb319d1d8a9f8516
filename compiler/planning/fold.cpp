#include "compiler/planning/fold.h"

#include "compiler/expression/evaluate.h"

namespace osac::planning {

namespace {

/// For constant expressions: they have no references left.
class ConstantScope final : public expression::Scope {
 public:
  explicit ConstantScope(const Context& context) : context_(context) {}
  Value reference(const Node& node) const override { throw expression::EvaluationError{node.span, "a reference in a constant"}; }
  std::optional<std::int64_t> file_size(const std::string& path) const override { return context_.world.size(path); }
  std::string list_file(const Node&, const std::vector<Value>&) const override { return {}; }
  const Strings& strings() const override { return context_.strings; }

 private:
  const Context& context_;
};

bool is_reference(Op op) {
  return op == Op::key || op == Op::attribute || op == Op::port_path || op == Op::port_count || op == Op::resource || op == Op::scratch ||
         op == Op::port_field || op == Op::dataset_field;
}

}  // namespace

Folder::Folder(Context& context, const ParameterValues& parameters)
    : context_(context), parameters_(parameters), memo_(context.program.expressions.size()) {}

ExprId Folder::operator()(ExprId id) { return id.exists() ? fold(id) : id; }

ExprId Folder::fold(ExprId id) {
  if (memo_[id.index].exists()) return memo_[id.index];
  const Node& node = context_.program.expressions[id];
  ExprId result;
  switch (node.op) {
    case Op::parameter:
      result = constant(*parameters_[node.index], node.type, node.span);
      break;
    case Op::constant:
      result = folded_.add_constant(node.bits, node.type, node.span);
      break;
    case Op::conditional:
      result = fold_conditional(id);
      break;
    case Op::logical_and:
    case Op::logical_or:
      result = fold_logic(id);
      break;
    case Op::text:
      result = fold_text(id);
      break;
    case Op::dataset_field:
      result = fold_field(id);
      break;
    default:
      result = fold_operation(id);
      break;
  }
  memo_[id.index] = result;
  return result;
}

ExprId Folder::constant(const Value& value, Type type, Span span) {
  if (value.is_absent()) return folded_.add_constant(expression::absent_scalar, type, span);
  if (!type.is_list) return folded_.add_constant(expression::to_scalar(value, type, context_.strings), type, span);
  std::vector<ExprId> items;
  for (const Value& item : value.list())
    items.push_back(folded_.add_constant(expression::to_scalar(item, type.element(), context_.strings), type.element(), span));
  Node list;
  list.op = Op::list;
  list.type = type;
  list.span = span;
  return folded_.add(list, items);
}

/// A constant, or a list or range of constants: something that an operation on it can be folded with.
bool Folder::is_constant(ExprId id) const {
  const Node& node = folded_[id];
  if (node.op == Op::constant) return true;
  if (node.op != Op::list && node.op != Op::range) return false;
  for (std::uint32_t i = 0; i < node.child_count; ++i)
    if (folded_[folded_.child(id, i)].op != Op::constant) return false;
  return true;
}

std::optional<bool> Folder::truth(ExprId id) const {
  const Node& node = folded_[id];
  if (node.op != Op::constant || node.type.kind != Kind::boolean || node.bits == expression::absent_scalar) return std::nullopt;
  return node.bits != 0;
}

ExprId Folder::fold_conditional(ExprId id) {
  const auto& source = context_.program.expressions;
  const ExprId condition = fold(source.child(id, 0));
  // Only the branch that counts is folded, so that the other may hold what cannot be worked out.
  if (const auto known = truth(condition)) return fold(source.child(id, *known ? 1 : 2));
  const ExprId children[] = {condition, fold(source.child(id, 1)), fold(source.child(id, 2))};
  return folded_.add(source[id], children);
}

ExprId Folder::fold_logic(ExprId id) {
  const auto& source = context_.program.expressions;
  const bool decisive = source[id].op == Op::logical_or;  // the value that decides alone
  const ExprId left = fold(source.child(id, 0));
  const auto left_truth = truth(left);
  if (left_truth == decisive) return left;
  const ExprId right = fold(source.child(id, 1));
  if (left_truth) return right;
  if (const auto right_truth = truth(right); right_truth && *right_truth != decisive) return left;
  const ExprId children[] = {left, right};
  return folded_.add(source[id], children);
}

/// The text of a template's part that is known now: a literal, or a plain hole with a constant in it.
std::optional<std::string> Folder::constant_part(ExprId id) const {
  const Node& node = folded_[id];
  if (node.op == Op::constant) {
    const Value value = expression::to_value(node.bits, node.type, context_.strings);
    return expression::to_text(value, node.type);
  }
  if (node.op != Op::hole || node.index != static_cast<std::uint32_t>(expression::HoleContext::plain)) return std::nullopt;
  if ((node.extra & expression::hole_list) != 0) return std::nullopt;
  const Node& child = folded_[folded_.child(id, 0)];
  if (child.op != Op::constant) return std::nullopt;
  const Value value = expression::to_value(child.bits, child.type, context_.strings);
  const Symbol format{static_cast<std::uint32_t>(node.bits)};
  const std::string_view spec = format.exists() ? context_.text(format) : std::string_view{};
  return spec.empty() ? expression::to_text(value, child.type) : expression::format(value, child.type, spec);
}

/// The parts of a template's part: those of a text that stands in a plain hole, as a call's value does, else itself. So a path is seen
/// through, whatever functions it is made of.
std::vector<ExprId> Folder::parts_of(ExprId id) const {
  const Node& node = folded_[id];
  if (node.op != Op::hole || node.index != static_cast<std::uint32_t>(expression::HoleContext::plain)) return {id};
  const Symbol format{static_cast<std::uint32_t>(node.bits)};
  if ((node.extra & expression::hole_list) != 0 || (format.exists() && !context_.text(format).empty())) return {id};
  const ExprId inside = folded_.child(id, 0);
  if (folded_[inside].op != Op::text) return {id};
  std::vector<ExprId> parts;
  for (std::uint32_t i = 0; i < folded_[inside].child_count; ++i) parts.push_back(folded_.child(inside, i));
  return parts;
}

ExprId Folder::fold_text(ExprId id) {
  const auto& source = context_.program.expressions;
  const Node node = source[id];
  std::vector<ExprId> parts;
  std::string literal;
  const auto flush = [&] {
    if (literal.empty()) return;
    const Symbol symbol = context_.strings.intern(literal);
    parts.push_back(folded_.add_constant(symbol.index, Type::of(Kind::text), node.span));
    literal.clear();
  };
  for (std::uint32_t i = 0; i < node.child_count; ++i) {
    for (const ExprId part : parts_of(fold(source.child(id, i)))) {
      if (const auto known = constant_part(part)) {
        literal += *known;
      } else {
        flush();
        parts.push_back(part);
      }
    }
  }
  if (parts.empty()) return folded_.add_constant(context_.strings.intern(literal).index, node.type, node.span);
  flush();
  return folded_.add(node, parts);
}

/// A record's field depends on the keys of its dataset: they are its children here, so that whoever asks for the dimensions in an
/// expression finds them.
ExprId Folder::fold_field(ExprId id) {
  const Node node = context_.program.expressions[id];
  std::vector<ExprId> keys;
  for (const auto dimension : context_.program.datasets[node.index].basis) {
    Node key;
    key.op = Op::key;
    key.index = dimension.index;
    key.type = context_.program.dimensions[dimension.index].type;
    key.span = node.span;
    keys.push_back(folded_.add(key));
  }
  return folded_.add(node, keys);
}

ExprId Folder::fold_operation(ExprId id) {
  const auto& source = context_.program.expressions;
  const Node node = source[id];
  std::vector<ExprId> children;
  bool all_constant = node.child_count > 0;
  for (std::uint32_t i = 0; i < node.child_count; ++i) {
    children.push_back(fold(source.child(id, i)));
    all_constant = all_constant && is_constant(children.back());
  }
  const ExprId copy = folded_.add(node, children);
  const bool is_structure = node.op == Op::list || node.op == Op::range || node.op == Op::hole || is_reference(node.op);
  if (!all_constant || is_structure) return copy;
  try {
    const Value value = expression::evaluate(folded_.pool(), copy, ConstantScope(context_));
    return constant(value, node.type, node.span);
  } catch (const expression::EvaluationError& error) {
    report_evaluation(context_, node.span, error.span, error.what, {});
    return copy;
  }
}

}  // namespace osac::planning
