#include "compiler/tables/number.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace osac::tables {

namespace {

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The value of the digits after a point; nothing if there is anything else.
std::optional<long double> parse_fraction(std::string_view digits) {
  long double value = 0;
  long double place = 1;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    place *= 10;
    value = value * 10 + static_cast<long double>(c - '0');
    if (place >= 1e18L) break;  // beyond it a nanosecond of a day does not change
  }
  return value / place;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const auto number = parse<std::int64_t>(text);
  return number && *number != std::numeric_limits<std::int64_t>::min() ? number : std::nullopt;
}

std::optional<double> parse_real(std::string_view text) {
  const auto number = parse<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  if (text.find_first_of("eE") != std::string_view::npos) {
    const auto number = parse_real(text);
    if (!number || std::abs(*number) >= 9.2e18) return std::nullopt;
    const double whole = std::trunc(*number);
    return Decimal{static_cast<std::int64_t>(whole), static_cast<long double>(*number - whole)};
  }
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) {
    const auto whole = parse_integer(text);
    return whole ? std::optional(Decimal{*whole, 0}) : std::nullopt;
  }
  const auto whole = parse_integer(text.substr(0, point));
  const auto digits = text.substr(point + 1);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto fraction = parse_fraction(digits);
  if (!whole || !fraction) return std::nullopt;
  return Decimal{*whole, text[0] == '-' ? -*fraction : *fraction};
}

std::optional<std::int64_t> scaled(Decimal number, double factor) {
  const auto unit = static_cast<std::int64_t>(factor);
  std::int64_t product = 0;
  if (__builtin_mul_overflow(number.whole, unit, &product)) return std::nullopt;
  const auto part = static_cast<std::int64_t>(std::llround(number.fraction * static_cast<long double>(factor)));
  if (__builtin_add_overflow(product, part, &product) || product == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  return product;
}

}  // namespace osac::tables
