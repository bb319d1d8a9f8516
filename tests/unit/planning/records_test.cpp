// Dimensions' records from their sources, and what is wrong with them.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

/// A dataset and task over `x`, so that its keys show as elements.
Lines keys(const std::string& declarations, Files files = {}, planning::Options options = without_files(), const std::string& over = "x") {
  const auto made = make("workflow w\n" + declarations + "dataset out_of for " + over + " = \"out/{" + (over == "x" ? "x" : "p}/{x") +
                             "}\"\n"
                             "task t for " +
                             over + " { out out_of run \"touch {out_of}\" }\n",
                         std::move(files), options);
  if (!made->plan) return made->lines();
  Lines lines = made->lines();
  const Lines elements = made->elements("t");
  lines.insert(lines.end(), elements.begin(), elements.end());
  return lines;
}

}  // namespace

TEST_CASE("a range excludes or includes its end, and may be empty") {
  CHECK(keys("dimension x : int from 1 ..< 3\n") == Lines{"t[x=1]", "t[x=2]"});
  CHECK(keys("dimension x : int from 1 .. 3\n") == Lines{"t[x=1]", "t[x=2]", "t[x=3]"});
  CHECK(keys("param n : int = 2\ndimension x : int from n - 3 .. n - 2\n") == Lines{"t[x=-1]", "t[x=0]"});
}

TEST_CASE("a range that is too large is refused before anything is made") {
  planning::Options options = without_files();
  options.element_limit = 1000;
  CHECK(keys("dimension x : int from 0 ..< 1000000000000\n", {}, options) ==
        Lines{"too-many-elements: `x` would have 1,000,000,000,000 elements (limit 1,000)"});
  CHECK(keys("dimension x : int from -9000000000000000000 .. 9000000000000000000\n", {}, options) ==
        Lines{"constant-fails: this value cannot be worked out: a range of more keys than 64 bits can count"});
}

TEST_CASE("a product that is too large shows its factors") {
  planning::Options options = without_files();
  options.element_limit = 1000;
  const auto made = make(
      "workflow w\ndimension a : int from 0 ..< 100\ndimension b : int from 0 ..< 200\n"
      "dataset d for a * b = \"{a}/{b}\"\ntask t for a * b { out d run \"touch {d}\" }\n",
      {}, options);
  CHECK(made->lines().at(0) == "too-many-elements: `t` would have 20,000 elements (limit 1,000)");
  CHECK(made->notes() == Lines{"that is a 100 x b 200"});
}

TEST_CASE("lists are sorted; a key given twice is an error") {
  CHECK(keys("dimension x : text from [\"b\", \"a\"]\n") == Lines{"t[x=a]", "t[x=b]"});
  CHECK(keys("dimension x : int from [3, 1, 3]\n") == Lines{"duplicate-key: dimension `x` has the key `3` twice"});
}

TEST_CASE("a parameter of list type gives keys") {
  planning::Options options = without_files();
  options.parameters["n"] = {"7, 5", "--n"};
  CHECK(keys("param n : [int]\ndimension x : int from n\n", {}, options) == Lines{"t[x=5]", "t[x=7]"});
}

TEST_CASE("an enum's members are in the order of their declaration") {
  CHECK(keys("enum Band { u, g, r, i }\ndimension x : Band\n") == Lines{"t[x=u]", "t[x=g]", "t[x=r]", "t[x=i]"});
}

TEST_CASE("a scan takes the names that fit, and only exact spellings of numbers") {
  const Files files{{"data/b_1.fq", ""}, {"data/a_1.fq", ""}, {"data/_1.fq", ""}, {"data/a_2.fq", ""}};
  CHECK(keys("dimension x : text from scan \"data/{x}_1.fq\"\n", files) == Lines{"t[x=a]", "t[x=b]"});
  const Files numbered{{"in/001/raw", ""}, {"in/7/raw", ""}, {"in/012/raw", ""}, {"in/013/other", ""}};
  CHECK(keys("dimension x : int from scan \"in/{x:03}/raw\"\n", numbered) == Lines{"t[x=1]", "t[x=12]"});
}

TEST_CASE("a scan without a match warns") {
  CHECK(keys("dimension x : text from scan \"data/{x}.fq\"\n") ==
        Lines{"scan-without-match: no file matches `data/*.fq`, so dimension `x` has no keys", "empty-goal: goal `out_of` has no element"});
}

