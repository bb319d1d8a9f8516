#include <catch2/catch.hpp>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

const std::string runs =
    "workflow w\ndimension run : int from 0 ..< 3\ndimension subrun : int in run from 0 ..< 4\n"
    "dataset raw for run, subrun = external \"{run}/{subrun}\"\n"
    "dataset level for run = \"level/{run}.json\" as json { picture : int = \"cuts.picture\"  nsb : float?  name : text }\n"
    "dataset image for run, subrun = \"image/{level.picture}/{run}.{subrun}\"\n"
    "dataset merged for run = \"merged/{run}\"\n"
    "task find for run { in raws = all raw out level run \"find {raws} {level}\" }\n";
const std::string clean = "task clean for run, subrun { in raw out image run \"clean {raw} {image}\" }\n";
const std::string merge = "task merge for run { in images = all image out merged run \"merge {images} {merged}\" }\n";

bool has(const Checked& checked, const std::string& declaration, const std::string& line) {
  return checked.printed(declaration).find(line) != std::string::npos;
}

}  // namespace

TEST_CASE("a record's fields have types and places in the file") {
  const auto checked = check(runs + clean + merge);
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("dataset level") ==
        "dataset level over (run) basis (run)\n  path text(\"level/\" {run} \".json\")\n  field picture : int = \"cuts.picture\"\n"
        "  field nsb : float?\n  field name : text\n");
  CHECK(has(*checked, "dataset image", "{level.picture}"));
}

TEST_CASE("a task reads the records that paths of its outputs are made of, written or not") {
  const auto checked = check(runs + clean + merge);
  CHECK(has(*checked, "task clean", "  in level = level : file broadcast implicit\n"));
  CHECK_FALSE(has(*checked, "task merge", "implicit"));
  const auto written = check(
      runs + "task clean for run, subrun { in raw, level out image run \"clean {raw} {level.nsb} {level.picture} {image}\" }\n" + merge);
  REQUIRE(written->lines() == Lines{});
  CHECK_FALSE(has(*written, "task clean", "implicit"));
  CHECK(has(*written, "task clean", "text({level.nsb @word})\n    text({level.picture @word})\n"));
  const auto finer =
      check(runs + "task clean for run { in raws = all raw out image for run, subrun run \"clean {raws} {image}\" }\n" + merge);
  REQUIRE(finer->lines() == Lines{});
  CHECK(has(*finer, "task clean", "  in level = level : file chain implicit\n"));
}

TEST_CASE("a path to publish under may be made of records, as every path") {
  const auto checked =
      check(runs + "dataset part for run, subrun = \"part/{run}.{subrun}\" publish \"final/{level.picture}/{run}.{subrun}\"\n" +
            "task cut for run, subrun { in raw out part run \"cut {raw} {part}\" }\n" + clean + merge);
  REQUIRE(checked->lines() == Lines{});
  CHECK(has(*checked, "dataset part", "  publish text(\"final/\" {level.picture} \"/\" {run} \".\" {subrun})\n"));
  CHECK(has(*checked, "task cut", "  in level = level : file broadcast implicit\n"));
}

