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
  CHECK(first->stages() == Lines{"paths of `dl1`: 3 of cleaning for reduce", "conditions of `next`: 3 of cleaning for next, gather"});
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

namespace {

/// Stages within stages: the spots of a run, and the lines of a spot, each from what a task makes.
const std::string nested =
    "workflow w\n"
    "dimension run : int from 1 .. 2\n"
    "dataset found for run = \"found/{run}\"\n"
    "table spots for run = csv found { spot : int  at : int }\n"
    "dimension spot : int in run from spots.spot order by at\n"
    "dataset lined for spot = \"lined/{run}/{spot}\"\n"
    "table lines for spot = csv lined { line : int }\n"
    "dimension line : int in spot from lines.line\n"
    "dataset fit for line = \"fit/{run}/{spot}/{line}\"\n"
    "dataset sum for run = \"sum/{run}\"\n"
    "task find for run { out found run \"find {found}\" }\n"
    "task split for spot { out lined run \"split {lined}\" }\n"
    "task fit_line for line { out fit run \"fit {fit}\" }\n"
    "task add for run { in fits = all fit out sum run \"add {fits} {sum}\" }\n";

}  // namespace

TEST_CASE("stages may follow on stages, each key for itself") {
  MemoryWorld world;
  world.made["found/1"] = "spot,at\n5,2\n6,1\n";
  const auto first = make_in(world, nested, without_files());
  REQUIRE(first->lines() == Lines{});
  CHECK(first->elements("split") == Lines{"split[run=1,spot=5]", "split[run=1,spot=6]"});
  CHECK(first->elements("fit_line").empty());
  CHECK(first->stages() ==
        Lines{"dimension `spot`: 1 of found for split, fit_line, add", "dimension `line`: 2 of lined for fit_line, add"});
  world.made["lined/1/5"] = "line\n1\n2\n";
  world.made["lined/1/6"] = "line\n";
  const auto second = make_in(world, nested, without_files());
  REQUIRE(second->lines() == Lines{});
  CHECK(second->elements("fit_line") == Lines{"fit_line[run=1,spot=5,line=1]", "fit_line[run=1,spot=5,line=2]"});
  CHECK(second->elements("add") == Lines{"add[run=1]"});
  world.made["found/2"] = "spot,at\n";
  const auto third = make_in(world, nested, without_files());
  REQUIRE(third->lines() == Lines{});
  CHECK(third->elements("add") == Lines{"add[run=1]"});
  CHECK(third->stages().empty());
}

TEST_CASE("what was made for keys that are no more is nobody's") {
  MemoryWorld world;
  world.made["found/1"] = "spot,at\n5,1\n";
  world.made["found/2"] = "spot,at\n7,1\n";
  std::string text = nested;
  text.replace(text.find("task find for run {"), 19, "task find for run where run == 2 {");
  const auto made = make_in(world, text, without_files());
  REQUIRE(made->plan);
  CHECK(made->elements("split") == Lines{"split[run=2,spot=7]"});
}

TEST_CASE("look-ups and neighbours along a late dimension wait for what may come between") {
  const std::string text =
      "workflow w\n"
      "dimension run : int from 1 .. 2\n"
      "dataset found for run = \"found/{run}\"\n"
      "table spots for run = csv found { spot : int  at : int }\n"
      "dimension spot : int in run from spots.spot order by at\n"
      "dataset one for spot = \"one/{run}/{spot}\"\n"
      "dataset near for spot = \"near/{run}/{spot}\"\n"
      "dataset last for spot = \"last/{run}/{spot}\"\n"
      "task find for run { out found run \"find {found}\" }\n"
      "task make for spot { out one run \"make {one}\" }\n"
      "task step for spot { in x = one of prev spot ? out near run \"step {x} {near}\" }\n"
      "task look for spot { in x = latest one before at ? out last run \"look {x} {last}\" }\n";
  MemoryWorld world;
  world.made["found/1"] = "spot,at\n5,2\n6,1\n";
  const auto made = make_in(world, text, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("make") == Lines{"make[run=1,spot=6]"});   // nobody is certain to need the other
  CHECK(made->inputs("step[run=1,spot=5]") == Lines{"one/1/6"});  // neighbours lie in the same run, and run 1 is known
  CHECK(made->elements("look").empty());                          // of run 2 something may be later
  world.made["found/2"] = "spot,at\n1,9\n";
  const auto whole = make_in(world, text, without_files());
  CHECK(whole->inputs("look[run=2,spot=1]") == Lines{"one/1/5"});
}