TEST_CASE("a column gives its distinct values, empty cells none") {
  CHECK(keys("table log = csv \"l.csv\" { x : int?  y : int }\ndimension x : int from log.x\n", {{"l.csv", "x,y\n5,1\n,2\n3,3\n5,4\n"}}) ==
        Lines{"t[x=3]", "t[x=5]"});
}

TEST_CASE("rows of one key that disagree about what is used are shown") {
  const auto made = make(
      "workflow w\ntable log = csv \"l.csv\" { seq : int  kind : text  note : text }\ndimension x : int from log.seq\n"
      "dataset d for x = \"{x}\"\ntask t for x where kind == \"a\" { out d run \"touch {d}\" }\n",
      {{"l.csv", "seq,kind,note\n1,a,one\n1,a,two\n2,a,one\n2,b,one\n"}}, without_files());
  CHECK(made->lines() == Lines{"conflicting-rows: rows of `x` 2 disagree about `kind`"});
  CHECK(made->places() == Lines{"b", "a", "kind"});
}

TEST_CASE("rows of one key that imply different keys are shown") {
  const auto made = make(
      "workflow w\ntable log = csv \"l.csv\" { seq : int  f : text }\ndimension x : int from log.seq implies f\ndimension f : text from "
      "log.f\n"
      "dataset d for x = \"{x}\"\ntask t for x { out d run \"touch {d}\" }\n",
      {{"l.csv", "seq,f\n1,a\n1,b\n"}}, without_files());
  CHECK(made->lines() == Lines{"conflicting-rows: rows of `x` 1 disagree about `f`"});
}

TEST_CASE("a range of dates") {
  const std::string days = "param last : date = \"2024-03-01\"\ndimension x : date from last - 2 days .. last\n";
  CHECK(keys(days) == Lines{"t[x=2024-02-28]", "t[x=2024-02-29]", "t[x=2024-03-01]"});
  CHECK(keys("param last : date = \"2024-03-01\"\ndimension x from last - 1 day ..< last\n") == Lines{"t[x=2024-02-29]"});
  CHECK(keys("param last : date = \"2024-03-01\"\ndimension x : int from last .. last\n") ==
        Lines{"wrong-type: `x` takes `int`, not `date`"});
  CHECK(keys("param last : date = \"2024-03-01\"\ndimension x from 1 .. last\n") ==
        Lines{"type-mismatch: the bounds of a range are of one type, here `int` and `date`"});
}

TEST_CASE("keys inside a parent, and exclusions with empty cells") {
  const std::string declarations =
      "table runs = csv \"runs.csv\" { p : int  n : int }\n"
      "table bad = csv \"bad.csv\" { p : int?  x : int? }\n"
      "dimension p : int from runs.p\n"
      "dimension x : int in p from 0 ..< n without bad\n";
  CHECK(keys(declarations, {{"runs.csv", "p,n\n1,3\n2,3\n3,1\n"}, {"bad.csv", "p,x\n2,\n,1\n1,2\n"}}, without_files(), "p, x") ==
        Lines{"t[p=1,x=0]", "t[p=3,x=0]"});
}

TEST_CASE("two columns of one table: parent and child") {
  CHECK(keys("table overlap = csv \"o.csv\" { tract : int  patch : int  visit : int }\n"
             "dimension p : int from overlap.tract\n"
             "dimension x : int in p from overlap.patch\n",
             {{"o.csv", "tract,patch,visit\n2,1,7\n1,5,7\n1,5,8\n1,4,7\n"}}, without_files(),
             "p, x") == Lines{"t[p=1,x=4]", "t[p=1,x=5]", "t[p=2,x=1]"});
}

TEST_CASE("a table that is not there is named with its path") {
  CHECK(keys("param night : path = \"2026\"\ntable log = csv \"{night}/log.csv\" { x : int  y : int }\ndimension x : int from log.x\n") ==
        Lines{"unreadable-table: table `log` cannot be read: `2026/log.csv`"});
}

TEST_CASE("rows that imply a key that there is not are left out with a warning") {
  const auto made = make(
      "workflow w\ntable log = csv \"l.csv\" { seq : int  night : int }\ndimension x : int from log.seq implies night\n"
      "dimension night : int from [1, 2]\n"
      "dataset d for night = \"{night}\"\ndataset raw for x = external \"raw/{x}\"\ntask t for night { in a = all raw out d run \"t {a} "
      "{d}\" }\n",
      {{"l.csv", "seq,night\n1,1\n2,2\n3,3\n"}}, without_files());
  CHECK(made->lines() == Lines{"unmatched-rows: 1 row of `log` without a record of `night`: left out"});
  CHECK(made->elements("t") == Lines{"t[night=1]", "t[night=2]"});
}
