#include "compiler/plan/plan.h"

#include <catch2/catch.hpp>

#include "tests/support/plan_maker.h"

using namespace osac;
using namespace osac::test;

TEST_CASE("a plan made by hand opens and knows its families") {
  PlanMaker m("night");
  const auto run = m.dimension("run", {1, 2, 3});
  const auto raw = m.external("raw", {run}, "raw/{run:03}.txt");
  const auto clean = m.dataset("clean", {run}, "work/{run:03}.txt");
  const auto total = m.dataset("total", {}, "total.txt");
  m.task("combine").gather("parts", clean).out("total", total).shell("cat {parts} > {total}");
  m.task("reduce", {run}).in("raw", raw).out("clean", clean).run("cp {raw} {clean}");
  m.goal(total);
  const plan::Plan plan = m.plan();
  CHECK(plan.workflow() == "night");
  CHECK(plan.element_count() == 4);
  CHECK(plan.find_task("reduce") == 0U);
  CHECK(plan.find_task("combine") == 1U);
  CHECK(plan.element(3) == plan::ElementRef{1, 0});
  CHECK(plan.producer(1, 2) == plan::ElementRef{0, 2});
}
