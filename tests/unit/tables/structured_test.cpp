#include "tests/unit/tables/fixture.h"

using namespace osac;
using namespace osac::tables::test;

namespace {

Fixture simple(TableFormat format) {
  Fixture f(format);
  f.column("seq", Kind::integer);
  f.column("field", Type::of(Kind::text).optional());
  f.column("ok", Type::of(Kind::boolean).optional());
  return f;
}

std::string lines(TableFormat format, const std::string& text) {
  Fixture f = simple(format);
  f.read(text);
  return f.lines();
}

}  // namespace

// ---- YAML

TEST_CASE("a yaml table is a list of mappings; a key that is not there is no value") {
  Fixture f = simple(TableFormat::yaml);
  CHECK(f.read("# a log\n- {seq: 1, field: M31, ok: true}\n- seq: 02\n  field: \"a: b\"\n  more: [1, 2]\n- {seq: 3, field: ~, ok: null}\n- "
               "{seq: 4, field: ''}\n") == "");
  CHECK(f.rows() == "1 M31 true; 2 a: b -; 3 - -; 4  -");
  CHECK(f.cell(0, 1) == "M31");
  CHECK(f.cell(1, 1) == "\"a: b\"");
  CHECK(f.cell(1, 2).empty());
}

TEST_CASE("an empty list is a table without rows, an empty file is none") {
  Fixture f = simple(TableFormat::yaml);
  CHECK(f.read("[]\n") == "");
  CHECK(f.data.row_count == 0);
  CHECK(lines(TableFormat::yaml, "# nothing\n") == "log.dat:1:1: error[empty-table]: `log.dat` is empty: it has not even a header\n");
}

TEST_CASE("bad values in yaml are pointed at") {
  Fixture f = simple(TableFormat::yaml);
  CHECK(f.read("- seq: 1\n- seq: one # not a number\n- {seq: [1], ok: maybe}\n") ==
        "error[bad-cell]: `one` is no `int`\n"
        " --> log.dat:2:8\n"
        "2 | - seq: one # not a number\n"
        "  |        ^^^ column `seq`\n"
        " ::: w.osa:1:13\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |             --- declared here\n"
        "\n"
        "error[bad-cell]: `[...]` is no `int`\n"
        " --> log.dat:3:9\n"
        "3 | - {seq: [1], ok: maybe}\n"
        "  |         ^ column `seq`\n"
        " ::: w.osa:1:13\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |             --- declared here\n"
        "\n"
        "error[bad-cell]: `maybe` is no `bool`\n"
        " --> log.dat:3:18\n"
        "3 | - {seq: [1], ok: maybe}\n"
        "  |                  ^^^^^ column `ok`\n"
        " ::: w.osa:1:59\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |                                                           -- declared here\n"
        "help: write `true` or `false`\n"
        "\n"
        "3 errors\n");
}

TEST_CASE("what the first row lacks is said once, later gaps row by row") {
  CHECK(lines(TableFormat::yaml, "- {sec: 1}\n- {field: a}\n- {seq: 2}\n") ==
        "log.dat:1:3: error[missing-column]: `log.dat` has no column `seq`\n");
  CHECK(lines(TableFormat::yaml, "- {seq: 1}\n- {field: a}\n- {field: b}\n") ==
        "log.dat:2:3: error[empty-cell]: column `seq` has no value in this row\n"
        "log.dat:3:3: error[empty-cell]: column `seq` has no value in this row\n");
}

TEST_CASE("a key given twice in one row is a mistake, in yaml and in json") {
  CHECK(lines(TableFormat::yaml, "- seq: 1\n  field: a\n  seq: 2\n") ==
        "log.dat:3:3: error[duplicate-row-key]: `seq` is given twice in one row\n");
  CHECK(lines(TableFormat::json, "[{\"seq\": 1, \"x\": 1, \"\\u0078\": 2}]") ==
        "log.dat:1:21: error[duplicate-row-key]: `x` is given twice in one row\n");
}

