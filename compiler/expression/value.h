#pragma once
// Values of expressions. A Scalar is the eight bytes in which tables, constants and plans hold one; a Value is what
// evaluation hands round: a scalar with its text at hand, or a list.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/expression/type.h"

namespace osac::expression {

/// How every scalar is stored, by Kind: integer, date, time, duration, memory and boolean as they are; real as its bits
/// (-0.0 is stored as 0.0); text, path, file, enumeration as the index of their Symbol.
using Scalar = std::int64_t;
/// The stored form of "none" for any optional type. No value has it: integers are refused at -2^63, -0.0 is 0.0.
inline constexpr Scalar absent_scalar = INT64_MIN;

constexpr Scalar scalar_of(double number) { return std::bit_cast<Scalar>(number == 0 ? 0.0 : number); }
constexpr double real_of(Scalar scalar) { return std::bit_cast<double>(scalar); }

struct Absent {
  friend bool operator==(Absent, Absent) = default;
};

/// A value: which alternative it holds follows from its static Type (integers, dates, times, durations and memory in int64;
/// all textual kinds in string).
struct Value {
  std::variant<Absent, bool, std::int64_t, double, std::string, std::vector<Value>> held;

  Value() = default;
  Value(bool value) : held(value) {}                           // NOLINT(google-explicit-constructor)
  Value(std::int64_t value) : held(value) {}                   // NOLINT(google-explicit-constructor)
  Value(double value) : held(value) {}                         // NOLINT(google-explicit-constructor)
  Value(std::string value) : held(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Value(std::vector<Value> value) : held(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Value(const char*) = delete;

  [[nodiscard]] bool is_absent() const { return std::holds_alternative<Absent>(held); }
  [[nodiscard]] bool boolean() const { return std::get<bool>(held); }
  [[nodiscard]] std::int64_t integer() const { return std::get<std::int64_t>(held); }
  /// A real, or an integer as a real.
  [[nodiscard]] double real() const {
    return std::holds_alternative<double>(held) ? std::get<double>(held) : static_cast<double>(std::get<std::int64_t>(held));
  }
  [[nodiscard]] const std::string& text() const { return std::get<std::string>(held); }
  [[nodiscard]] const std::vector<Value>& list() const { return std::get<std::vector<Value>>(held); }
  friend bool operator==(const Value&, const Value&) = default;
};

Value to_value(Scalar scalar, Type type, const Strings& strings);
/// The stored form; text is interned. Lists have none: OSAC_CHECK.
Scalar to_scalar(const Value& value, Type type, Strings& strings);

/// Orders two values of one type; absent comes first, text by bytes, lists by element. Returns <0, 0, >0.
int compare(const Value& a, const Value& b);

/// A value as text, without a format: `12`, `1.5`, `2024-09-18`, `2024-09-19T04:16:00` (and `.5` if there is a fraction), `90s` for a
/// duration, `2GiB` for memory, `true`; a list joined with spaces; absent as "".
std::string to_text(const Value& value, Type type);

/// Formats with a format spec of a template (`{x:05}`, `{day:%Y%m%d}`, `{exptime:s}`, `{r:.2f}`): fmt's standard specs for numbers and
/// text, strftime's conversions for date and time (%Y %m %d %H %M %S %j %y %F %T %s), a unit name for duration and memory (the number in
/// that unit, shortest form). Lists: each item, joined with spaces; absent: "". Whether a spec fits a type is checked before by
/// check_format. An empty spec is to_text.
std::string format(const Value& value, Type type, std::string_view spec);
/// Returns "" if `spec` fits `type`, else what is wrong, for a diagnostic ("`%Q` is no conversion of a date").
std::string check_format(Type type, std::string_view spec);

/// Reads a value as a user or a table writes it ("2024-09-18", "3 min", "2 GiB", "true", "BIAS"); nothing if the text is no such value.
/// Numbers with no unit are refused for duration and memory; infinities and NaN are no reals. Enumeration members are checked by the
/// caller. Lists have no one text form: their items are read one by one.
bool parse_value(std::string_view text, Type type, Value& out);

}  // namespace osac::expression
