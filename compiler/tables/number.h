#pragma once
// Numbers in tables. No locale, no octal, no infinities; decimal fractions keep every digit that their unit can hold.

#include <cstdint>
#include <optional>
#include <string_view>

namespace osac::tables {

std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_real(std::string_view text);

/// A decimal number as whole and fraction (of the same sign).
struct Decimal {
  std::int64_t whole = 0;
  long double fraction = 0;
};
/// Reads `-12.345`, and `1.2e3` with a double's accuracy.
std::optional<Decimal> parse_decimal(std::string_view text);
/// `number` times `factor`, rounded; nothing if it does not fit.
std::optional<std::int64_t> scaled(Decimal number, double factor);

}  // namespace osac::tables
