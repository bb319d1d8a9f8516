#include "compiler/expression/calendar.h"

#include <fmt/format.h>

#include <chrono>

namespace osac::expression {

namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Takes text apart from the left.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool skip(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Exactly `count` digits.
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return number;
  }
  /// The digits of a fraction as nanoseconds; nothing if there are none or finer ones than that.
  std::optional<std::int64_t> fraction() {
    std::int64_t value = 0;
    std::int64_t unit = nanoseconds_per_second / 10;
    std::size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      const int digit = rest_[count] - '0';
      if (unit == 0 && digit != 0) return std::nullopt;
      value += digit * unit;
      unit /= 10;
    }
    rest_.remove_prefix(count);
    return count > 0 ? std::optional(value) : std::nullopt;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<std::int64_t> read_date(Reader& reader) {
  const auto year = reader.digits(4);
  if (!year || !reader.skip('-')) return std::nullopt;
  const auto month = reader.digits(2);
  if (!month || !reader.skip('-')) return std::nullopt;
  const auto day = reader.digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)});
  if (*year < 1 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

/// Nanoseconds since midnight.
std::optional<std::int64_t> read_clock(Reader& reader) {
  const auto hour = reader.digits(2);
  if (!hour || !reader.skip(':')) return std::nullopt;
  const auto minute = reader.digits(2);
  if (!minute) return std::nullopt;
  int second = 0;
  std::int64_t fraction = 0;
  if (reader.skip(':')) {
    const auto read = reader.digits(2);
    if (!read) return std::nullopt;
    second = *read;
    if (reader.skip('.')) {
      const auto read_fraction = reader.fraction();
      if (!read_fraction) return std::nullopt;
      fraction = *read_fraction;
    }
  }
  if (*hour > 23 || *minute > 59 || second > 59) return std::nullopt;
  return (*hour * 3600LL + *minute * 60LL + second) * nanoseconds_per_second + fraction;
}

}  // namespace

Moment moment_of_date(std::int64_t days) {
  namespace chrono = std::chrono;
  const chrono::sys_days day{chrono::days{static_cast<int>(days)}};
  const chrono::year_month_day date{day};
  Moment moment;
  moment.year = static_cast<int>(date.year());
  moment.month = static_cast<unsigned>(date.month());
  moment.day = static_cast<unsigned>(date.day());
  moment.day_of_year = static_cast<unsigned>((day - chrono::sys_days{date.year() / 1 / 1}).count()) + 1;
  moment.weekday = chrono::weekday{day}.c_encoding();
  return moment;
}

Moment moment_of_time(std::int64_t nanoseconds) {
  const std::int64_t days = floor_divide(nanoseconds, nanoseconds_per_day);
  // The start of the first day that int64 reaches lies before it: never multiply `days` back.
  std::int64_t rest = nanoseconds % nanoseconds_per_day;
  if (rest < 0) rest += nanoseconds_per_day;
  Moment moment = moment_of_date(days);
  moment.nanosecond = static_cast<std::uint32_t>(rest % nanoseconds_per_second);
  const auto seconds = static_cast<unsigned>(rest / nanoseconds_per_second);
  moment.hour = seconds / 3600;
  moment.minute = seconds / 60 % 60;
  moment.second = seconds % 60;
  return moment;
}

std::string date_text(std::int64_t days) {
  const Moment moment = moment_of_date(days);
  return fmt::format("{:04}-{:02}-{:02}", moment.year, moment.month, moment.day);
}

std::string time_text(std::int64_t nanoseconds) {
  const Moment moment = moment_of_time(nanoseconds);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second);
  if (moment.nanosecond != 0) {
    text += fmt::format(".{:09}", moment.nanosecond);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  Reader reader(text);
  const auto date = read_date(reader);
  return reader.at_end() ? date : std::nullopt;
}

std::optional<std::int64_t> parse_time(std::string_view text, bool allows_z) {
  Reader reader(text);
  const auto date = read_date(reader);
  if (!date || !(reader.skip('T') || reader.skip(' '))) return std::nullopt;
  const auto clock = read_clock(reader);
  if (!clock) return std::nullopt;
  if (allows_z) reader.skip('Z');
  if (!reader.at_end()) return std::nullopt;
  // Before 1970 the sum is taken from the day's end, so that the first, cut day of the range can be read as well.
  const bool from_end = *date < 0;
  std::int64_t time = 0;
  if (__builtin_mul_overflow(*date + (from_end ? 1 : 0), nanoseconds_per_day, &time) ||
      __builtin_add_overflow(time, *clock - (from_end ? nanoseconds_per_day : 0), &time)) {
    return std::nullopt;
  }
  return time;
}

}  // namespace osac::expression
