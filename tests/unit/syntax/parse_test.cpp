// Texts to trees: what each form means.

#include "compiler/syntax/parse.h"

#include <catch2/catch.hpp>

#include "tests/unit/syntax/support.h"

using namespace osac;
using namespace osac::syntax;
using test::errors_of;
using test::tree_of;

namespace {

/// The tree of an expression, two levels less deep than in its declaration.
std::string value_of(const std::string& expression) {
  const test::Parsed parsed("let x = " + expression);
  if (parsed.diagnostics.has_errors()) return parsed.errors();
  const std::string head = "let\n  name x\n  value\n";
  std::string out;
  std::string rest = parsed.printed();
  REQUIRE(rest.starts_with(head));
  rest = rest.substr(head.size());
  for (std::size_t at = 0; at < rest.size();) {
    const std::size_t end = rest.find('\n', at) + 1;
    out += rest.substr(at + 4, end - at - 4);
    at = end;
  }
  return out;
}

std::string clause_of(const std::string& clause) {
  const std::string text = tree_of("task t {\n" + clause + "\n}");
  const std::string head = "task\n  name t\n";
  return text.starts_with(head) ? text.substr(head.size()) : text;
}

}  // namespace

TEST_CASE("operators bind from multiplication to `or`, and to the left") {
  CHECK(value_of("1 - 2 - 3 * 4") == "-\n  -\n    int 1\n    int 2\n  *\n    int 3\n    int 4\n");
  CHECK(value_of("a or b and not c == 1") == "or\n  name a\n  and\n    name b\n    not\n      ==\n        name c\n        int 1\n");
  CHECK(value_of("x in 0 ..< n + 1") == "in\n  name x\n  ..<\n    int 0\n    +\n      name n\n      int 1\n");
  CHECK(value_of("x not in [1]") == "not in\n  name x\n  list\n    int 1\n");
  CHECK(value_of("-(a + b) % 2") == "%\n  -\n    +\n      name a\n      name b\n  int 2\n");
  CHECK(value_of("if a then 1 else if b then 2 else 3") == "if\n  name a\n  int 1\n  if\n    name b\n    int 2\n    int 3\n");
  CHECK(value_of("lib.f(1, y: 2).z") ==
        "member z\n  call\n    member f\n      name lib\n    argument\n      int 1\n    argument y\n      int 2\n");
}

TEST_CASE("a number is a quantity only with a unit of the list, on its line") {
  CHECK(value_of("1 h 15 min") == "quantity 1 h 15 min\n");
  CHECK(value_of("2GiB") == "quantity 2 GiB\n");
  CHECK(value_of("3.5e2 arcsec") == "quantity 350 arcsec\n");
  CHECK(value_of("2.5") == "float 2.5\n");
  CHECK(value_of("0") == "int 0\n");
  CHECK(clause_of("cpus 2  memory 1 GiB") ==
        "  resource\n    resource cpus\n    int 2\n  resource\n    resource memory\n    quantity 1 GiB\n");
  CHECK(tree_of("let a = 5\nlet s = 3") == "let\n  name a\n  value\n    int 5\nlet\n  name s\n  value\n    int 3\n");
}

TEST_CASE("`min` and `expect` of an input count files, they are no minutes and no clause") {
  const std::string counts = "      min\n        int 180\n      expect\n        int 189\n";
  CHECK(clause_of("in x = all d expect 189 min 180") == "  in\n    name x\n    source all d\n" + counts);
  CHECK(clause_of("in x = all d where n == 5 min 3") ==
        "  in\n    name x\n    source all d\n      where\n        ==\n          name n\n          int 5\n      min\n        int 3\n");
  CHECK(clause_of("in x = all d where t > 5 min") ==
        "  in\n    name x\n    source all d\n      where\n        >\n          name t\n          quantity 5 min\n");
  CHECK(clause_of("in x = all d\nexpect n > 2") == "  in\n    name x\n    source all d\n  expect\n    >\n      name n\n      int 2\n");
  CHECK(clause_of("in x = all d\nexpect n else warn") == "  in\n    name x\n    source all d\n  expect\n    name n\n    else warn\n");
}

TEST_CASE("`in` behind an expression is an operator or the next clause") {
  const std::string next =
      "  in\n    name x\n    source latest d\n      before\n        name t\n      within\n        quantity 4 nights\n  in\n    name y\n";
  CHECK(clause_of("in x = latest d before t within 4 nights in y") == next);
  CHECK(clause_of("in x = latest d before t within 4 nights\nin y") == next);
  CHECK(clause_of("where run in [1, 2]") == "  where\n    in\n      name run\n      list\n        int 1\n        int 2\n");
  CHECK(clause_of("where a == b\nin y") == "  where\n    ==\n      name a\n      name b\n  in\n    name y\n");
  CHECK(clause_of("where a == b  in y = z") == "  where\n    ==\n      name a\n      name b\n  in\n    name y\n    source plain z\n");
}

TEST_CASE("words that lead clauses are names elsewhere") {
  CHECK(errors_of("dimension run : int from time.in_order\ndataset header for run = \"x\"\ndataset flat = \"y\"\nparam night : date")
            .empty());
  CHECK(errors_of("param task : text\ndataset dataset = \"{task}\"\ntask task { in run, use  out time }").empty());
  CHECK(clause_of("in latest = latest\nin next = next next before t") ==
        "  in\n    name latest\n    source plain latest\n  in\n    name next\n    source next next\n      before\n        name t\n");
}

