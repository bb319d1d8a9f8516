#include "tests/unit/tables/fixture.h"

using namespace osac;
using namespace osac::tables::test;

namespace {

Fixture simple(TableFormat format = TableFormat::csv) {
  Fixture f(format);
  f.column("seq", Kind::integer);
  f.column("field", Type::of(Kind::text).optional());
  return f;
}

}  // namespace

TEST_CASE("a csv table is read by the names in its header, in any order") {
  Fixture f = simple();
  CHECK(f.read("field,other,seq\nM31,x,7\n,y,8\n") == "");
  CHECK(f.rows() == "7 M31; 8 -");
}

TEST_CASE("quotes, doubled quotes, delimiters and line ends inside of quotes are part of a value") {
  Fixture f = simple();
  CHECK(f.read("seq,field\n1,\"a \"\"b\"\", c\"\n\"2\",\"d\ne\"\n3,x\"y\n") == "");
  CHECK(f.rows() == "1 a \"b\", c; 2 d\ne; 3 x\"y");
}

TEST_CASE("CRLF, a byte order mark, blank lines and a missing last line end make no difference") {
  Fixture f = simple();
  CHECK(f.read("\xef\xbb\xbfseq,field\r\n\r\n1,a\r\n\n2,\"b\"\r\n3,c") == "");
  CHECK(f.rows() == "1 a; 2 b; 3 c");
  CHECK(f.cell(0, 0) == "1");
  CHECK(f.cell(1, 1) == "\"b\"");
  CHECK(f.cell(2, 1) == "c");
}

TEST_CASE("a tsv table is delimited by tabs") {
  Fixture f = simple(TableFormat::tsv);
  CHECK(f.read("seq\tfield\n1\ta b, c\n2\t\n") == "");
  CHECK(f.rows() == "1 a b, c; 2 -");
}

TEST_CASE("a table with a header and no rows is no mistake") {
  Fixture f = simple();
  CHECK(f.read("seq,field\n") == "");
  CHECK(f.data.row_count == 0);
  CHECK(f.data.values.size() == 2);
}

TEST_CASE("a column may be called differently in the file, and two may read the same") {
  Fixture f(TableFormat::csv);
  f.column("seq", Kind::integer).source_name = f.strings.intern("the number");
  f.column("note", Kind::text).source_name = f.strings.intern("the number");
  CHECK(f.read(" the number ,x\n07,\n") == "");
  CHECK(f.rows() == "7 07");
}

TEST_CASE("the byte offsets of the rows are those in the sources") {
  Fixture f = simple();
  f.read("seq,field\n1,a\n\n22,b\n");
  const std::uint32_t begin = f.sources.begin(f.data.source);
  CHECK(f.data.row_offsets == std::vector<std::uint32_t>{begin + 10, begin + 15});
}

TEST_CASE("an empty file is said to be empty") {
  Fixture f = simple();
  CHECK(f.read("") ==
        "error[empty-table]: `log.dat` is empty: it has not even a header\n"
        " --> log.dat:1:1\n"
        "1 |\n"
        "  | ^\n"
        " ::: w.osa:1:7\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |       --- declared here\n"
        "\n"
        "1 error\n");
}

TEST_CASE("a missing column is reported with those that are there and the nearest") {
  Fixture f = simple();
  CHECK(f.read("sequence,filed\n1,a\n") ==
        "error[missing-column]: `log.dat` has no column `seq`\n"
        " --> log.dat:1:1\n"
        "1 | sequence,filed\n"
        "  | ^^^^^^^^^^^^^^\n"
        " ::: w.osa:1:13\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |             --- declared here\n"
        "note: its columns are `sequence` and `filed`\n"
        "\n"
        "error[missing-column]: `log.dat` has no column `field`\n"
        " --> log.dat:1:1\n"
        "1 | sequence,filed\n"
        "  | ^^^^^^^^^^^^^^\n"
        " ::: w.osa:1:22\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |                      ----- declared here\n"
        "note: its columns are `sequence` and `filed`\n"
        "help: did you mean `filed`? A column may be renamed: `field : ... = \"filed\"`\n"
        "\n"
        "2 errors\n");
  CHECK(f.rows() == "- -");
}

TEST_CASE("a column that is there twice is reported at its second place") {
  Fixture f = simple();
  f.read("seq,field,seq\n1,a,2\n");
  CHECK(f.lines() == "log.dat:1:11: error[duplicate-column]: `log.dat` has two columns named `seq`\n");
  CHECK(f.rows() == "1 a");
}

