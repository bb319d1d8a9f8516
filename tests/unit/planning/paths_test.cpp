// Paths: what may stand in them, that they never meet, that external files exist; and requests.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

/// Two tasks over i that make `a` and `b` with these paths.
Lines with_paths(const std::string& a, const std::string& b = "b/{i}", const std::string& dimension = "dimension i : int from 1 .. 12\n") {
  return make("workflow w\n" + dimension + "dataset a for i = \"" + a + "\"\ndataset b for i = \"" + b +
                  "\"\ntask make_a for i { out a run \"touch {a}\" }\ntask make_b for i { in a out b run \"cp {a} {b}\" }\n",
              {}, without_files())
      ->lines();
}

}  // namespace

TEST_CASE("paths that hold their keys are disjoint") {
  CHECK(with_paths("a/{i}") == Lines{});
  CHECK(with_paths("{i}.a", "{i}.b") == Lines{});
  CHECK(with_paths("x/{i:05}_a.fits", "x/{i:05}_b.fits") == Lines{});
  CHECK(with_paths("x/{i}", "x/{i}.log") == Lines{});
}

TEST_CASE("a path that forgets its key is shown with two elements and the key") {
  const auto made =
      make("workflow w\ndimension i : int from 1 .. 3\ndataset a for i = \"a\"\ntask make_a for i { out a run \"touch {a}\" }\n", {},
           without_files());
  CHECK(made->lines() == Lines{"path-collision: `a[i=1]` and `a[i=2]` have the same path `a`"});
  CHECK(made->help() == Lines{"the path lacks `{i}`: write it into the template"});
  CHECK(made->notes() == Lines{"1 more pair likewise"});
}

TEST_CASE("keys that run into each other are found by hashing") {
  const auto made = make(
      "workflow w\ndimension i : int from 1 .. 12\ndimension j : int from 1 .. 12\ndataset a for i * j = \"{i}{j}\"\n"
      "task make_a for i * j { out a run \"touch {a}\" }\n",
      {}, without_files());
  CHECK(made->lines() == Lines{"path-collision: `a[i=1,j=11]` and `a[i=11,j=1]` have the same path `111`"});
  CHECK(made->help() == Lines{"separate the keys in the template by a character that is no digit, such as `_`"});
}

TEST_CASE("two datasets with one path, and one inside the other") {
  CHECK(with_paths("x/{i}", "x/{i + 1}") == Lines{"path-overlap: `a[i=2]` and `b[i=1]`, of different datasets, have the same path `x/2`"});
  CHECK(with_paths("x/{i}", "x/{i}/b") == Lines{"nested-paths: `b[i=1]` at `x/1/b` lies inside `a[i=1]` at `x/1`"});
  CHECK(with_paths("x/./{i}", "x//{i}") == Lines{"path-overlap: `a[i=1]` and `b[i=1]`, of different datasets, have the same path `x/1`"});
}

TEST_CASE("what is published is in nobody's way") {
  const auto lines = [](const std::string& own, const std::string& published, const std::string& others = "b/{i}") {
    return with_paths(own + "\" publish \"" + published, others);
  };
  CHECK(lines("a/{i}", "out/{i}") == Lines{});
  CHECK(lines("a/{i}", "a/{i + 100}") == Lines{});  // beside the others, for all that is known of them
  CHECK(lines("a/{i}", "a//{i}") == Lines{"published-in-place: `a[i=1]` is published under its own path `a/1`"});
  CHECK(lines("a/{i}", "a/{i + 1}") == Lines{"published-overlap: `a[i=1]` would be published at `a/2`, where `a[i=2]` is"});
  CHECK(lines("a/{i}", "out") == Lines{"published-overlap: `a[i=2]` would be published at `out`, where `a[i=1]` is published, too"});
  CHECK(lines("a/{i}", "b/{i}") == Lines{"published-overlap: `a[i=1]` would be published at `b/1`, where `b[i=1]` is"});
  CHECK(lines("a/{i}", "out/{i}", "b/{i}\" publish link \"out/{i + 1}") ==
        Lines{"published-overlap: `b[i=1]` would be published at `out/2`, where `a[i=2]` is published, too"});
  CHECK(lines("a/{i}", "out/{i}", "out/{i}/b") == Lines{"nested-paths: `b[i=1]` at `out/1/b` lies inside `a[i=1]` at `out/1`"});
  CHECK(lines("a/{i}", "../out/{i}") == Lines{"climbing-path: the path of `a` leads through `..`: `../out/1`"});
  CHECK(lines("a/{i}", ".") == Lines{"empty-path: the path of `a` is empty"});
}

