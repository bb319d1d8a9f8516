#include "runtime/base/clock.h"

#include <fmt/format.h>
#include <chrono>

namespace osac::runtime {

namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Nanoseconds monotonic() const override { return since_epoch<std::chrono::steady_clock>(); }
  [[nodiscard]] Nanoseconds wall() const override { return since_epoch<std::chrono::system_clock>(); }

 private:
  template <typename Source>
  static Nanoseconds since_epoch() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Source::now().time_since_epoch()).count();
  }
};

/// "3 min 5 s", "3 min": the smaller part only if it is not 0.
std::string two_parts(std::uint64_t large, const char* large_unit, std::uint64_t small, const char* small_unit) {
  std::string text = fmt::format("{} {}", large, large_unit);
  if (small > 0) text += fmt::format(" {} {}", small, small_unit);
  return text;
}

/// The magnitude of any number, the most negative one too.
std::uint64_t magnitude(std::int64_t number) {
  return number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string utc_text(Nanoseconds wall) {
  using namespace std::chrono;
  const sys_time<nanoseconds> at{nanoseconds{wall}};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{floor<milliseconds>(at - day)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::string duration_text(Nanoseconds duration) {
  const std::string sign = duration < 0 ? "-" : "";
  const std::uint64_t length = magnitude(duration);
  const std::uint64_t tenths = (length + 50'000'000) / 100'000'000;
  if (tenths < 600) return sign + fmt::format("{}.{} s", tenths / 10, tenths % 10);
  const std::uint64_t seconds = (length + 500'000'000) / 1'000'000'000;
  if (seconds < 3600) return sign + two_parts(seconds / 60, "min", seconds % 60, "s");
  const std::uint64_t minutes = (seconds + 30) / 60;
  if (minutes < 24 * 60) return sign + two_parts(minutes / 60, "h", minutes % 60, "min");
  const std::uint64_t hours = (minutes + 30) / 60;
  return sign + two_parts(hours / 24, "d", hours % 24, "h");
}

std::string memory_text(std::int64_t bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  const std::string sign = bytes < 0 ? "-" : "";
  auto number = static_cast<double>(magnitude(bytes));
  std::size_t unit = 0;
  while (number >= 1023.95 && unit + 1 < std::size(units)) {
    number /= 1024;
    ++unit;
  }
  std::string text = fmt::format("{:.1f}", number);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return sign + text + " " + units[unit];
}

}  // namespace osac::runtime
