// What is up to date, and why not.

#include "tests/unit/registry/support.h"

using namespace osac;
using namespace osac::registry;
using namespace osac::registry::test;
using osac::test::PlanMaker;

TEST_CASE("everything is new at first and up to date after it was made") {
  World world(small_plan());
  write_raw();
  CHECK(world.decide() == Words{"run: new", "run: new", "run: new", "run: new"});
  CHECK(world.carry_out() == Words{"reduce[run=1]", "reduce[run=2]", "reduce[run=3]", "combine"});
  CHECK(world.decide() == Words{"up to date", "up to date", "up to date", "up to date"});
  CHECK(world.carry_out().empty());
}

TEST_CASE("a changed external file runs its reader, and perhaps what follows") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  write("raw/2.txt", "other raw 2\n");
  CHECK(world.decide() == Words{"up to date", "run: input changed", "up to date", "perhaps"});
  SECTION("the same result stops there") { CHECK(world.carry_out() == Words{"reduce[run=2]"}); }
  SECTION("another result does not") {
    const auto ran = world.carry_out([](const plan::FileUse& use) { return "other " + use.path; });
    CHECK(ran == Words{"reduce[run=2]", "combine"});
  }
  CHECK(world.decide() == Words{"up to date", "up to date", "up to date", "up to date"});
}

TEST_CASE("a changed command runs all elements of its task") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  world.replace(small_plan("-x"));
  CHECK(world.decide() == Words{"run: command changed", "run: command changed", "run: command changed", "perhaps"});
  const auto state = world.state();
  const auto decisions = state->decide({});
  REQUIRE(decisions);
  CHECK(state->explain(0, (*decisions)[0]) == "cp [--v-] {+-x+} raw/1.txt clean/1.txt");
  CHECK(state->explain(3, (*decisions)[3]) ==
        "depends on what reduce[run=1] makes\ndepends on what reduce[run=2] makes\ndepends on what reduce[run=3] makes");
}

TEST_CASE("a later failure does not undo an older success") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  step::EndRecord failed = World::success("reduce[run=1]");
  failed.outcome = step::Outcome::failed;
  failed.outputs.clear();
  world.append(failed);
  CHECK(world.decide() == Words{"up to date", "up to date", "up to date", "up to date"});
}

TEST_CASE("who has only failed so far failed before") {
  World world(small_plan());
  write_raw();
  step::EndRecord failed;
  failed.element = "reduce[run=2]";
  failed.outcome = step::Outcome::failed;
  failed.reason = "exit code 3";
  world.append(failed);
  CHECK(world.decide() == Words{"run: new", "run: failed before", "run: new", "run: new"});
  const auto state = world.state();
  const auto decisions = state->decide({});
  REQUIRE(decisions);
  CHECK(state->explain(1, (*decisions)[1]) == "failed: exit code 3");
}

TEST_CASE("a tainted success does not count") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  std::vector<step::EndRecord> records;
  for (const char* const name : {"reduce[run=1]", "reduce[run=2]", "reduce[run=3]"}) records.push_back(World::success(name));
  fs::remove_all(".osa/journal");
  for (step::EndRecord& record : records) {
    record.is_tainted = record.element == "reduce[run=3]";
    world.append(record);
  }
  CHECK(world.decide() == Words{"up to date", "up to date", "run: new", "run: new"});
}

TEST_CASE("an output that was deleted is made again") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  fs::remove("clean/3.txt");
  CHECK(world.decide() == Words{"up to date", "up to date", "run: output missing", "perhaps"});
  const auto state = world.state();
  const auto decisions = state->decide({});
  REQUIRE(decisions);
  CHECK(state->explain(2, (*decisions)[2]) == "output `clean` is missing: clean/3.txt");
  CHECK(world.carry_out() == Words{"reduce[run=3]"});
}

