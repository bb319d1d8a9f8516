#include "compiler/semantics/expressions.h"

#include <fmt/core.h>

#include "compiler/expression/rules.h"
#include "compiler/semantics/constants.h"

namespace osac::semantics {

namespace {

using expression::Builtin;
using expression::Node;
using expression::Op;

/// Guards the stack: the parser limits one expression, this limits chains of lets that are lowered one inside the other.
constexpr unsigned recursion_limit = 1000;

Op op_of(syntax::BinaryOperator op) {
  using syntax::BinaryOperator;
  switch (op) {
    case BinaryOperator::add:
      return Op::add;
    case BinaryOperator::subtract:
      return Op::subtract;
    case BinaryOperator::multiply:
      return Op::multiply;
    case BinaryOperator::divide:
      return Op::divide;
    case BinaryOperator::modulo:
      return Op::modulo;
    case BinaryOperator::equal:
      return Op::equal;
    case BinaryOperator::not_equal:
      return Op::not_equal;
    case BinaryOperator::less:
      return Op::less;
    case BinaryOperator::less_equal:
      return Op::less_equal;
    case BinaryOperator::greater:
      return Op::greater;
    case BinaryOperator::greater_equal:
      return Op::greater_equal;
    case BinaryOperator::logical_and:
      return Op::logical_and;
    case BinaryOperator::logical_or:
      return Op::logical_or;
    case BinaryOperator::in:
    case BinaryOperator::not_in:
      return Op::in;
  }
  return Op::in;
}

bool is_comparison(Op op) { return (op >= Op::equal && op <= Op::greater_equal) || op == Op::in; }

class Lowering {
 public:
  Lowering(Context& context, const Scope& scope) : context_(context), scope_(scope) {}

  ExprId lower(syntax::ExprId id, Type hint) {
    const syntax::Expr& expr = tree()[id];
    span_ = expr.span;
    return std::visit([&](const auto& kind) { return visit(kind, expr.span, hint); }, expr.kind);
  }

 private:
  [[nodiscard]] const syntax::Tree& tree() const { return context_.tree(scope_.module); }
  ExprId below(syntax::ExprId id, Type hint) { return semantics::lower(context_, scope_, id, hint); }
  ExprId error(Span span) { return error_node(context_, span); }
  [[nodiscard]] Type type(ExprId id) const { return context_.type(id); }

  /// Checks an operation's types and adds it.
  ExprId operation(Op op, Span span, Span place, const std::vector<ExprId>& children, std::uint32_t extra = 0) {
    std::vector<Type> types;
    for (const ExprId child : children) types.push_back(type(child));
    std::string problem;
    const Type result = expression::result_type(op, types, context_.strings, problem);
    if (!problem.empty()) {
      context_.report(Kind::type_mismatch, place, problem);
      return error(span);
    }
    if (result.is_error()) return error(span);
    Node node;
    node.op = op;
    node.extra = extra;
    node.type = result;
    node.span = span;
    return add_node(context_, node, children);
  }

  ExprId visit(const syntax::BadExpr&, Span span, Type) { return error(span); }
  ExprId visit(const syntax::BooleanLiteral& literal, Span span, Type) {
    return constant_node(context_, literal.value ? 1 : 0, Type::of(TypeKind::boolean), span);
  }
  ExprId visit(const syntax::IntegerLiteral& literal, Span span, Type) {
    return constant_node(context_, literal.value, Type::of(TypeKind::integer), span);
  }
  ExprId visit(const syntax::RealLiteral& literal, Span span, Type) {
    return constant_node(context_, expression::scalar_of(literal.value), Type::of(TypeKind::real), span);
  }
  ExprId visit(const syntax::QuantityLiteral& literal, Span span, Type) { return quantity(context_, literal, span); }
  ExprId visit(const syntax::TextLiteral& literal, Span span, Type hint) {
    const ExprId text = lower_text(context_, scope_, literal, span);
    return hint.is_error() ? text : converted(context_, text, hint.element());
  }
  ExprId visit(const syntax::NameExpr& name, Span, Type hint) { return resolve_name(context_, scope_, name.name, hint); }
  ExprId visit(const syntax::MemberExpr& member, Span span, Type) { return resolve_member(context_, scope_, member, span); }

  ExprId visit(const syntax::UnaryExpr& unary, Span span, Type hint) {
    const Op op = unary.op == syntax::UnaryOperator::negate ? Op::negate : Op::logical_not;
    return operation(op, span, span, {below(unary.operand, hint)});
  }

  ExprId visit(const syntax::BinaryExpr& binary, Span span, Type hint) {
    const Op op = op_of(binary.op);
    ExprId left;
    ExprId right;
    if (!is_comparison(op)) {
      left = below(binary.left, hint);
      right = below(binary.right, hint);
    } else if (waits_for_other(binary.left)) {
      right = below(binary.right, {});
      left = below(binary.left, type(right).element());
    } else {
      left = below(binary.left, {});
      right = below(binary.right, type(left).required());
    }
    const ExprId result = operation(op, span, binary.op_span.empty() ? span : binary.op_span, {left, right});
    return binary.op == syntax::BinaryOperator::not_in ? operation(Op::logical_not, span, span, {result}) : result;
  }

