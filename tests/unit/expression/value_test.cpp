#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "compiler/expression/unit.h"
#include "compiler/expression/value.h"

using namespace osac;
using namespace osac::expression;
using namespace std::string_literals;

namespace {

constexpr Type integer = Type::of(Kind::integer);
constexpr Type real = Type::of(Kind::real);
constexpr Type text = Type::of(Kind::text);
constexpr Type date = Type::of(Kind::date);
constexpr Type time_of_day = Type::of(Kind::time);
constexpr Type duration = Type::of(Kind::duration);
constexpr Type memory = Type::of(Kind::memory);
constexpr Type utc = {Kind::time, false, false, TimeScale::utc, 0};
constexpr std::int64_t second = 1'000'000'000;

/// What parse_value reads; absent if it refuses the text.
Value parsed(std::string_view written, Type type) {
  Value value;
  return parse_value(written, type, value) ? value : Value();
}
/// `written` read and written again.
std::string round_trip(std::string_view written, Type type) {
  const Value value = parsed(written, type);
  return value.is_absent() ? "refused" : to_text(value, type);
}

}  // namespace

TEST_CASE("numbers are read strictly and written in their shortest form") {
  CHECK(parsed("12", integer) == Value(std::int64_t{12}));
  CHECK(parsed("-7", integer) == Value(std::int64_t{-7}));
  CHECK(parsed("+7", integer) == Value(std::int64_t{7}));
  CHECK(parsed("00010", integer) == Value(std::int64_t{10}));
  CHECK(parsed("9223372036854775807", integer) == Value(std::numeric_limits<std::int64_t>::max()));
  for (const auto* wrong : {"", "9223372036854775808", "-9223372036854775808", "1.0", "1e3", "0x10", " 1", "1 ", "+-1", "--1", "1,000"}) {
    CHECK(round_trip(wrong, integer) == "refused");
  }
  CHECK(round_trip("0.1", real) == "0.1");
  CHECK(round_trip("1e3", real) == "1000");
  CHECK(round_trip("-0.0", real) == "-0");
  CHECK(round_trip("3", real) == "3");
  CHECK(round_trip("1e22", real) == "1e+22");
  CHECK(parsed(to_text(0.1 + 0.2, real), real) == Value(0.1 + 0.2));
  for (const auto* wrong : {"", "inf", "nan", "1e400", "1.5 arcsec", "0x1p3", "1,5"}) CHECK(round_trip(wrong, real) == "refused");
}

TEST_CASE("booleans are the two words") {
  CHECK(parsed("true", Type::of(Kind::boolean)) == Value(true));
  CHECK(round_trip("false", Type::of(Kind::boolean)) == "false");
  for (const auto* wrong : {"True", "yes", "1", ""}) CHECK(round_trip(wrong, Type::of(Kind::boolean)) == "refused");
}

TEST_CASE("dates are days that exist in the years 1 to 9999") {
  CHECK(parsed("1970-01-01", date) == Value(std::int64_t{0}));
  CHECK(parsed("2024-09-18", date) == Value(std::int64_t{19984}));
  CHECK(round_trip("2024-02-29", date) == "2024-02-29");
  CHECK(round_trip("0001-01-01", date) == "0001-01-01");
  CHECK(round_trip("9999-12-31", date) == "9999-12-31");
  for (const auto* wrong : {"", "2023-02-29", "0000-01-01", "0000-00-00", "2024-9-18", "20240918", "2024-09-18T00:00", "2024-13-01",
                            "-001-01-01", "10000-01-01"}) {
    CHECK(round_trip(wrong, date) == "refused");
  }
}

TEST_CASE("times are ISO 8601, with a Z for utc only") {
  CHECK(parsed("1970-01-01T00:00:01", time_of_day) == Value(second));
  CHECK(round_trip("2024-09-19T04:16:00", time_of_day) == "2024-09-19T04:16:00");
  CHECK(round_trip("2024-09-19 04:16", time_of_day) == "2024-09-19T04:16:00");
  CHECK(round_trip("2024-09-19T04:16:00.500", time_of_day) == "2024-09-19T04:16:00.5");
  CHECK(round_trip("2024-09-19T04:16:00.000000001", time_of_day) == "2024-09-19T04:16:00.000000001");
  CHECK(round_trip("2024-09-19T04:16:00.0000000010", time_of_day) == "2024-09-19T04:16:00.000000001");
  CHECK(round_trip("1969-12-31T23:59:59.25", time_of_day) == "1969-12-31T23:59:59.25");
  CHECK(round_trip("2024-09-19T04:16:00Z", utc) == "2024-09-19T04:16:00");
  for (const auto* wrong :
       {"", "2024-09-19", "2024-09-19T04:16:00Z", "2024-09-19T04:16:00+02:00", "2024-09-19T24:00:00", "2024-09-19T04:60:00",
        "2024-09-19T04:16:60", "2024-09-19T04:16:00.", "2024-09-19T04:16:00.0000000001", "3000-01-01T00:00:00", "1066-10-14T09:00"}) {
    CHECK(round_trip(wrong, time_of_day) == "refused");
  }
}

