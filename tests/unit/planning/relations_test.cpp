// Which elements there are and what each reads: the cardinality rule carried out.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;
using plan::RelationKind;

namespace {

const std::string log_table =
    "seq,kind,filter,begin\n"
    "1,BIAS,,2026-11-20T18:00:00\n"
    "2,BIAS,,2026-11-20T18:01:00\n"
    "3,FLAT,r,2026-11-20T18:10:00\n"
    "4,FLAT,i,2026-11-20T18:11:00\n"
    "5,SCIENCE,r,2026-11-20T20:00:00\n"
    "6,SCIENCE,i,2026-11-20T20:10:00\n"
    "7,SCIENCE,r,2026-11-20T20:20:00\n";

const std::string night =
    "workflow night\n"
    "enum Kind { BIAS, FLAT, SCIENCE }\n"
    "table log = csv \"log.csv\" { seq : int  kind : Kind  filter : text?  begin : time utc }\n"
    "dimension exposure : int from log.seq implies filter order by begin\n"
    "dimension filter : text from log.filter\n"
    "dataset raw for exposure = external \"raw/{exposure:03}.fits\"\n"
    "dataset bias = \"bias.fits\"\n"
    "dataset flat for filter = \"flat_{filter}.fits\"\n"
    "dataset reduced for exposure = \"reduced/{exposure:03}.fits\"\n"
    "dataset stack for filter = \"stack_{filter}.fits\"\n"
    "task make_bias { in frames = all raw where kind == BIAS  out bias  run \"combine {frames} -o {bias}\" }\n"
    "task make_flat for filter { in frames = all raw where kind == FLAT\n in bias  out flat  run \"combine {frames} {bias} -o {flat}\" }\n"
    "task reduce for exposure where kind == SCIENCE { in raw, bias, flat  out reduced  run \"reduce {raw} {bias} {flat} -o {reduced}\" }\n"
    "task coadd for filter { in frames = all reduced  out stack  run \"coadd {frames} -o {stack}\" }\n";

}  // namespace

TEST_CASE("a night: gathers, broadcasts and chains") {
  const auto made = make(night, {{"log.csv", log_table}}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("make_bias") == Lines{"make_bias"});
  CHECK(made->elements("make_flat") == Lines{"make_flat[filter=i]", "make_flat[filter=r]"});
  CHECK(made->elements("reduce") == Lines{"reduce[exposure=5]", "reduce[exposure=6]", "reduce[exposure=7]"});
  CHECK(made->elements("coadd") == Lines{"coadd[filter=i]", "coadd[filter=r]"});
  CHECK(made->inputs("make_bias") == Lines{"raw/001.fits", "raw/002.fits"});
  CHECK(made->inputs("make_flat[filter=r]") == Lines{"raw/003.fits", "bias.fits"});
  CHECK(made->inputs("reduce[exposure=6]") == Lines{"raw/006.fits", "bias.fits", "flat_i.fits"});
  CHECK(made->inputs("coadd[filter=r]") == Lines{"reduced/005.fits", "reduced/007.fits"});
  CHECK(made->command("coadd[filter=r]") == "coadd reduced/005.fits reduced/007.fits -o stack_r.fits");
}

TEST_CASE("relations are of the cheapest kind that is exact") {
  const auto made = make(night, {{"log.csv", log_table}}, without_files());
  REQUIRE(made->plan);
  CHECK(made->relation("make_flat", 0) == RelationKind::listed);
  CHECK(made->relation("make_flat", 1) == RelationKind::same);
  CHECK(made->relation("reduce", 1) == RelationKind::same);
  CHECK(made->relation("reduce", 2) == RelationKind::mapped);
  CHECK(made->relation("coadd", 0) == RelationKind::listed);
}

TEST_CASE("the steps that led to a task's elements are counted") {
  const auto made = make(night, {{"log.csv", log_table}}, without_files());
  CHECK(made->steps("reduce") == Lines{"records: 7", "kind == SCIENCE: 3", "`raw` present: 3", "`bias` present: 3", "`flat` present: 3"});
}