  /// An enum's member or a text alone says its type only by what it is compared with.
  bool waits_for_other(syntax::ExprId id) {
    const auto& kind = tree()[id].kind;
    if (std::holds_alternative<syntax::TextLiteral>(kind)) return true;
    const auto* name = std::get_if<syntax::NameExpr>(&kind);
    return name != nullptr && is_only_member(context_, scope_, name->name.symbol);
  }

  ExprId visit(const syntax::RangeExpr& range, Span span, Type hint) {
    const ExprId low = below(range.low, hint);
    const ExprId high = below(range.high, type(low).element());
    return is_too_wide(low, high, range) ? error(span) : operation(Op::range, span, span, {low, high}, range.excludes_high ? 1 : 0);
  }

  /// The end behind the last key, and how many keys there are, must be numbers themselves.
  bool is_too_wide(ExprId low, ExprId high, const syntax::RangeExpr& range) {
    const auto first = constant_integer(context_, low);
    const auto last = constant_integer(context_, high);
    std::int64_t end = 0;
    std::int64_t count = 0;
    if (!last || !first) return false;
    if (!__builtin_add_overflow(*last, range.excludes_high ? 0 : 1, &end) && !__builtin_sub_overflow(end, *first, &count)) return false;
    context_.report(Kind::constant_fails, tree()[range.low].span.to(tree()[range.high].span),
                    "a range of more keys than 64 bits can count");
    return true;
  }

  ExprId visit(const syntax::ConditionalExpr& conditional, Span span, Type hint) {
    const ExprId condition = below(conditional.condition, {});
    if (hint.is_error() && is_empty_list(conditional.then_value)) hint = type(below(conditional.else_value, {}));
    const ExprId then_value = below(conditional.then_value, hint);
    const ExprId else_value = below(conditional.else_value, hint.is_error() ? type(then_value) : hint);
    return operation(Op::conditional, span, span, {condition, then_value, else_value});
  }

  bool is_empty_list(syntax::ExprId id) const {
    const auto* list = std::get_if<syntax::ListExpr>(&tree()[id].kind);
    return list != nullptr && list->items.empty();
  }

  ExprId visit(const syntax::ListExpr& list, Span span, Type hint) {
    std::vector<ExprId> items;
    for (const syntax::ExprId item : list.items) {
      const Type item_hint = !hint.is_error() || items.empty() ? hint.element() : type(items.front());
      items.push_back(below(item, item_hint));
    }
    if (items.empty() && hint.is_list) {
      Node node;
      node.op = Op::list;
      node.type = hint.required();
      node.span = span;
      return add_node(context_, node, {});
    }
    if (items.empty()) {
      context_.report(Kind::type_mismatch, span, "an empty list, of what is not said here");
      return error(span);
    }
    return operation(Op::list, span, span, items);
  }

  ExprId visit(const syntax::CallExpr& call, Span span, Type) {
    if (const auto expanded = lower_function_call(context_, scope_, call, span)) return *expanded;
    const syntax::Expr& callee = tree()[call.callee];
    const auto* name = std::get_if<syntax::NameExpr>(&callee.kind);
    const auto builtin = name != nullptr ? expression::find_builtin(context_.text(name->name.symbol)) : std::nullopt;
    if (!builtin) return report_no_function(callee, name);
    std::vector<ExprId> arguments;
    bool named = false;
    for (const auto& argument : call.arguments) {
      if (argument.name) {
        context_.report(Kind::named_argument, argument.name->span, context_.text(name->name.symbol));
        named = true;
      }
      arguments.push_back(below(argument.value, {}));
    }
    return named ? error(span) : builtin_call(*builtin, callee.span, span, arguments);
  }

  ExprId builtin_call(Builtin builtin, Span place, Span span, const std::vector<ExprId>& arguments) {
    std::vector<Type> types;
    for (const ExprId argument : arguments) types.push_back(type(argument));
    std::string problem;
    const Type result = expression::call_type(builtin, types, context_.strings, problem);
    if (!problem.empty()) {
      context_.report(Kind::type_mismatch, place, problem);
      return error(span);
    }
    if (result.is_error() || is_unknown_yet(builtin, arguments, place)) return error(span);
    Node node;
    node.span = span;
    node.type = result;
    // The number of a gather's files is known without their paths.
    const Node first = context_.program.expressions[arguments.empty() ? ExprId{0} : arguments.front()];
    if (builtin == Builtin::len && is_input_list(first)) {
      node.op = Op::port_count;
      node.index = first.index;
      return add_unfolded(context_, node, {});
    }
    node.op = Op::call;
    node.index = static_cast<std::uint32_t>(builtin);
    return add_node(context_, node, arguments);
  }
  [[nodiscard]] const Port* port_of(const Node& node) const {
    if (node.op != Op::port_path || scope_.ports == nullptr) return nullptr;
    for (const Port& port : *scope_.ports) {
      if (port.is_bound && port.index == node.index) return &port;
    }
    return nullptr;
  }
  [[nodiscard]] bool is_input_list(const Node& node) const {
    const Port* port = port_of(node);
    return port != nullptr && port->is_input && node.type.is_list;
  }

