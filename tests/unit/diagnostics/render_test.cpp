#include "compiler/diagnostics/render.h"

#include <catch2/catch.hpp>

#include "compiler/base/text.h"

using namespace osac;

namespace {

/// One source, and a place in it found by its text.
struct Fixture {
  Sources sources;
  Diagnostics diagnostics;
  SourceId source;

  explicit Fixture(std::string text, std::string name = "night.osa") : source(sources.add(std::move(name), std::move(text))) {}

  [[nodiscard]] Span at(std::string_view words) const {
    const auto found = sources.text(source).find(words);
    REQUIRE(found != std::string_view::npos);
    const auto begin = static_cast<std::uint32_t>(sources.begin(source) + found);
    return {begin, begin + static_cast<std::uint32_t>(words.size())};
  }
  [[nodiscard]] std::string text(DiagnosticFormat format = DiagnosticFormat::text, bool colour = false) const {
    return render(diagnostics, sources, {format, colour});
  }
};

constexpr auto error_kind = DiagnosticKind::unknown_module;  // "no module named `{}`"

}  // namespace

TEST_CASE("nothing is printed when there is nothing to say") {
  const Fixture f("x");
  CHECK(f.text() == "");
  CHECK(f.text(DiagnosticFormat::line) == "");
  CHECK(f.text(DiagnosticFormat::json) == "");
}

TEST_CASE("a diagnostic has headline, place, line, mark, notes and help") {
  Fixture f("workflow w\n\nimport std.astromtic as am\n");
  f.diagnostics.report(error_kind, f.at("std.astromtic"), "std.astromtic").here("not found").note("one\ntwo").help("did you mean it?");
  CHECK(f.text() ==
        "error[unknown-module]: no module named `std.astromtic`\n"
        " --> night.osa:3:8\n"
        "3 | import std.astromtic as am\n"
        "  |        ^^^^^^^^^^^^^ not found\n"
        "note: one\n"
        "      two\n"
        "help: did you mean it?\n"
        "\n"
        "1 error\n");
}

TEST_CASE("labels on several lines are sorted, those of one line come primary first, then from left to right") {
  Fixture f("a\nfirst second third\nb\nc\nd\ne\nf\ng\nh\nlast\n");
  f.diagnostics.report(error_kind, f.at("second"), "x")
      .here("here")
      .label(f.at("last"), "declared here")
      .label(f.at("third"), "3")
      .label(f.at("first"), "1");
  CHECK(f.text() ==
        "error[unknown-module]: no module named `x`\n"
        "  --> night.osa:2:7\n"
        " 2 | first second third\n"
        "   |       ^^^^^^ here\n"
        "   | ----- 1\n"
        "   |              ----- 3\n"
        "10 | last\n"
        "   | ---- declared here\n"
        "\n"
        "1 error\n");
}

TEST_CASE("a label in another file has a place of its own, after the primary one's") {
  Fixture f("table log = csv \"log.csv\" { seq : int }\n");
  const SourceId data = f.sources.add("log.csv", "seq\nsix\n");
  const std::uint32_t begin = f.sources.begin(data);
  f.diagnostics.report(error_kind, Span{begin + 4, begin + 7}, "x").label(f.at("seq : int"), "declared here");
  CHECK(f.text() ==
        "error[unknown-module]: no module named `x`\n"
        " --> log.csv:2:1\n"
        "2 | six\n"
        "  | ^^^\n"
        " ::: night.osa:1:29\n"
        "1 | table log = csv \"log.csv\" { seq : int }\n"
        "  |                             --------- declared here\n"
        "\n"
        "1 error\n");
}

TEST_CASE("a span over several lines is marked to the end of its first") {
  Fixture f("run \"one\ntwo\"\n");
  f.diagnostics.report(error_kind, f.at("\"one\ntwo\""), "x");
  CHECK(f.text() ==
        "error[unknown-module]: no module named `x`\n"
        " --> night.osa:1:5\n"
        "1 | run \"one\n"
        "  |     ^^^^\n"
        "\n"
        "1 error\n");
}

