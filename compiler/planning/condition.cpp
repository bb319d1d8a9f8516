// Conditions compiled to a postfix list over stored scalars. Only what needs no text and cannot overflow is compiled; it means exactly what
// evaluation means (rules.h of the expression room says how absent values compare).

#include <algorithm>

#include "compiler/planning/point.h"

namespace osac::planning {

struct Condition::Program {
  enum class Step : std::uint8_t {
    push_constant,
    push_key,
    push_attribute,
    compare,
    logical_not,
    logical_and,
    logical_or,
    in_list,
    in_range
  };
  struct Instruction {
    Step step;
    Op comparison = Op::equal;
    bool is_real = false;
    std::uint32_t dimension = 0;
    std::uint32_t attribute = 0;
    Scalar constant = 0;
    Scalar other = 0;  ///< in_range: the last one that is inside
    std::vector<Scalar> list;
  };
  std::vector<Instruction> instructions;
  std::vector<Scalar> stack;

  bool compile(const expression::Expressions& expressions, ExprId id);
  bool compile_comparison(const expression::Expressions& expressions, ExprId id);
  bool compile_in(const expression::Expressions& expressions, ExprId id);
  bool compile_leaf(const Node& node);
  bool run(const Point& point);
};

namespace {

bool is_scalar_kind(Type type) { return !type.is_list && type.kind != Kind::error && type.kind != Kind::range; }

bool compares(Op op, int order) {
  switch (op) {
    case Op::less:
      return order < 0;
    case Op::less_equal:
      return order <= 0;
    case Op::greater:
      return order > 0;
    default:
      return order >= 0;
  }
}

bool compare(Op op, Scalar a, Scalar b, bool is_real) {
  if (op == Op::equal) return a == b;
  if (op == Op::not_equal) return a != b;
  if (a == expression::absent_scalar || b == expression::absent_scalar) return false;
  if (!is_real) return compares(op, a < b ? -1 : (a > b ? 1 : 0));
  const double x = expression::real_of(a);
  const double y = expression::real_of(b);
  return compares(op, x < y ? -1 : (x > y ? 1 : 0));
}

}  // namespace

bool Condition::Program::compile_leaf(const Node& node) {
  if (!is_scalar_kind(node.type)) return false;
  Instruction instruction{};
  switch (node.op) {
    case Op::constant:
      instruction.step = Step::push_constant;
      instruction.constant = node.bits;
      break;
    case Op::key:
      instruction.step = Step::push_key;
      break;
    case Op::attribute:
      instruction.step = Step::push_attribute;
      break;
    default:
      return false;
  }
  if (node.op == Op::attribute && node.index == program::metric_scope) return false;
  instruction.dimension = node.index;
  instruction.attribute = node.extra;
  instructions.push_back(std::move(instruction));
  return true;
}

bool Condition::Program::compile_comparison(const expression::Expressions& expressions, ExprId id) {
  const Node& node = expressions[id];
  const Type left = expressions[expressions.child(id, 0)].type;
  const Type right = expressions[expressions.child(id, 1)].type;
  const bool is_equality = node.op == Op::equal || node.op == Op::not_equal;
  if (left.kind != right.kind || (left.is_textual() && !is_equality)) return false;
  if (!compile_leaf(expressions[expressions.child(id, 0)]) || !compile_leaf(expressions[expressions.child(id, 1)])) return false;
  Instruction instruction{};
  instruction.step = Step::compare;
  instruction.comparison = node.op;
  instruction.is_real = left.kind == Kind::real;
  instructions.push_back(std::move(instruction));
  return true;
}

bool Condition::Program::compile_in(const expression::Expressions& expressions, ExprId id) {
  const Node& item = expressions[expressions.child(id, 0)];
  const ExprId set = expressions.child(id, 1);
  if (item.type.is_optional || !compile_leaf(item)) return false;
  Instruction instruction{};
  if (expressions[set].op == Op::range) {
    const Node& low = expressions[expressions.child(set, 0)];
    const Node& high = expressions[expressions.child(set, 1)];
    if (item.type.kind != Kind::integer || low.op != Op::constant || high.op != Op::constant) return false;
    const bool excludes_high = expressions[set].extra == 1;
    if (low.bits == expression::absent_scalar || high.bits == expression::absent_scalar) return false;
    instruction.step = Step::in_range;
    instruction.constant = low.bits;
    instruction.other = excludes_high ? high.bits - 1 : high.bits;
  } else if (expressions[set].op == Op::list) {
    instruction.step = Step::in_list;
    for (std::uint32_t i = 0; i < expressions[set].child_count; ++i) {
      const Node& member = expressions[expressions.child(set, i)];
      if (member.op != Op::constant || member.type.kind != item.type.kind) return false;
      instruction.list.push_back(member.bits);
    }
    std::sort(instruction.list.begin(), instruction.list.end());
  } else {
    return false;
  }
  instructions.push_back(std::move(instruction));
  return true;
}

bool Condition::Program::compile(const expression::Expressions& expressions, ExprId id) {
  const Node& node = expressions[id];
  switch (node.op) {
    case Op::logical_and:
    case Op::logical_or: {
      if (!compile(expressions, expressions.child(id, 0)) || !compile(expressions, expressions.child(id, 1))) return false;
      Instruction instruction{};
      instruction.step = node.op == Op::logical_and ? Step::logical_and : Step::logical_or;
      instructions.push_back(std::move(instruction));
      return true;
    }
    case Op::logical_not: {
      if (!compile(expressions, expressions.child(id, 0))) return false;
      Instruction instruction{};
      instruction.step = Step::logical_not;
      instructions.push_back(std::move(instruction));
      return true;
    }
    case Op::equal:
    case Op::not_equal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
      return compile_comparison(expressions, id);
    case Op::in:
      return compile_in(expressions, id);
    default:
      return node.type.kind == Kind::boolean && !node.type.is_optional && compile_leaf(node);
  }
}

bool Condition::Program::run(const Point& point) {
  stack.clear();
  const Axes& axes = point.frame().axes;
  for (const Instruction& i : instructions) {
    switch (i.step) {
      case Step::push_constant:
        stack.push_back(i.constant);
        break;
      case Step::push_key:
      case Step::push_attribute: {
        const std::uint32_t record = point.record(i.dimension);
        const Axis& axis = axes[i.dimension];
        stack.push_back(record == none ? expression::absent_scalar
                                       : (i.step == Step::push_key ? axis.keys[record] : axis.attributes[i.attribute][record]));
        break;
      }
      case Step::logical_not:
        stack.back() = stack.back() == 1 ? 0 : 1;
        break;
      case Step::in_list:
        stack.back() = std::binary_search(i.list.begin(), i.list.end(), stack.back()) ? 1 : 0;
        break;
      case Step::in_range:
        stack.back() = stack.back() >= i.constant && stack.back() <= i.other ? 1 : 0;
        break;
      case Step::compare:
      case Step::logical_and:
      case Step::logical_or: {
        const Scalar right = stack.back();
        stack.pop_back();
        Scalar& left = stack.back();
        if (i.step == Step::compare)
          left = compare(i.comparison, left, right, i.is_real) ? 1 : 0;
        else if (i.step == Step::logical_and)
          left = left == 1 && right == 1 ? 1 : 0;
        else
          left = left == 1 || right == 1 ? 1 : 0;
        break;
      }
    }
  }
  return stack.back() == 1;
}

Condition::Condition(const Point& point, ExprId id) : point_(point), id_(id) {
  auto program = std::make_unique<Program>();
  if (program->compile(point.frame().expressions, id)) program_ = std::move(program);
}

Condition::~Condition() = default;

bool Condition::holds() {
  if (program_) return program_->run(point_);
  const auto& expressions = point_.frame().expressions;
  try {
    const Value value = expression::evaluate(expressions.pool(), id_, point_);
    return !value.is_absent() && value.boolean();
  } catch (const expression::EvaluationError& error) {
    if (!is_reported_) report_evaluation(point_.frame().context, expressions[id_].span, error.span, error.what, point_.name());
    is_reported_ = true;
    return false;
  }
}

}  // namespace osac::planning