TEST_CASE("a relation from what tasks make connects as far as it is known") {
  const std::string text =
      "workflow w\n"
      "dimension run : int from 1 .. 2\n"
      "dimension tile : int from 0 .. 1\n"
      "dataset found for run = \"found/{run}\"\n"
      "table overlap for run = csv found { tile : int }\n"
      "relation touches (run, tile) from overlap\n"
      "dataset warp for run, tile = \"warp/{run}/{tile}\"\n"
      "dataset coadd for tile = \"coadd/{tile}\"\n"
      "dataset map for run = \"map/{run}\"\n"
      "task find for run { out found run \"find {found}\" }\n"
      "task make for run, tile via touches { out warp run \"w {warp}\" }\n"
      "task add for tile { in parts = all warp out coadd run \"add {parts} {coadd}\" }\n"
      "task draw for run { in tiles = all coadd via touches out map run \"draw {tiles} {map}\" }\n";
  MemoryWorld world;
  world.made["found/1"] = "tile\n1\n";
  const auto made = make_in(world, text, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("make") == Lines{"make[run=1,tile=1]"});
  CHECK(made->elements("add").empty());
  CHECK(made->elements("draw").empty());
  world.made["found/2"] = "tile\n1\n0\n";
  const auto whole = make_in(world, text, without_files());
  REQUIRE(whole->lines() == Lines{});
  CHECK(whole->inputs("add[tile=1]") == Lines{"warp/1/1", "warp/2/1"});
  CHECK(whole->inputs("draw[run=1]") == Lines{"coadd/1"});
}

TEST_CASE("of two tasks that a record decides between neither is planned before it is there") {
  const std::string text =
      "workflow w\n"
      "dimension run : int from 1 .. 2\n"
      "dataset check for run = \"check/{run}.json\" as json { good : bool }\n"
      "dataset out_file for run = \"out/{run}\"\n"
      "dataset done for run = \"done/{run}\"\n"
      "task look for run { out check run \"look {check}\" }\n"
      "task fine for run where check.good { out out_file run \"fine {out_file}\" }\n"
      "task poor for run where not check.good { out out_file run \"poor {out_file}\" }\n"
      "task end for run { in out_file out done run \"end {out_file} {done}\" }\n";
  MemoryWorld world;
  world.made["check/1.json"] = R"({"good": false})";
  const auto made = make_in(world, text, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("fine").empty());
  CHECK(made->elements("poor") == Lines{"poor[run=1]"});
  CHECK(made->elements("end") == Lines{"end[run=1]"});
}

TEST_CASE("requests wait for their record, too") {
  const std::string text =
      "workflow w\n"
      "dimension run : int from 1 .. 2\n"
      "dataset size_of for run = \"size/{run}.json\" as json { gigabytes : int }\n"
      "dataset out_file for run = \"out/{run}\"\n"
      "task look for run { out size_of run \"look {size_of}\" }\n"
      "task work for run { memory 1 GiB * size_of.gigabytes out out_file run \"work {out_file}\" }\n";
  MemoryWorld world;
  world.made["size/2.json"] = R"({"gigabytes": 3})";
  const auto made = make_in(world, text, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("work") == Lines{"work[run=2]"});
  CHECK(made->stages() == Lines{"requests of `work`: 1 of size_of for work"});
  const auto resources = plan::resources(*made->plan, *plan::find_element(*made->plan, "work[run=2]"));
  REQUIRE(resources);
  CHECK(resources->memory == std::int64_t{3} << 30);
}

TEST_CASE("a gather whose condition needs a record waits for it") {
  const std::string text =
      "workflow w\n"
      "dimension run : int from 1 .. 3\n"
      "dataset check for run = \"check/{run}.json\" as json { good : bool }\n"
      "dataset raw for run = external \"raw/{run}\"\n"
      "dataset total = \"total\"\n"
      "task look for run { in raw out check run \"look {raw} {check}\" }\n"
      "task add { in parts = all raw where check.good out total run \"add {parts} {total}\" }\n"
      "goal total, check\n";
  MemoryWorld world;
  world.made["check/1.json"] = R"({"good": false})";
  world.made["check/3.json"] = R"({"good": true})";
  const auto made = make_in(world, text, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("add").empty());
  CHECK(made->stages() == Lines{"conditions of `add`: 1 of check for add"});
  world.made["check/2.json"] = R"({"good": true})";
  const auto whole = make_in(world, text, without_files());
  REQUIRE(whole->lines() == Lines{});
  CHECK(whole->inputs("add") == Lines{"raw/2", "raw/3"});
}