TEST_CASE("subruns of runs: whole families need no records, groups are offsets") {
  const auto made = make(
      "workflow w\n"
      "table runs = csv \"runs.csv\" { run : int  n : int }\n"
      "dimension run : int from runs.run\n"
      "dimension subrun : int in run from 0 ..< n\n"
      "dataset raw for run, subrun = external \"raw/{run}.{subrun:04}\"\n"
      "dataset dl1 for run, subrun = \"dl1/{run}.{subrun:04}\"\n"
      "dataset head for run = \"head/{run}\"\n"
      "dataset dl2 for run = \"dl2/{run}\"\n"
      "task calibrate for run, subrun { in raw out dl1 run \"calibrate {raw} {dl1}\" }\n"
      "task begin for run { in first = raw[subrun = 0] out head run \"head {first} {head}\" }\n"
      "task merge for run { in parts = all dl1 in head out dl2 run \"merge {parts} {head} {dl2}\" }\n",
      {{"runs.csv", "run,n\n7,2\n3,3\n9,0\n"}}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("calibrate") == Lines{"calibrate[run=3,subrun=0]", "calibrate[run=3,subrun=1]", "calibrate[run=3,subrun=2]",
                                             "calibrate[run=7,subrun=0]", "calibrate[run=7,subrun=1]"});
  CHECK(made->elements("merge") == Lines{"merge[run=3]", "merge[run=7]"});
  CHECK(made->inputs("merge[run=7]") == Lines{"dl1/7.0000", "dl1/7.0001", "head/7"});
  CHECK(made->inputs("begin[run=7]") == Lines{"raw/7.0000"});
  CHECK(made->relation("calibrate") == RelationKind::identity);
  CHECK(made->relation("merge", 0) == RelationKind::grouped);
  CHECK(made->relation("merge", 1) == RelationKind::identity);
}

TEST_CASE("one task that gathers everything has the relation every") {
  const auto made = make(
      "workflow w\n"
      "dimension i : int from 0 ..< 5\n"
      "dataset raw for i = external \"raw/{i}\"\n"
      "dataset all_of = \"all\"\n"
      "task gather { in parts = all raw out all_of run \"cat {parts} {all_of}\" }\n",
      {}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->relation("gather") == RelationKind::every);
}

TEST_CASE("members are in the order of their dimension, or as order by says") {
  const auto made = make(
      "workflow w\n"
      "table log = csv \"log.csv\" { seq : int  begin : time utc  weight : float }\n"
      "dimension exposure : int from log.seq order by begin\n"
      "dataset raw for exposure = external \"raw/{exposure}\"\n"
      "dataset a = \"a\"\n"
      "dataset b = \"b\"\n"
      "task in_time { in parts = all raw out a run \"cat {parts} {a}\" }\n"
      "task by_weight { in parts = all raw order by weight out b run \"cat {parts} {b}\" }\n",
      {{"log.csv", "seq,begin,weight\n1,2026-01-01T03:00:00,2\n2,2026-01-01T01:00:00,-1\n3,2026-01-01T02:00:00,2\n"}}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->inputs("in_time") == Lines{"raw/2", "raw/3", "raw/1"});
  CHECK(made->inputs("by_weight") == Lines{"raw/2", "raw/1", "raw/3"});
}

TEST_CASE("several dimensions are joined through one that determines them") {
  const auto made = make(
      "workflow w\n"
      "table log = csv \"log.csv\" { seq : int  field : text  filter : text }\n"
      "dimension exposure : int from log.seq implies field, filter\n"
      "dimension field : text from log.field\n"
      "dimension filter : text from log.filter\n"
      "dataset raw for exposure = external \"raw/{exposure}\"\n"
      "dataset stack for field, filter = \"{field}/{filter}\"\n"
      "task coadd for field, filter { in frames = all raw out stack run \"coadd {frames} {stack}\" }\n",
      {{"log.csv", "seq,field,filter\n1,m31,r\n2,m31,g\n3,abell,r\n4,m31,r\n"}}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("coadd") == Lines{"coadd[field=abell,filter=r]", "coadd[field=m31,filter=g]", "coadd[field=m31,filter=r]"});
  CHECK(made->inputs("coadd[field=m31,filter=r]") == Lines{"raw/1", "raw/4"});
}