  /// `size` and `exists` ask the file system while planning: of what a task makes nothing is known then.
  bool is_unknown_yet(Builtin builtin, const std::vector<ExprId>& arguments, Span place) {
    if ((builtin != Builtin::size && builtin != Builtin::exists) || arguments.empty()) return false;
    const Port* port = port_of(context_.program.expressions[arguments.front()]);
    if (port == nullptr || port->is_external) return false;
    context_.report(Kind::unknown_yet, place, builtin_name(builtin), context_.text(port->name))
        .note("a task makes it; the plan is made before");
    return true;
  }

  ExprId report_no_function(const syntax::Expr& callee, const syntax::NameExpr* name) {
    if (std::holds_alternative<syntax::BadExpr>(callee.kind)) return error(callee.span);
    if (name == nullptr) {
      context_.report(Kind::not_a_function, callee.span, context_.sources.text(callee.span))
          .help("functions are built in, or declared: `let name(a : int) = ...`, of a module `module.name(...)`");
      return error(callee.span);
    }
    const auto& declared = context_.scopes[scope_.module].names;
    if (const auto other = declared.find(name->name.symbol); other != declared.end()) {
      if (other->second.kind == EntryKind::failed) return error(callee.span);
      context_.report(Kind::not_a_function, callee.span, context_.text(name->name.symbol)).label(other->second.span, "declared here");
      return error(callee.span);
    }
    std::vector<std::string_view> names;
    for (std::uint32_t i = 0; i < expression::builtin_count; ++i) names.push_back(builtin_name(static_cast<Builtin>(i)));
    for (const auto& [symbol, entry] : context_.scopes[scope_.module].names) {
      if (entry.kind == EntryKind::let && context_.lets[entry.index].is_function()) names.push_back(context_.text(symbol));
    }
    report_unknown_name(context_, name->name, "function", names);
    return error(callee.span);
  }

  Context& context_;
  const Scope& scope_;
  Span span_;
};

bool needs_unit(Type want) { return want.kind == TypeKind::memory || want.kind == TypeKind::duration; }

/// `memory 8`: the most common slip has its own words and a fix.
bool report_missing_unit(Context& context, ExprId value, Span place, Type want, std::string_view what) {
  const Type type = context.type(value);
  if (!needs_unit(want) || !type.is_number() || type.detail != 0) return false;
  const std::string_view example = want.kind == TypeKind::memory ? "GiB" : "min";
  auto report = context.report(Kind::quantity_without_unit, place, what, type_name(want.required(), context.strings));
  if (context.program.expressions[value].op == Op::constant) {
    const std::string fixed = fmt::format("{} {}", context.sources.text(place), example);
    report.help(fmt::format("write `{}`", fixed)).fix(place, fixed);
  } else {
    report.help(fmt::format("multiply it by a quantity: `... * 1 {}`", example));
  }
  return true;
}

}  // namespace

ExprId lower(Context& context, const Scope& scope, syntax::ExprId id, Type hint) {
  if (context.lowering_depth >= recursion_limit) {
    const Span span = context.tree(scope.module)[id].span;
    context.report(Kind::expression_too_large, span);
    return error_node(context, span);
  }
  ++context.lowering_depth;
  const ExprId result = Lowering(context, scope).lower(id, hint);
  --context.lowering_depth;
  return result;
}

ExprId checked_as(Context& context, ExprId value, Span place, Type want, std::string_view what) {
  if (context.failed(value) || want.is_error()) return context.failed(value) ? error_node(context, place) : value;
  value = converted(context, value, want);
  const Type type = context.type(value);
  if (type.is_error()) return value;
  if (is_assignable(type, want)) return value;
  if (report_missing_unit(context, value, place, want, what)) return error_node(context, place);
  auto report = context.report(Kind::wrong_type, place, what, type_name(want, context.strings), type_name(type, context.strings));
  report.here(fmt::format("this is `{}`", type_name(type, context.strings)));
  if (type.is_optional && is_assignable(type.required(), want)) report.note("it may be empty: a column or input with `?`");
  return error_node(context, place);
}

ExprId lower_as(Context& context, const Scope& scope, syntax::ExprId id, Type want, std::string_view what) {
  return checked_as(context, lower(context, scope, id, want), context.tree(scope.module)[id].span, want, what);
}

}  // namespace osac::semantics
