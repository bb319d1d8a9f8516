#pragma once
// The arithmetic of evaluation on values whose types rules.h has accepted: checked, or an EvaluationError. It knows no nodes and no scopes
// but for the sizes of files. Private to this room.

#include <span>
#include <vector>

#include "compiler/expression/evaluate.h"

namespace osac::expression {

/// A value with the static type that says how to read it.
struct Operand {
  const Value& value;
  Type type;
};

/// No text grows beyond this, whatever an expression asks for.
inline constexpr std::size_t largest_text = std::size_t{64} << 20;

/// negate, and the binary operators but for logic, `in` and `range`; no operand is absent.
Value apply_arithmetic(Op op, Operand left, Operand right, Span span);
Value apply_negate(Operand operand, Span span);
/// A comparison; absent operands follow the rule in evaluate.h.
bool apply_comparison(Op op, const Value& left, const Value& right);
/// A builtin; no argument is absent but for `exists`.
Value apply_builtin(Builtin builtin, std::span<const Value> arguments, std::span<const Type> types, const Scope& scope, Span span);

}  // namespace osac::expression
