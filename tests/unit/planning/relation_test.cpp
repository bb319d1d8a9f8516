// Relations: domains by `via`, gathers by `via`, and products that are counted before they are made.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

const std::string sky =
    "workflow sky\n"
    "enum Band { g, r }\n"
    "table visits = csv \"visits.csv\" { visit : int  band : Band }\n"
    "table overlap = csv \"overlap.csv\" { visit : int  detector : int  tract : int  patch : int }\n"
    "dimension visit : int from visits.visit implies band\n"
    "dimension band : Band\n"
    "dimension detector : int from 0 ..< 3\n"
    "dimension tract : int from overlap.tract\n"
    "dimension patch : int in tract from overlap.patch\n"
    "relation touches (visit, detector, patch) from overlap\n"
    "dataset image for visit, detector = external \"image/{visit}/{detector}\"\n"
    "dataset warp for visit, patch = \"warp/{tract}/{patch}/{visit}\"\n"
    "dataset coadd for patch, band = \"coadd/{tract}/{patch}_{band}\"\n"
    "dataset merged for patch = \"merged/{tract}/{patch}\"\n"
    "dataset forced for visit, detector = \"forced/{visit}/{detector}\"\n"
    "task make_warp for visit, patch via touches { in images = all image via touches out warp run \"w {images} {warp}\" }\n"
    "task make_coadd for patch, band { in warps = all warp out coadd run \"c {warps} {coadd}\" }\n"
    "task merge for patch { in coadds = all coadd out merged run \"m {coadds} {merged}\" }\n"
    "task force for visit, detector { in image in all_of_it = all merged via touches out forced run \"f {image} {all_of_it} {forced}\" }\n";

const Files sky_files = {{"visits.csv", "visit,band\n1,g\n2,r\n3,g\n"},
                         {"overlap.csv",
                          "visit,detector,tract,patch\n"
                          "1,0,7,1\n1,1,7,1\n1,1,7,2\n"
                          "2,2,7,2\n2,2,8,1\n2,2,7,2\n"}};

}  // namespace

TEST_CASE("a task via a relation has the relation's keys") {
  const auto made = make(sky, sky_files, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("make_warp") == Lines{"make_warp[visit=1,tract=7,patch=1]", "make_warp[visit=1,tract=7,patch=2]",
                                             "make_warp[visit=2,tract=7,patch=2]", "make_warp[visit=2,tract=8,patch=1]"});
}

TEST_CASE("a gather via a relation has each member once, in order") {
  const auto made = make(sky, sky_files, without_files());
  CHECK(made->inputs("make_warp[visit=1,tract=7,patch=1]") == Lines{"image/1/0", "image/1/1"});
  CHECK(made->inputs("make_warp[visit=1,tract=7,patch=2]") == Lines{"image/1/1"});
  CHECK(made->inputs("make_warp[visit=2,tract=7,patch=2]") == Lines{"image/2/2"});
}

TEST_CASE("what a gather via a relation leaves without members is no element") {
  const auto made = make(sky, sky_files, without_files());
  CHECK(made->elements("force") == Lines{"force[visit=1,detector=0]", "force[visit=1,detector=1]", "force[visit=2,detector=2]"});
  CHECK(made->inputs("force[visit=1,detector=1]") == Lines{"image/1/1", "merged/7/1", "merged/7/2"});
  CHECK(made->inputs("force[visit=2,detector=2]") == Lines{"image/2/2", "merged/7/2", "merged/8/1"});
}

TEST_CASE("an enum crosses with what the data say, and inputs leave what is there") {
  const auto made = make(sky, sky_files, without_files());
  CHECK(made->elements("make_coadd") == Lines{"make_coadd[tract=7,patch=1,band=g]", "make_coadd[tract=7,patch=2,band=g]",
                                              "make_coadd[tract=7,patch=2,band=r]", "make_coadd[tract=8,patch=1,band=r]"});
  CHECK(made->inputs("make_coadd[tract=7,patch=2,band=g]") == Lines{"warp/7/2/1"});
}

TEST_CASE("rows of a relation that name no record are left out with a warning") {
  Files files = sky_files;
  files["overlap.csv"] += "9,0,7,1\n9,1,7,1\n";
  const auto made = make(sky, files, without_files());
  CHECK(made->lines() == Lines{"unmatched-rows: 2 rows of `overlap` without a record of `visit`: left out"});
  CHECK(made->elements("make_warp").size() == 4);
}

TEST_CASE("a relation may say more than the task asks") {
  const auto made = make(
      "workflow w\n"
      "table pairs = csv \"pairs.csv\" { a : int  b : int }\n"
      "dimension a : int from pairs.a\n"
      "dimension b : int from pairs.b\n"
      "dimension c : int from 0 ..< 2\n"
      "relation r (a, b) from pairs\n"
      "dataset one for a, c = \"one/{a}/{c}\"\n"
      "task t for a, c via r { out one run \"m {one}\" }\n",
      {{"pairs.csv", "a,b\n2,1\n2,3\n1,1\n"}}, without_files());
  CHECK(made->elements("t") == Lines{"t[a=1,c=0]", "t[a=1,c=1]", "t[a=2,c=0]", "t[a=2,c=1]"});
}

TEST_CASE("a product that is too large is refused with its arithmetic") {
  planning::Options options = without_files();
  options.element_limit = 100;
  const auto made = make(
      "workflow w\n"
      "dimension a : int from 0 ..< 10\n"
      "dimension b : int from 0 ..< 5\n"
      "dimension c : int from 0 ..< 4\n"
      "dataset d for a, b, c = \"{a}/{b}/{c}\"\n"
      "task t for a, b, c { out d run \"m {d}\" }\n",
      {}, options);
  CHECK(made->lines() == Lines{"too-many-elements: `t` would have 200 elements (limit 100)"});
  CHECK(made->notes() == Lines{"that is (a, b) 50 x c 4"});
}
