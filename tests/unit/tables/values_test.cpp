#include "compiler/tables/convert.h"
#include "compiler/tables/number.h"
#include "tests/unit/tables/fixture.h"

using namespace osac;
using namespace osac::tables;
using namespace osac::tables::test;

namespace {

/// What becomes of a cell's text in a column of this type: the value as text, or why not.
std::string converted(Type type, std::string_view text, TimeEncoding encoding = TimeEncoding::iso, double unit = 0) {
  Fixture f(TableFormat::csv);
  program::Column column = f.column("seq", type);
  if (type.kind == Kind::enumeration) column.type = f.enumeration();
  column.encoding = encoding;
  Converter converter(f.program, column, f.strings);
  if (unit > 0) converter.set_unit(unit);
  expression::Scalar out = 0;
  switch (converter.convert({text, {}, Form::untyped, Escapes::none}, out)) {
    case Outcome::fine:
      return expression::to_text(expression::to_value(out, column.type, f.strings), column.type);
    case Outcome::empty:
      return "empty";
    case Outcome::bad:
      return "bad";
    case Outcome::no_unit:
      return "no unit";
  }
  return "";
}

std::string converted(Kind kind, std::string_view text, TimeEncoding encoding = TimeEncoding::iso, double unit = 0) {
  return converted(Type::of(kind), text, encoding, unit);
}

constexpr double second = 1e9;

}  // namespace

TEST_CASE("integers are decimal and have 64 bits") {
  CHECK(converted(Kind::integer, "012") == "12");
  CHECK(converted(Kind::integer, " -7 ") == "-7");
  CHECK(converted(Kind::integer, "+3") == "3");
  CHECK(converted(Kind::integer, "9223372036854775807") == "9223372036854775807");
  for (const char* text : {"9223372036854775808", "-9223372036854775808", "1.0", "1e3", "0x10", "1 2", "--1", "+-1", "one", "-"})
    CHECK(converted(Kind::integer, text) == "bad");
}

TEST_CASE("floats are finite; nan is no value") {
  CHECK(converted(Kind::real, "1.5") == "1.5");
  CHECK(converted(Kind::real, "1e-3") == "0.001");
  for (const char* text : {"nan", "NaN", ".nan"}) CHECK(converted(Kind::real, text) == "empty");
  for (const char* text : {"inf", "-inf", "1e999", "1,5", "0x1p3", "nano"}) CHECK(converted(Kind::real, text) == "bad");
}

TEST_CASE("booleans, enums and dates are read as they are written") {
  CHECK(converted(Kind::boolean, "True") == "true");
  CHECK(converted(Kind::boolean, "false") == "false");
  CHECK(converted(Kind::boolean, "1") == "bad");
  CHECK(converted(Kind::enumeration, " FLAT") == "FLAT");
  CHECK(converted(Kind::enumeration, "flat") == "bad");
  CHECK(converted(Kind::enumeration, "log") == "bad");  // a symbol, but no member
  CHECK(converted(Kind::date, "2024-02-29") == "2024-02-29");
  CHECK(converted(Kind::date, "2023-02-29") == "bad");
}

TEST_CASE("text keeps its blanks") {
  CHECK(converted(Kind::text, " a b ") == " a b ");
  CHECK(converted(Kind::path, "../x") == "../x");
}

TEST_CASE("times are ISO 8601 or as the declaration encodes them, to the nanosecond") {
  CHECK(converted(Kind::time, "2024-09-19T04:16:00.5") == "2024-09-19T04:16:00.5");
  CHECK(converted(Kind::time, "2024-09-19 04:16:00") == "2024-09-19T04:16:00");
  CHECK(converted(Kind::time, "1726719360") == "bad");
  CHECK(converted(Kind::time, "1726719360", TimeEncoding::unix_s) == "2024-09-19T04:16:00");
  CHECK(converted(Kind::time, "1726719360.123456789", TimeEncoding::unix_s) == "2024-09-19T04:16:00.123456789");
  CHECK(converted(Kind::time, "1.72671936e+09", TimeEncoding::unix_s) == "2024-09-19T04:16:00");
  CHECK(converted(Kind::time, "1726719360250", TimeEncoding::unix_ms) == "2024-09-19T04:16:00.25");
  CHECK(converted(Kind::time, "1726719360000000001", TimeEncoding::unix_ns) == "2024-09-19T04:16:00.000000001");
  CHECK(converted(Kind::time, "-0.5", TimeEncoding::unix_s) == "1969-12-31T23:59:59.5");
  CHECK(converted(Kind::time, "40587", TimeEncoding::mjd) == "1970-01-01T00:00:00");
  CHECK(converted(Kind::time, "60572.25", TimeEncoding::mjd) == "2024-09-19T06:00:00");
  CHECK(converted(Kind::time, "60572.000000000011574", TimeEncoding::mjd) == "2024-09-19T00:00:00.000001");
  CHECK(converted(Kind::time, "2440587.5", TimeEncoding::jd) == "1970-01-01T00:00:00");
  CHECK(converted(Kind::time, "2460572.75", TimeEncoding::jd) == "2024-09-19T06:00:00");
  CHECK(converted(Kind::time, "1e30", TimeEncoding::unix_s) == "bad");
  CHECK(converted(Kind::time, "9223372036854775807", TimeEncoding::unix_s) == "bad");
  CHECK(converted(Kind::time, "-9223372036854775807", TimeEncoding::jd) == "bad");
  CHECK(converted(Kind::time, "2024-09-19T04:16:00", TimeEncoding::mjd) == "bad");
}

