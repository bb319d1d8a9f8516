#include <catch2/catch.hpp>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

const std::string sky =
    "workflow sky\n"
    "enum Band { g, r }\n"
    "table visits = csv \"visits.csv\" { visit : int  band : Band  begin : time tai }\n"
    "table overlap = csv \"overlap.csv\" { visit : int  detector : int  tract : int  patch : int }\n"
    "dimension visit : int from visits.visit implies band order by begin\n"
    "dimension band : Band\n"
    "dimension detector : int from 0 ..< 9\n"
    "dimension tract : int from overlap.tract\n"
    "dimension patch : int in tract from overlap.patch\n"
    "relation touches (visit, detector, patch) from overlap\n"
    "dataset image for visit, detector = external \"images/{visit}/{detector}.fits\"\n"
    "dataset warp for visit, patch = \"warps/{tract}/{patch}/{visit}.fits\"\n"
    "dataset coadd for patch, band = \"coadds/{tract}/{patch}_{band}.fits\"\n"
    "dataset merged for patch = \"merged/{tract}/{patch}.fits\"\n"
    "dataset forced for visit, detector = \"forced/{visit}/{detector}.fits\"\n";

const std::string make_warp =
    "task make_warp for visit, patch via touches { in images = all image via touches out warp run \"m {images} {warp}\" }\n";

}  // namespace