TEST_CASE("tabs are expanded and control bytes made visible, so that marks stand under what they mean") {
  Fixture f("\tin\x1b[1m raw \xff = dla\r\n", "n\x07.osa");
  f.diagnostics.report(error_kind, f.at("dla"), "d\nl\x1b").here("q\tr");
  CHECK(f.text() ==
        "error[unknown-module]: no module named `d\\nl\\x1b`\n"
        " --> n\\x07.osa:1:17\n"
        "1 |     in\\x1b[1m raw \\xff = dla\n"
        "  |                          ^^^ q\\tr\n"
        "\n"
        "1 error\n");
}

TEST_CASE("a mark stands under characters of several bytes, whole ones") {
  Fixture f("\xc3\xa4\xc3\xb6 = \xe2\x82\xac\xe2\x82\xac x\n");
  const Span euros = f.at("\xe2\x82\xac\xe2\x82\xac");
  f.diagnostics.report(error_kind, euros, "x");
  f.diagnostics.report(error_kind, Span{euros.begin + 1, euros.begin + 2}, "y");  // inside one
  CHECK(f.text() ==
        "error[unknown-module]: no module named `x`\n"
        " --> night.osa:1:6\n"
        "1 | \xc3\xa4\xc3\xb6 = \xe2\x82\xac\xe2\x82\xac x\n"
        "  |      ^^\n"
        "\n"
        "error[unknown-module]: no module named `y`\n"
        " --> night.osa:1:7\n"
        "1 | \xc3\xa4\xc3\xb6 = \xe2\x82\xac\xe2\x82\xac x\n"
        "  |      ^\n"
        "\n"
        "2 errors\n");
}

TEST_CASE("an empty span at the end of the text is marked after its last character") {
  Fixture f("dimension");
  f.diagnostics.report(error_kind, Span{9, 9}, "x").here("ends here");
  CHECK(f.text() ==
        "error[unknown-module]: no module named `x`\n"
        " --> night.osa:1:10\n"
        "1 | dimension\n"
        "  |          ^ ends here\n"
        "\n"
        "1 error\n");
}

TEST_CASE("an empty line has no blanks at its end") {
  Fixture f("");
  f.diagnostics.report(error_kind, Span{0, 0}, "x");
  CHECK(f.text() ==
        "error[unknown-module]: no module named `x`\n"
        " --> night.osa:1:1\n"
        "1 |\n"
        "  | ^\n"
        "\n"
        "1 error\n");
}

TEST_CASE("a long line is cut around each of its marks") {
  Fixture f(std::string(300, 'a') + "FIRST" + std::string(300, 'b') + "SECOND");
  f.diagnostics.report(error_kind, f.at("FIRST"), "x").here("one").label(f.at("SECOND"), "two");
  CHECK(f.text() ==
        "error[unknown-module]: no module named `x`\n"
        " --> night.osa:1:301\n"
        "1 | ..." +
            std::string(60, 'a') + "FIRST" + std::string(115, 'b') +
            "...\n"
            "  | " +
            std::string(63, ' ') +
            "^^^^^ one\n"
            "1 | ..." +
            std::string(60, 'b') +
            "SECOND\n"
            "  | " +
            std::string(63, ' ') +
            "------ two\n"
            "\n"
            "1 error\n");
}

TEST_CASE("a mark longer than the piece of a cut line ends with it") {
  Fixture f(std::string(500, 'x'));
  f.diagnostics.report(error_kind, Span{0, 500}, "x");
  CHECK(f.text() ==
        "error[unknown-module]: no module named `x`\n"
        " --> night.osa:1:1\n"
        "1 | " +
            std::string(120, 'x') +
            "...\n"
            "  | " +
            std::string(120, '^') +
            "\n"
            "\n"
            "1 error\n");
}

TEST_CASE("a diagnostic without a place has headline, notes and help only") {
  Fixture f("x\n");
  f.diagnostics.report_without_place(error_kind, "x").note("n").help("h");
  CHECK(f.text() == "error[unknown-module]: no module named `x`\nnote: n\nhelp: h\n\n1 error\n");
  CHECK(f.text(DiagnosticFormat::line) == "error[unknown-module]: no module named `x`\n");
}

