// Goals and `--where`: what is asked for, and that everything it needs comes along, and nothing else.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

const std::string text =
    "workflow w\n"
    "enum Kind { CAL, DATA }\n"
    "table runs = csv \"runs.csv\" { run : int  kind : Kind  n : int  field : text  start : time utc }\n"
    "dimension run : int from runs.run implies field order by start\n"
    "dimension field : text from runs.field\n"
    "dimension subrun : int in run from 0 ..< n\n"
    "dataset raw for run, subrun = external \"raw/{run}.{subrun}\"\n"
    "dataset pedestal for run = \"ped/{run}\"\n"
    "dataset dl1 for run, subrun = \"dl1/{run}.{subrun}\"\n"
    "dataset dl2 for run = \"dl2/{run}\"\n"
    "dataset check = \"check\"\n"
    "task calibrate for run where kind == CAL { in raw = raw[subrun = 0] out pedestal run \"cal {raw} {pedestal}\" }\n"
    "task reduce for run, subrun where kind == DATA { in raw in pedestal = latest pedestal before start out dl1 run \"red {raw} {pedestal} "
    "{dl1}\" }\n"
    "task merge for run where kind == DATA { in parts = all dl1 out dl2 run \"merge {parts} {dl2}\" }\n"
    "task look { in parts = all dl1 survivors out check run \"look {parts} {check}\" }\n"
    "goal dl2, check\n";

const Files files{{"runs.csv",
                   "run,kind,n,field,start\n"
                   "1,CAL,2,dark,2026-01-01T00:00:00\n"
                   "2,DATA,2,crab,2026-01-01T01:00:00\n"
                   "3,CAL,1,dark,2026-01-01T02:00:00\n"
                   "4,DATA,3,m87,2026-01-01T03:00:00\n"}};

std::unique_ptr<Made> select(const std::string& where, const std::vector<std::string>& goals = {}) {
  planning::Options options = without_files();
  options.where = where;
  options.goals = goals;
  return make(text, files, options);
}

}  // namespace

TEST_CASE("a selection names targets; all that they need comes along, gathers whole") {
  const auto made = select("run == 4");
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("merge") == Lines{"merge[run=4]"});
  CHECK(made->elements("reduce") == Lines{"reduce[run=4,subrun=0]", "reduce[run=4,subrun=1]", "reduce[run=4,subrun=2]"});
  CHECK(made->elements("calibrate") == Lines{"calibrate[run=3]"});
  CHECK(made->elements("look") == Lines{});
  CHECK(made->elements("raw") == Lines{"raw[run=3,subrun=0]", "raw[run=4,subrun=0]", "raw[run=4,subrun=1]", "raw[run=4,subrun=2]"});
  CHECK(made->inputs("reduce[run=4,subrun=1]") == Lines{"raw/4.1", "ped/3"});
  CHECK(made->inputs("merge[run=4]") == Lines{"dl1/4.0", "dl1/4.1", "dl1/4.2"});
}

TEST_CASE("all forms of a selection") {
  const auto merged = [](const std::string& where) {
    const auto made = select(where, {"dl2"});
    return made->plan ? made->elements("merge") : made->lines();
  };
  CHECK(merged("run in 1 .. 2") == Lines{"merge[run=2]"});
  CHECK(merged("run in 2 ..< 4") == Lines{"merge[run=2]"});
  CHECK(merged("field in [m87, crab]") == Lines{"merge[run=2]", "merge[run=4]"});
  CHECK(merged("not field == \"m87\"") == Lines{"merge[run=2]"});
  CHECK(merged("run.field != 'm87' or run > 5") == merged("run < 3"));
  CHECK(merged("start >= 2026-01-01T02:30:00 and (kind == DATA or kind == CAL)") == Lines{"merge[run=4]"});
  CHECK(merged("run not in [2]") == Lines{"merge[run=4]"});
}

