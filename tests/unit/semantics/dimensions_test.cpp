#include <catch2/catch.hpp>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

/// A workflow that uses dimension `d` (and the others it lists).
std::string with(const std::string& declarations) {
  return "workflow w\n" + declarations + "\ndataset made for d = \"made/{d}\"\ntask make for d { out made run \"make {made}\" }\n";
}

}  // namespace

TEST_CASE("a column gives keys, their type, and the attributes") {
  const auto checked =
      check(with("table t = csv \"t.csv\" { d : int  name : text?  begin : time tai as unix_ns = \"start\" }\n"
                 "dimension d from t.d order by begin"));
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("table t") ==
        "table t = csv \"t.csv\"\n"
        "  d : int\n"
        "  name : text?\n"
        "  begin : time tai as unix_ns = \"start\"\n");
  CHECK(checked->printed("dimension d") ==
        "dimension d : int\n"
        "  from column t.d\n"
        "  attribute name : text?\n"
        "  attribute begin : time tai\n"
        "  order by begin\n");
}

TEST_CASE("an implied dimension of the same table has no attributes of its own and drops empty cells") {
  const auto checked =
      check(with("table t = csv \"t.csv\" { d : int  filter : text?  begin : time utc }\n"
                 "dimension d : int from t.d implies filter\ndimension filter : text from t.filter"));
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("dimension d") ==
        "dimension d : int\n  from column t.d\n  implies filter by filter\n  attribute filter : text?\n  attribute begin : time utc\n");
  CHECK(checked->printed("dimension filter") == "dimension filter : text\n  from column t.filter\n");
}

TEST_CASE("an implied dimension may be an enum's, by a column of its name") {
  const auto checked =
      check(with("enum Band { g, r }\ntable t = csv \"t.csv\" { d : int  band : Band }\n"
                 "dimension d : int from t.d implies band\ndimension band : Band"));
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("dimension band") == "dimension band : Band\n  from enum Band\n");
  CHECK(checked->printed("dimension d").find("implies band by band") != std::string::npos);
}

TEST_CASE("a range inside a parent may use the parent's attributes, declared before or after") {
  const auto checked =
      check(with("dimension d : int in run from 0 ..< n_subruns\n"
                 "table t = csv \"t.csv\" { run : int  n_subruns : int }\ndimension run : int from t.run"));
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("dimension d") == "dimension d : int\n  from range 0 ..< run.n_subruns\n  in run\n");
  CHECK(checked->printed("dataset made").starts_with("dataset made over (d) basis (d)"));
}

TEST_CASE("columns of one table make parent and child; the parent's key is no attribute") {
  const auto checked =
      check(with("table t = csv \"t.csv\" { tract : int  patch : int  area : float }\n"
                 "dimension tract : int from t.tract\ndimension d : int in tract from t.patch"));
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("dimension tract") == "dimension tract : int\n  from column t.tract\n");
  CHECK(checked->printed("dimension d") == "dimension d : int\n  from column t.patch\n  in tract\n  attribute area : float\n");
}

TEST_CASE("lists, parameters and scans give keys") {
  CHECK(check(with("dimension d from [1, 2, 4]"))->printed("dimension d") == "dimension d : int\n  from list [1, 2, 4]\n");
  CHECK(check(with("param names : [text] = [\"a\"]\ndimension d : text from names"))->printed("dimension d") ==
        "dimension d : text\n  from list names\n");
  CHECK(check(with("dimension d from scan \"data/{d}_1.fq\""))->printed("dimension d") ==
        "dimension d : text\n  from scan text(\"data/\" {d} \"_1.fq\")\n");
  CHECK(check(with("param days : [date]\ndimension d : date from days"))->lines() == Lines{});
}

TEST_CASE("a table alone means its key column") {
  CHECK(check(with("table t = csv \"t.csv\" { x : int  d : date }\ndimension d : date from t"))->printed("dimension d") ==
        "dimension d : date\n  from column t.d\n  attribute x : int\n");
  CHECK(check(with("table t = csv \"t.csv\" { x : int  y : int }\ndimension d : int from t"))->lines() ==
        Lines{"unknown-key-column: table `t` does not say which of its columns is the key"});
}

TEST_CASE("what a dimension names wrongly is reported once, with the nearest name") {
  const auto wrong = check(with("table t = csv \"t.csv\" { number : int }\ndimension d : int from t.nummer"));
  CHECK(wrong->lines() == Lines{"unknown-name: no column named `nummer`"});
  CHECK(wrong->help() == Lines{"did you mean `number`?"});
  CHECK(check(with("table log = csv \"t.csv\" { number : int }\ndimension d : int from lag.number"))->lines() ==
        Lines{"unknown-name: no table named `lag`"});
  CHECK(check(with("table t = csv \"t.csv\" { number : int }\ndimension d : text from t.number"))->lines() ==
        Lines{"wrong-type: `d` takes `text`, not `int`"});
  CHECK(check(with("dimension d : int in rum from 0 ..< 3\ndimension run : int from 0 ..< 3"))->lines() ==
        Lines{"unknown-name: no dimension named `rum`"});
}

TEST_CASE("circles of parents and implied dimensions are shown") {
  CHECK(check(with("dimension d : int in e from 0 ..< 3\ndimension e : int in d from 0 ..< 3"))->lines() ==
        Lines{"circular-dimensions: dimensions determine each other in a circle: `d` -> `e` -> `d`"});
}

TEST_CASE("dimensions that a third one determines are connected") {
  const std::string start =
      "workflow w\ntable t = csv \"t.csv\" { d : int  a : int  b : int }\n"
      "dimension d : int from t.d implies a, b\ndimension a : int from t.a\ndimension b : int from t.b\n";
  CHECK(check(start + "dataset made for a, b = \"{a}/{b}\"\ntask make for a, b { out made run \"make {made}\" }\n")->lines() == Lines{});
}
