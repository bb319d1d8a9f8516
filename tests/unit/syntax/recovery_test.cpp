// Mistakes: what is said, where, and that the rest of the file is still read.

#include <catch2/catch.hpp>

#include "tests/unit/syntax/support.h"

using namespace osac;
using namespace osac::syntax;
using test::errors_of;

TEST_CASE("every clause with a mistake is reported, and the others are read") {
  const test::Parsed parsed(
      "task a {\n    in  = x\n    out y\n    memroy 3 GB\n    run \"a {} b\"\n    time\n    cpus 2\n}\ntask b for {\n    in x = all\n    "
      "out y\n}\n");
  CHECK(parsed.errors() ==
        "2:9 expected-syntax: expected an input's name, found `=`\n"
        "4:5 unknown-clause: no clause starts with `memroy`\n"
        "5:12 empty-hole: the braces in this text hold no value\n"
        "6:9 expected-syntax: expected an amount, found `cpus`\n"
        "9:12 expected-syntax: expected a dimension, found `{`\n"
        "10:15 expected-syntax: expected a dataset, found `out`\n");
  CHECK(parsed.printed() ==
        "task\n  name a\n  out\n    name y\n  resource\n    resource cpus\n    int 2\n"
        "task\n  name b\n  out\n    name y\n");
}

TEST_CASE("a mistake in one declaration leaves the next ones alone") {
  CHECK(errors_of("param x int\nlet y\nparam z : int = 3\ndatset q = \"x\"\nlet a = (1\nlet b = 2\n") ==
        "1:8 expected-syntax: expected `:` and a type, found `int`\n"
        "2:6 expected-syntax: expected `=` and a value, found `param`\n"
        "4:1 unknown-declaration: no declaration starts with `datset`\n"
        "5:11 unclosed-bracket: expected `)`, found `let`\n");
}

TEST_CASE("a missing brace is noticed where the next declaration starts") {
  const test::Parsed parsed("task a {\n    in x\n\ntask b {\n    out y\n}\n");
  CHECK(parsed.errors() == "2:9 unclosed-bracket: expected `}`, found `task`\n");
  const auto sorted = parsed.diagnostics.sorted();
  REQUIRE(sorted.front().labels.size() == 2);
  CHECK(sorted.front().labels[1].span == Span{7, 8});
  CHECK(parsed.printed() == "task\n  name b\n  out\n    name y\n");
}

TEST_CASE("an unclosed text ends with its line, an unclosed block with the file") {
  CHECK(errors_of("task a {\n    run \"abc\n    out y\n}\nlet x = 'a'\n") ==
        "2:13 unclosed-text: a text without its closing `\"`\n5:9 expected-syntax: expected a value, found `'`\n");
  CHECK(errors_of("task a {\n    run \"\"\"abc\n    out y\n}\n") == "5:1 unclosed-text: a text without its closing `\"\"\"`\n");
}

TEST_CASE("a mistake inside a text does not take the braces of the text for those of the task") {
  CHECK(errors_of("task a { run \"awk '{print $1}'\" }\ntask b {\n    run \"a } b\"\n    out z\n    wrong\n}\n") ==
        "1:26 unclosed-bracket: expected `}`, found `$`\n3:12 lone-brace: a single `}` in a text\n"
        "5:5 unknown-clause: no clause starts with `wrong`\n");
}

TEST_CASE("habits of other languages get the word of this one") {
  const auto help = [](const std::string& text) {
    const test::Parsed parsed(text);
    const auto sorted = parsed.diagnostics.sorted();
    return sorted.empty() || sorted.front().help.empty() ? std::string{} : sorted.front().help.front();
  };
  CHECK(help("task a where x && y { }") == "write `and`");
  CHECK(help("task a where x || y { }") == "write `or`");
  CHECK(help("task a where !x { }") == "write `not`");
  CHECK(help("task a where x = 3 { }") == "`==` compares");
  CHECK(help("let a = 1;\nlet b = 2") == "nothing separates clauses or declarations: take the `;` away");
  CHECK(help("// note\nlet b = 2") == "a comment starts with `#`");
  CHECK(help("let a = 'x'") == "texts stand in plain double quotes: `\"...\"`");
  CHECK(help("let a = \xE2\x80\x9Cx\xE2\x80\x9D") == "texts stand in plain double quotes: `\"...\"`");
  CHECK(help("let a = 3 GiBs") == "did you mean the unit `GiB`?");
}

TEST_CASE("numbers say what is wrong with them") {
  CHECK(errors_of("let a = 12abc\nlet b = 99999999999999999999\nlet c = 1e999\nlet d = 3 lightyears\n") ==
        "1:9 malformed-number: `12abc` is neither a number nor a quantity\n"
        "2:9 number-too-large: `99999999999999999999` is too large for a number\n"
        "3:9 number-too-large: `1e999` is too large for a number\n"
        "4:9 malformed-number: `3 lightyears` is neither a number nor a quantity\n");
}

TEST_CASE("parts that may stand once are reported when they stand twice") {
  CHECK(errors_of("workflow a\nworkflow b\ndimension d : int in a in b\ntask t for x for y {\n    in z = all q min 3 min 4\n}\n") ==
        "2:1 given-twice: `workflow` is given twice\n3:24 given-twice: `in` is given twice\n4:14 given-twice: `for` is given twice\n"
        "5:24 given-twice: `min` is given twice\n");
}

TEST_CASE("many mistakes end in time, and are counted") {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "wrong thing\n";
  const test::Parsed parsed(text);
  CHECK(parsed.diagnostics.error_count() == 200);
}

TEST_CASE("the body of a task whose first line is missing is one mistake") {
  CHECK(errors_of("dataset a = \"a\"\n\n    in  x\n    out y\n    memory 2 GiB\n    run \"m {x} {y}\"\n}\n\ntask b {\n    wrong\n}\n") ==
        "3:5 unknown-declaration: no declaration starts with `in`\n10:5 unknown-clause: no clause starts with `wrong`\n");
  CHECK(errors_of("    in  x : file\n    param p : int\n    metric n : int\n    run \"m\"\n}\n\n    out y\n    run \"k\"\n}\n") ==
        "1:5 unknown-declaration: no declaration starts with `in`\n");
  CHECK(errors_of("    in  x\n    run \"m\"\n}\ntask b { out y }\n    in  x\n    run \"m\"\n}\n") ==
        "1:5 unknown-declaration: no declaration starts with `in`\n5:5 unknown-declaration: no declaration starts with `in`\n");
}

TEST_CASE("functions, three dots and further attempts say what they lack") {
  CHECK(errors_of("let f( = 1\nlet g(a) = 1\nlet h(a : int = 2) = a\nlet k(a : int,) = a\n") ==
        "1:8 expected-syntax: expected a parameter, such as `level : int`, found `=`\n"
        "2:8 expected-syntax: expected `:` and a type, found `)`\n"
        "3:14 unclosed-bracket: expected `)`, found `=`\n"
        "4:15 expected-syntax: expected a parameter behind the comma, found `)`\n");
  CHECK(errors_of("task t {\n    use a(..., ...)\n    retry 1 then 2\n    retry 2 then with a = 1\n    retry 2 then 3 with a\n}\n") ==
        "2:16 given-twice: `...` is given twice\n"
        "3:19 expected-syntax: expected `with` and a parameter, found `retry`\n"
        "4:22 expected-syntax: expected `with` and a parameter, found `a`\n"
        "5:26 expected-syntax: expected `=` and a value, found `}`\n");
}
