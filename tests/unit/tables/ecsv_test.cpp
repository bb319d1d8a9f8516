#include "tests/unit/tables/fixture.h"

using namespace osac;
using namespace osac::tables::test;

namespace {

std::string ecsv(const std::string& columns, const std::string& body, const std::string& more = "") {
  return "# %ECSV 1.0\n# ---\n" + more + "# datatype:\n" + columns + body;
}

const std::string seq_and_field = "# - {name: seq, datatype: int64}\n# - {name: field, datatype: string}\n";

Fixture simple() {
  Fixture f(TableFormat::ecsv);
  f.column("seq", Kind::integer);
  f.column("field", Type::of(Kind::text).optional());
  return f;
}

}  // namespace

TEST_CASE("an ecsv table is delimited by any number of spaces; comments and blank lines are skipped") {
  Fixture f = simple();
  CHECK(f.read(ecsv(seq_and_field, "seq field\n1 M31\n  2   \"M 32\"  \n# 3 M33\n\n4 \"\"\n")) == "");
  CHECK(f.rows() == "1 M31; 2 M 32; 4 -");
  CHECK(f.cell(1, 1) == "\"M 32\"");
}

TEST_CASE("an ecsv table may be delimited by commas") {
  Fixture f = simple();
  CHECK(f.read(ecsv(seq_and_field, "seq,field\n1,M 31\n2,\n3,\"a \"\"b\"\"\"\n", "# delimiter: ','\n")) == "");
  CHECK(f.rows() == "1 M 31; 2 -; 3 a \"b\"");
}

TEST_CASE("the header may hold all that astropy writes into it, with CRLF as well") {
  Fixture f = simple();
  const std::string text =
      "# %ECSV 1.0\r\n# ---\r\n# datatype:\r\n# - {name: seq, unit: '', datatype: int64, format: '%5d', description: a number}\r\n"
      "# - name: field\r\n#   datatype: string\r\n#   meta: {ucd: src.name}\r\n# meta: !!omap\r\n# - comments: [one, two]\r\n# - "
      "__serialized_columns__:\r\n"
      "#     begin: !astropy.table.SerializedColumn\r\n#       format: isot\r\n# schema: astropy-2.0\r\nseq field\r\n1 x\r\n";
  CHECK(f.read(text) == "");
  CHECK(f.rows() == "1 x");
}

TEST_CASE("units in the header give meaning to the numbers of durations and memory") {
  Fixture f(TableFormat::ecsv);
  f.column("exptime", Kind::duration);
  f.column("size", Kind::memory);
  CHECK(f.read(ecsv("# - {name: exptime, unit: min, datatype: float64}\n# - {name: size, unit: Mbyte, datatype: int64}\n",
                    "exptime size\n1.5 3\n\"30 s\" 1\n")) == "");
  CHECK(f.rows() == "90s 3000000B; 30s 1000000B");
}

TEST_CASE("nan is no value of an optional float") {
  Fixture f(TableFormat::ecsv);
  f.column("airmass", Type::of(Kind::real).optional());
  CHECK(f.read(ecsv("# - {name: airmass, datatype: float64}\n", "airmass\nnan\n1.5\n\"\"\n")) == "");
  CHECK(f.rows() == "-; 1.5; -");
}

TEST_CASE("a unit that differs from the declared one is a mistake in the header") {
  Fixture f(TableFormat::ecsv);
  f.column("airmass", Type{Kind::real, false, false, expression::TimeScale::none, f.strings.intern("arcsec").index});
  f.column("exptime", Kind::duration);
  CHECK(f.read(ecsv("# - {name: airmass, unit: deg, datatype: float64}\n# - {name: exptime, unit: m, datatype: float64}\n",
                    "airmass exptime\n1 2\n")) ==
        "error[unit-mismatch]: column `airmass` is in `deg`, but declared as `float arcsec`\n"
        " --> log.dat:4:27\n"
        "4 | # - {name: airmass, unit: deg, datatype: float64}\n"
        "  |                           ^^^\n"
        " ::: w.osa:1:42\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |                                          ------- declared here\n"
        "\n"
        "error[unit-mismatch]: column `exptime` is in `m`, but declared as `duration`\n"
        " --> log.dat:5:27\n"
        "5 | # - {name: exptime, unit: m, datatype: float64}\n"
        "  |                           ^\n"
        " ::: w.osa:1:34\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |                                  ------- declared here\n"
        "\n"
        "2 errors\n");
}

TEST_CASE("other spellings of a unit agree") {
  Fixture f(TableFormat::ecsv);
  f.column("airmass", Type{Kind::real, false, false, expression::TimeScale::none, f.strings.intern("pix").index});
  CHECK(f.read(ecsv("# - {name: airmass, unit: pixel, datatype: float64}\n", "airmass\n1\n")) == "");
}

TEST_CASE("a file without the marker is no ecsv") {
  Fixture f = simple();
  CHECK(f.read("seq field\n1 x\n") ==
        "error[malformed-table]: this is no ECSV: its first line is not `# %ECSV 1.0`\n"
        " --> log.dat:1:1\n"
        "1 | seq field\n"
        "  | ^^^^^^^^^\n"
        "help: a table without that header is declared as `csv`\n"
        "\n"
        "1 error\n");
}

TEST_CASE("a broken header is reported where it breaks") {
  const auto lines = [](const std::string& text) {
    Fixture f = simple();
    f.read(text);
    return f.lines();
  };
  CHECK(lines("# %ECSV 1.0\n# ---\n# datatype: [\nseq field\n") ==
        "log.dat:4:1: error[malformed-table]: this is no ECSV: its header is no YAML: end of sequence flow not found\n");
  CHECK(lines("# %ECSV 1.0\n# ---\n# meta: 1\nseq field\n") ==
        "log.dat:1:1: error[malformed-table]: this is no ECSV: its header has no list `datatype` of columns\n");
  CHECK(lines(ecsv("# - {datatype: int64}\n# - seq\n", "seq\n")) ==
        "log.dat:4:5: error[malformed-table]: this is no ECSV: an entry of `datatype` has no name\n"
        "log.dat:5:5: error[malformed-table]: this is no ECSV: an entry of `datatype` is no mapping\n");
  CHECK(lines(ecsv(seq_and_field, "seq;field\n", "# delimiter: ;\n")) ==
        "log.dat:3:14: error[malformed-table]: this is no ECSV: its delimiter is neither a space nor a comma\n");
  CHECK(lines(ecsv(seq_and_field, "")) == "log.dat:6:1: error[empty-table]: `log.dat` is empty: it has not even a header\n");
  CHECK(lines("  \n") == "log.dat:2:1: error[empty-table]: `log.dat` is empty: it has not even a header\n");
}

TEST_CASE("the row of names has to be that of the header") {
  const auto lines = [](const std::string& names) {
    Fixture f = simple();
    f.read(ecsv(seq_and_field, names + "\n"));
    return f.lines();
  };
  CHECK(lines("seq") == "log.dat:6:1: error[malformed-table]: this is no ECSV: its row of names lacks `field`, which is in its header\n");
  CHECK(lines("seq name") == "log.dat:6:5: error[malformed-table]: this is no ECSV: column 2 is `name` here, and `field` in its header\n");
  CHECK(lines("seq field more") == "log.dat:6:11: error[malformed-table]: this is no ECSV: `more` is not in its header\n");
}
