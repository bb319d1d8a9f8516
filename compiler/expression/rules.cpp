#include "compiler/expression/rules.h"

#include <fmt/format.h>

#include <array>

namespace osac::expression {

namespace {

constexpr Type error_type = Type::of(Kind::error);
constexpr Type range_of_dates{Kind::range, false, false, TimeScale::none, static_cast<std::uint32_t>(Kind::date)};

bool is_text_like(Kind kind) { return kind == Kind::text || kind == Kind::path || kind == Kind::file; }
bool is_amount(Kind kind) { return kind == Kind::duration || kind == Kind::memory; }
bool is_moment(Kind kind) { return kind == Kind::date || kind == Kind::time; }

/// What the rules of one application share: operand types without `?` and the words for a problem.
struct Application {
  std::span<const Type> operands;
  const Strings& strings;
  std::string& problem;
  bool is_optional = false;

  Application(std::span<const Type> types, const Strings& all_strings, std::string& text)
      : operands(types), strings(all_strings), problem(text) {
    for (const Type type : types) is_optional = is_optional || type.is_optional;
  }
  [[nodiscard]] Type operand(std::size_t i) const { return operands[i].required(); }
  [[nodiscard]] std::string name(std::size_t i) const { return type_name(operands[i], strings); }
  /// The result type, optional if an operand is.
  [[nodiscard]] Type give(Type type) const { return is_optional ? type.optional() : type; }
  Type fail(std::string text) const {
    problem = std::move(text);
    return error_type;
  }
};

/// Whether both are numbers or amounts that differ only in unit or scale, for the better words.
bool differs_in_detail(Type a, Type b) {
  if (a.is_list || b.is_list) return false;
  if (a.is_number() && b.is_number()) return a.detail != b.detail;
  return a.kind == Kind::time && b.kind == Kind::time && a.scale != b.scale;
}

Type fail_pair(const Application& it, std::string_view words) {
  const Type a = it.operand(0);
  const Type b = it.operand(1);
  if (differs_in_detail(a, b)) {
    return it.fail(fmt::format("`{}` and `{}` have different {}", it.name(0), it.name(1), a.kind == Kind::time ? "time scales" : "units"));
  }
  return it.fail(fmt::format(fmt::runtime(words), it.name(0), it.name(1)));
}

/// The wider of two numbers of one unit.
std::optional<Type> common_number(Type a, Type b) {
  if (!a.is_number() || !b.is_number() || a.detail != b.detail) return std::nullopt;
  return a.kind == Kind::real ? a : b;
}

Type add(const Application& it) {
  const Type a = it.operand(0);
  const Type b = it.operand(1);
  if (!a.is_list && !b.is_list) {
    if (const auto number = common_number(a, b)) return it.give(*number);
    if (is_amount(a.kind) && a == b) return it.give(a);
    if (is_moment(a.kind) && b.kind == Kind::duration) return it.give(a);
    if (a.kind == Kind::duration && is_moment(b.kind)) return it.give(b);
    if (is_text_like(a.kind) && is_text_like(b.kind)) {
      return it.give(Type::of(a.kind == Kind::text && b.kind == Kind::text ? Kind::text : Kind::path));
    }
  }
  return fail_pair(it, "`{}` and `{}` cannot be added");
}

Type subtract(const Application& it) {
  const Type a = it.operand(0);
  const Type b = it.operand(1);
  if (!a.is_list && !b.is_list) {
    if (const auto number = common_number(a, b)) return it.give(*number);
    if (is_amount(a.kind) && a == b) return it.give(a);
    if (is_moment(a.kind) && b.kind == Kind::duration) return it.give(a);
    if (is_moment(a.kind) && a == b) return it.give(Type::of(Kind::duration));
  }
  if (differs_in_detail(a, b)) return fail_pair(it, "");
  return it.fail(fmt::format("`{}` cannot be subtracted from `{}`", it.name(1), it.name(0)));
}

Type multiply(const Application& it) {
  const Type a = it.operand(0);
  const Type b = it.operand(1);
  const bool a_plain = a.is_number() && a.detail == 0;
  const bool b_plain = b.is_number() && b.detail == 0;
  if (a_plain && b_plain) return it.give(Type::of(a.kind == Kind::real || b.kind == Kind::real ? Kind::real : Kind::integer));
  if (b_plain && !a.is_list && (a.is_number() || is_amount(a.kind))) return it.give(a);
  if (a_plain && !b.is_list && (b.is_number() || is_amount(b.kind))) return it.give(b);
  if (a.is_number() && b.is_number()) return it.fail(fmt::format("the product of `{}` and `{}` has no unit here", it.name(0), it.name(1)));
  return it.fail(fmt::format("`{}` and `{}` cannot be multiplied", it.name(0), it.name(1)));
}

Type divide(const Application& it) {
  const Type a = it.operand(0);
  const Type b = it.operand(1);
  if (a.is_number() && b.is_number()) {
    if (a.detail == b.detail) return it.give(Type::of(Kind::real));
    if (b.detail == 0) return it.give(a);
    return it.fail(fmt::format("the quotient of `{}` and `{}` has no unit here", it.name(0), it.name(1)));
  }
  if (!a.is_list && is_amount(a.kind)) {
    if (a == b) return it.give(Type::of(Kind::real));
    if (b.is_number() && b.detail == 0) return it.give(a);
  }
  return it.fail(fmt::format("`{}` cannot be divided by `{}`", it.name(0), it.name(1)));
}

Type modulo(const Application& it) {
  const Type a = it.operand(0);
  const Type b = it.operand(1);
  if (const auto number = common_number(a, b)) return it.give(*number);
  if (!a.is_list && is_amount(a.kind) && a == b) return it.give(a);
  return fail_pair(it, "`%` is not defined for `{}` and `{}`");
}

Type compare_types(const Application& it, bool orders) {
  if (!is_comparable(it.operand(0), it.operand(1))) return fail_pair(it, "`{}` and `{}` cannot be compared");
  if (orders && !is_ordered(it.operand(0))) return it.fail(fmt::format("values of `{}` have no order", it.name(0)));
  return Type::of(Kind::boolean);
}

Type logic(const Application& it) {
  for (std::size_t i = 0; i < it.operands.size(); ++i) {
    if (it.operand(i) != Type::of(Kind::boolean)) return it.fail(fmt::format("a condition is `bool`, this is `{}`", it.name(i)));
  }
  return Type::of(Kind::boolean);
}

Type membership(const Application& it) {
  const Type item = it.operand(0);
  const Type whole = it.operand(1);
  if (whole.kind == Kind::range) {
    const Type key = key_of_range(whole);
    if (item == key) return Type::of(Kind::boolean);
    return it.fail(fmt::format("a range holds `{}`, this is `{}`", type_name(key, it.strings), it.name(0)));
  }
  if (!whole.is_list) return it.fail(fmt::format("right of `in` stands a list or a range, this is `{}`", it.name(1)));
  if (!item.is_list && is_comparable(item, whole.element())) return Type::of(Kind::boolean);
  return it.fail(fmt::format("a `{}` holds no `{}`", it.name(1), it.name(0)));
}

Type negate(const Application& it) {
  const Type a = it.operand(0);
  if (a.is_number() || a == Type::of(Kind::duration)) return it.give(a);
  return it.fail(fmt::format("`-` is not defined for `{}`", it.name(0)));
}

Type range(const Application& it) {
  const Type date = Type::of(Kind::date);
  if (it.operands[0] == date && it.operands[1] == date) return range_of_dates;
  if (it.operands[0] == date || it.operands[1] == date)
    return it.fail(fmt::format("the bounds of a range are of one type, here `{}` and `{}`", it.name(0), it.name(1)));
  for (std::size_t i = 0; i < it.operands.size(); ++i) {
    if (it.operands[i] != Type::of(Kind::integer)) return it.fail(fmt::format("the bounds of a range are `int`, this is `{}`", it.name(i)));
  }
  return Type::of(Kind::range);
}

Type conditional(const Application& it) {
  if (it.operand(0) != Type::of(Kind::boolean)) return it.fail(fmt::format("a condition is `bool`, this is `{}`", it.name(0)));
  if (const auto common = common_type(it.operands[1], it.operands[2])) return *common;
  return it.fail(fmt::format("the branches are of different types, `{}` and `{}`", it.name(1), it.name(2)));
}

Type list(const Application& it) {
  if (it.operands.empty()) return error_type.list();
  Type item = it.operands[0];
  for (std::size_t i = 0; i < it.operands.size(); ++i) {
    if (it.operands[i].is_list) return it.fail("a list cannot hold lists");
    if (it.operands[i].is_optional) return it.fail(fmt::format("a list cannot hold values that may be absent, this is `{}`", it.name(i)));
    const auto common = common_type(item, it.operands[i]);
    if (!common) return it.fail(fmt::format("a list holds one type, here `{}` and `{}`", type_name(item, it.strings), it.name(i)));
    item = *common;
  }
  if (item.kind == Kind::range) return it.fail("a list cannot hold ranges");
  return item.list();
}

bool has_error(std::span<const Type> types) {
  for (const Type type : types) {
    if (type.is_error()) return true;
  }
  return false;
}

}  // namespace

Type key_of_range(Type range) { return Type::of(range == range_of_dates ? Kind::date : Kind::integer); }

bool is_ordered(Type type) {
  return !type.is_list && (type.is_number() || type.kind == Kind::text || type.kind == Kind::path || type.kind == Kind::file ||
                           is_moment(type.kind) || is_amount(type.kind));
}

bool is_comparable(Type a, Type b) {
  if (a.kind == Kind::range || b.kind == Kind::range) return false;
  const auto common = common_type(a, b);
  return common.has_value();
}

std::optional<Type> common_type(Type a, Type b) {
  const bool is_optional = a.is_optional || b.is_optional;
  const auto with_optional = [&](Type type) { return is_optional ? type.optional() : type.required(); };
  if (a.is_error()) return b;
  if (b.is_error()) return a;
  if (a.is_list != b.is_list) return std::nullopt;
  if (a.required() == b.required()) return with_optional(a);
  if (is_text_like(a.kind) && is_text_like(b.kind)) {
    const Type path = Type::of(Kind::path);
    return with_optional(a.is_list ? path.list() : path);
  }
  const auto number = common_number(a.element(), b.element());
  if (!number) return std::nullopt;
  return with_optional(a.is_list ? number->list() : *number);
}

bool is_assignable(Type from, Type to) {
  if (from.is_error() || to.is_error()) return true;
  if (from.is_list != to.is_list || (from.is_optional && !to.is_optional)) return false;
  const Type a = from.element();
  const Type b = to.element();
  if (a == b) return true;
  if (a.kind == Kind::integer && b.kind == Kind::real) return b.detail == 0;
  if (b.kind == Kind::text || b.kind == Kind::path) return is_text_like(a.kind);
  return false;
}

Type result_type(Op op, std::span<const Type> operands, const Strings& strings, std::string& problem) {
  problem.clear();
  if (has_error(operands)) return error_type;
  const Application it(operands, strings, problem);
  switch (op) {
    case Op::negate:
      return negate(it);
    case Op::logical_not:
    case Op::logical_and:
    case Op::logical_or:
      return logic(it);
    case Op::add:
      return add(it);
    case Op::subtract:
      return subtract(it);
    case Op::multiply:
      return multiply(it);
    case Op::divide:
      return divide(it);
    case Op::modulo:
      return modulo(it);
    case Op::equal:
    case Op::not_equal:
      return compare_types(it, false);
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
      return compare_types(it, true);
    case Op::in:
      return membership(it);
    case Op::range:
      return range(it);
    case Op::conditional:
      return conditional(it);
    case Op::list:
      return list(it);
    case Op::constant:
    case Op::parameter:
    case Op::key:
    case Op::attribute:
    case Op::port_path:
    case Op::port_count:
    case Op::port_field:
    case Op::dataset_field:
    case Op::resource:
    case Op::scratch:
    case Op::call:
    case Op::text:
    case Op::hole:
      break;
  }
  return error_type;  // the others are given their type where they are made
}

}  // namespace osac::expression