TEST_CASE("the one-line form has place, kind and message") {
  Fixture f("a\n\tb c\n");
  f.diagnostics.report(error_kind, f.at("c"), "c").here("here").help("no");
  f.diagnostics.report(error_kind, f.at("b"), "b");
  CHECK(f.text(DiagnosticFormat::line) ==
        "night.osa:2:2: error[unknown-module]: no module named `b`\n"
        "night.osa:2:4: error[unknown-module]: no module named `c`\n");
}

TEST_CASE("the JSON form is one object a line, with all there is") {
  Fixture f("im\xc3\xbc x\n  y\n");
  f.diagnostics.report(error_kind, f.at("x\n  y"), "a\"b")
      .here("here")
      .label(f.at("im"), "")
      .note("n1")
      .note("n2")
      .help("h\nh")
      .fix(f.at("y"), "z\\");
  f.diagnostics.report_without_place(error_kind, "q");
  CHECK(f.text(DiagnosticFormat::json) ==
        R"({"kind":"unknown-module","severity":"error","message":"no module named `a\"b`","labels":[)"
        R"({"file":"night.osa","line":1,"column":5,"end_line":2,"end_column":4,"primary":true,"text":"here"},)"
        R"({"file":"night.osa","line":1,"column":1,"end_line":1,"end_column":3,"primary":false,"text":""}],)"
        R"("notes":["n1","n2"],"help":["h\nh"],"edits":[)"
        R"({"file":"night.osa","line":2,"column":3,"end_line":2,"end_column":4,"replacement":"z\\"}]})"
        "\n"
        R"({"kind":"unknown-module","severity":"error","message":"no module named `q`","labels":[],"notes":[],"help":[],"edits":[]})"
        "\n");
}

TEST_CASE("colours are there only when asked for, and never in JSON") {
  Fixture f("x y\n");
  f.diagnostics.report(error_kind, f.at("x"), "x").here("a").label(f.at("y"), "b").help("h");
  CHECK(f.text(DiagnosticFormat::text, true) ==
        "\x1b[1;31merror[unknown-module]\x1b[0m\x1b[1m: no module named `x`\x1b[0m\n"
        " \x1b[34m-->\x1b[0m night.osa:1:1\n"
        "\x1b[34m1 |\x1b[0m x y\n"
        "\x1b[34m  |\x1b[0m \x1b[1;31m^ a\x1b[0m\n"
        "\x1b[34m  |\x1b[0m   \x1b[34m- b\x1b[0m\n"
        "\x1b[1mhelp\x1b[0m: h\n"
        "\n"
        "1 error\n");
  CHECK(f.text(DiagnosticFormat::json, true) == f.text(DiagnosticFormat::json, false));
}

TEST_CASE("no span is too wild to print") {
  Fixture f("one\ntwo\xe2\x82\r\n\tthree");
  f.sources.add("b", "");
  f.sources.add("c", "\n\n");
  const std::uint32_t offsets[] = {0, 1, 3, 4, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 1000, 0x7fffffffU, 0xffffffffU};
  std::size_t printed = 0;
  for (const std::uint32_t begin : offsets)
    for (const std::uint32_t end : offsets) {
      Diagnostics diagnostics;
      diagnostics.report(error_kind, Span{begin, end}, "x").label(Span{end, begin}, "other").fix(Span{begin, end}, "");
      for (const auto format : {DiagnosticFormat::text, DiagnosticFormat::line, DiagnosticFormat::json})
        if (!find_malformed_utf8(render(diagnostics, f.sources, {format, false}))) ++printed;
    }
  CHECK(printed == std::size(offsets) * std::size(offsets) * 3);
}

TEST_CASE("places are left out when there are no sources at all") {
  const Sources none;
  Diagnostics diagnostics;
  diagnostics.report(error_kind, Span{3, 4}, "x").label(Span{}, "y");
  CHECK(render(diagnostics, none, {}) == "error[unknown-module]: no module named `x`\n\n1 error\n");
}
