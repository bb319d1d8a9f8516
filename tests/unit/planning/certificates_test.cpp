// Certified files: which one holds at a time, what is refused, and what the plan says of `certify`.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

std::string chain(const std::string& input) {
  return "workflow w\n"
         "table log = csv \"log.csv\" { seq : int  begin : time tai }\n"
         "param since : time tai = \"2026-03-01T00:00:00\"\n"
         "dimension exposure : int from log.seq order by begin\n"
         "dimension detector : int from 0 ..< 2\n"
         "dataset raw for exposure, detector = external \"raw/{exposure}_{detector}\"\n"
         "dataset bias for detector = \"calib/{since:%Y%m%d}/bias_{detector}\" valid since until next\n"
         "dataset flat for exposure, detector = \"flat/{exposure}_{detector}\"\n"
         "dataset report for detector = \"report_{detector}\"\n"
         "task make_bias for detector { in frames = all raw out bias run \"b {frames} {bias}\" }\n"
         "task verify for detector { in bias = new bias out report run \"v {bias} {report}\" }\n"
         "certify bias when verify from since\n"
         "task reduce for exposure, detector { in raw in bias = " +
         input + " out flat run \"r {raw} {bias} {flat}\" }\n";
}

const std::string header =
    "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: certificate, datatype: int64}\n# - {name: detector, datatype: int64}\n"
    "# - {name: begin, datatype: string}\n# - {name: until, datatype: string}\n# - {name: path, datatype: string}\n"
    "certificate detector begin until path\n";

MemoryWorld world_with(const std::string& rows) {
  MemoryWorld world;
  world.files = {{"log.csv", "seq,begin\n1,2026-01-10T00:00:00\n2,2026-02-10T00:00:00\n3,2026-03-10T00:00:00\n"}};
  if (!rows.empty()) world.known_certificates["bias"] = header + rows;
  return world;
}

Lines biases(const Made& made) {
  if (!made.plan) return made.lines();
  Lines result;
  for (const std::string& element : made.elements("reduce")) {
    const Lines inputs = made.inputs(element);
    result.push_back(inputs.size() > 1 ? inputs[1] : "none");
  }
  return result;
}

}  // namespace

TEST_CASE("the certificate whose interval holds the time, half open") {
  const auto made = make_in(world_with("1 0 2026-01-01T00:00:00 \"\" old/0\n"
                                       "2 0 2026-02-10T00:00:00 \"\" mid/0\n"
                                       "3 1 2026-01-01T00:00:00 2026-02-10T00:00:00 old/1\n"),
                            chain("valid bias at begin ?"), without_files());
  CHECK(biases(*made) == Lines{"old/0", "old/1", "mid/0", "none", "mid/0", "none"});
}

TEST_CASE("certificates of other keys are left out silently") {
  const auto made = make_in(world_with("1 7 2026-01-01T00:00:00 \"\" other\n"), chain("valid bias at begin ?"), without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(biases(*made) == Lines{"none", "none", "none", "none", "none", "none"});
}

TEST_CASE("without certificates there is nothing to find") {
  const auto made = make_in(world_with(""), chain("valid bias at begin"), without_files());
  CHECK(made->lines() == Lines{"lookup-found-nothing: no `bias certificates` is found for `reduce[exposure=1,detector=0]`"});
  const auto fallen_back = make_in(world_with(""), chain("valid bias at begin else new bias"), without_files());
  CHECK(biases(*fallen_back) == Lines{"calib/20260301/bias_0", "calib/20260301/bias_1", "calib/20260301/bias_0", "calib/20260301/bias_1",
                                      "calib/20260301/bias_0", "calib/20260301/bias_1"});
}

TEST_CASE("intervals of one key must not overlap") {
  const auto made = make_in(world_with("1 0 2026-01-01T00:00:00 2026-02-15T00:00:00 a\n"
                                       "2 0 2026-02-10T00:00:00 \"\" b\n"),
                            chain("valid bias at begin ?"), without_files());
  CHECK(made->lines() == Lines{"overlapping-validity: two certificates of `bias` for the same key hold at the same time"});
  CHECK(made->notes() == Lines{"bias certificates 1 holds from 2026-01-01T00:00:00 until 2026-02-15T00:00:00",
                               "bias certificates 2 holds from 2026-02-10T00:00:00 until the next one"});
}

TEST_CASE("a certified file that the plan makes anew is refused") {
  const auto made =
      make_in(world_with("1 0 2026-01-01T00:00:00 \"\" calib/20260301/bias_0\n"), chain("valid bias at begin ?"), without_files());
  CHECK(
      made->lines() ==
      Lines{"certified-is-remade: `reduce[exposure=1,detector=0]` reads the certified file `calib/20260301/bias_0`, which this plan makes "
            "anew as `bias[detector=0]`"});
}

TEST_CASE("a certified file that is gone is missing") {
  MemoryWorld world = world_with("1 0 2026-01-01T00:00:00 \"\" old/0\n");
  for (const std::string key : {"1_0", "1_1", "2_0", "2_1", "3_0", "3_1"}) world.files["raw/" + key] = "";
  const auto made = make_in(world, chain("valid bias at begin ?"));
  CHECK(made->lines() == Lines{"missing-files: the file of external dataset `bias certificates` is missing"});
}

TEST_CASE("the plan says what is certified when") {
  const auto made = make_in(world_with("1 0 2026-01-01T00:00:00 \"\" old/0\n"), chain("valid bias at begin ?"), without_files());
  REQUIRE(made->plan);
  REQUIRE(made->plan->certifications().size() == 1);
  const plan::CertifyRow& row = made->plan->certifications()[0];
  CHECK(row.dataset == *made->plan->find_dataset("bias"));
  CHECK(row.task == *made->plan->find_task("verify"));
  CHECK(row.begin.exists());
  CHECK_FALSE(row.until.exists());
  CHECK(row.relation.kind == plan::RelationKind::identity);
  CHECK(made->plan->datasets()[*made->plan->find_dataset("bias certificates")].is_certified == 1);
}