TEST_CASE("an output that was changed by hand is made again") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  const std::string before = read("clean/1.txt");
  SECTION("in size") { write("clean/1.txt", before + "more"); }
  SECTION("in content only") { write("clean/1.txt", std::string(before.size(), '?')); }
  CHECK(world.decide() == Words{"run: output changed", "up to date", "up to date", "perhaps"});
  CHECK(world.carry_out() == Words{"reduce[run=1]"});
  CHECK(read("clean/1.txt") == before);
}

TEST_CASE("an output with other times but the same content is still good, and recorded as it is now") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  write("clean/1.txt", read("clean/1.txt"));
  CHECK(world.decide() == Words{"up to date", "up to date", "up to date", "up to date"});
  const auto state = world.state();
  REQUIRE(state->decide({}));
  const auto refreshed = state->take_refreshed();
  REQUIRE(refreshed.size() == 1);
  CHECK(refreshed[0].element == "reduce[run=1]");
  const auto now = step::file_state("clean/1.txt", true);
  REQUIRE(now);
  CHECK(refreshed[0].outputs[0].state == *now);
  world.append(refreshed[0]);
  const auto later = world.state();
  REQUIRE(later->decide({}));
  CHECK(later->take_refreshed().empty());
}

TEST_CASE("an input replaced by an older file is seen") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  write("raw/new", "raw 9\n");
  fs::last_write_time("raw/new", fs::last_write_time("raw/1.txt") - std::chrono::hours(10));
  fs::rename("raw/new", "raw/1.txt");
  CHECK(world.decide() == Words{"run: input changed", "up to date", "up to date", "perhaps"});
}

TEST_CASE("an input touched but not changed runs its reader by stat, not by content") {
  World world(small_plan());
  write_raw();
  SECTION("stat") {
    world.carry_out();
    fs::last_write_time("raw/1.txt", fs::file_time_type::clock::now() - std::chrono::hours(5));
    CHECK(world.decide() == Words{"run: input changed", "up to date", "up to date", "perhaps"});
  }
  SECTION("content") {
    world.site.hash_policy = site::HashPolicy::content;
    world.carry_out();
    fs::last_write_time("raw/1.txt", fs::file_time_type::clock::now() - std::chrono::hours(5));
    CHECK(world.decide() == Words{"up to date", "up to date", "up to date", "up to date"});
    write("raw/1.txt", "RAW 1\n");
    CHECK(world.decide() == Words{"run: input changed", "up to date", "up to date", "perhaps"});
  }
}

TEST_CASE("an input that is missing is a problem when its reader is due") {
  World world(small_plan());
  write_raw();
  fs::remove("raw/2.txt");
  const auto state = world.state();
  REQUIRE(state->decide({}));
  CHECK(state->ready(1, std::vector<bool>(4, false)).problem == "input `raw` is missing: raw/2.txt");
}

TEST_CASE("forced elements run whatever is known") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  CHECK(world.decide({1}) == Words{"up to date", "run: forced", "up to date", "perhaps"});
  CHECK(world.carry_out({}, {1}) == Words{"reduce[run=2]"});
}

TEST_CASE("what changed in an input is said") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  write("raw/2.txt", "raw 2 and more\n");
  const auto state = world.state();
  const auto decisions = state->decide({});
  REQUIRE(decisions);
  CHECK(state->explain(1, (*decisions)[1]) == "input `raw` changed: raw/2.txt: size 6 -> 15");
}

TEST_CASE("an element that is new in a gather runs it again") {
  const auto plan_of = [](const std::vector<std::int64_t>& keys) {
    PlanMaker maker;
    const auto run = maker.dimension("run", keys);
    const auto raw = maker.external("raw", {run}, "raw/{run}.txt");
    const auto total = maker.dataset("total", {}, "total.txt");
    maker.task("combine").gather("parts", raw).out("total", total).shell("wc -l {len(parts)} > {total}");
    return maker.plan();
  };
  World world(plan_of({1, 2}));
  write_raw();
  world.carry_out();
  world.replace(plan_of({1, 2, 3}));
  const auto state = world.state();
  const auto decisions = state->decide({});
  REQUIRE(decisions);
  CHECK((*decisions)[0].verdict == Verdict::run);
}