TEST_CASE("yaml of another shape is no table") {
  CHECK(lines(TableFormat::yaml, "seq: 1\n") == "log.dat:1:1: error[malformed-table]: this is no YAML table: it is no list\n");
  CHECK(lines(TableFormat::yaml, "- 1\n") ==
        "log.dat:1:3: error[malformed-table]: this is no YAML table: an item of its list is no mapping\n");
  CHECK(lines(TableFormat::yaml, "- {seq: 1}\n---\n- {seq: 2}\n") ==
        "log.dat:2:1: error[malformed-table]: this is no YAML table: something follows its end\n");
  CHECK(lines(TableFormat::yaml, "- {seq: 1\n") ==
        "log.dat:2:1: error[malformed-table]: this is no YAML table: end of map flow not found\n");
}

// ---- JSON

TEST_CASE("a json table is a list of objects") {
  Fixture f = simple(TableFormat::json);
  CHECK(f.read("[{\"seq\": 1, \"field\": \"M31\", \"ok\": true},\n {\"field\": \"a\\n\\u00e4\\ud83d\\ude00\\\"\", \"x\": {\"y\": [1, {}]}, "
               "\"seq\": -2},\n"
               " {\"seq\": 3, \"ok\": null, \"field\": \"\"}]\n") == "");
  CHECK(f.rows() == "1 M31 true; -2 a\n\xc3\xa4\xf0\x9f\x98\x80\" -; 3  -");
  CHECK(f.cell(1, 0) == "-2");
  CHECK(f.cell(0, 1) == "\"M31\"");
}

TEST_CASE("a json table may be an object of lists") {
  Fixture f = simple(TableFormat::json);
  CHECK(f.read("{\"field\": [\"a\", null], \"other\": 3, \"ok\": [null, false], \"seq\": [1, 2]}") == "");
  CHECK(f.rows() == "1 a -; 2 - false");
  CHECK(f.cell(1, 0) == "2");
  CHECK(f.cell(1, 2) == "false");
}

TEST_CASE("a json value has to be of the column's type") {
  CHECK(lines(TableFormat::json, "[{\"seq\": \"1\", \"field\": 2, \"ok\": 1},\n {\"seq\": 1.5, \"field\": [], \"ok\": \"true\"}]") ==
        "log.dat:1:10: error[bad-cell]: `\"1\"` is no `int`\n"
        "log.dat:1:24: error[bad-cell]: `2` is no `text`\n"
        "log.dat:1:33: error[bad-cell]: `1` is no `bool`\n"
        "log.dat:2:10: error[bad-cell]: `1.5` is no `int`\n"
        "log.dat:2:24: error[bad-cell]: `[...]` is no `text`\n"
        "log.dat:2:34: error[bad-cell]: `\"true\"` is no `bool`\n");
}

TEST_CASE("times, durations and enums are texts in json, encoded times are numbers") {
  Fixture f(TableFormat::json);
  f.column("kind", f.enumeration());
  f.column("exptime", Kind::duration);
  f.column("day", Kind::date);
  f.column("begin", Kind::time).encoding = TimeEncoding::unix_s;
  CHECK(f.read("[{\"kind\": \"BIAS\", \"exptime\": \"30 s\", \"day\": \"2024-09-18\", \"begin\": 1726719360.5}]") == "");
  CHECK(f.rows() == "BIAS 30s 2024-09-18 2024-09-19T04:16:00.5");
  f.read("[{\"kind\": \"BIAS\", \"exptime\": 30, \"day\": \"2024-09-18\", \"begin\": \"2024-09-18T04:16:00\"}]", "b.json");
  CHECK(f.lines() ==
        "b.json:1:30: error[missing-unit]: `30` has no unit\n"
        "b.json:1:64: error[bad-cell]: `\"2024-09-18T04:16:00\"` is no `time as unix_s`\n");
}