TEST_CASE("durations and amounts of memory need a unit: their own, or the column's") {
  CHECK(converted(Kind::duration, "30 s") == "30s");
  CHECK(converted(Kind::duration, "1 h 30 min") == "90min");
  CHECK(converted(Kind::duration, "30") == "no unit");
  CHECK(converted(Kind::duration, "30 GiB") == "bad");
  CHECK(converted(Kind::duration, "0.5", TimeEncoding::iso, 60 * second) == "30s");
  CHECK(converted(Kind::duration, "2 min", TimeEncoding::iso, second) == "2min");
  CHECK(converted(Kind::memory, "2 GiB") == "2GiB");
  CHECK(converted(Kind::memory, "1024") == "no unit");
  CHECK(converted(Kind::memory, "1024", TimeEncoding::iso, 1024) == "1MiB");
}

TEST_CASE("a decimal is whole and fraction, both with its sign") {
  const auto parts = [](std::string_view text) {
    const auto number = parse_decimal(text);
    return number ? std::pair{number->whole, static_cast<double>(number->fraction)} : std::pair{std::int64_t{-999}, 0.0};
  };
  CHECK(parts("12.25") == std::pair{std::int64_t{12}, 0.25});
  CHECK(parts("-12.25") == std::pair{std::int64_t{-12}, -0.25});
  CHECK(parts("-0.5") == std::pair{std::int64_t{0}, -0.5});
  CHECK(parts("3.") == std::pair{std::int64_t{3}, 0.0});
  CHECK(parts("12.5e1") == std::pair{std::int64_t{125}, 0.0});
  CHECK(parts("1.00000000000000000000000000000000000000001") == std::pair{std::int64_t{1}, 0.0});
  for (const char* text : {"", ".", ".5", "1.2.3", "1.-2", "1.+2", "e5", "1e", "1 000"}) CHECK(parts(text).first == -999);
}

TEST_CASE("a bad cell names type, column and declaration, and says how to write it") {
  Fixture f(TableFormat::csv);
  f.column("kind", f.enumeration());
  f.column("begin", Type{Kind::time, false, false, expression::TimeScale::utc, 0});
  f.column("exptime", Kind::duration);
  CHECK(f.read("kind,begin,exptime\nSCIENC,19/09/2024,30\n") ==
        "error[bad-cell]: `SCIENC` is no member of `Kind`\n"
        " --> log.dat:2:1\n"
        "2 | SCIENC,19/09/2024,30\n"
        "  | ^^^^^^ column `kind`\n"
        " ::: w.osa:1:17\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |                 ---- declared here\n"
        "help: did you mean `SCIENCE`?\n"
        "\n"
        "error[bad-cell]: `19/09/2024` is no `time utc`\n"
        " --> log.dat:2:8\n"
        "2 | SCIENC,19/09/2024,30\n"
        "  |        ^^^^^^^^^^ column `begin`\n"
        " ::: w.osa:1:28\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |                            ----- declared here\n"
        "help: write it like `2024-09-18T04:16:00`, or say how it is encoded: `time as unix_s`\n"
        "\n"
        "error[missing-unit]: `30` has no unit\n"
        " --> log.dat:2:19\n"
        "2 | SCIENC,19/09/2024,30\n"
        "  |                   ^^ column `exptime`\n"
        " ::: w.osa:1:34\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |                                  ------- a duration\n"
        "help: write it like `30 s`, or use ecsv, whose header gives the column a `unit: s`\n"
        "\n"
        "3 errors\n");
}

TEST_CASE("a very long cell is cut in the message, never inside a character") {
  Fixture f(TableFormat::csv);
  f.column("seq", Kind::integer);
  std::string text(59, 'x');
  f.read("seq\n" + text + "\xe2\x82\xac and more\n");
  CHECK(f.lines() == "log.dat:2:1: error[bad-cell]: `" + text + "...` is no `int`\n");
}
