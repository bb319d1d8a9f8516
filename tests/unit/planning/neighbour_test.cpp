// `of prev` and `of next`, on what is made elsewhere and on what comes of the task itself; windows; `else`.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

/// Runs 1 to 6; by time their order is 1, 2, 4, 3, 5, 6.
const std::string runs =
    "workflow w\n"
    "table log = csv \"log.csv\" { run : int  kind : text  begin : time utc }\n"
    "dimension run : int from log.run implies kind order by begin\n"
    "dimension kind : text from log.kind\n"
    "dataset raw for run = external \"raw/{run}\"\n"
    "dataset drift for run = \"drift/{run}\"\n";
const std::string seed = "dataset seed = external \"seed\"\n";
const Files runs_files = {{"log.csv",
                           "run,kind,begin\n"
                           "1,A,2026-01-01T01:00:00\n2,B,2026-01-01T02:00:00\n3,A,2026-01-01T04:00:00\n"
                           "4,A,2026-01-01T03:00:00\n5,B,2026-01-01T05:00:00\n6,A,2026-01-01T06:00:00\n"}};

/// The first run's input is `input`; what each run reads beside raw.
Lines drifts(const std::string& input, const std::string& where = "") {
  const std::string extra = input.find("seed") == std::string::npos ? "" : seed;
  const auto made = make(
      runs + extra + "task follow for run " + where + " { in raw in before = " + input + " out drift run \"f {raw} {before} {drift}\" }\n",
      runs_files, without_files());
  if (!made->plan) {
    Lines lines = made->lines();
    for (const auto& note : made->notes()) lines.push_back(note);
    return lines;
  }
  Lines result;
  for (const std::string& element : made->elements("follow")) {
    std::string line;
    const Lines inputs = made->inputs(element);
    for (std::size_t i = 1; i < inputs.size(); ++i) line += (i > 1 ? " " : "") + inputs[i];
    result.push_back(line);
  }
  return result;
}

}  // namespace

TEST_CASE("of prev is the one before in the dimension's order") {
  CHECK(drifts("raw of prev run ?") == Lines{"", "raw/1", "raw/4", "raw/2", "raw/3", "raw/5"});
  CHECK(drifts("raw of next run ?") == Lines{"raw/2", "raw/4", "raw/5", "raw/3", "raw/6", ""});
  CHECK(drifts("raw of prev 2 run ?") == Lines{"", "", "raw/2", "raw/1", "raw/4", "raw/3"});
}

TEST_CASE("of prev takes the last one that fits") {
  CHECK(drifts("raw of prev run where kind == \"A\" ?") == Lines{"", "raw/1", "raw/4", "raw/1", "raw/3", "raw/3"});
  CHECK(drifts("raw of prev run same kind ?") == Lines{"", "", "raw/4", "raw/1", "raw/2", "raw/3"});
}

TEST_CASE("a task may read its own output of prev") {
  CHECK(drifts("drift of prev run ?") == Lines{"", "drift/1", "drift/4", "drift/2", "drift/3", "drift/5"});
  CHECK(drifts("drift of prev run else seed") == Lines{"seed", "drift/1", "drift/4", "drift/2", "drift/3", "drift/5"});
}

TEST_CASE("of prev without one is an error that says how many there are") {
  CHECK(drifts("drift of prev run") ==
        Lines{"lookup-found-nothing: no `drift` is found for `follow[run=1]`", "of 6 candidates none comes before it"});
  CHECK(drifts("drift of prev 3 run", "where run > 1") == Lines{"lookup-found-nothing: no `drift` is found for `follow[run=2]`",
                                                                "of 5 candidates none comes before it",
                                                                "2 more elements of `follow` likewise"});
}