TEST_CASE("rows that are too short or too long are reported and left out") {
  Fixture f = simple();
  CHECK(f.read("seq,field\n1\n2,b\n3,c,d\n") ==
        "error[row-length]: this row has 1 value, the header 2\n"
        " --> log.dat:2:1\n"
        "2 | 1\n"
        "  | ^\n"
        "\n"
        "error[row-length]: this row has 3 values, the header 2\n"
        " --> log.dat:4:1\n"
        "4 | 3,c,d\n"
        "  | ^^^^^\n"
        "\n"
        "2 errors\n");
  CHECK(f.rows() == "2 b");
}

TEST_CASE("a quote that is never closed is pointed at, rows before it are read") {
  Fixture f = simple();
  CHECK(f.read("seq,field\n1,a\n2,\"b\n3,c\n") ==
        "error[unterminated-quote]: this quote is never closed\n"
        " --> log.dat:3:3\n"
        "3 | 2,\"b\n"
        "  |   ^\n"
        "help: a quote inside a quoted value is written twice: `\"\"`\n"
        "\n"
        "1 error\n");
  CHECK(f.rows() == "1 a");
}

TEST_CASE("text after a closing quote is a mistake") {
  Fixture f = simple();
  f.read("seq,field\n1,\"a\"b\n");
  CHECK(f.lines() == "log.dat:2:6: error[malformed-table]: this is no table: a quoted value is followed by text\n");
}

TEST_CASE("bytes that are no text are reported and nothing else is") {
  Fixture nul = simple();
  nul.read(std::string("seq,field\nx,a\0b\n", 16));
  CHECK(nul.lines() == "log.dat:2:4: error[not-text]: `log.dat` is no text: it holds a NUL byte\n");
  Fixture latin = simple();
  latin.read("seq,field\nx,M\xfcnchen und noch mehr\n");
  CHECK(latin.lines() == "log.dat:2:4: error[not-text]: `log.dat` is no text: it is not UTF-8\n");
  Fixture utf8 = simple();
  CHECK(utf8.read("seq,field\n1,M\xc3\xbcnchen\n") == "");
  CHECK(utf8.rows() == "1 M\xc3\xbcnchen");
}

TEST_CASE("an empty value of a column that needs one is reported, also a quoted one") {
  Fixture f(TableFormat::csv);
  f.column("seq", Kind::integer);
  f.column("field", Kind::text);
  CHECK(f.read("seq,field\n,a\n2,\"\"\n") ==
        "error[empty-cell]: column `seq` has no value in this row\n"
        " --> log.dat:2:1\n"
        "2 | ,a\n"
        "  | ^\n"
        " ::: w.osa:1:13\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |             --- declared here\n"
        "help: declare `seq : int?` if it may be empty\n"
        "\n"
        "error[empty-cell]: column `field` has no value in this row\n"
        " --> log.dat:3:3\n"
        "3 | 2,\"\"\n"
        "  |   ^^\n"
        " ::: w.osa:1:22\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |                      ----- declared here\n"
        "help: declare `field : text?` if it may be empty\n"
        "\n"
        "2 errors\n");
}

TEST_CASE("twenty bad cells are reported one by one, the rest as a number") {
  Fixture f = simple();
  std::string text = "seq,field\n";
  for (int i = 0; i < 25; ++i) text += "x" + std::to_string(i) + ",a\n";
  f.read(text);
  const std::string lines = f.lines();
  CHECK(f.diagnostics.error_count() == 21);
  CHECK(lines.starts_with("log.dat:2:1: error[bad-cell]: `x0` is no `int`\n"));
  CHECK(
      lines.ends_with("log.dat:21:1: error[bad-cell]: `x19` is no `int`\n"
                      "log.dat:22:1: error[more-bad-cells]: `log.dat` has 5 more mistakes, from here on\n"));
  CHECK(f.data.row_count == 25);
}

TEST_CASE("values that repeat in a unique column are reported with both places") {
  Fixture f = simple();
  f.program.tables[0].columns[0].is_unique = true;
  CHECK(f.read("field,seq\na,3\nb,1\nc,3\n") ==
        "error[duplicate-value]: `3` occurs twice in the unique column `seq`\n"
        " --> log.dat:4:3\n"
        "2 | a,3\n"
        "  |   - the first one\n"
        "4 | c,3\n"
        "  |   ^\n"
        " ::: w.osa:1:13\n"
        "1 | table log { seq kind field begin exptime airmass note day ok size }\n"
        "  |             --- declared as unique here\n"
        "\n"
        "1 error\n");
}

TEST_CASE("empty values of an optional unique column do not repeat each other") {
  Fixture f = simple();
  f.program.tables[0].columns[1].is_unique = true;
  CHECK(f.read("seq,field\n1,\n2,\n3,b\n4,a\n") == "");
}
