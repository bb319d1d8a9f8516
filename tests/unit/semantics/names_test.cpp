#include <catch2/catch.hpp>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

std::string with(const std::string& declarations, const std::string& path = "made") {
  return "workflow w\n" + declarations + "\ndataset made = \"" + path + "\"\ntask make { out made run \"make {made}\" }\n";
}

}  // namespace

TEST_CASE("lets and parameters are worked out in any order; constants fold") {
  const auto checked =
      check(with("let c = \"{b}/c\"\nlet b = \"{a}/b\"\nlet a = \"a\"\nparam p : path = \"{c}/{n:03}\"\nlet n = 2 * 3 + 1", "{p}/x"));
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("param p") == "param p : path = \"a/b/c/007\"\n");
  CHECK(checked->printed("dataset made") == "dataset made over () basis ()\n  path text({p} \"/x\")\n");
}

TEST_CASE("a parameter comes after those its default uses") {
  const auto checked = check(with("param night : path = \"data/{day:%Y%m%d}\"\nparam day : date = \"2026-11-20\"", "{night}/x"));
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed().starts_with("workflow w\nparam day : date = 2026-11-20\nparam night : path = text(\"data/\" {day:%Y%m%d})\n"));
}

TEST_CASE("circles of lets and parameters are shown") {
  CHECK(check(with("let a = b\nlet b = c\nlet c = a", "{a}"))->lines() ==
        Lines{"circular-definition: a value is defined by itself: `a` -> `b` -> `c` -> `a`"});
  CHECK(check(with("param a : int = a + 1", "{a}"))->lines() == Lines{"circular-definition: a value is defined by itself: `a` -> `a`"});
}

TEST_CASE("a chain of lets longer than the stack is refused, not followed") {
  std::string lets = "let a0 = a1\n";
  for (int i = 1; i < 5000; ++i) lets += "let a" + std::to_string(i) + " = a" + std::to_string(i + 1) + " + 1\n";
  lets += "let a5000 = 1";
  const auto checked = check(with(lets, "{a0}"));
  REQUIRE(checked->lines().size() >= 1);
  CHECK(checked->lines().front() == "expression-too-large: this expression is too large to work out");
}

TEST_CASE("enum members are found by their name, and by the other side when two enums share it") {
  const std::string enums = "enum A { x, y }\nenum B { x, z }\nparam a : A = y\nparam b : B = x\n";
  CHECK(check(with(enums + "let same = a == x and x == b", "{a}{b}{same}"))->lines() == Lines{});
  CHECK(check(with(enums + "let some = b in [x, z]", "{a}{b}{some}"))->lines() == Lines{});
  CHECK(check(with(enums + "let c = A.x", "{a}{b}{c}"))->lines() == Lines{});
  CHECK(check(with(enums + "let c = x", "{a}{b}{c}"))->lines() == Lines{"ambiguous-name: `x` could be that of `A` and `B`"});
  CHECK(check(with(enums + "let c = A.z", "{a}{b}{c}"))->lines() == Lines{"unknown-name: no member named `z`"});
  CHECK(check(with(enums + "let c = a == b", "{c}"))->lines().front().starts_with("type-mismatch: "));
}

TEST_CASE("columns are found by name, by `dimension.column`, and keys by their column") {
  const auto made = [](const std::string& path) {
    return night + "dataset made for exposure = \"" + path + "\"\ntask make for exposure { in raw out made run \"make {raw} {made}\" }\n";
  };
  CHECK(check(made("{exptime:s}_{exposure.begin:%H}_{filter}_{seq}"))->printed("dataset made") ==
        "dataset made over (exposure) basis (exposure)\n  path text({exposure.exptime:s} \"_\" {exposure.begin:%H} \"_\" {filter} \"_\" "
        "{exposure})\n");
  const auto wrong = check(made("{exposure}_{exptim}"));
  CHECK(wrong->lines() == Lines{"unknown-name: no value named `exptim`"});
  CHECK(wrong->help() == Lines{"did you mean `exptime`?"});
}

TEST_CASE("a column of two determined dimensions needs its dimension") {
  const std::string start =
      "workflow w\ntable t = csv \"t.csv\" { run : int  night : date  begin : time utc }\ntable nights = csv \"n.csv\" { night : date "
      "unique  begin : time utc }\n"
      "dimension run : int from t.run implies night\ndimension night : date from nights.night\n";
  const auto made = [&](const std::string& path) {
    return start + "dataset made for run = \"{run}_" + path + "\"\ntask make for run { out made run \"make {made}\" }\n";
  };
  const auto ambiguous = check(made("{begin}"));
  CHECK(ambiguous->lines() == Lines{"ambiguous-name: `begin` could be that of `run` and `night`"});
  CHECK(ambiguous->help() == Lines{"write `run.begin` or `night.begin`"});
  CHECK(check(made("{night.begin}"))->lines() == Lines{});
}

