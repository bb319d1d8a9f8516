// Texts that try to break the parser: odd bytes, no end, no bottom, no sense.

#include <catch2/catch.hpp>
#include <random>

#include "compiler/syntax/resync.h"
#include "tests/unit/syntax/support.h"

using namespace osac;
using namespace osac::syntax;
using test::errors_of;
using test::tree_of;

namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("an empty file, blanks, comments and a byte order mark are no mistakes") {
  for (const char* text : {"", "\n", "  \t\r\n", "# only a comment", "\xEF\xBB\xBF", "\xEF\xBB\xBF# x\n"}) CHECK(tree_of(text).empty());
  CHECK(tree_of("\xEF\xBB\xBFlet a = 1") == "let\n  name a\n  value\n    int 1\n");
}

TEST_CASE("line ends may be CRLF, and the last one may be missing") {
  const std::string expected = "param\n  name a\n  type int\nparam\n  name b\n  type int\n";
  CHECK(tree_of("param a : int\r\nparam b : int\r\n") == expected);
  CHECK(tree_of("param a : int\nparam b : int") == expected);
  CHECK(tree_of("param a : int # c\r\nparam b : int # c") == expected);
}

TEST_CASE("NUL bytes and malformed UTF-8 are reported with their place") {
  CHECK(errors_of(std::string("let a = 1\nlet \0b = 2\n", 22)) == "2:5 nul-byte: a NUL byte\n");
  CHECK(errors_of("let a = \"\xFF\"\n") == "1:10 malformed-utf8: a byte that is not UTF-8\n");
}

TEST_CASE("what could be read of a declaration without a name can be printed") {
  const test::Parsed parsed("tool {\n    in = x\n    cpus 1\n}\ndataset = \"a\"\n");
  CHECK(parsed.errors() ==
        "1:6 expected-syntax: expected the tool's name, found `{`\n"
        "2:8 expected-syntax: expected an input's name, found `=`\n"
        "5:9 expected-syntax: expected the dataset's name, found `=`\n");
  CHECK(parsed.printed() == "tool\n  resource\n    resource cpus\n    int 1\n");
}

TEST_CASE("a source above the limit is refused") {
  const std::string text(size_limit + 1, ' ');
  CHECK(errors_of(text) == "1:1 source-too-large: `x.osa` has 67108865 bytes; a source may have at most 67108864\n");
}

TEST_CASE("nesting ends at the limit, whatever nests") {
  const auto kinds = [](const std::string& text) {
    std::vector<std::string> names;
    const test::Parsed parsed(text);
    for (const Diagnostic& diagnostic : parsed.diagnostics.sorted()) names.emplace_back(info(diagnostic.kind).name);
    return names;
  };
  const std::vector<std::string> too_deep = {"nested-too-deeply"};
  for (const char* opener : {"(", "[", "-", "not ", "if ", "f(", "f(x: ", "\"{", "if a then ", "if a then b else "})
    for (const std::size_t count : {std::size_t{10'000}, std::size_t{100'000}}) {
      INFO(opener << " " << count);
      CHECK(kinds("let a = " + repeated(opener, count)) == too_deep);
    }
  CHECK(kinds("let a = " + repeated("(", 190) + "1" + repeated(")", 190)).empty());
  CHECK(kinds("task t { in x = a " + repeated("else a ", 10'000) + "}") == too_deep);
  CHECK(kinds(repeated("{", 100'000)) == std::vector<std::string>{"expected-syntax"});
}

TEST_CASE("long chains of operators are read without recursion and end at the limit") {
  for (const char* op : {" + ", " and ", " or ", " * ", "."}) {
    CHECK(errors_of("let a = b" + repeated(std::string(op) + "b", 900)).empty());
    const std::string errors = errors_of("let a = b" + repeated(std::string(op) + "b", 100'000) + "\nlet c = ");
    CHECK(errors.find("expression-too-long: an expression of more than 1000 operators in a row") != std::string::npos);
    CHECK(errors.find("2:8 expected-syntax: expected a value, found the end of the file") != std::string::npos);
  }
  CHECK(errors_of("let a = [b" + repeated(", b", 100'000) + "]").empty());
}

TEST_CASE("no prefix of a program crashes") {
  constexpr std::size_t step = 29;  // of bytes: each prefix of each program would take minutes
  for (const auto& path : test::programs()) {
    const std::string text = test::contents(path);
    for (std::size_t length = 0; length <= text.size(); length += step) {
      const test::Parsed parsed(text.substr(0, length));
      for (const Diagnostic& diagnostic : parsed.diagnostics.sorted())
        for (const Label& label : diagnostic.labels) CHECK((label.span.begin <= label.span.end && label.span.end <= length));
    }
  }
}

TEST_CASE("no program with bytes changed, lost or doubled crashes, formatter included") {
  std::mt19937 random(42);
  const std::string marks = "{}()[]\"#:=.,?*-<>\n a1\\";
  for (const auto& path : test::programs()) {
    const std::string text = test::contents(path);
    if (text.empty()) continue;
    for (int round = 0; round < 8; ++round) {
      std::string changed = text;
      for (int i = 0; i < 1 + round; ++i) {
        const std::size_t at = random() % changed.size();
        switch (random() % 3) {
          case 0:
            changed[at] = marks[random() % marks.size()];
            break;
          case 1:
            changed.erase(at, 1 + random() % 5);
            break;
          default:
            changed.insert(at, changed.substr(at, random() % 20));
        }
        if (changed.empty()) changed = " ";
      }
      const std::string once = test::formatted(changed);
      CHECK(test::formatted(once) == once);
      CHECK(tree_of(once) == tree_of(changed));
    }
  }
}

TEST_CASE("recovery always goes forward") {
  const std::string text = "in }\n{ \"a\nout # }\nparam x task y";
  for (std::size_t begin = 0; begin < text.size(); ++begin)
    for (std::size_t error = begin; error <= text.size(); ++error) {
      const std::size_t item = find_next_item(text, begin, error, 0);
      const std::size_t declaration = find_next_declaration(text, begin, error, 0);
      CHECK((item > begin && item <= text.size()));
      CHECK((declaration > begin && declaration <= text.size()));
    }
}
