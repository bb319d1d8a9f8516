// Look-ups in time: which record is picked, and what is said when none or two will do.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

const std::string log_table =
    "seq,kind,filter,begin\n"
    "1,FLAT,r,2026-11-20T18:00:00\n"
    "2,FLAT,i,2026-11-20T19:00:00\n"
    "3,SCIENCE,r,2026-11-20T19:30:00\n"
    "4,FLAT,r,2026-11-20T20:00:00\n"
    "5,SCIENCE,i,2026-11-20T21:00:00\n"
    "6,SCIENCE,r,2026-11-20T22:00:00\n";

/// A night in which `reduce` finds its flat by `lookup`.
std::string night(const std::string& lookup) {
  return "workflow night\n"
         "enum Kind { FLAT, SCIENCE }\n"
         "table log = csv \"log.csv\" { seq : int  kind : Kind  filter : text  begin : time utc }\n"
         "dimension exposure : int from log.seq implies filter order by begin\n"
         "dimension filter : text from log.filter\n"
         "dataset raw for exposure = external \"raw/{exposure}\"\n"
         "dataset flat for exposure = \"flat/{exposure}\"\n"
         "dataset reduced for exposure = \"reduced/{exposure}\"\n"
         "task make_flat for exposure where kind == FLAT { in raw out flat run \"flat {raw} {flat}\" }\n"
         "task reduce for exposure where kind == SCIENCE {\n"
         " in raw\n"
         " in flat = " +
         lookup +
         "\n"
         " out reduced run \"reduce {raw} {flat} {reduced}\" }\n";
}

Lines flats(const std::string& lookup) {
  const auto made = make(night(lookup), {{"log.csv", log_table}}, without_files());
  if (!made->plan) return made->lines();
  Lines result;
  for (const std::string& element : made->elements("reduce")) {
    const Lines inputs = made->inputs(element);
    result.push_back(inputs.size() > 1 ? inputs[1] : "none");
  }
  return result;
}

}  // namespace

TEST_CASE("latest takes the last one before, of what is made") {
  CHECK(flats("latest flat before begin") == Lines{"flat/2", "flat/4", "flat/4"});
}

TEST_CASE("the plan keeps what a look-up would have given otherwise") {
  const auto runners_up = [](const std::string& lookup) {
    const auto made = make(night(lookup), {{"log.csv", log_table}}, without_files());
    REQUIRE(made->plan);
    const plan::Plan& plan = *made->plan;
    Lines result;
    REQUIRE(plan.runners_up().size() == 1);
    const plan::RunnerUpRow& row = plan.runners_up()[0];
    const auto records = plan.indices(row.records);
    const std::uint32_t count = plan.tasks()[*plan.find_task("reduce")].family.count;
    REQUIRE((records.size() == 1 || records.size() == count));
    for (std::uint32_t i = 0; i < count; ++i)
      result.push_back(plan::record_name(plan, row.dimension, records[records.size() == 1 ? 0 : i]));
    return result;
  };
  CHECK(runners_up("latest flat before begin") == Lines{"exposure=1", "exposure=2", "exposure=2"});
  CHECK(runners_up("latest flat before begin within 121 min") == Lines{"exposure=1", "exposure=2", ""});
  CHECK(runners_up("latest flat before begin same filter") == Lines{"", "", "exposure=1"});
  CHECK(runners_up("nearest flat at begin same filter") == Lines{"exposure=1", "", "exposure=1"});
  CHECK(runners_up("next flat after begin ?") == Lines{"", "", ""});
  CHECK(runners_up("latest flat before begin where exposure != 2") == Lines{"", "exposure=1", "exposure=1"});
}

TEST_CASE("same keeps to one's own key") { CHECK(flats("latest flat before begin same filter") == Lines{"flat/1", "flat/2", "flat/4"}); }

TEST_CASE("next and nearest") {
  CHECK(flats("next flat after begin ?") == Lines{"flat/4", "none", "none"});
  CHECK(flats("nearest flat at begin same filter") == Lines{"flat/4", "flat/2", "flat/4"});
}

TEST_CASE("a condition on candidates") {
  CHECK(flats("latest flat before begin where exposure < 3") == Lines{"flat/2", "flat/2", "flat/2"});
}

