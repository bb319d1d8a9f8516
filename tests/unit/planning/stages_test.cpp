// What is known late: planning again and again while files are made, key by key, until the plan is whole.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

const std::string peaks =
    "workflow w\n"
    "dimension run : int from 1 .. 3\n"
    "dataset raw for run = external \"raw/{run}\"\n"
    "dataset candidates for run = \"cand/{run}.csv\"\n"
    "table peaks for run = csv candidates { peak : int  flux : float }\n"
    "dimension peak : int in run from peaks.peak\n"
    "dataset cutout for peak = \"cut/{run}_{peak}\"\n"
    "dataset summary for run = \"sum/{run}\"\n"
    "dataset total = \"total\"\n"
    "task find for run { in raw out candidates run \"find {raw} {candidates}\" }\n"
    "task cut for peak { in raw out cutout run \"cut {raw} {peak} {flux} {cutout}\" }\n"
    "task summarise for run { in raw in cutouts = all cutout out summary run \"sum {raw} {cutouts} {summary}\" }\n"
    "task add { in parts = all summary out total run \"add {parts} {total}\" }\n"
    "goal total\n";

const std::string records =
    "workflow w\n"
    "dimension run : int from 1 .. 3\n"
    "dataset cleaning for run = \"clean/{run}.json\" as json { level : int  good : bool = \"quality.good\" }\n"
    "dataset dl1 for run = \"dl1/{cleaning.level}/{run}\"\n"
    "dataset dl2 for run = \"dl2/{run}\"\n"
    "dataset all_of_it = \"all\"\n"
    "task find for run { out cleaning run \"find {cleaning}\" }\n"
    "task reduce for run { out dl1 run \"reduce {dl1}\" }\n"
    "task next for run where cleaning.good { in dl1 out dl2 run \"next {dl1} {dl2}\" }\n"
    "task gather { in parts = all dl2 out all_of_it run \"g {parts} {all_of_it}\" }\n"
    "goal all_of_it\n";

}  // namespace

TEST_CASE("at first only what does not wait is planned") {
  MemoryWorld world;
  const auto made = make_in(world, peaks, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("find") == Lines{"find[run=1]", "find[run=2]", "find[run=3]"});
  CHECK(made->elements("cut").empty());
  CHECK(made->elements("summarise").empty());
  CHECK(made->stages() == Lines{"dimension `peak`: 3 of candidates for cut, summarise, add"});
}

TEST_CASE("a key goes on as soon as its own file is there") {
  MemoryWorld world;
  world.made["cand/2.csv"] = "peak,flux\n7,1.5\n9,2.5\n";
  const auto made = make_in(world, peaks, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("cut") == Lines{"cut[run=2,peak=7]", "cut[run=2,peak=9]"});
  CHECK(made->elements("summarise") == Lines{"summarise[run=2]"});
  CHECK(made->elements("add").empty());
  CHECK(made->command("cut[run=2,peak=9]") == "cut raw/2 9 2.5 cut/2_9");
  CHECK(made->stages() == Lines{"dimension `peak`: 2 of candidates for cut, summarise, add"});
}

TEST_CASE("a table without rows is known, and has no keys") {
  MemoryWorld world;
  for (const std::string run : {"1", "2", "3"}) world.made["cand/" + run + ".csv"] = "peak,flux\n";
  world.made["cand/3.csv"] += "1,1\n";
  const auto made = make_in(world, peaks, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("cut") == Lines{"cut[run=3,peak=1]"});
  CHECK(made->elements("summarise") == Lines{"summarise[run=3]"});
  CHECK(made->elements("add") == Lines{"add"});
  CHECK(made->elements("find").size() == 3);
  CHECK(made->stages().empty());
}

TEST_CASE("a made table that cannot be read is a warning, and its key waits") {
  MemoryWorld world;
  world.made["cand/1.csv"] = "peak,flux\nx,1\n";
  world.made["cand/2.csv"] = "peak,flux\n7,1.5\n";
  const auto made = make_in(world, peaks, without_files());
  REQUIRE(made->lines().size() == 1);
  CHECK(made->lines()[0].find("unusable-product: `candidates[run=1]` is made, but cannot be used: ") == 0);
  CHECK(made->notes() ==
        Lines{"the file is `cand/1.csv`, made by `find[run=1]`", "what depends on it is not planned until it is made anew"});
  CHECK(made->elements("cut") == Lines{"cut[run=2,peak=7]"});
}

TEST_CASE("a selection on what is known early leaves the other files alone") {
  MemoryWorld world;
  planning::Options options = without_files();
  options.goals = {"summary"};
  options.where = "run == 2";
  const auto made = make_in(world, peaks, options);
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("find") == Lines{"find[run=2]"});
  options.goals = {"cutout"};
  options.where = "peak == 7 and run > 1";
  const auto fine = make_in(world, peaks, options);
  REQUIRE(fine->lines() == Lines{});
  CHECK(fine->elements("find") == Lines{"find[run=2]", "find[run=3]"});
}

TEST_CASE("a path waits for the record that it is made of") {
  MemoryWorld world;
  const auto first = make_in(world, records, without_files());
  REQUIRE(first->lines() == Lines{});
  CHECK(first->elements("reduce").empty());
  CHECK(first->elements("find").size() == 3);
  CHECK(first->stages() ==
        Lines{"paths of `dl1`: 3 of cleaning for reduce", "conditions of `next`: 3 of cleaning for next, gather"});
  world.made["clean/2.json"] = R"({"level": 8, "quality": {"good": true}})";
  const auto second = make_in(world, records, without_files());
  REQUIRE(second->lines() == Lines{});
  CHECK(second->paths("dl1") == Lines{"dl1/8/2"});
  CHECK(second->elements("next") == Lines{"next[run=2]"});
  CHECK(second->inputs("next[run=2]") == Lines{"dl1/8/2"});
  CHECK(second->elements("gather").empty());
}

TEST_CASE("when all records are there the plan is whole") {
  MemoryWorld world;
  world.made["clean/1.json"] = R"({"level": 4, "quality": {"good": false}})";
  world.made["clean/2.json"] = R"({"level": 8, "quality": {"good": true}})";
  world.made["clean/3.json"] = R"({"level": 9, "quality": {"good": true}})";
  const auto made = make_in(world, records, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->paths("dl1") == Lines{"dl1/8/2", "dl1/9/3"});  // run 1 is asked for by nobody
  CHECK(made->inputs("gather") == Lines{"dl2/2", "dl2/3"});
  CHECK(made->stages().empty());
}

TEST_CASE("a record that is wrong is a warning that names the maker") {
  MemoryWorld world;
  world.made["clean/1.json"] = R"({"level": "high", "quality": {"good": true}})";
  const auto made = make_in(world, records, without_files());
  REQUIRE(made->lines() ==
          Lines{"unusable-product: `cleaning[run=1]` is made, but cannot be used: `level` is \"high\", not a whole number"});
  CHECK(made->notes()[0] == "the file is `clean/1.json`, made by `find[run=1]`");
}
