// The formatter: what it makes of spacing, and the properties it keeps.

#include <catch2/catch.hpp>

#include "tests/unit/syntax/support.h"

using namespace osac;
using namespace osac::syntax;
using test::formatted;
using test::tree_of;

TEST_CASE("tokens stand one blank apart, items on one line two") {
  CHECK(formatted("let   a=f( x ,y :1 )+-2*[ 1,2 ] . b\n") == "let a = f(x, y: 1) + -2 * [1, 2].b\n");
  CHECK(formatted("task t{cpus 1 memory 2GiB time 1  h}") == "task t { cpus 1  memory 2 GiB  time 1 h }\n");
  CHECK(formatted("dimension d:int from 0..<n\nlet r=1 .. 3") == "dimension d : int from 0 ..< n\nlet r = 1..3\n");
  CHECK(formatted("import a . b( c,d )\nparam x:[text]?=\"a  {b}\"") == "import a.b (c, d)\nparam x : [text]? = \"a  {b}\"\n");
}

TEST_CASE("levels are four blanks, lines that go on one level more") {
  CHECK(formatted("task t {\nin x\n  # about\nuse f(\na: 1,\n  b: 2\n)\nwhere a ==\n1\n# last\n}\n") ==
        "task t {\n    in  x\n    # about\n    use f(\n        a: 1,\n        b: 2\n    )\n    where a ==\n        1\n    # last\n}\n");
  CHECK(formatted("enum E {\nA, # a\nB }") == "enum E {\n    A,  # a\n    B }\n");
}

TEST_CASE("blank lines are kept, but no more than one, and none at the ends") {
  CHECK(formatted("\n\nlet a = 1\n\n\n\n# c\nlet b = 2\n\n") == "let a = 1\n\n# c\nlet b = 2\n");
}

TEST_CASE("neighbours of one sort are aligned") {
  CHECK(formatted("param day : date # a\nparam sigma : float = 3.0 # b\n\nparam x : int\n") ==
        "param day   : date         # a\nparam sigma : float = 3.0  # b\n\nparam x : int\n");
  CHECK(formatted("dataset raw for run, sub = \"a\"\ndataset reference = \"b\"\ndataset dl1 for run = \"c\"\n") ==
        "dataset raw       for run, sub = \"a\"\ndataset reference              = \"b\"\ndataset dl1       for run      = \"c\"\n");
  CHECK(formatted("dimension e : int from a.b\ndimension filter : text from c.d\ndimension band : Band\nrelation t (e) from x\n") ==
        "dimension e      : int  from a.b\ndimension filter : text from c.d\ndimension band   : Band\nrelation  t (e) from x\n");
  CHECK(formatted("task t {\n in frames = all raw\n in x = latest raw before t\n in longer = latest y before t\n}\n") ==
        "task t {\n    in  frames = all raw\n    in  x      = latest raw before t\n    in  longer = latest y   before t\n}\n");
  CHECK(formatted("task a for x { in b out c run \"d\" }\ntask long for yy { in bb out cc run \"d\" }\n") ==
        "task a    for x  { in b   out c   run \"d\" }\ntask long for yy { in bb  out cc  run \"d\" }\n");
  CHECK(formatted("table t = csv \"x\" {\n a : int\n # c\n long : text = \"y\"\n}\n") ==
        "table t = csv \"x\" {\n    a    : int\n    # c\n    long : text = \"y\"\n}\n");
}

TEST_CASE("texts are never touched") {
  const std::string text = "task t {\n    run \"\"\"\n  a   {x :raw}\n\t# no comment\n\n\n  \"\"\"\n    out b\n}\n";
  CHECK(formatted(text) == text);
}

TEST_CASE("a text with mistakes is given back as it is") { CHECK(formatted("let   a = \nlet b=1") == "let   a = \nlet b=1"); }

TEST_CASE("CRLF and a byte order mark go") { CHECK(formatted("\xEF\xBB\xBFlet a=1\r\n\r\nlet b=2\r\n") == "let a = 1\n\nlet b = 2\n"); }

TEST_CASE("formatting all programs of the repository changes no tree, loses no comment and is done after once") {
  const auto comments = [](const std::string& text) {
    std::vector<std::string> found;
    for (std::size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at + 1)) {
      std::string line = text.substr(at, text.find('\n', at) - at);
      line.erase(line.find_last_not_of(" \t\r") + 1);
      found.push_back(line);
    }
    return found;
  };
  const auto paths = test::programs();
  REQUIRE(paths.size() >= 6);
  for (const auto& path : paths) {
    INFO(path.filename());
    const std::string text = test::contents(path);
    const std::string once = formatted(text);
    CHECK(formatted(once) == once);
    CHECK(tree_of(once) == tree_of(text));
    CHECK(comments(once) == comments(text));
  }
}

TEST_CASE("the programs that show the language have no mistake") {
  for (const auto& entry : std::filesystem::directory_iterator(test::repository() / "tests/unit/syntax/programs")) {
    INFO(entry.path().filename());
    CHECK(test::errors_of(test::contents(entry.path())).empty());
  }
}

TEST_CASE("functions, three dots and further attempts are written as they are read") {
  CHECK(formatted("let name ( a:int ,b : text ):text=\"{a}\"\nlet x = 1\n") == "let name(a : int, b : text) : text = \"{a}\"\nlet x = 1\n");
  CHECK(formatted("task t { use a.b( x:1,... )  retry 2 on exit  then 3 with p=52,q = \"a\"\n then 1 with p=1 }") ==
        "task t { use a.b(x: 1, ...)  retry 2 on exit then 3 with p = 52, q = \"a\"\n        then 1 with p = 1 }\n");
  CHECK(formatted("task t { in x = all  new  bias\n in y=valid  bias at t else new bias  ?  }") ==
        "task t { in x = all new bias\n    in  y = valid bias at t else new bias ? }\n");
}