TEST_CASE("none in reach is an error that names the nearest") {
  const auto made = make(night("latest flat before begin same filter within 1 h 45 min"), {{"log.csv", log_table}}, without_files());
  CHECK(made->lines() == Lines{"lookup-found-nothing: no `flat` is found for `reduce[exposure=5]`"});
  CHECK(made->notes() == Lines{"nearest: exposure 2, 2 h before; limit 1 h 45 min", "1 more element of `reduce` likewise"});
  CHECK(made->steps("reduce").back() == "look-up `flat`: 1 (nearest: exposure 2, 2 h before; limit 1 h 45 min)");
}

TEST_CASE("upto includes an equal time, before does not") {
  const auto text = [](const std::string& bound) {
    return "workflow w\n"
           "table log = csv \"log.csv\" { seq : int  begin : time utc  at : time utc }\n"
           "dimension exposure : int from log.seq order by begin\n"
           "dataset raw for exposure = external \"raw/{exposure}\"\n"
           "dataset done for exposure = \"done/{exposure}\"\n"
           "task t for exposure where exposure == 2 { in raw = latest raw " +
           bound + " at out done run \"t {raw} {done}\" }\n";
  };
  const Files files{{"log.csv", "seq,begin,at\n1,2026-01-01T00:00:00,2026-01-01T00:00:00\n2,2026-01-02T00:00:00,2026-01-02T00:00:00\n"}};
  CHECK(make(text("before"), files, without_files())->inputs("t[exposure=2]") == Lines{"raw/1"});
  CHECK(make(text("upto"), files, without_files())->inputs("t[exposure=2]") == Lines{"raw/2"});
}

TEST_CASE("two candidates at one time are both shown") {
  const std::string twins =
      "seq,kind,filter,begin\n1,FLAT,r,2026-11-20T18:00:00\n2,FLAT,r,2026-11-20T18:00:00\n3,SCIENCE,r,2026-11-20T20:00:00\n";
  const auto made = make(night("latest flat before begin"), {{"log.csv", twins}}, without_files());
  CHECK(made->lines() == Lines{"ambiguous-lookup: two candidates of `flat` are equally good for `reduce[exposure=3]`"});
  CHECK(made->notes() == Lines{"exposure 1 and exposure 2 are equally good: both 2 h before"});
}

TEST_CASE("nearest between two at the same distance is a tie") {
  const std::string middle =
      "seq,kind,filter,begin\n1,FLAT,r,2026-11-20T18:00:00\n2,FLAT,r,2026-11-20T20:00:00\n3,SCIENCE,r,2026-11-20T19:00:00\n";
  const auto made = make(night("nearest flat at begin"), {{"log.csv", middle}}, without_files());
  CHECK(made->lines() == Lines{"ambiguous-lookup: two candidates of `flat` are equally good for `reduce[exposure=3]`"});
}

TEST_CASE("a look-up that fails for what is not selected is no error") {
  planning::Options options = without_files();
  options.where = "exposure == 6";
  const auto made = make(night("latest flat before begin same filter within 2 h 30 min"), {{"log.csv", log_table}}, options);
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("reduce") == Lines{"reduce[exposure=6]"});
  CHECK(made->elements("make_flat") == Lines{"make_flat[exposure=4]"});
}

TEST_CASE("a condition may compare candidates with the task's own element") {
  const auto made = make(
      "workflow w\n"
      "table log = csv \"log.csv\" { seq : int  ccd : int  begin : time utc }\n"
      "table library = csv \"library.csv\" { id : int  temperature : int  taken : time utc }\n"
      "dimension exposure : int from log.seq order by begin\n"
      "dimension dark : int from library.id order by taken\n"
      "dataset raw for exposure = external \"raw/{exposure}\"\n"
      "dataset master for dark = external \"dark/{dark}\"\n"
      "dataset done for exposure = \"done/{exposure}\"\n"
      "task t for exposure { in raw\n in dark = latest master before begin where temperature == ccd\n out done run \"t {raw} {dark} "
      "{done}\" }\n",
      {{"log.csv", "seq,ccd,begin\n1,-90,2026-01-05T00:00:00\n2,-80,2026-01-06T00:00:00\n"},
       {"library.csv",
        "id,temperature,taken\n1,-90,2026-01-01T00:00:00\n2,-80,2026-01-02T00:00:00\n3,-80,2026-01-03T00:00:00\n"
        "4,-90,2026-01-05T12:00:00\n"}},
      without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->inputs("t[exposure=1]") == Lines{"raw/1", "dark/1"});
  CHECK(made->inputs("t[exposure=2]") == Lines{"raw/2", "dark/3"});
}