TEST_CASE("the whole range of times can be written and read again") {
  for (const std::int64_t each :
       {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min() + 1, std::int64_t{-1}, std::int64_t{0}}) {
    CHECK(parsed(to_text(each, time_of_day), time_of_day) == Value(each));
  }
}

TEST_CASE("durations and memory are numbers with units") {
  CHECK(parsed("90s", duration) == Value(90 * second));
  CHECK(parsed("90 s", duration) == Value(90 * second));
  CHECK(parsed("1 h 15 min", duration) == Value(4500 * second));
  CHECK(parsed("1h15min", duration) == Value(4500 * second));
  CHECK(parsed("1.5 h", duration) == Value(5400 * second));
  CHECK(parsed("0.1 s", duration) == Value(second / 10));
  CHECK(parsed("-5 min", duration) == Value(-300 * second));
  CHECK(parsed("2 nights", duration) == Value(2 * 86400 * second));
  CHECK(parsed("2GiB", memory) == Value(std::int64_t{2} << 30));
  CHECK(parsed("1.5 KiB", memory) == Value(std::int64_t{1536}));
  CHECK(parsed("60 GB", memory) == Value(std::int64_t{60'000'000'000}));
  for (const auto* wrong : {"", "90", "90 GiB", "s", "1.h", ".5 h", "1 h 15", "1e3 s", "300000000 d", "1 h, 2 min", "--1 s", "1 H"}) {
    CHECK(round_trip(wrong, duration) == "refused");
  }
  CHECK(round_trip("8", memory) == "refused");
}

TEST_CASE("durations and memory are written in the largest unit that divides them, without a blank") {
  CHECK(to_text(90 * second, duration) == "90s");
  CHECK(to_text(900 * second, duration) == "15min");
  CHECK(to_text(7200 * second, duration) == "2h");
  CHECK(to_text(172800 * second, duration) == "2d");
  CHECK(to_text(std::int64_t{1500}, duration) == "1500ns");
  CHECK(to_text(std::int64_t{2'000'000}, duration) == "2ms");
  CHECK(to_text(std::int64_t{0}, duration) == "0s");
  CHECK(to_text(-60 * second, duration) == "-1min");
  CHECK(to_text(std::int64_t{2} << 30, memory) == "2GiB");
  CHECK(to_text(std::int64_t{1000}, memory) == "1000B");
  CHECK(to_text(std::int64_t{0}, memory) == "0B");
  for (const std::int64_t each : {std::int64_t{1}, 90 * second, -7 * second, std::numeric_limits<std::int64_t>::max()}) {
    CHECK(parsed(to_text(each, duration), duration) == Value(each));
    CHECK(parsed(to_text(std::abs(each), memory), memory) == Value(std::abs(each)));
  }
}

TEST_CASE("text is read as it is, without NUL") {
  CHECK(parsed(" a\nb ", text) == Value(" a\nb "s));
  CHECK(parsed("", Type::of(Kind::path)) == Value(""s));
  CHECK(parsed("BIAS", Type::of(Kind::enumeration)) == Value("BIAS"s));
  CHECK(parsed(std::string_view("a\0b", 3), text).is_absent());
  CHECK(parsed("a b", text.list()).is_absent());
}

TEST_CASE("lists are written with blanks, absent values as nothing") {
  CHECK(to_text(std::vector<Value>{std::int64_t{1}, std::int64_t{2}}, integer.list()) == "1 2");
  CHECK(to_text(Value(), integer.optional()) == "");
  CHECK(format(std::vector<Value>{std::int64_t{1}, std::int64_t{2}}, integer.list(), "03") == "001 002");
  CHECK(format(Value(), date.optional(), "%Y") == "");
}

TEST_CASE("formats of numbers and text are fmt's") {
  CHECK(format(std::int64_t{7}, integer, "05") == "00007");
  CHECK(format(std::int64_t{-7}, integer, "05") == "-0007");
  CHECK(format(std::int64_t{255}, integer, "#x") == "0xff");
  CHECK(format(std::int64_t{7}, integer, "*^5") == "**7**");
  CHECK(format(std::int64_t{2}, integer, ".2f") == "2.00");
  CHECK(format(std::int64_t{2}, real, ".2f") == "2.00");
  CHECK(format(0.5, real, "+.1e") == "+5.0e-01");
  CHECK(format("abc"s, text, ">5") == "  abc");
  CHECK(format("abc"s, text, ".2") == "ab");
  CHECK(format(true, Type::of(Kind::boolean), ">5") == " true");
}

TEST_CASE("formats of dates and times are conversions") {
  const std::int64_t day = parsed("2024-09-08", date).integer();
  CHECK(format(day, date, "%Y%m%d") == "20240908");
  CHECK(format(day, date, "%Y/%j") == "2024/252");
  CHECK(format(day, date, "%F %y %b %A %%") == "2024-09-08 24 Sep Sunday %");
  const std::int64_t moment = parsed("1969-12-31T23:59:58.75", time_of_day).integer();
  CHECK(format(moment, time_of_day, "%H%M%S %T %s") == "235958 23:59:58 -2");
}

TEST_CASE("formats of durations and memory are units") {
  CHECK(format(60 * second, duration, "s") == "60");
  CHECK(format(90 * second, duration, "min") == "1.5");
  CHECK(format(std::int64_t{2} << 30, memory, "MiB") == "2048");
  CHECK(format(std::int64_t{1'500'000'000}, memory, "GB") == "1.5");
}

TEST_CASE("a format that does not fit is told, and one that fits never fails") {
  CHECK(check_format(integer, "05") == "");
  CHECK(check_format(integer, "") == "");
  CHECK(check_format(integer, "s") == "`s` is no format of an int");
  CHECK(check_format(integer, ".2") == "an int has a precision only as `e`, `f` or `g`");
  CHECK(check_format(integer, "5000") == "a width is at most 1000");
  CHECK(check_format(integer, "{5") == "`{5` is no format");
  CHECK(check_format(real, "d") == "`d` is no format of a float");
  CHECK(check_format(real, ".999f") == "a precision is at most 100");
  CHECK(check_format(text, "05") == "`05` is a format of numbers");
  CHECK(check_format(text, "d") == "`d` is no format of a text");
  CHECK(check_format(date, "%H") == "`%H` is no conversion of a date");
  CHECK(check_format(time_of_day, "%Q") == "`%Q` is no conversion of a time");
  CHECK(check_format(date, "05") == "a date is formatted by conversions such as `%Y%m%d`");
  CHECK(check_format(date, "%Y%") == "`%` at the end converts nothing");
  CHECK(check_format(duration, "MiB") == "`MiB` is no unit of a duration, such as `s` or `min`");
  CHECK(check_format(memory, "x") == "`x` is no unit of memory, such as `MiB` or `GB`");
  CHECK(check_format(integer.list(), "03") == "");
}

TEST_CASE("every short format is either refused or works") {
  const std::string alphabet = "0159.<>^+-# dxobBefgsLcnp%{}*";
  std::size_t accepted = 0;
  const auto try_all = [&](const Value& value, Type type) {
    for (const char a : alphabet) {
      for (const char b : alphabet) {
        for (const char c : alphabet) {
          const std::string spec{a, b, c};
          if (!check_format(type, spec).empty()) continue;
          const std::string formatted = format(value, type, spec);
          ++accepted;
          if (spec.find(".0") != std::string::npos) continue;  // no character of a text is asked for
          CHECK_FALSE(formatted.empty());
        }
      }
    }
  };
  try_all(std::int64_t{-42}, integer);
  try_all(-0.5, real);
  try_all("t\u00e9xt \xff"s, text);
  CHECK(accepted > 1000);
}

TEST_CASE("scalars hold every value of their kind") {
  Strings strings;
  const auto there_and_back = [&](const Value& value, Type type) { return to_value(to_scalar(value, type, strings), type, strings); };
  CHECK(there_and_back(true, Type::of(Kind::boolean)) == Value(true));
  CHECK(there_and_back(std::int64_t{-5}, integer) == Value(std::int64_t{-5}));
  CHECK(there_and_back(0.1, real) == Value(0.1));
  CHECK(there_and_back(std::int64_t{3}, real) == Value(3.0));
  CHECK(to_scalar(-0.0, real, strings) == 0);
  CHECK(there_and_back("a"s, text) == Value("a"s));
  CHECK(there_and_back(""s, text) == Value(""s));
  CHECK(there_and_back(Value(), text.optional()) == Value());
}

TEST_CASE("values have one order") {
  CHECK(compare(Value(), Value()) == 0);
  CHECK(compare(Value(), std::int64_t{-5}) < 0);
  CHECK(compare(std::int64_t{2}, 1.5) > 0);
  CHECK(compare(std::int64_t{9007199254740993}, 9007199254740992.0) > 0);
  CHECK(compare("a"s, "ab"s) < 0);
  CHECK(compare("Z"s, "a"s) < 0);
  CHECK(compare(false, true) < 0);
  CHECK(compare(std::vector<Value>{std::int64_t{1}}, std::vector<Value>{std::int64_t{1}, std::int64_t{0}}) < 0);
}

TEST_CASE("types are named as they are written") {
  Strings strings;
  Type arcsec = real;
  arcsec.detail = strings.intern("arcsec").index;
  Type image_type = Type::of(Kind::enumeration);
  image_type.detail = strings.intern("ImageType").index;
  CHECK(type_name(integer, strings) == "int");
  CHECK(type_name(arcsec, strings) == "float arcsec");
  CHECK(type_name(text.list(), strings) == "[text]");
  CHECK(type_name(utc, strings) == "time utc");
  CHECK(type_name(image_type.optional(), strings) == "ImageType?");
  CHECK(type_name(Type::of(Kind::file).list().optional(), strings) == "[file]?");
}

TEST_CASE("units are a closed set of words") {
  CHECK(find_unit("GiB")->factor == 1073741824.0);
  CHECK(find_unit("min")->kind == Kind::duration);
  CHECK(find_unit("arcsec")->kind == Kind::real);
  CHECK_FALSE(find_unit("Gib"));
  CHECK_FALSE(find_unit(""));
  CHECK(all_units().front().name == "ns");
}
