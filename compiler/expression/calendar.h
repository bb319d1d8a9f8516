#pragma once
// Days and nanoseconds since 1970 to calendar fields and back, for the values of this room. Proleptic Gregorian calendar, years 1 to 9999,
// days of 86,400 seconds; it knows no time zones and no leap seconds (a time stays in its own scale).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace osac::expression {

inline constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
inline constexpr std::int64_t nanoseconds_per_day = 86'400 * nanoseconds_per_second;
inline constexpr std::int64_t first_day = -719'162;  ///< 0001-01-01
inline constexpr std::int64_t last_day = 2'932'896;  ///< 9999-12-31

struct Moment {
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  unsigned day_of_year = 1;
  unsigned weekday = 4;  ///< 0 is Sunday
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  std::uint32_t nanosecond = 0;
};

Moment moment_of_date(std::int64_t days);
Moment moment_of_time(std::int64_t nanoseconds);

/// `2024-09-18`
std::string date_text(std::int64_t days);
/// `2024-09-19T04:16:00`, with as many digits of the second's fraction as it has.
std::string time_text(std::int64_t nanoseconds);

/// Reads `2024-09-18`: four, two and two digits, a day that exists.
std::optional<std::int64_t> parse_date(std::string_view text);
/// Reads `2024-09-19T04:16:00.5` or with a blank for the T, seconds optional; `Z` at the end only where `allows_z`. Nothing beyond
/// the years 1678 to 2261, which 64 bits of nanoseconds hold, and no finer fraction than nanoseconds.
std::optional<std::int64_t> parse_time(std::string_view text, bool allows_z);

}  // namespace osac::expression