TEST_CASE("goals are datasets or tasks") {
  CHECK(select("", {"pedestal"})->elements("calibrate") == Lines{"calibrate[run=1]", "calibrate[run=3]"});
  CHECK(select("", {"pedestal"})->elements("merge") == Lines{});
  CHECK(select("run == 2 and subrun == 1", {"reduce"})->elements("reduce") == Lines{"reduce[run=2,subrun=1]"});
}

TEST_CASE("goals and names that do not exist are errors with the nearest") {
  const auto goal = select("", {"dl22"});
  CHECK(goal->lines() == Lines{"unknown-goal: no dataset or task is named `dl22`"});
  CHECK(goal->help() == Lines{"did you mean `dl2`?"});
  CHECK(select("", {"raw"})->lines() == Lines{"goal-is-external: `raw` is external: nothing makes it"});
  const auto name = select("rnu == 4");
  CHECK(name->lines() == Lines{"unknown-selection-name: `--where` names `rnu`, which is no dimension and no attribute of one"});
  CHECK(name->help() == Lines{"did you mean `run`?"});
}

TEST_CASE("a selection that fits nothing says so") {
  CHECK(select("run == 9")->lines() == Lines{"empty-selection: no element of the goals satisfies `run == 9`"});
  CHECK(select("subrun == 1")->lines() == Lines{"selection-fits-no-goal: no goal has all the names in `subrun == 1`"});
  CHECK(select("run == four")->lines() ==
        Lines{"bad-selection: `--where` cannot be read: `four` is no value for `run`, which is of type `int`"});
  CHECK(select("kind == DTA")->lines() == Lines{"bad-selection: `--where` cannot be read: `DTA` is no value of `kind`"});
}

TEST_CASE("a selection that cannot be read says where it stops making sense") {
  const auto problem = [](const std::string& where) {
    return select(where)->lines().at(0).substr(std::string("bad-selection: `--where` cannot be read: ").size());
  };
  CHECK(problem("run ==") == "a value is missing before its end");
  CHECK(problem("run 4") == "`==`, `<`, `in` or the like is missing after `run`, before `4`");
  CHECK(problem("(run == 4") == "`)` is missing before its end");
  CHECK(problem("run == 4)") == "`)` after a complete condition");
  CHECK(problem("run in 4") == "`..` is missing before its end");
  CHECK(problem("field == 'm87") == "a quoted text has no end");
  CHECK(problem("and run == 4") == "the name of a dimension or attribute is missing before `and`");
  CHECK(problem("run == 4 & run == 5") == "`&` has no meaning here");
  CHECK(problem(std::string(300, '(')) == "it is nested too deeply");
}

TEST_CASE("the steps of a selected plan show the selection") {
  const auto made = select("run == 4");
  CHECK(made->steps("merge") == Lines{"records: 4", "kind == DATA: 2", "run == 4: 1", "`dl1` present: 1"});
}

TEST_CASE("a task that no goal needs is warned of, and left out") {
  const auto made = make(
      text + "dataset extra for run = \"extra/{run}\"\ntask more for run { in raw = raw[subrun = 0] out extra run \"m {raw} {extra}\" }\n",
      files, without_files());
  CHECK(made->lines() == Lines{"unneeded-task: no goal needs `more`, so it will not run"});
  CHECK(made->elements("more") == Lines{});
}

TEST_CASE("a goal without elements is explained by the steps of its task") {
  const Files only_calibration{{"runs.csv", "run,kind,n,field,start\n1,CAL,2,dark,2026-01-01T00:00:00\n"}};
  const auto made = make(text, only_calibration, without_files());
  CHECK(made->lines() == Lines{"where-never-true: the `where` of `reduce` holds for no record",
                               "where-never-true: the `where` of `merge` holds for no record", "empty-goal: goal `dl2` has no element"});
  CHECK(made->notes(2) == Lines{"merge: records 1", "merge: kind == DATA 0", "merge: `dl1` present 0"});
}
