#include "compiler/expression/value.h"

#include <fmt/format.h>

#include <array>

#include "compiler/base/check.h"
#include "compiler/expression/calendar.h"

namespace osac::expression {

namespace {

/// The largest of `units` that divides `amount`, written without a blank: `90s`, `2GiB`.
struct NamedUnit {
  std::int64_t factor;
  std::string_view name;
};
constexpr std::array<NamedUnit, 7> duration_units = {{{nanoseconds_per_day, "d"},
                                                      {3'600'000'000'000, "h"},
                                                      {60'000'000'000, "min"},
                                                      {nanoseconds_per_second, "s"},
                                                      {1'000'000, "ms"},
                                                      {1'000, "us"},
                                                      {1, "ns"}}};
constexpr std::array<NamedUnit, 5> memory_units = {
    {{1LL << 40, "TiB"}, {1LL << 30, "GiB"}, {1LL << 20, "MiB"}, {1LL << 10, "KiB"}, {1, "B"}}};

template <std::size_t Count>
std::string amount_text(std::int64_t amount, const std::array<NamedUnit, Count>& units, std::string_view zero) {
  if (amount == 0) return std::string(zero);
  for (const NamedUnit& unit : units) {
    if (amount % unit.factor == 0) return fmt::format("{}{}", amount / unit.factor, unit.name);
  }
  return {};  // the last unit divides everything
}

int sign_of(bool less, bool greater) { return less ? -1 : (greater ? 1 : 0); }

int compare_lists(const std::vector<Value>& a, const std::vector<Value>& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (const int order = compare(a[i], b[i]); order != 0) return order;
  }
  return sign_of(a.size() < b.size(), a.size() > b.size());
}

bool is_number(const Value& value) {
  return std::holds_alternative<std::int64_t>(value.held) || std::holds_alternative<double>(value.held);
}

/// Numbers compare by their exact values: the long doubles of all our machines hold any integer and any real.
long double exact(const Value& value) {
  return std::holds_alternative<double>(value.held) ? static_cast<long double>(value.real()) : static_cast<long double>(value.integer());
}

}  // namespace

Value to_value(Scalar scalar, Type type, const Strings& strings) {
  OSAC_CHECK(!type.is_list, "a list is no scalar");
  if (scalar == absent_scalar) return {};
  switch (type.kind) {
    case Kind::error:
    case Kind::range:
      return {};
    case Kind::boolean:
      return scalar != 0;
    case Kind::integer:
    case Kind::date:
    case Kind::time:
    case Kind::duration:
    case Kind::memory:
      return scalar;
    case Kind::real:
      return real_of(scalar);
    case Kind::text:
    case Kind::path:
    case Kind::file:
    case Kind::enumeration:
      return std::string(strings.text(Symbol{static_cast<std::uint32_t>(scalar)}));
  }
  return {};
}

Scalar to_scalar(const Value& value, Type type, Strings& strings) {
  if (value.is_absent()) return absent_scalar;
  OSAC_CHECK(!type.is_list && !std::holds_alternative<std::vector<Value>>(value.held), "a list is no scalar");
  switch (type.kind) {
    case Kind::error:
    case Kind::range:
      return absent_scalar;
    case Kind::boolean:
      return value.boolean() ? 1 : 0;
    case Kind::integer:
    case Kind::date:
    case Kind::time:
    case Kind::duration:
    case Kind::memory:
      return value.integer();
    case Kind::real:
      return scalar_of(value.real());
    case Kind::text:
    case Kind::path:
    case Kind::file:
    case Kind::enumeration:
      return strings.intern(value.text()).index;
  }
  return absent_scalar;
}

int compare(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return sign_of(exact(a) < exact(b), exact(a) > exact(b));
  if (a.held.index() != b.held.index()) return sign_of(a.held.index() < b.held.index(), true);
  if (a.is_absent()) return 0;
  if (const auto* list = std::get_if<std::vector<Value>>(&a.held)) return compare_lists(*list, b.list());
  if (std::holds_alternative<bool>(a.held)) return sign_of(a.boolean() < b.boolean(), a.boolean() > b.boolean());
  return a.text().compare(b.text());
}

std::string to_text(const Value& value, Type type) {
  if (value.is_absent()) return {};
  if (const auto* items = std::get_if<std::vector<Value>>(&value.held)) {
    std::string text;
    for (const Value& item : *items) {
      if (&item != items->data()) text += ' ';
      text += to_text(item, type.element());
    }
    return text;
  }
  switch (type.kind) {
    case Kind::error:
    case Kind::range:
      return {};
    case Kind::boolean:
      return value.boolean() ? "true" : "false";
    case Kind::integer:
      return fmt::format("{}", value.integer());
    case Kind::real:
      return fmt::format("{}", value.real());
    case Kind::date:
      return date_text(value.integer());
    case Kind::time:
      return time_text(value.integer());
    case Kind::duration:
      return amount_text(value.integer(), duration_units, "0s");
    case Kind::memory:
      return amount_text(value.integer(), memory_units, "0B");
    case Kind::text:
    case Kind::path:
    case Kind::file:
    case Kind::enumeration:
      return value.text();
  }
  return {};
}

}  // namespace osac::expression
