#pragma once
// The type rules of operators and builtins, for semantics: which types go together and what comes out. A rule that is broken is a
// text for a diagnostic (lower case, names both types); an operand of error type gives the error type and no text.
//
// It knows no expressions and no places, and it converts nothing: evaluation follows the same rules by the operands' types.
//
// Units of reals: `+ - %` and comparisons need equal units; a number without unit joins one only by `*` and `/`. `/` of two
// integers is a real (round, floor and ceil give integers). An operand of optional type makes the result optional, but for
// comparisons and logic, which always give bool: a comparison with an absent value is false, except `==` and `!=`; an absent bool counts as
// false.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "compiler/expression/expression.h"

namespace osac::expression {

/// The type of an operator's result: negate, logical_not, the binary operators, `in`, `range`, `list`, and `conditional` (condition,
/// then, else). Anything wrong is put into `problem`, and the error type returned.
Type result_type(Op op, std::span<const Type> operands, const Strings& strings, std::string& problem);

/// The type of a builtin's result:
///   len([T] | text) int; count([bool]) int, how many are true; count([T], T) int, how many are equal;
///   min, max, sum of a list or of two values or more; round(number) int, round(number, int) float; ceil, floor int;
///   basename, stem text; parent path; replace(text, text, text), split(text, text) [text], join([T], text) text;
///   size(file | [file]) memory; exists(file) bool.
/// Where text is taken, so are paths and files.
Type call_type(Builtin builtin, std::span<const Type> arguments, const Strings& strings, std::string& problem);

std::optional<Builtin> find_builtin(std::string_view name);

/// Whether a value of type `from` may stand where `to` is declared: the same type; int for float without unit; T for T?; text and path for
/// each other, file for both; lists item by item. An error type goes with everything.
bool is_assignable(Type from, Type to);

/// The one type that holds values of both, as in a list or a conditional: the wider of int and float, path for a mixture of text, path
/// and file, optional if either is. Nothing when there is none.
std::optional<Type> common_type(Type a, Type b);

/// Whether `==` can compare the two (units and time scales equal).
bool is_comparable(Type a, Type b);
/// Whether `<` can order values of this type: numbers, text, dates, times, durations, memory; not bool, enumerations and lists.
bool is_ordered(Type type);
/// Of a range's type: what it goes through, `int` or `date` (a range's `detail` is its Kind then).
Type key_of_range(Type range);

}  // namespace osac::expression