TEST_CASE("neighbours agree on all other keys") {
  const std::string cameras =
      "workflow w\n"
      "table log = csv \"log.csv\" { run : int  begin : time utc }\n"
      "dimension run : int from log.run order by begin\n"
      "dimension camera : int from 0 ..< 2\n"
      "dataset level for run, camera = \"level/{run}_{camera}\"\n";
  const auto made = make(cameras + "task l for run, camera { in before = level of prev run ? out level run \"l {before} {level}\" }\n",
                         runs_files, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->inputs("l[run=4,camera=1]") == Lines{"level/2_1"});
  CHECK(made->inputs("l[run=1,camera=0]").empty());
}

TEST_CASE("neighbours lie in one parent") {
  const auto made = make(
      "workflow w\n"
      "dimension night : int from 1 .. 2\n"
      "dimension exposure : int in night from 0 ..< 3\n"
      "dataset d for exposure = \"d/{night}/{exposure}\"\n"
      "task t for exposure { in before = d of prev exposure ? out d run \"t {before} {d}\" }\n",
      {}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->inputs("t[night=2,exposure=0]").empty());
  CHECK(made->inputs("t[night=2,exposure=2]") == Lines{"d/2/1"});
}

TEST_CASE("tasks that look both ways need each other") {
  const auto made = make(
      "workflow w\n"
      "dimension i : int from 0 ..< 4\n"
      "dataset a for i = \"a/{i}\"\n"
      "dataset b for i = \"b/{i}\"\n"
      "task f for i { in x = b of next i ? out a run \"f {x} {a}\" }\n"
      "task g for i { in x = a of prev i ? out b run \"g {x} {b}\" }\n",
      {}, without_files());
  CHECK(made->lines() == Lines{"circular-elements: elements need each other in a circle: `f[i=0]` needs `g[i=1]` needs `f[i=0]`"});
}

TEST_CASE("two tasks may feed on each other along an order") {
  const auto made = make(
      "workflow w\n"
      "dimension i : int from 0 ..< 3\n"
      "dataset a for i = \"a/{i}\"\n"
      "dataset b for i = \"b/{i}\"\n"
      "task f for i { in x = b of prev i ? out a run \"f {x} {a}\" }\n"
      "task g for i { in a out b run \"g {a} {b}\" }\ngoal b\n",
      {}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->inputs("f[i=2]") == Lines{"b/1"});
  planning::Options one = without_files();
  one.where = "i == 1";
  const auto chosen = make(
      "workflow w\n"
      "dimension i : int from 0 ..< 3\n"
      "dataset a for i = \"a/{i}\"\n"
      "dataset b for i = \"b/{i}\"\n"
      "task f for i { in x = b of prev i ? out a run \"f {x} {a}\" }\n"
      "task g for i { in a out b run \"g {a} {b}\" }\ngoal b\n",
      {}, one);
  CHECK(chosen->elements("f") == Lines{"f[i=0]", "f[i=1]"});
  CHECK(chosen->elements("g") == Lines{"g[i=0]", "g[i=1]"});
}

TEST_CASE("a circle of tasks is still refused where nothing leads one way") {
  const auto made = make(
      "workflow w\n"
      "dimension i : int from 0 ..< 3\n"
      "dataset a for i = \"a/{i}\"\n"
      "dataset b for i = \"b/{i}\"\n"
      "task f for i { in b out a run \"f {b} {a}\" }\n"
      "task g for i { in a in x = a of prev i ? out b run \"g {a} {x} {b}\" }\n",
      {}, without_files());
  REQUIRE(made->lines().size() == 1);
  CHECK(made->lines()[0].find("circular-tasks: ") == 0);
}

TEST_CASE("a window is a list in the order of time") {
  CHECK(drifts("window raw last 2") == Lines{"raw/1", "raw/1 raw/2", "raw/4 raw/3", "raw/2 raw/4", "raw/3 raw/5", "raw/5 raw/6"});
  CHECK(drifts("window raw before begin last 2") == Lines{"", "raw/1", "raw/2 raw/4", "raw/1 raw/2", "raw/4 raw/3", "raw/3 raw/5"});
  CHECK(drifts("window raw within 1 h") == Lines{"raw/1", "raw/1 raw/2", "raw/4 raw/3", "raw/2 raw/4", "raw/3 raw/5", "raw/5 raw/6"});
  CHECK(drifts("window raw where kind == \"A\" last 2 same kind") == Lines{"raw/1", "", "raw/4 raw/3", "raw/1 raw/4", "", "raw/3 raw/6"});
}

