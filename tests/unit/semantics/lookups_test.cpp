#include <catch2/catch.hpp>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

std::string reduce(const std::string& input) {
  return night + "dataset flat for exposure = external \"flat_{exposure}\"\ndataset made for exposure = \"made_{exposure}\"\n" +
         "task reduce for exposure { in raw in x = " + input + " out made run \"reduce {raw} {x} {made}\" }\n";
}

std::string printed(const std::string& input) {
  const auto checked = check(reduce(input));
  if (!checked->lines().empty()) return checked->lines().front();
  const std::string all = checked->printed("task reduce");
  const auto begin = all.find("  in x");
  return all.substr(begin, all.find("  out") - begin);
}

}  // namespace

TEST_CASE("look-ups search the ordered dimension of the dataset") {
  CHECK(printed("latest flat before begin within 12 h") ==
        "  in x = flat : file broadcast\n    latest by exposure.begin exclusive exposure.begin\n    within 12h\n");
  CHECK(printed("latest flat where kind == FLAT upto begin + 5 min same filter") ==
        "  in x = flat : file broadcast\n    where (exposure.kind == FLAT)\n"
        "    latest by exposure.begin inclusive (exposure.begin + 5min)\n    same (filter)\n");
  CHECK(printed("next flat after begin") == "  in x = flat : file broadcast\n    next by exposure.begin exclusive exposure.begin\n");
  CHECK(printed("nearest flat to begin ?") ==
        "  in x = flat : file? broadcast optional\n    nearest by exposure.begin exclusive exposure.begin\n");
}

TEST_CASE("what is wrong with a look-up is said in its own words") {
  CHECK(printed("latest flat") == "lookup-without-time: `latest` does not say from which time to look");
  CHECK(printed("latest flat after begin") == "lookup-without-time: `latest` does not say from which time to look");
  CHECK(printed("latest flat before exptime") == "wrong-type: a look-up along `begin` takes `time utc`, not `duration`");
  CHECK(printed("latest flat before begin within 3") == "quantity-without-unit: `within` needs a unit: it is a `duration`");
  CHECK(printed("latest flat before begin min 3") == "misplaced-modifier: `min` has no meaning on a look-up");
  CHECK(printed("raw within 3 h") == "misplaced-modifier: `within` has no meaning on an input of one file");
}

TEST_CASE("what is left of the dataset's key must be the task's, or fixed") {
  const std::string start =
      "workflow w\ntable t = csv \"t.csv\" { run : int  begin : time utc }\ndimension run : int from t.run order by begin\n"
      "dimension subrun : int in run from 0 ..< 3\ndimension camera : int from 0 ..< 2\n"
      "dataset level for run * camera = external \"{run}/{camera}\"\ndataset raw for run, subrun = external \"{run}/{subrun}\"\n"
      "dataset made for run * camera = \"{run}.{camera}\"\n";
  const auto with = [&](const std::string& input) {
    return check(start + "task make for run * camera { in x = " + input + " out made run \"make {x} {made}\" }\ngoal made, make\n");
  };
  CHECK(with("latest raw before begin")->lines().front() == "lookup-leaves-open: `latest raw` leaves `subrun` open");
  CHECK(with("latest raw[subrun = 0] before begin")
            ->printed("task make")
            .find("    fix subrun = 0\n    latest by run.begin exclusive run.begin\n") != std::string::npos);
  CHECK(with("latest level before begin")->printed("task make").find("    latest by run.begin exclusive run.begin\n    same (camera)\n") !=
        std::string::npos);
}