TEST_CASE("a relation joins a task's dimensions, and picks the members of an input") {
  const auto checked = check(sky + make_warp +
                             "task make_coadd for patch, band { in warps = all warp min 3 out coadd run \"m {warps} {coadd}\" }\n"
                             "task merge for patch { in coadds = all coadd out merged run \"m {coadds} {merged}\" }\n"
                             "task force for visit, detector { in image in all_of_it = all merged via touches out forced run \"f {image} "
                             "{all_of_it} {forced}\" }\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("relation") == "relation touches (visit, detector, patch) basis (visit, detector, patch) from overlap\n");
  CHECK(checked->printed("task make_warp") ==
        "task make_warp over (visit, patch) basis (visit, patch) via touches\n"
        "  in images = image : [file] relation\n"
        "    via touches\n"
        "  out warp = warp : file\n"
        "  command words\n"
        "    text(\"m\")\n"
        "    text({port(images) @word})\n"
        "    text({port(warp) @word})\n");
  CHECK(checked->printed("task make_coadd").find("in warps = warp : [file] gather\n") != std::string::npos);
  CHECK(checked->printed("task force").find("in all_of_it = merged : [file] relation\n    via touches\n") != std::string::npos);
}

TEST_CASE("a relation may narrow a gather") {
  const auto checked = check(sky +
                             "task t for visit { in images = all image via touches out forced for visit, detector "
                             "run \"m {images} {forced}\" }\n");
  REQUIRE(checked->lines() == Lines{"unused-declaration: dataset `warp` is never used", "unused-declaration: dataset `coadd` is never used",
                                    "unused-declaration: dataset `merged` is never used"});
  CHECK(checked->printed("task t").find("in images = image : [file] gather\n    via touches\n") != std::string::npos);
}

TEST_CASE("via connects what it pairs, and nothing else") {
  const auto without = check(sky + "task make_warp for visit, patch { out warp run \"m {warp}\" }\n");
  CHECK(without->lines() == Lines{"unconnected-dimensions: nothing connects `visit` with `patch` in this task"});
  CHECK(without->help() == Lines{"name the relation that pairs them: `via touches`", "for every combination, write `for visit * patch`"});
  CHECK(
      check(sky + "task t for visit, detector { in image in x = merged via touches out forced run \"m {image} {x} {forced}\" }\n")
          ->lines() ==
      Lines{"made-by-nobody: no task makes `merged`, and it is not external",
            "unrelated-input: `merged` and the task have nothing in common that picks files: it is over `tract` and `patch`, the task over "
            "`visit` and `detector`"});
  CHECK(check(sky + "task t for visit, detector { in image via touches out forced run \"m {image} {forced}\" }\n")->lines() ==
        Lines{"unknown-clause: no clause starts with `via`"});
  CHECK(check(sky + "task t for visit, detector { in x = image via touches out forced run \"m {x} {forced}\" }\n")->lines() ==
        Lines{"misplaced-modifier: `via` has no meaning on an input of one file"});
  CHECK(check(sky + "dataset night = \"n\"\ntask t { in x = all image via touches out night run \"m {x} {night}\" }\n")->lines() ==
        Lines{"unconnected-relation: relation `touches` does not connect `image` with task `t`"});
  CHECK(check(sky + "dataset s for sample = \"{sample}\"\ndimension sample : text from scan \"d/{sample}\"\n"
                    "task t for sample via touches { out s run \"m {s}\" }\n")
            ->lines() == Lines{"unconnected-relation: relation `touches` does not connect the dimensions of task `t`"});
  CHECK(check(sky + "task t for patch via touch { out merged run \"m {merged}\" }\n")->lines() ==
        Lines{"unknown-name: no relation named `touch`"});
}

TEST_CASE("an input that a relation could give names it") {
  const auto checked = check(sky +
                             "task m for patch { out merged run \"m {merged}\" }\n"
                             "task t for visit, detector { in image in x = all merged out forced run \"m {image} {x} {forced}\" }\n");
  CHECK(checked->help() == Lines{"read those that relation `touches` pairs with it: `all merged via touches`",
                                 "fix a key: `merged[tract = 0, patch = 0]`, or add `tract` and `patch` to the task's `for`"});
}

TEST_CASE("a relation's table has a column for each key, and its dimensions are known") {
  const std::string start =
      "workflow r\ntable t = csv \"t.csv\" { a : int  b : text }\ndimension a : int from t.a\ndimension b : int from "
      "[1, 2]\ndimension c : int from [1]\n";
  CHECK(check(start + "relation r (a, b) from t\n")->lines() ==
        Lines{"relation-needs-column: relation table `t` needs a column `b` of type `int`"});
  CHECK(check(start + "relation r (a, c) from t\n")->lines() ==
        Lines{"relation-needs-column: relation table `t` needs a column `c` of type `int`"});
  CHECK(check(start + "relation r (a, a) from t\n")->lines() == Lines{"repeated-dimension: `a` stands here twice"});
  CHECK(check(start + "relation r (a, d) from u\n")->lines() ==
        Lines{"unknown-name: no dimension named `d`", "unknown-name: no table named `u`"});
}

TEST_CASE("dimensions whose records the text fixes cross by themselves") {
  const std::string start =
      "workflow w\ntable log = csv \"log.csv\" { seq : int  sample : text }\ntable other = csv \"o.csv\" { sample : text }\n"
      "enum Band { g, r }\nparam most : int = 9\n"
      "dimension exposure : int from log.seq\ndimension sample : text from other.sample\n"
      "dimension detector : int from 0 ..< most\ndimension band : Band\ndimension part : text from [\"a\", \"b\"]\n";
  const auto made = [&](const std::string& over) {
    return check(start + "dataset made for " + over + " = \"x\"\ntask make for " + over + " { out made run \"m {made}\" }\ngoal made\n")
        ->diagnostics.has_errors();
  };
  CHECK_FALSE(made("exposure, detector"));
  CHECK_FALSE(made("detector, band, part"));
  CHECK_FALSE(made("detector, exposure, band"));
  CHECK(made("exposure, sample"));
  CHECK(made("exposure, detector, sample"));
  CHECK_FALSE(made("exposure * sample"));
}

TEST_CASE("files that exist are over what something else connects than a relation") {
  CHECK(check(sky + make_warp + "dataset old for visit, patch = external \"old/{tract}/{patch}/{visit}.fits\"\n")->lines().front() ==
        "unconnected-dimensions: nothing connects `visit` with `patch` in this dataset");
}

TEST_CASE("a parent's key may come from another table, by the name of its column") {
  const auto checked = check(
      "workflow w\ntable runs = csv \"r.csv\" { run : int }\ntable parts = csv \"p.csv\" { run : int  part : int  size : int }\n"
      "table log = csv \"l.csv\" { seq : int  run : int  part : int }\n"
      "dimension run : int from runs.run\ndimension part : int in run from parts.part\ndimension seq : int from log.seq implies part\n"
      "dataset made for part = \"{run}/{part}/{size}\"\ndataset raw for seq = external \"{seq}\"\n"
      "task make for part { in x = all raw out made run \"m {x} {made}\" }\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("dimension part") == "dimension part : int\n  from column parts.part\n  in run\n  attribute size : int\n");
  CHECK(checked->printed("dimension seq") ==
        "dimension seq : int\n  from column log.seq\n  implies part by part\n  attribute run : int\n  attribute part : int\n");
}
