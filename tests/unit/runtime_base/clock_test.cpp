#include "runtime/base/clock.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace osac::runtime;

namespace {
constexpr Nanoseconds second = 1'000'000'000;
}

TEST_CASE("a wall time is written in UTC with milliseconds, rounded down") {
  CHECK(utc_text(0) == "1970-01-01T00:00:00.000Z");
  CHECK(utc_text(1'726'719'360'123'999'999) == "2024-09-19T04:16:00.123Z");
  CHECK(utc_text(1'709'164'800 * second) == "2024-02-29T00:00:00.000Z");
  CHECK(utc_text(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(utc_text(std::numeric_limits<Nanoseconds>::max()) == "2262-04-11T23:47:16.854Z");
}

TEST_CASE("a duration is written with its two largest units") {
  CHECK(duration_text(0) == "0.0 s");
  CHECK(duration_text(200'000'000) == "0.2 s");
  CHECK(duration_text(12'340'000'000) == "12.3 s");
  CHECK(duration_text(59'949'999'999) == "59.9 s");
  CHECK(duration_text(59'950'000'000) == "1 min");
  CHECK(duration_text(185 * second) == "3 min 5 s");
  CHECK(duration_text(3599'500'000'000) == "1 h");
  CHECK(duration_text(7440 * second) == "2 h 4 min");
  CHECK(duration_text(86'400 * second) == "1 d");
  CHECK(duration_text(100'000 * second) == "1 d 4 h");
  CHECK(duration_text(-90 * second) == "-1 min 30 s");
  CHECK(duration_text(std::numeric_limits<Nanoseconds>::min()) == "-106752 d");
}

TEST_CASE("an amount of memory is written in the largest unit that leaves at least 1") {
  CHECK(memory_text(0) == "0 B");
  CHECK(memory_text(512) == "512 B");
  CHECK(memory_text(1024) == "1 KiB");
  CHECK(memory_text(1'572'864) == "1.5 MiB");
  CHECK(memory_text(1'048'575) == "1 MiB");
  CHECK(memory_text(std::int64_t{16} << 30) == "16 GiB");
  CHECK(memory_text(-2048) == "-2 KiB");
  CHECK(memory_text(std::numeric_limits<std::int64_t>::min()) == "-8 EiB");
}

TEST_CASE("the system clock's monotonic time does not go back") {
  const Nanoseconds before = system_clock().monotonic();
  CHECK(system_clock().monotonic() >= before);
  CHECK(system_clock().wall() > 1'600'000'000 * second);
}
