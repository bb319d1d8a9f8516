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
