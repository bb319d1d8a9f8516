// Values as users and tables write them. No locale, no octal, no infinities: what is read here is what was meant, or nothing.

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "compiler/expression/calendar.h"
#include "compiler/expression/unit.h"
#include "compiler/expression/value.h"

namespace osac::expression {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const auto number = parse_number<std::int64_t>(text);
  return number && *number != absent_scalar ? number : std::nullopt;
}

std::optional<double> parse_real(std::string_view text) {
  const auto number = parse_number<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

/// Reads `1 h 15 min`, `90s`, `-1.5 GiB`: numbers, each with a unit word of `kind`, added up.
class AmountReader {
 public:
  AmountReader(std::string_view text, Kind kind) : rest_(text), kind_(kind) {}

  std::optional<std::int64_t> read() {
    const bool is_negative = !rest_.empty() && rest_[0] == '-';
    if (is_negative) rest_.remove_prefix(1);
    std::int64_t total = 0;
    do {
      const auto part = read_part();
      if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
      skip_blanks();
    } while (!rest_.empty());
    return is_negative ? -total : total;
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && rest_[0] == ' ') rest_.remove_prefix(1);
  }

  template <typename Predicate>
  std::string_view take_while(Predicate holds) {
    std::size_t count = 0;
    while (count < rest_.size() && holds(rest_[count])) ++count;
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::optional<std::int64_t> read_part() {
    const auto whole = parse_number<std::int64_t>(take_while(is_digit));
    if (!whole) return std::nullopt;
    std::string_view fraction;
    if (!rest_.empty() && rest_[0] == '.') {
      rest_.remove_prefix(1);
      fraction = take_while(is_digit);
      if (fraction.empty()) return std::nullopt;
    }
    skip_blanks();
    const auto unit = find_unit(take_while(is_letter));
    if (!unit || unit->kind != kind_) return std::nullopt;
    std::int64_t amount = 0;
    if (__builtin_mul_overflow(*whole, static_cast<std::int64_t>(unit->factor), &amount)) return std::nullopt;
    // The fraction is below one unit: a long double holds its nanoseconds or bytes to the last one.
    long double part = 0;
    long double place = static_cast<long double>(unit->factor);
    for (const char digit : fraction) {
      place /= 10;
      part += place * static_cast<long double>(digit - '0');
    }
    if (__builtin_add_overflow(amount, static_cast<std::int64_t>(std::llround(part)), &amount)) return std::nullopt;
    return amount;
  }

  std::string_view rest_;
  Kind kind_;
};

std::optional<Value> parse(std::string_view text, Type type) {
  const auto value_of = [](const auto& parsed) { return parsed ? std::optional(Value(*parsed)) : std::nullopt; };
  switch (type.kind) {
    case Kind::error:
    case Kind::range:
      return std::nullopt;
    case Kind::boolean:
      return text == "true" || text == "false" ? std::optional(Value(text == "true")) : std::nullopt;
    case Kind::integer:
      return value_of(parse_integer(text));
    case Kind::real:
      return value_of(parse_real(text));
    case Kind::date:
      return value_of(parse_date(text));
    case Kind::time:
      return value_of(parse_time(text, type.scale == TimeScale::utc));
    case Kind::duration:
    case Kind::memory:
      return value_of(AmountReader(text, type.kind).read());
    case Kind::text:
    case Kind::path:
    case Kind::file:
    case Kind::enumeration:
      break;
  }
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // no command line and no path can hold it
  return Value(std::string(text));
}

}  // namespace

bool parse_value(std::string_view text, Type type, Value& out) {
  if (type.is_list) return false;
  auto value = parse(text, type);
  if (value) out = *std::move(value);
  return value.has_value();
}

}  // namespace osac::expression