TEST_CASE("a published path is the plan's: for each element, with the parameters' values") {
  const auto made = make(
      "workflow w\nparam prod : text = \"v 1\"\ndimension run : int from 8 .. 9\n"
      "dataset a for run = \"work/{run}\" publish \"{prod}/{run:05}\"\n"
      "dataset b for run = \"work/{run}.d/\" publish link \"{prod}/{run}/\"\ndataset c for run = \"work/{run}.c\"\n"
      "task t for run { out a, b, c run \"t {a} {b} {c}\" }\n",
      {}, without_files());
  REQUIRE(made->plan);
  const plan::Plan& plan = *made->plan;
  const auto published = [&](std::uint32_t dataset, std::uint32_t element) {
    const auto found = plan::published_path(plan, dataset, element);
    return found ? std::string(found->kind == plan::Publication::link ? "link " : "") + found->path : "nothing";
  };
  CHECK(published(0, 1) == "v 1/00009");
  CHECK(published(1, 0) == "link v 1/8/");
  CHECK(published(2, 0) == "nothing");
  CHECK(plan::print(plan, false).find("  path \"work/{run}\"\n  publish \"v 1/{run:05}\"\n") != std::string::npos);
}

TEST_CASE("two external datasets may share files, an external and a produced one may not") {
  const auto text = [](const std::string& path) {
    return "workflow w\ndimension i : int from 1 .. 3\ndataset a for i = external \"x/{i}\"\ndataset b for i = external \"x/{i}\"\n"
           "dataset c for i = \"" +
           path + "\"\ntask t for i { in a, b out c run \"t {a} {b} {c}\" }\n";
  };
  CHECK(make(text("c/{i}"), {}, without_files())->lines() == Lines{});
  CHECK(make(text("x/{i}"), {}, without_files())->lines() ==
        Lines{"path-overlap: `b[i=1]` and `c[i=1]`, of different datasets, have the same path `x/1`"});
  CHECK(make(text("c/{i}\" publish link \"x/{i}"), {}, without_files())->lines() ==
        Lines{"published-overlap: `c[i=1]` would be published at `x/1`, where `b[i=1]` is"});
}

TEST_CASE("keys that cannot stand in a path are shown in the data") {
  const auto made = make(
      "workflow w\ntable t = csv \"t.csv\" { name : text  n : int }\ndimension name : text from t.name\ndataset a for name = "
      "\"out/{name}\"\n"
      "task make_a for name { out a run \"touch {a}\" }\n",
      {{"t.csv", "name,n\nfine,1\n../etc,2\n"}}, without_files());
  CHECK(made->lines() == Lines{"unfit-path-key: `name` `../etc` holds a `/`, but it stands in the path of `a`"});
  CHECK(made->places() == Lines{"../etc", "{name}"});
  const auto dots = make(
      "workflow w\ndimension name : text from [\"..\"]\ndataset a for name = \"out/{name}\"\ntask make_a for name { out a run \"touch "
      "{a}\" }\n",
      {}, without_files());
  CHECK(dots->lines() == Lines{"unfit-path-key: `name` `..` holds `..` or is `.`, but it stands in the path of `a`"});
}

TEST_CASE("paths made by functions are seen through") {
  const auto made = make(
      "workflow w\nlet folder(n : text) : path = \"out/{n}\"\nlet file(n : text, i : int) : path = \"{folder(n)}/{i:03}\"\n"
      "dimension name : text from [\"fine\", \"a/b\"]\ndimension i : int from [7]\n"
      "dataset a for name * i = \"{file(name, i)}.txt\"\ntask make_a for name * i { out a run \"touch {a}\" }\n",
      {}, without_files());
  CHECK(made->lines() == Lines{"unfit-path-key: `name` `a/b` holds a `/`, but it stands in the path of `a`"});
  const auto fine = make(
      "workflow w\nlet folder(n : text) : path = \"out/{n}\"\ndimension name : text from [\"fine\"]\n"
      "dataset a for name = \"{folder(name)}/{name:>6}.txt\"\ntask make_a for name { out a run \"touch {a}\" }\n",
      {}, without_files());
  REQUIRE(fine->lines() == Lines{});
  CHECK(fine->outputs("make_a[name=fine]") == Lines{"out/fine/  fine.txt"});
}

TEST_CASE("a key that a record does not imply is missing in the path") {
  const auto made = make(
      "workflow w\ntable t = csv \"t.csv\" { seq : int  f : text? }\ndimension seq : int from t.seq implies f\ndimension f : text from "
      "t.f\n"
      "dataset a for seq = \"out/{f}/{seq}\"\ntask make_a for seq { out a run \"touch {a}\" }\n",
      {{"t.csv", "seq,f\n1,r\n2,\n"}}, without_files());
  CHECK(made->lines() == Lines{"unfit-path-key: `f` has no value, but it stands in the path of `a`"});
  CHECK(made->notes() == Lines{"for seq 2"});
}