TEST_CASE("names that mean something elsewhere say so") {
  CHECK(check(night +
              "dataset made for filter = \"{filter}_{kind}\"\ntask make for filter { in x = all raw out made run \"make {x} {made}\" }\n")
            ->lines() == Lines{"not-determined: `kind` has no single value here"});
  CHECK(check(night + "dataset made = \"{exposure}\"\ntask make { in x = all raw out made run \"make {x} {made}\" }\n")->lines() ==
        Lines{"not-determined: `exposure` has no single value here"});
  CHECK(check(night + "dataset made = \"made\"\ntask make { out made run \"make {raw} {made}\" }\n")->lines() ==
        Lines{"not-a-value: `raw` is a dataset, not a value"});
  CHECK(check(night + "dataset made = \"{log}\"\ntask make { out made run \"make {made}\" }\n")->lines() ==
        Lines{"not-a-value: `log` is a table, not a value"});
}

TEST_CASE("what failed is reported once, whatever uses it") {
  CHECK(check(with("param side : flat", "{side}_{side}"))->lines() == Lines{"unknown-name: no type named `flat`"});
  CHECK(check("workflow w\ndimension d : int from 0 ..< nothing\ndataset a for d = external \"{d}\"\ndataset b for d = \"{d}\"\n"
              "task make for d where d > 1 { in a out b run \"make {a} {b}\" }\n")
            ->lines() == Lines{"unknown-name: no value named `nothing`"});
}

TEST_CASE("duplicates of each kind point at the first") {
  const auto checked = check(with("param a : int\nlet a = 3", "{a}"));
  REQUIRE(checked->lines() == Lines{"duplicate-declaration: let `a` is declared twice"});
  CHECK(checked->diagnostics.sorted()[0].labels.at(1).text == "first declared here");
  CHECK(check("workflow w\ndataset made = \"a\"\ntask made { out made run \"touch {made}\" }\n")->lines() == Lines{});
}

TEST_CASE("what nothing uses is a warning, but only in a workflow that is right") {
  CHECK(
      check(
          with(
              "param p : int\nlet l = 1\nenum E { a }\ntable t = csv \"t\" { a : int }\ndimension d : int from 0 ..< 2\ndataset x = \"x\""))
          ->lines() == Lines{"unused-declaration: parameter `p` is never used", "unused-declaration: let `l` is never used",
                             "unused-declaration: enum `E` is never used", "unused-declaration: table `t` is never used",
                             "unused-declaration: dimension `d` is never used", "unused-declaration: dataset `x` is never used"});
  CHECK(check(with("param p : int", "{q}"))->lines() == Lines{"unknown-name: no value named `q`"});
}

TEST_CASE("modules export tools, enums and lets") {
  const std::pair<std::string, std::string> module = {
      "lib.site",
      "param base : path = \"/data\"\nlet archive = \"{base}/archive\"\nenum Kind { A, B }\n"
      "tool touch { out file : file run \"touch {file}\" }\n"};
  const std::string end = "dataset made = \"{a}\"\n";
  CHECK(check("workflow w\nimport lib.site (archive, touch)\nlet a = archive\n" + end + "task make { out made use touch(file: made) }\n",
              {module})
            ->printed("dataset made") == "dataset made over () basis ()\n  path \"/data/archive\"\n");
  CHECK(check("workflow w\nimport lib.site as s\nlet a = s.archive\n" + end + "task make { out made use s.touch(file: made) }\n", {module})
            ->lines() == Lines{});
  CHECK(check("workflow w\nimport lib.site\nlet a = site.archive\n" + end +
                  "task make where site.Kind.A == site.Kind.B { out made use site.touch(file: made) }\n",
              {module})
            ->lines() == Lines{});
  const auto wrong =
      check("workflow w\nimport lib.site (base, archiv)\nlet a = \"x\"\n" + end + "task make { out made run \"make {made}\" }\n", {module});
  CHECK(wrong->lines() == Lines{"unknown-import: module `lib.site` has no `base`", "unknown-import: module `lib.site` has no `archiv`"});
}

TEST_CASE("an import that could not be loaded stays silent where it is used") {
  // Loading reports it; here a mistake of syntax stands for that report.
  const auto checked = check(
      "workflow w\nlet = 3\nimport missing as m\nimport gone (t)\ndataset made = \"{m.x}\"\ntask make { out made use t(file: made) }\n");
  CHECK(checked->lines() == Lines{"expected-syntax: expected a name, found `=`"});
}

TEST_CASE("a missing declaration is one mistake, a misspelt name is one at each place") {
  CHECK(check(with("", "{night}/{night}"))->lines() == Lines{"unknown-name: no value named `night`"});
  CHECK(check(with("param night : path", "{nigth}/{nigth}"))->lines() ==
        Lines{"unknown-name: no value named `nigth`", "unknown-name: no value named `nigth`"});
}

TEST_CASE("what the parser could not read is not reported again where it is used") {
  CHECK(check(with("param night path", "{night}"))->lines() == Lines{"expected-syntax: expected `:` and a type, found `path`"});
  CHECK(check(with("table t = csv \"t.csv\" {\n  seq : int\n  begin time\n}\ndimension d : int from t.seq order by begin"))->lines() ==
        Lines{"expected-syntax: expected `:` and a type, found `time`"});
}