TEST_CASE("conditions and requests ask a dataset's record, commands a port's") {
  const auto checked =
      check(runs + clean +
            "task merge for run where level.picture > 4 {\n"
            "  in images = all image where level.nsb < 2.0\n  in found = level\n  out merged\n"
            "  memory level.picture * 1 GiB\n  metric n : int\n  expect n > found.picture else warn \"few of {found.name}\"\n"
            "  run \"merge {images} {found.picture} {merged}\"\n}\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(has(*checked, "task merge", "  where (level.picture > 4)\n"));
  CHECK(has(*checked, "task merge", "    where (level.nsb < 2)\n"));
  CHECK(has(*checked, "task merge", "  memory (level.picture * 1GiB)\n"));
  CHECK(has(*checked, "task merge", "text({found.picture @word})"));
  CHECK(has(*checked, "task merge", "expect (metric(n) > found.picture) else warn"));
}

TEST_CASE("fields where they cannot be known are refused in their own words") {
  const auto with = [&](const std::string& text) { return check(runs + clean + merge + text)->lines(); };
  CHECK(with("param p : int = level.picture\n") ==
        Lines{"record-not-here: `level.picture` is read from a file, and not known in a parameter's default"});
  CHECK(with("table t = csv \"{level.picture}.csv\" { a : int }\n") ==
        Lines{"record-not-here: `level.picture` is read from a file, and not known in a table's path"});
  CHECK(with("dimension d : int from 0 ..< level.picture\n") ==
        Lines{"record-not-here: `level.picture` is read from a file, and not known in the source of a dimension"});
  CHECK(with("dataset all_of = \"x{level.picture}\"\n") == Lines{"not-determined: `level.picture` has no single value here"});
  CHECK(with("tool t { in a : file out b : file run \"t {a.picture} {b}\" }\n") == Lines{"without-fields: `a` has no fields"});
  CHECK(with("dataset u for run = \"u{run}\"\ntask t for run { in level if level.picture > 3 out u run \"t {level} {u}\" }\n") ==
        Lines{"record-not-here: `level.picture` is read from a file, and not known in the condition of an input"});
  CHECK(with("tool slow { in a : file out u : file param n : int memory n * 1 GiB run \"slow {a} {u}\" }\ndataset u for run = \"u{run}\"\n"
             "task t for run { in level out u use slow(a: level, u: u, n: level.picture) }\n") ==
        Lines{"record-not-here: `n * 1 GiB` is read from a file, and not known in a resource"});
}

TEST_CASE("sources of one port need the same fields to be asked for one") {
  const std::string start =
      runs + clean + merge + "dataset other for run = external \"o{run}\" as json { picture : text }\ndataset u for run = \"u{run}\"\n";
  CHECK(check(start + "task t for run { in x = level of prev run else other out u run \"t {x.picture} {u}\" }\n")->lines() ==
        Lines{"without-fields: `x` has no fields"});
  CHECK(check(start + "task t for run { in other in x = level of prev run else level out u run \"t {x.picture} {other.picture} {u}\" }\n")
            ->lines() == Lines{});
}

TEST_CASE("a record has a format, and one value of each field") {
  CHECK(check("workflow w\ndataset a = external \"a\" as yaml { x : int }\n")->lines().front() ==
        "unknown-name: no format of a record named `yaml`");
  CHECK(check("workflow w\ndataset a = external \"a\" as json { x : int unique }\n")->lines().front() ==
        "misplaced-modifier: `unique` has no meaning on a field");
  CHECK(check("workflow w\ndataset a = external \"a\" as json { x : int  x : text }\n")->lines().front() ==
        "duplicate-declaration: field `x` is declared twice");
}

TEST_CASE("tables come from the files of a dataset, for each key of its dimensions") {
  const auto checked = check(
      "workflow w\ndimension run : int from 0 ..< 3\ndataset raw for run = external \"{run}\"\n"
      "dataset candidates for run = \"c/{run}.csv\"\ntable peaks for run = csv candidates { peak : int  flux : float }\n"
      "dimension peak : int in run from peaks.peak\ndataset stamp for run, peak = \"s/{run}/{peak}_{flux}\"\n"
      "task search for run { in raw out candidates run \"search {raw} {candidates}\" }\n"
      "task cut for run, peak { in raw out stamp run \"cut {raw} {stamp}\" }\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("table peaks") == "table peaks over (run) = csv made candidates\n  run : int\n  peak : int\n  flux : float\n");
  CHECK(checked->printed("dimension peak") == "dimension peak : int\n  from column peaks.peak\n  in run\n  attribute flux : float\n");
  CHECK(checked->printed("goal") == "goal stamp\n");
}

TEST_CASE("a table for each night has the night as its first column") {
  const auto checked = check(
      "workflow w\ntable nights = csv \"nights.csv\" { night : date }\ndimension night : date from nights.night\n"
      "table summary for night = sqlite \"log_{night:%Y%m%d}.db\" query \"select run_id from runs\" { run_id : int }\n"
      "dimension run : int in night from summary.run_id\ndataset raw for run = external \"{night}/{run}\"\n"
      "dataset made for run = \"m{night}/{run}\"\ntask t for run { in raw out made run \"m {raw} {made}\" }\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("table summary") ==
        "table summary over (night) = sqlite text(\"log_\" {night:%Y%m%d} \".db\")\n  query \"select run_id from runs\"\n  night : date\n"
        "  run_id : int\n");
  CHECK(checked->printed("dimension run") == "dimension run : int\n  from column summary.run_id\n  in night\n");
  CHECK(check("workflow w\ntable nights = csv \"n.csv\" { night : date }\ndimension night : date from nights.night\n"
              "table s for night = csv \"{night}\" { night : date  run : int }\n")
            ->lines()
            .front() == "duplicate-declaration: column `night` is declared twice");
  CHECK(check("workflow w\ntable s for run = csv \"{run}\" { run_id : int }\ndimension run : int from s.run_id\n")->lines().front() ==
        "circular-stage: table `s` can be known only once it is known itself");
}

TEST_CASE("products are kept for a time") {
  const auto checked = check("workflow w\ndataset a = keep 30 days \"a\"\ntask t { out a run \"m {a}\" }\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("dataset a") == "dataset a over () basis ()\n  path \"a\"\n  keep 30d\n");
  CHECK(check("workflow w\ndataset a = temp keep 30 days \"a\"\ntask t { out a run \"m {a}\" }\n")->lines() ==
        Lines{"contradicting-flags: a dataset cannot be `temp` and `keep` at once"});
  CHECK(check("workflow w\ndataset a = keep 30 \"a\"\ntask t { out a run \"m {a}\" }\n")->lines() ==
        Lines{"quantity-without-unit: `keep` needs a unit: it is a `duration`"});
}

TEST_CASE("a file that was certified holds from one time to another") {
  const std::string start =
      "workflow w\nparam since : time tai\ndimension detector : int from 0 ..< 9\ndataset raw for detector = external \"{detector}\"\n"
      "dataset bias for detector = \"b/{detector}\" valid since until since + 30 days\ndataset report for detector = \"r/{detector}\"\n"
      "task make for detector { in raw out bias run \"m {raw} {bias}\" }\n"
      "task inspect for detector { in x = new bias out report run \"v {x} {report}\" }\n";
  const auto checked = check(start + "certify bias when inspect\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("dataset bias") ==
        "dataset bias over (detector) basis (detector)\n  path text(\"b/\" {detector})\n  valid since until (since + 30d)\n");
  CHECK(checked->printed("certify") == "certify bias when inspect from since\n");
  CHECK(check(start + "certify bias when inspect from since + 1 h\n")->printed("certify") ==
        "certify bias when inspect from (since + 1h)\n");
  CHECK(check(start + "certify bias when inspet\ncertify bia when inspect\n")->lines() ==
        Lines{"unknown-name: no task named `inspet`", "unknown-name: no dataset named `bia`"});
  CHECK(check(start + "certify bias when inspect\ncertify bias when make\n")->lines() ==
        Lines{"duplicate-declaration: certify `bias` is declared twice"});
  CHECK(check(start + "certify bias when inspect from 3\n")->lines() == Lines{"wrong-type: `from` takes `time tai`, not `int`"});
  CHECK(check("workflow w\ndataset a = \"a\" valid 3 until next\ntask t { out a run \"m {a}\" }\n")->lines().front() ==
        "wrong-type: `valid` takes `time`, not `int`");
  CHECK(check("workflow w\nparam s : time\ndataset a = external \"a\" valid s until next\ndataset b = \"b\"\ntask t { in a out b run \"m "
              "{a} {b}\" }\n")
            ->lines() == Lines{"contradicting-flags: a dataset cannot be `external` and `valid` at once"});
}