TEST_CASE("a window is a list of the last ones") {
  CHECK(printed("window flat last 5") ==
        "  in x = flat : [file] gather\n    window by exposure.begin inclusive exposure.begin\n    last 5\n");
  CHECK(printed("window flat where kind == FLAT before begin within 3 h same filter min 2") ==
        "  in x = flat : [file] gather\n    where (exposure.kind == FLAT)\n    window by exposure.begin exclusive exposure.begin\n"
        "    within 3h\n    same (filter)\n    min 2\n");
  CHECK(printed("window flat after begin") == "lookup-without-time: `window` does not say from which time to look");
  CHECK(printed("window flat last 0") == "not-a-count: `last` takes a constant number of 0 or more");
  CHECK(printed("window flat last 2 ?") == "misplaced-modifier: `?` has no meaning on a window");
  CHECK(printed("latest flat before begin last 2") == "misplaced-modifier: `last` has no meaning on a look-up");
  CHECK(printed("window flat before begin") == "  in x = flat : [file] gather\n    window by exposure.begin exclusive exposure.begin\n");
  CHECK(printed("window made last 2") ==
        "window-on-itself: `made` is made by task `reduce` itself, so a window on it ends before its own element");
  const auto elsewhere =
      check(night + "dataset all_of_it = \"x\"\ntask t { in x = window raw last 3 out all_of_it run \"m {x} {all_of_it}\" }\n");
  CHECK(elsewhere->lines() == Lines{"lookup-without-time: `window` does not say from which time to look"});
  CHECK(elsewhere->help() == Lines{"task `t` does not determine `exposure`, so it has no time of its own there: `window raw upto T`"});
}

TEST_CASE("of prev and of next step along one dimension, equal in all else") {
  const std::string start =
      "workflow w\ntable t = csv \"t.csv\" { run : int  filter : text?  begin : time utc }\n"
      "dimension run : int from t.run implies filter order by begin\ndimension filter : text from t.filter\n"
      "dimension subrun : int in run from 0 ..< 3\ndimension camera : int from 0 ..< 2\n"
      "dataset level for run, camera = \"{run}/{camera}\"\ndataset old for run, camera = external \"o{run}/{camera}\"\ndataset raw for "
      "run, subrun = external \"{run}/{subrun}\"\n"
      "dataset night = external \"n\"\ndataset drift for run = \"d{run}\"\ndataset other for camera = \"o{camera}\"\n";
  const auto of = [&](const std::string& over, const std::string& output, const std::string& input) {
    const auto checked =
        check(start + "task t for " + over + " { in x = " + input + " out " + output + " run \"m {x} {" + output + "}\" }\n");
    if (checked->diagnostics.has_errors()) return checked->lines().back();
    const std::string all = checked->printed("task t");
    const auto begin = all.find("  in x");
    return all.substr(begin, all.find("  out") - begin);
  };
  CHECK(of("run, camera", "level", "level of prev run ?") ==
        "  in x = level : file? broadcast optional\n    previous 1 of run\n    same (camera)\n");
  CHECK(of("run", "drift", "drift of prev 2 run where run > 3 same filter ?") ==
        "  in x = drift : file? broadcast optional\n    where (run > 3)\n    previous 2 of run\n    same (filter)\n");
  CHECK(of("run, subrun", "parts", "raw of next subrun").find("unknown-name") == 0);
  CHECK(check(start + "dataset part for run, subrun = \"p{run}.{subrun}\"\n"
                      "task t for run, subrun { in x = raw of next subrun ? out part run \"m {x} {part}\" }\n")
            ->printed("task t")
            .find("  in x = raw : file? broadcast optional\n    following 1 of subrun\n    same (run)\n") != std::string::npos);
  CHECK(of("run", "drift", "night of prev run ?") ==
        "neighbour-needs-both: `of prev run` leads nowhere: `night` has no `run` to step along");
  CHECK(of("camera", "other", "level of prev run ?") ==
        "neighbour-needs-both: `of prev run` leads nowhere: task `t` does not determine `run`");
  CHECK(of("run", "drift", "raw of prev run ?") ==
        "neighbour-needs-both: `of prev run` leads nowhere: `subrun` determines `run`, so no other one has the same");
  CHECK(of("run", "drift", "level of prev run ?") == "lookup-leaves-open: `level of prev run` leaves `camera` open");
  CHECK(of("run", "drift", "old[camera = 1] of prev run ?").find("previous 1 of run\n") != std::string::npos);
  CHECK(of("run", "drift", "drift of prev 0 run ?") == "not-a-count: `of prev run` takes a constant number of 0 or more");
  CHECK(of("run", "drift", "drift of prev runs ?") == "unknown-name: no dimension named `runs`");
  CHECK(of("run", "drift", "latest drift of prev run before begin") == "misplaced-modifier: `of` has no meaning on a look-up");
}

