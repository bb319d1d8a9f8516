#include <algorithm>
#include <catch2/catch.hpp>

#include "support.h"

using namespace osac::expression;
using namespace std::string_literals;

namespace {

using Words = std::vector<std::string>;
using H = HoleContext;

std::vector<HoleContext> contexts_in(std::string_view language, std::string_view text) {
  std::vector<ContextProblem> problems;
  return scan_script(language, parts_of(text), problems);
}
Words problems_in(std::string_view language, std::string_view text) {
  std::vector<ContextProblem> problems;
  scan_script(language, parts_of(text), problems);
  return words_of(problems);
}
std::string literal_of(const Value& value, Type type, std::string_view format, Language language) {
  std::string problem;
  const std::string text = quoted(value, type, format, H::literal, problem, language);
  CHECK(problem == "");
  return text;
}

const std::vector both = {H::literal_double, H::literal};

}  // namespace

TEST_CASE("interpreters are known by their names") {
  CHECK(find_language("python3.11") == Language::python);
  CHECK(find_language("/usr/bin/Rscript") == Language::r);
  CHECK(find_language("node") == Language::javascript);
  CHECK(find_language("/bin/bash") == Language::shell);
  CHECK(find_language("lua") == Language::other);
  CHECK(find_language("") == Language::other);
}

TEST_CASE("python: strings, comments, literals") {
  CHECK(contexts_in("python", "a = {x}; b = '{x}'; c = \"it's {x}\"  # don't {x}\nd = {x}") ==
        std::vector{H::literal, H::literal_single, H::literal_double, H::shell_verbatim, H::literal});
  CHECK(contexts_in("python", "a = '''it's \"{x}\"\n'' {x}''' + {x}") == std::vector{H::literal_single, H::literal_single, H::literal});
  CHECK(contexts_in("python", "a = 'b\\'{x}' + {x}") == std::vector{H::literal_single, H::literal});
  CHECK(problems_in("python", "f'{x}'") == Words{"1: this value stands inside an f-string, where braces in its text would be code"});
  CHECK(problems_in("python", "open(r\"{x}\")") == Words{"1: this value stands inside a raw string, which has no escapes"});
  CHECK(problems_in("python", "b'{x}'") == Words{"1: this value stands inside a bytes literal"});
  CHECK(problems_in("python", "u'{x}'").empty());
  CHECK(problems_in("python", "a = '{x}\nb = {x}") == Words{"0: the quote is never closed"});
}

TEST_CASE("R, Perl, Ruby and JavaScript: what looks like a quote and is none") {
  CHECK(contexts_in("Rscript", "a <- r\"(it's \"here\")\"; b <- \"{x}\"; c <- {x}") == both);
  CHECK(problems_in("R", "r\"({x})\"") == Words{"1: this value stands inside a raw string, which has no escapes"});
  CHECK(contexts_in("perl", "if (/don't \"/) { print \"{x}\", {x}; }") == both);
  CHECK(contexts_in("perl", "s/'/\"/g; $#a; $x = $h{q} + \"{x}\"; y{'}{\"}; {x}") == both);
  CHECK(contexts_in("perl", "print <<\"A\", <<~B;\nit's\nA\n  don't\n  B\n\"{x}\"; {x}") == both);
  CHECK(contexts_in("perl", "=pod\n\nit's\n\n=cut\n\"{x}\"; {x}") == both);
  CHECK(contexts_in("ruby", "a = %w[it's]; b = c / 2; d = e % 3; f =~ /'/; g = \"{x}\"; {x}") == both);
  CHECK(contexts_in("ruby", "a = \"#{b[\"c\"]} {x}\"; {x}") == both);
  CHECK(contexts_in("node", "a = /[/'\"]/; b = c / d; e = \"{x}\" // it's\nf = {x} /* ' */") == both);
  CHECK(contexts_in("julia", "a = b'; c = '\"'; d = '\\''; e = \"{x}\"; #= ' =# {x}") == both);
  CHECK(contexts_in("lua", "a = \"{x}\" # it's\nb = {x}") == both);
  CHECK(contexts_in("bash", "a {x} '{x}'") == std::vector{H::shell_bare, H::shell_single});
}