TEST_CASE("a cross product has all pairs") {
  const auto made = make(
      "workflow w\n"
      "dimension a : int from 1 .. 2\n"
      "dimension b : text from [\"y\", \"x\"]\n"
      "dataset raw for a = external \"raw/{a}\"\n"
      "dataset out_of for a * b = \"out/{a}/{b}\"\n"
      "task t for a * b { in raw out out_of run \"cp {raw} {out_of}\" }\n",
      {}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("t") == Lines{"t[a=1,b=x]", "t[a=1,b=y]", "t[a=2,b=x]", "t[a=2,b=y]"});
  CHECK(made->paths("out_of") == Lines{"out/1/x", "out/1/y", "out/2/x", "out/2/y"});
}

TEST_CASE("finer outputs are lists of one process") {
  const auto made =
      make(night +
               "dataset header for exposure = \"head/{exposure}\"\n"
               "dataset done = \"done\"\n"
               "task solve for filter { in frames = all reduced  out header for exposure where kind == SCIENCE  run \"solve {frames} "
               "{header}\" }\n"
               "task finish { in headers = all header out done run \"finish {headers} {done}\" }\n",
           {{"log.csv", log_table}}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->outputs("solve[filter=r]") == Lines{"head/5", "head/7"});
  CHECK(made->outputs("solve[filter=i]") == Lines{"head/6"});
  CHECK(made->inputs("finish") == Lines{"head/5", "head/6", "head/7"});
}

TEST_CASE("several tasks make parts of one dataset") {
  const auto made = make(night +
                             "dataset product for exposure = \"product/{exposure}\"\n"
                             "task one for exposure where kind == SCIENCE { in reduced out product run \"one {reduced} {product}\" }\n"
                             "task other for exposure where kind == FLAT { in raw out product run \"other {raw} {product}\" }\n"
                             "dataset list = \"list\"\n"
                             "task last { in parts = all product out list run \"last {parts} {list}\" }\n",
                         {{"log.csv", log_table}}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->paths("product") == Lines{"product/3", "product/4", "product/5", "product/6", "product/7"});
  CHECK(made->outputs("other[exposure=4]") == Lines{"product/4"});
  CHECK(made->inputs("last").size() == 5);
}

TEST_CASE("two producers of one element are shown by example") {
  const auto made = make(night +
                             "dataset product for exposure = \"product/{exposure}\"\n"
                             "task one for exposure where kind == SCIENCE { in reduced out product run \"one {reduced} {product}\" }\n"
                             "task other for exposure where exposure > 5 { in raw out product run \"other {raw} {product}\" }\n",
                         {{"log.csv", log_table}}, without_files());
  CHECK(made->lines() ==
        Lines{"overlapping-producers: two tasks make the same element of `product`: exposure 6 satisfies both `one` and `other`"});
  CHECK(made->notes() == Lines{"1 more element likewise"});
}

TEST_CASE("required inputs restrict a task, optional ones do not") {
  const auto made = make(night +
                             "dataset a for exposure = \"a/{exposure}\"\n"
                             "dataset b for exposure = \"b/{exposure}\"\n"
                             "task need for exposure { in reduced out a run \"need {reduced} {a}\" }\n"
                             "task like for exposure { in raw in reduced = reduced? out b run \"like {raw} {reduced} {b}\" }\n",
                         {{"log.csv", log_table}}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("need") == Lines{"need[exposure=5]", "need[exposure=6]", "need[exposure=7]"});
  CHECK(made->elements("like").size() == 7);
  CHECK(made->inputs("like[exposure=1]") == Lines{"raw/001.fits"});
  CHECK(made->inputs("like[exposure=5]") == Lines{"raw/005.fits", "reduced/005.fits"});
}

