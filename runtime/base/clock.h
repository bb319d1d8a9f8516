#pragma once
// Time, as an interface: schedules and tests use a fake one.

#include <cstdint>
#include <string>

namespace osac::runtime {

/// Nanoseconds.
using Nanoseconds = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanoseconds monotonic() const = 0;
  /// Since 1970-01-01 UTC.
  virtual Nanoseconds wall() const = 0;
};
const Clock& system_clock();

/// "2024-09-19T04:16:00.123Z"
std::string utc_text(Nanoseconds wall);
/// "0.2 s", "12.3 s", "3 min 5 s", "2 h 4 min"
std::string duration_text(Nanoseconds duration);
/// "512 B", "1.5 MiB"
std::string memory_text(std::int64_t bytes);

}  // namespace osac::runtime