TEST_CASE("values stay out of code within strings") {
  CHECK(problems_in("ruby", "\"#{system('{x}')}\"") == Words{"1: this value stands in code within a string"});
  CHECK(problems_in("perl", "\"@{[ f({x}) ]}\"") == Words{"1: this value stands in code within a string"});
  CHECK(problems_in("julia", "\"$(f({x}))\"") == Words{"1: this value stands in code within a string"});
  CHECK(problems_in("node", "`a {x}`") == Words{"1: this value stands inside backquotes"});
  CHECK(problems_in("perl", "m/{x}/") == Words{"1: this value stands in a regular expression or a quoting operator"});
  CHECK(problems_in("ruby", "a = <<~B\n{x}\nB\n") == Words{"1: this value stands in a here-document"});
  CHECK(problems_in("node", "/* {x} */") == Words{"1: this value stands in a comment that its text could end"});
  CHECK(problems_in("python", "'\\{x}'") == Words{"1: a backslash stands before this value"});
  CHECK(problems_in("tclsh", "puts {x}") == Words{"1: values cannot be quoted for this language"});
}

TEST_CASE("literals are those of the language") {
  const Type text = Type::of(Kind::text);
  const Type integer = Type::of(Kind::integer);
  const Type real = Type::of(Kind::real);
  const Value names = std::vector<Value>{"a"s, "b\"c"s};
  CHECK(literal_of("a\"b\\\n\x01"s, text, "", Language::python) == R"("a\"b\\\n\x01")");
  CHECK(literal_of("$a @b"s, text, "", Language::perl) == R"("\$a \@b")");
  CHECK(literal_of("#{a}"s, text, "", Language::ruby) == R"("\#{a}")");
  CHECK(literal_of("\x01\xff"s, text, "", Language::other) == R"("\u0001\ufffd")");
  CHECK(literal_of("\xff"s, text, "", Language::python) == R"("\udcff")");
  CHECK(literal_of(std::int64_t{-3}, integer, "", Language::python) == "-3");
  CHECK(literal_of(std::int64_t{3}, integer, "05", Language::python) == "\"00003\"");
  CHECK(literal_of(3.0, real, "", Language::ruby) == "3.0");
  CHECK(literal_of(0.25, real, ".1f", Language::ruby) == "0.2");
  CHECK(literal_of(std::int64_t{60'000'000'000}, Type::of(Kind::duration), "s", Language::r) == "60");
  CHECK(literal_of(std::int64_t{60'000'000'000}, Type::of(Kind::duration), "", Language::r) == "\"1min\"");
  CHECK(literal_of(std::int64_t{0}, Type::of(Kind::date), "", Language::r) == "\"1970-01-01\"");
  CHECK(literal_of(true, Type::of(Kind::boolean), "", Language::python) == "True");
  CHECK(literal_of(true, Type::of(Kind::boolean), "", Language::r) == "TRUE");
  CHECK(literal_of(false, Type::of(Kind::boolean), "", Language::javascript) == "false");
  CHECK(literal_of(Value(), text.optional(), "", Language::python) == "None");
  CHECK(literal_of(Value(), text.optional(), "", Language::r) == "NULL");
  CHECK(literal_of(Value(), text.optional(), "", Language::other) == "null");
  CHECK(literal_of(names, text.list(), "", Language::python) == R"(["a", "b\"c"])");
  CHECK(literal_of(names, text.list(), "", Language::r) == R"(c("a", "b\"c"))");
  CHECK(literal_of(std::vector<Value>{}, text.list(), "", Language::python) == "[]");
}

TEST_CASE("a comment shows a value on its line") {
  std::string problem;
  CHECK(quoted("a\nb"s, Type::of(Kind::text), "", H::shell_verbatim, problem, Language::python) == "a\\nb");
  CHECK(problem == "");
  quoted("a\nb"s, Type::of(Kind::text), "", H::shell_verbatim, problem);
  CHECK(problem == "the value `a\\nb` has several lines, and stands in a comment or in a here-document without expansion");
}

TEST_CASE("scripts of any text end") {
  const std::string alphabet = "{xq'\"\\$()`</E\n #%=~[]";
  unsigned state = 7;
  for (const auto* language : {"python", "R", "perl", "ruby", "julia", "node", "lua"}) {
    for (int round = 0; round < 1'000; ++round) {
      std::string random;
      for (int i = 0; i < 40; ++i) {
        state = state * 1664525U + 1013904223U;
        random += alphabet[(state >> 16) % alphabet.size()];
        if (random.back() == '{') random += "x}";
      }
      const auto parts = parts_of(random);
      const auto holes = static_cast<std::size_t>(std::count_if(parts.begin(), parts.end(), [](const auto& part) { return part.is_hole; }));
      CHECK(contexts_in(language, random).size() == holes);
    }
  }
}