TEST_CASE("texts hold escapes, doubled braces and values with formats") {
  CHECK(value_of(R"("a\"\\\n\t{{}}")") == R"(text
  "a\"\\\n\t{}"
)");
  CHECK(value_of("\"{x:05}/{y:%Y:%m}{f(\"q\")}\"") ==
        "text\n  value in format \"05\"\n    name x\n  \"/\"\n  value in format \"%Y:%m\"\n    name y\n"
        "  value\n    call\n      name f\n      argument\n        text\n          \"q\"\n");
}

TEST_CASE("blocks lose their first newline, their common indentation and the blanks before the closing quotes") {
  CHECK(value_of("\"\"\"\n    a \\n {x}\n\n      b\n    \"\"\"") == "block\n  \"a \\\\n \"\n  value\n    name x\n  \"\\n\\n  b\\n\"\n");
  CHECK(value_of("\"\"\"a \"b\" {{c}}\"\"\"") == R"(block
  "a \"b\" {c}"
)");
  CHECK(value_of("\"\"\"\r\n  a\r\n  b\r\n  \"\"\"") == "block\n  \"a\\nb\\n\"\n");
  CHECK(value_of("\"\"\"\n  {a}\n  {b}\"\"\"") == "block\n  value\n    name a\n  \"\\n\"\n  value\n    name b\n");
}

TEST_CASE("doc comments attach to what follows, or to what they trail") {
  const test::Parsed parsed(
      "## The file.\n\n## First.\n##   Second.\n# no doc\nparam a : int\nparam b : int ## trailing\n"
      "table t = csv \"x\" {\n  ## of c\n  c : int\n  d : int\n}\ntask k {\n  ## of m\n  metric m : int\n}\n## of nothing\n");
  CHECK(parsed.errors().empty());
  CHECK(parsed.tree.doc == "The file.");
  CHECK(parsed.tree.declarations[0].doc == "First.\n  Second.");
  CHECK(parsed.tree.declarations[1].doc == "trailing");
  const auto& table = std::get<TableDecl>(parsed.tree.declarations[2].kind);
  CHECK(table.columns[0].doc == "of c");
  CHECK(table.columns[1].doc.empty());
  CHECK(std::get<MetricClause>(std::get<TaskDecl>(parsed.tree.declarations[3].kind).clauses[0]).doc == "of m");
}

TEST_CASE("ports and parameters of tools keep their doc comments") {
  const test::Parsed parsed(
      "tool t {\n    ## What to stack.\n    in  a, b : file\n    out c : file  ## the stack\n    ## Above the sky.\n    param s : float = "
      "1.0  ## in sigma\n}\n");
  CHECK(parsed.errors().empty());
  const auto& clauses = std::get<ToolDecl>(parsed.tree.declarations[0].kind).clauses;
  CHECK(std::get<InputClause>(clauses[0]).doc == "What to stack.");
  CHECK(std::get<OutputClause>(clauses[1]).doc == "the stack");
  CHECK(std::get<ToolParamClause>(clauses[2]).doc == "Above the sky.\nin sigma");
}

TEST_CASE("a unit behind a type stands on its line and is no column name") {
  CHECK(tree_of("table t = csv \"x\" { a : float  s : float mag  e : int }") ==
        "table\n  name t\n  format csv\n  path\n    text\n      \"x\"\n  column a\n    type float\n  column s\n    type float unit mag\n"
        "  column e\n    type int\n");
  CHECK(clause_of("metric a : float\nmetric b : float \"mag/arcsec^2\"\nmetric n : int expect n > 2") ==
        "  metric\n    name a\n    type float\n  metric\n    name b\n    type float unit mag/arcsec^2\n  metric\n    name n\n    type int\n"
        "  expect\n    >\n      name n\n      int 2\n");
}

TEST_CASE("spans are byte offsets of what was written") {
  const test::Parsed parsed("let x = \"\xC3\xA4\" == yy.z(1)  # c\n");
  const Expr& root = parsed.tree[std::get<LetDecl>(parsed.tree.declarations[0].kind).value];
  CHECK(parsed.sources.text(root.span) == "\"\xC3\xA4\" == yy.z(1)");
  CHECK(parsed.sources.text(parsed.tree[std::get<BinaryExpr>(root.kind).right].span) == "yy.z(1)");
  CHECK(parsed.sources.text(parsed.tree.declarations[0].span) == "let x = \"\xC3\xA4\" == yy.z(1)");
}

TEST_CASE("a condition of the command line is an expression of its own") {
  Sources sources;
  Strings strings;
  Diagnostics diagnostics;
  Tree tree;
  const ExprId id = parse_expression(sources, sources.add("--where", "run in\n 2006..2009"), strings, diagnostics, tree);
  REQUIRE(id.exists());
  CHECK(std::get<BinaryExpr>(tree[id].kind).op == BinaryOperator::in);
  CHECK_FALSE(parse_expression(sources, sources.add("--where", "run ="), strings, diagnostics, tree).exists());
  CHECK(diagnostics.error_count() == 1);
}
