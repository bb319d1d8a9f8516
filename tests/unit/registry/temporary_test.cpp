// Temporary files: gone on purpose, and made again only where somebody has to read them. And members of gathers that failed or are empty.

#include "tests/unit/registry/support.h"

using namespace osac;
using namespace osac::registry;
using namespace osac::registry::test;
using osac::test::PlanMaker;

namespace {

/// raw[1..2] -> first[1..2] (temporary) -> second[1..2] (temporary) -> third[1..2]
plan::Plan temporary_plan(const std::string& option = "") {
  PlanMaker maker;
  const auto run = maker.dimension("run", std::vector<std::int64_t>{1, 2});
  const auto raw = maker.external("raw", {run}, "raw/{run}.txt");
  const auto first = maker.temp("first", {run}, "first/{run}.txt");
  const auto second = maker.temp("second", {run}, "second/{run}.txt");
  const auto third = maker.dataset("third", {run}, "third/{run}.txt");
  maker.task("one", {run}).in("raw", raw).out("first", first).run("cp {raw} {first}");
  maker.task("two", {run}).in("first", first).out("second", second).run("cp {first} {second}");
  maker.task("three", {run}).in("second", second).out("third", third).run("cp " + option + " {second} {third}");
  maker.goal(third);
  return maker.plan();
}

void remove_temporaries() {
  for (const char* const path : {"first/1.txt", "first/2.txt", "second/1.txt", "second/2.txt"}) fs::remove(path);
}

const Words all_done = {"up to date", "up to date", "up to date", "up to date", "up to date", "up to date"};

}  // namespace

TEST_CASE("deleted temporary files count as there") {
  World world(temporary_plan());
  write_raw();
  world.carry_out();
  remove_temporaries();
  CHECK(world.decide() == all_done);
  CHECK(world.carry_out().empty());
}

TEST_CASE("whoever has to run needs them again, all the way up, but only of its own key") {
  World world(temporary_plan());
  write_raw();
  world.carry_out();
  remove_temporaries();
  CHECK(world.decide({4}) == Words{"run: output missing", "up to date", "run: output missing", "up to date", "run: forced", "up to date"});
  const auto state = world.state();
  const auto decisions = state->decide({4});
  REQUIRE(decisions);
  CHECK(state->explain(0, (*decisions)[0]) == "output `first` was temporary and is needed again: first/1.txt");
  CHECK(world.carry_out({}, {4}) == Words{"one[run=1]", "two[run=1]", "three[run=1]"});
}

TEST_CASE("a deleted product behind temporary files brings them back") {
  World world(temporary_plan());
  write_raw();
  world.carry_out();
  remove_temporaries();
  fs::remove("third/2.txt");
  CHECK(world.carry_out() == Words{"one[run=2]", "two[run=2]", "three[run=2]"});
}

TEST_CASE("a temporary file that is there is not made again") {
  World world(temporary_plan());
  write_raw();
  world.carry_out();
  fs::remove("first/1.txt");
  fs::remove("first/2.txt");
  world.replace(temporary_plan("-f"));
  CHECK(world.carry_out() == Words{"three[run=1]", "three[run=2]"});
}

TEST_CASE("survivors leave failed members out, and fewer than the minimum is a problem") {
  PlanMaker maker;
  const auto run = maker.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto raw = maker.external("raw", {run}, "raw/{run}.txt");
  const auto clean = maker.dataset("clean", {run}, "clean/{run}.txt");
  const auto total = maker.dataset("total", {}, "total.txt");
  maker.task("reduce", {run}).in("raw", raw).out("clean", clean).run("cp {raw} {clean}");
  maker.task("combine").survivors("parts", clean, 2).out("total", total).shell("cat {parts} > {total}");
  World world(maker.plan());
  write_raw();
  world.carry_out();
  const auto state = world.state();
  REQUIRE(state->decide({}));
  const auto two = state->ready(3, {false, true, false, false});
  CHECK(two.problem.empty());
  CHECK(two.decision.verdict == Verdict::run);
  REQUIRE(two.inputs.size() == 2);
  CHECK(two.inputs[0].path == "clean/1.txt");
  CHECK(two.inputs[1].path == "clean/3.txt");
  CHECK(state->ready(3, {true, true, false, false}).problem == "only 1 of 3 members of input `parts` are there: it needs at least 2");
  CHECK(state->ready(3, {false, false, false, false}).decision.verdict == Verdict::up_to_date);
}

TEST_CASE("members that succeeded without outputs are left out of gathers") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  step::EndRecord empty = World::success("reduce[run=2]");
  empty.is_empty = true;
  empty.outputs.clear();
  world.append(empty);
  fs::remove("clean/2.txt");
  const auto state = world.state();
  const auto decisions = state->decide({});
  REQUIRE(decisions);
  CHECK(World::words(*decisions) == Words{"up to date", "up to date", "up to date", "run: input changed"});
  CHECK(state->explain(3, (*decisions)[3]) == "input `parts`: clean/2.txt is no longer read");
  const auto ready = state->ready(3, std::vector<bool>(4, false));
  CHECK(ready.problem.empty());
  CHECK(ready.inputs.size() == 2);
}