TEST_CASE("else gives sources to try one after the other") {
  CHECK(printed("latest flat before begin else next flat after begin else raw ?") ==
        "  in x = flat : file? broadcast optional\n    latest by exposure.begin exclusive exposure.begin\n"
        "  else x = flat : file? broadcast optional\n    next by exposure.begin exclusive exposure.begin\n"
        "  else x = raw : file? chain optional\n");
  CHECK(printed("latest flat before begin ? else raw") == "misplaced-modifier: `?` has no meaning on a source with an `else` behind it");
  CHECK(printed("latest flat before begin else window raw last 2") ==
        "other-branch: the source behind `else` gives `[file]`, the first one `file`");
  CHECK(printed("window flat last 2 else window raw last 2") == "misplaced-modifier: `else` has no meaning on a list");
  CHECK(printed("latest flat before begin else missing") == "unknown-name: no dataset named `missing`");
  CHECK(printed("latest flat before begin else raw if filter == \"r\"") ==
        "  in x = flat : file? broadcast\n    latest by exposure.begin exclusive exposure.begin\n    if (filter == \"r\")\n"
        "  else x = raw : file? chain\n    if (filter == \"r\")\n");
}

TEST_CASE("of a dataset with validity an input is new or valid") {
  const std::string start =
      "workflow w\nparam since : time tai\ntable log = csv \"log.csv\" { seq : int  begin : time tai }\n"
      "dimension detector : int from 0 ..< 9\ndimension exposure : int from log.seq order by begin\n"
      "dataset raw for exposure, detector = external \"raw/{exposure}_{detector}\"\n"
      "dataset bias for detector = \"calib/{detector}\" valid since until next\n"
      "dataset made for exposure, detector = \"made/{exposure}_{detector}\"\n"
      "task make_bias for detector { in x = all raw out bias run \"m {x} {bias}\" }\n";
  const auto with = [&](const std::string& input) {
    return check(start + "task t for exposure, detector { in raw in x = " + input + " out made run \"m {raw} {x} {made}\" }\n");
  };
  CHECK(with("new bias")->lines() == Lines{});
  const auto certified = with("valid bias at begin else new bias");
  REQUIRE(certified->lines() == Lines{});
  CHECK(certified->printed("task t").find("  in x = bias certificates : file broadcast\n"
                                          "    valid by bias certificates.begin until bias certificates.until exclusive exposure.begin\n"
                                          "    same (detector)\n"
                                          "  else x = bias : file broadcast\n") != std::string::npos);
  CHECK(certified->printed("table bias certificates") ==
        "table bias certificates = ecsv certificates of bias\n  certificate : int\n  detector : int\n  begin : time tai\n  until : time "
        "tai?\n"
        "  path : path\n");
  CHECK(certified->printed("dimension bias certificates") ==
        "dimension bias certificates : int\n  from column bias certificates.certificate\n  implies detector by detector\n"
        "  attribute begin : time tai\n  attribute until : time tai?\n  attribute path : path\n  order by begin\n");
  CHECK(certified->printed("dataset bias certificates") ==
        "dataset bias certificates over (bias certificates) basis (bias certificates) external\n"
        "  path text({bias certificates.path})\n");
  const auto neither = with("bias");
  CHECK(neither->lines() == Lines{"new-or-valid: `bias` is made by this plan and certified by others: which is meant?"});
  CHECK(neither->help() ==
        Lines{"the one that this plan makes: `in x = new bias`", "the certified one of a time: `in x = valid bias at T`"});
  CHECK(with("all bias")->lines().front().starts_with("new-or-valid"));
  CHECK(with("new raw")->lines() == Lines{"without-validity: `raw` has no validity, so there is nothing `new` of it"});
  CHECK(with("valid raw at begin")->lines() == Lines{"without-validity: `raw` has no validity, so there is nothing `valid` of it"});
  CHECK(with("valid bias before begin")->lines() == Lines{"lookup-without-time: `valid` does not say from which time to look"});
  CHECK(with("valid bias at 3")->lines() == Lines{"wrong-type: a look-up along `begin` takes `time tai`, not `int`"});
  CHECK(check(start + "dataset one for exposure = \"one/{exposure}\"\n"
                      "task t for exposure { in x = valid bias at begin out one run \"m {x} {one}\" }\n")
            ->lines() == Lines{"lookup-leaves-open: `valid bias` leaves `detector` open"});
  CHECK(check(start + "dataset one = \"one\"\ntask u for exposure, detector { in raw out made run \"m {raw} {made}\" }\ntask t { in x = "
                      "all new bias out one run \"m {x} {one}\" }\n")
            ->lines() == Lines{});
}