TEST_CASE("produced paths do not climb") {
  CHECK(with_paths("../a/{i}") == Lines{"climbing-path: the path of `a` leads through `..`: `../a/1`"});
}

TEST_CASE("missing external files are one report, with the first five") {
  const std::string text =
      "workflow w\ndimension i : int from 1 .. 9\ndataset raw for i = external \"raw/{i}\"\ndataset a for i = \"a/{i}\"\n"
      "task t for i where i > 1 { in raw out a run \"t {raw} {a}\" }\n";
  const auto made = make(text, {{"raw/3", ""}});
  CHECK(made->lines() == Lines{"missing-files: 7 of 8 files of external dataset `raw` are missing"});
  CHECK(made->notes() == Lines{"`raw/2`", "`raw/4`", "`raw/5`", "`raw/6`", "`raw/7`", "and 2 more"});
}

TEST_CASE("missing files of an optional dataset are absent: they restrict, or leave inputs out") {
  const std::string text =
      "workflow w\ndimension i : int from 1 .. 3\ndataset raw for i = external optional \"raw/{i}\"\ndataset a for i = \"a/{i}\"\n"
      "dataset b for i = \"b/{i}\"\ndataset c = \"c\"\n"
      "task need for i { in raw out a run \"t {raw} {a}\" }\n"
      "task like for i { in raw = raw? out b run \"t {raw} {b}\" }\n"
      "task gather { in parts = all raw out c run \"t {parts} {c}\" }\n";
  const auto made = make(text, {{"raw/1", ""}, {"raw/3", ""}});
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("need") == Lines{"need[i=1]", "need[i=3]"});
  CHECK(made->elements("like").size() == 3);
  CHECK(made->inputs("like[i=2]") == Lines{});
  CHECK(made->inputs("gather") == Lines{"raw/1", "raw/3"});
}

TEST_CASE("only what is selected has to exist") {
  planning::Options options;
  options.where = "i == 2";
  const auto made = make(
      "workflow w\ndimension i : int from 1 .. 9\ndataset raw for i = external \"raw/{i}\"\ndataset a for i = \"a/{i}\"\n"
      "task t for i { in raw out a run \"t {raw} {a}\" }\n",
      {{"raw/2", ""}}, options);
  CHECK(made->lines() == Lines{});
}

TEST_CASE("a request beyond the site is found over all retries") {
  planning::Options options = without_files();
  options.most_memory = std::int64_t{10} << 30U;
  const auto text = [](const std::string& clauses) {
    return "workflow w\ndimension i : int from 1 .. 9\ndataset a for i = \"a/{i}\"\ntask t for i { out a run \"t {a}\"\n" + clauses +
           " }\n";
  };
  CHECK(make(text("memory 3 GiB retry 1 with memory * 2"), {}, options)->lines() == Lines{});
  const auto twice = make(text("memory 3 GiB retry 2 with memory * 2"), {}, options);
  CHECK(twice->lines() == Lines{"excessive-request: `t` asks for 12 GiB of memory, but the site has 10 GiB"});
  CHECK(twice->notes() == Lines{"for `t[i=1]`, at attempt 3"});
  const auto growing = make(text("memory 2 GiB * i"), {}, options);
  CHECK(growing->lines() == Lines{"excessive-request: `t` asks for 12 GiB of memory, but the site has 10 GiB"});
  CHECK(growing->notes() == Lines{"for `t[i=6]`"});
  CHECK(make(text("memory 2 GiB * (i - 5)"), {}, without_files())->lines() ==
        Lines{"bad-request: a request for `memory` comes out as -8 GiB"});
}

TEST_CASE("requests may depend on the sizes of external files and the number of inputs") {
  planning::Options options;
  options.most_memory = 1 << 20;
  const std::string text =
      "workflow w\ndimension i : int from 1 .. 3\ndataset raw for i = external \"raw/{i}\"\ndataset c = \"c\"\n"
      "task gather { in parts = all raw out c memory 300 KiB * len(parts) + size(parts) run \"t {parts} {c}\" }\n";
  CHECK(make(text, {{"raw/1", "x"}, {"raw/2", "x"}, {"raw/3", "x"}}, options)->lines() == Lines{});
  CHECK(make(text, {{"raw/1", std::string(200000, 'x')}, {"raw/2", "x"}, {"raw/3", "x"}}, options)->lines().size() == 1);
}