TEST_CASE("a window on one's own output ends before") {
  CHECK(drifts("window drift before begin last 2") ==
        Lines{"", "drift/1", "drift/2 drift/4", "drift/1 drift/2", "drift/4 drift/3", "drift/3 drift/5"});
}

TEST_CASE("a window that is too short fails by its minimum") {
  CHECK(drifts("window raw last 3 min 3") ==
        Lines{"too-few-inputs: `follow[run=1]` needs 3 `before`, but gets 1", "1 more element of `follow` likewise"});
}

TEST_CASE("equal times at a window's cut are a tie") {
  Files files = runs_files;
  files["log.csv"] = "run,kind,begin\n1,A,2026-01-01T01:00:00\n2,B,2026-01-01T01:00:00\n3,A,2026-01-01T04:00:00\n";
  const auto made = make(
      runs + "task follow for run where run == 3 { in raw in before = window raw last 2 out drift run \"f {raw} {before} {drift}\" }\n",
      files, without_files());
  CHECK(made->lines() == Lines{"ambiguous-lookup: two candidates of `raw` are equally good for `follow[run=3]`"});
  CHECK(made->notes() == Lines{"run 1 and run 2 are equally good: both 3 h before"});
}

TEST_CASE("windows without bound are counted before they are made") {
  std::string table = "run,kind,begin\n";
  constexpr int count = 93'000;  // 93,000 x 93,001 / 2 entries are more than 2^32
  for (int run = 0; run < count; ++run) table += fmt::format("{},A,{}\n", run, run);
  std::string text = runs;
  text.replace(text.find("time utc"), 8, "int     ");
  const auto made = make(text + "task follow for run { in raw in before = window raw out drift run \"f {raw} {before} {drift}\" }\n",
                         {{"log.csv", table}}, without_files());
  CHECK(made->lines() ==
        Lines{"too-many-links: the lists of `before` of task `follow` would have 4,324,546,500 entries, more than a plan can number"});
}

TEST_CASE("else is tried where those before found nothing") {
  CHECK(drifts("raw of prev run else raw of next run") == Lines{"raw/2", "raw/1", "raw/4", "raw/2", "raw/3", "raw/5"});
  CHECK(drifts("latest raw before begin same kind else next raw after begin same kind", "where run in [1, 2]") == Lines{"raw/4", "raw/5"});
}

TEST_CASE("the failure of the last branch tells of all") {
  const auto made =
      make(runs +
               "task follow for run where run == 1 { in raw in before = latest raw before begin same kind within 1 h else raw of prev run "
               "out drift run \"f {raw} {before} {drift}\" }\n",
           runs_files, without_files());
  CHECK(made->lines() == Lines{"lookup-found-nothing: no `raw` is found for `follow[run=1]`"});
  CHECK(made->notes() == Lines{"`raw`: nearest: run 1, at the same time; limit 1 h", "`raw`: of 6 candidates none comes before it"});
}

TEST_CASE("the branch that was taken is in the plan") {
  const auto made = make(
      runs + seed + "task follow for run { in raw in before = drift of prev run else seed out drift run \"f {raw} {before} {drift}\" }\n",
      runs_files, without_files());
  REQUIRE(made->plan);
  const auto files = plan::input_files(*made->plan, *plan::find_element(*made->plan, "follow[run=1]"));
  REQUIRE(files.size() == 2);
  CHECK(files[1].branch == 1);
  CHECK(files[1].port == 1);
  CHECK(made->command("follow[run=1]") == "f raw/1 seed drift/1");
  CHECK(made->command("follow[run=2]") == "f raw/2 drift/1 drift/2");
}