TEST_CASE("an input with a condition is there only where it holds") {
  const std::string text = night +
                           "param both : bool = true\n"
                           "dataset a for exposure = \"a/{exposure}\"\n"
                           "task t for exposure { in raw in flat if both and kind == SCIENCE out a run \"t {raw} {flat} {a}\" }\n";
  const auto made = make(text, {{"log.csv", log_table}}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->inputs("t[exposure=5]") == Lines{"raw/005.fits", "flat_r.fits"});
  CHECK(made->inputs("t[exposure=1]") == Lines{"raw/001.fits"});
  planning::Options options = without_files();
  options.parameters["both"] = {"false", "--both"};
  const auto without = make(text, {{"log.csv", log_table}}, options);
  REQUIRE(without->lines() == Lines{});
  CHECK(without->inputs("t[exposure=5]") == Lines{"raw/005.fits"});
}

TEST_CASE("too few members of a list are an error, fewer than expected a warning") {
  const auto made = make(night +
                             "dataset a for filter = \"a/{filter}\"\n"
                             "dataset b for filter = \"b/{filter}\"\n"
                             "task few for filter { in frames = all reduced min 2 out a run \"few {frames} {a}\" }\n"
                             "task expect for filter { in frames = all reduced expect 3 out b run \"expect {frames} {b}\" }\n",
                         {{"log.csv", log_table}}, without_files());
  CHECK(made->lines() == Lines{"too-few-inputs: `few[filter=i]` needs 2 `frames`, but gets 1",
                               "fewer-than-expected: `expect[filter=i]` expects 3 `frames`, but gets 1"});
}

TEST_CASE("tasks that need each other are shown as a circle, with an element") {
  const auto made = make(
      "workflow w\n"
      "dimension i : int from 4 .. 9\n"
      "dataset a for i = \"a/{i}\"\n"
      "dataset b for i = \"b/{i}\"\n"
      "task make_a for i { in b out a run \"a {b} {a}\" }\n"
      "task make_b for i { in a out b run \"b {a} {b}\" }\n",
      {}, without_files());
  CHECK(made->lines() == Lines{"circular-tasks: tasks need each other in a circle: `make_a` needs `make_b` needs `make_a`"});
  CHECK(made->notes() == Lines{"for example `make_a[i=4]` -> `make_b[i=4]` -> `make_a[i=4]`"});
}

TEST_CASE("a key may be fixed by an expression of the task's own") {
  const auto made = make(
      "workflow w\n"
      "table runs = csv \"runs.csv\" { run : int  n : int }\n"
      "dimension run : int from runs.run\n"
      "dimension subrun : int in run from 0 ..< n\n"
      "dataset raw for run, subrun = external \"raw/{run}.{subrun}\"\n"
      "dataset last for run = \"last/{run}\"\n"
      "task t for run { in raw = raw[subrun = n - 1] out last run \"t {raw} {last}\" }\n",
      {{"runs.csv", "run,n\n1,2\n2,0\n3,4\n"}}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->inputs("t[run=1]") == Lines{"raw/1.1"});
  CHECK(made->inputs("t[run=3]") == Lines{"raw/3.3"});
  CHECK(made->elements("t").size() == 2);
}

TEST_CASE("a gather with a fixed key takes the others of its own") {
  const auto made = make(
      "workflow w\n"
      "dimension night : int from 1 .. 2\n"
      "dimension detector : int from 0 .. 2\n"
      "dimension half : int from 0 .. 1\n"
      "dataset raw for night * detector * half = external \"raw/{night}/{detector}.{half}\"\n"
      "dataset report for night = \"report/{night}\"\n"
      "task t for night { in reference = all raw[detector = 1] out report run \"t {reference} {report}\" }\n",
      {}, without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->inputs("t[night=2]") == Lines{"raw/2/1.0", "raw/2/1.1"});
  CHECK(made->elements("raw") == Lines{"raw[night=1,detector=1,half=0]", "raw[night=1,detector=1,half=1]", "raw[night=2,detector=1,half=0]",
                                       "raw[night=2,detector=1,half=1]"});
}
