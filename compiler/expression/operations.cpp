#include "compiler/expression/operations.h"

#include <fmt/format.h>

#include <cmath>

#include "compiler/expression/calendar.h"

namespace osac::expression {

namespace {

[[noreturn]] void fail(Span span, std::string what) { throw EvaluationError{span, std::move(what)}; }

/// Refuses the one integer that stands for "none".
std::int64_t checked(bool overflows, std::int64_t result, Span span, std::string_view noun) {
  if (overflows || result == absent_scalar) fail(span, fmt::format("the {} does not fit 64 bits", noun));
  return result;
}

double finite(double number, Span span) {
  if (!std::isfinite(number)) fail(span, std::isnan(number) ? "the result is not a number" : "the result is too large for a float");
  return number;
}

/// An amount (nanoseconds, bytes) from a real: to the nearest.
std::int64_t whole_amount(long double amount, Span span, std::string_view noun) {
  constexpr long double limit = 9223372036854775808.0L;
  if (!(amount < limit && amount > -limit)) fail(span, fmt::format("the {} does not fit 64 bits", noun));
  return checked(false, std::llround(amount), span, noun);
}

bool is_real_pair(Operand left, Operand right) { return left.type.kind == Kind::real || right.type.kind == Kind::real; }
bool is_amount(Type type) { return type.kind == Kind::duration || type.kind == Kind::memory; }

std::int64_t sum_of(std::int64_t a, std::int64_t b, Span span) {
  std::int64_t result = 0;
  const bool overflows = __builtin_add_overflow(a, b, &result);
  return checked(overflows, result, span, "sum");
}

std::int64_t difference_of(std::int64_t a, std::int64_t b, Span span) {
  std::int64_t result = 0;
  const bool overflows = __builtin_sub_overflow(a, b, &result);
  return checked(overflows, result, span, "difference");
}

std::int64_t product_of(std::int64_t a, std::int64_t b, Span span) {
  std::int64_t result = 0;
  const bool overflows = __builtin_mul_overflow(a, b, &result);
  return checked(overflows, result, span, "product");
}

/// A date some days on: `nanoseconds` has to be whole days, the year stays within 1 and 9999.
std::int64_t moved_date(std::int64_t date, std::int64_t nanoseconds, Span span) {
  if (nanoseconds % nanoseconds_per_day != 0) {
    fail(span, fmt::format("a date moves by whole days, this is {}", to_text(nanoseconds, Type::of(Kind::duration))));
  }
  const std::int64_t moved = date + nanoseconds / nanoseconds_per_day;
  if (moved < first_day || moved > last_day) fail(span, "the date lies outside the years 1 to 9999");
  return moved;
}

Value add(Operand left, Operand right, Span span) {
  if (left.type.is_textual()) {
    if (left.value.text().size() + right.value.text().size() > largest_text) fail(span, "the text grows beyond 64 MiB");
    return left.value.text() + right.value.text();
  }
  if (is_real_pair(left, right)) return finite(left.value.real() + right.value.real(), span);
  if (left.type.kind == Kind::date) return moved_date(left.value.integer(), right.value.integer(), span);
  if (right.type.kind == Kind::date) return moved_date(right.value.integer(), left.value.integer(), span);
  return sum_of(left.value.integer(), right.value.integer(), span);
}

Value subtract(Operand left, Operand right, Span span) {
  if (is_real_pair(left, right)) return finite(left.value.real() - right.value.real(), span);
  if (left.type.kind == Kind::date && right.type.kind == Kind::duration) {
    return moved_date(left.value.integer(), -right.value.integer(), span);
  }
  const std::int64_t difference = difference_of(left.value.integer(), right.value.integer(), span);
  return left.type.kind == Kind::date ? product_of(difference, nanoseconds_per_day, span) : difference;
}

Value multiply(Operand left, Operand right, Span span) {
  if (is_amount(right.type) && !is_amount(left.type)) return multiply(right, left, span);
  if (is_amount(left.type) && right.type.kind == Kind::real) {
    return whole_amount(static_cast<long double>(left.value.integer()) * static_cast<long double>(right.value.real()), span, "product");
  }
  if (is_real_pair(left, right)) return finite(left.value.real() * right.value.real(), span);
  return product_of(left.value.integer(), right.value.integer(), span);
}

Value divide(Operand left, Operand right, Span span) {
  if (right.value.real() == 0) fail(span, "this divides by zero");
  if (is_amount(left.type) && !is_amount(right.type)) {
    return whole_amount(static_cast<long double>(left.value.integer()) / static_cast<long double>(right.value.real()), span, "quotient");
  }
  return finite(left.value.real() / right.value.real(), span);
}

/// The remainder takes the sign of the divisor, so that `x % n` of a negative x lies in the cycle 0 ..< n.
Value modulo(Operand left, Operand right, Span span) {
  if (right.value.real() == 0) fail(span, "this divides by zero");
  if (is_real_pair(left, right)) {
    const double divisor = right.value.real();
    double rest = std::fmod(left.value.real(), divisor);
    if (rest != 0 && (rest < 0) != (divisor < 0)) rest += divisor;
    return finite(rest, span);
  }
  const std::int64_t divisor = right.value.integer();
  if (divisor == -1) return std::int64_t{0};
  const std::int64_t rest = left.value.integer() % divisor;
  return rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest;
}

}  // namespace

Value apply_arithmetic(Op op, Operand left, Operand right, Span span) {
  switch (op) {
    case Op::add:
      return add(left, right, span);
    case Op::subtract:
      return subtract(left, right, span);
    case Op::multiply:
      return multiply(left, right, span);
    case Op::divide:
      return divide(left, right, span);
    default:
      return modulo(left, right, span);
  }
}

Value apply_negate(Operand operand, Span) {
  if (operand.type.kind == Kind::real) return -operand.value.real();
  return -operand.value.integer();  // -2^63 is no value
}

bool apply_comparison(Op op, const Value& left, const Value& right) {
  const bool has_absent = left.is_absent() || right.is_absent();
  switch (op) {
    case Op::equal:
      return compare(left, right) == 0;
    case Op::not_equal:
      return compare(left, right) != 0;
    case Op::less:
      return !has_absent && compare(left, right) < 0;
    case Op::less_equal:
      return !has_absent && compare(left, right) <= 0;
    case Op::greater:
      return !has_absent && compare(left, right) > 0;
    default:
      return !has_absent && compare(left, right) >= 0;
  }
}

}  // namespace osac::expression