TEST_CASE("a text with a NUL in it is no value") {
  CHECK(lines(TableFormat::json, "[{\"seq\": 1, \"field\": \"a\\u0000b\"}]") ==
        "log.dat:1:22: error[bad-cell]: `\"a\\x00b\"` is no `text`\n");
}

TEST_CASE("columns of different lengths, missing and repeated ones are reported") {
  CHECK(lines(TableFormat::json, "{\"seq\": [1, 2], \"field\": [\"a\"], \"ok\": [true, true]}") ==
        "log.dat:1:17: error[malformed-table]: this is no table: column `field` has 1 value, column `seq` 2\n");
  CHECK(lines(TableFormat::json, "{\"seq\": [1], \"field\": [\"a\"]}") ==
        "log.dat:1:1: error[missing-column]: `log.dat` has no column `ok`\n");
  CHECK(lines(TableFormat::json, "{\"seq\": [1], \"field\": [\"a\"], \"ok\": [true], \"seq\": [2]}") ==
        "log.dat:1:44: error[duplicate-column]: `log.dat` has two columns named `seq`\n");
}

TEST_CASE("text that is no json is refused where it goes wrong") {
  const auto why = [](const std::string& text) {
    const std::string all = lines(TableFormat::json, text);
    const std::string lead = "log.dat:1:", words = ": error[malformed-table]: this is no JSON table: ";
    const auto at = all.find(words);
    REQUIRE(at != std::string::npos);
    return all.substr(lead.size(), at - lead.size()) + " " + all.substr(at + words.size(), all.size() - at - words.size() - 1);
  };
  CHECK(why("1") == "1 it begins with neither `[` nor `{`");
  CHECK(why("[1]") == "2 an item of its list is no object");
  CHECK(why("[{\"seq\": 1}") == "12 it ends where a `]` belongs");
  CHECK(why("[{\"seq\": 1},]") == "13 an item of its list is no object");
  CHECK(why("[{\"seq\" 1}]") == "9 here belongs a `:`");
  CHECK(why("[{\"seq\": 1 \"x\": 2}]") == "12 here belongs a `}`");
  CHECK(why("[{seq: 1}]") == "3 here belongs a text in quotes");
  CHECK(why("[{\"seq\": 01}]") == "10 this is no number of JSON");
  CHECK(why("[{\"seq\": -}]") == "10 this is no number of JSON");
  CHECK(why("[{\"seq\": 1.}]") == "10 this is no number of JSON");
  CHECK(why("[{\"seq\": NaN}]") == "10 here belongs a value");
  CHECK(why("[{\"seq\": ") == "10 it ends where a value belongs");
  CHECK(why("[{\"seq\": \"a\n\"}]") == "10 this text is never closed");
  CHECK(why("[{\"seq\": \"a\t\"}]") == "12 a control character in a text is written with `\\`");
  CHECK(why("[{\"seq\": \"\\x\"}]") == "12 there is no such escape in JSON");
  CHECK(why("[{\"seq\": \"\\u12g4\"}]") == "12 `\\u` needs four hexadecimal digits");
  CHECK(why("[] []") == "4 there is more text after its end");
  CHECK(why("{\"seq\": 1}") == "9 column `seq` is no list");
  CHECK(why("[{\"x\": " + std::string(300, '[')) == "208 it is nested too deeply");
}

TEST_CASE("an empty json file is empty") {
  CHECK(lines(TableFormat::json, " \n") == "log.dat:1:1: error[empty-table]: `log.dat` is empty: it has not even a header\n");
}

TEST_CASE("unique values are checked in every format") {
  for (const auto& [format, text] :
       {std::pair{TableFormat::json, "[{\"seq\":5},\n{\"seq\":5}]"}, std::pair{TableFormat::yaml, "- seq: 5\n- seq: 5\n"}}) {
    Fixture f = simple(format);
    f.program.tables[0].columns[0].is_unique = true;
    f.read(text);
    CHECK(f.lines() == "log.dat:2:8: error[duplicate-value]: `5` occurs twice in the unique column `seq`\n");
  }
}
