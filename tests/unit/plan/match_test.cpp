#include "compiler/plan/match.h"

#include <catch2/catch.hpp>

#include "compiler/plan/resolve.h"
#include "tests/unit/plan/samples.h"

using namespace osac;
using namespace osac::test;

namespace {

/// Two families over nested keys, some of them left out, and text keys in another order of declaration.
plan::Plan nights(const std::vector<std::pair<std::uint32_t, std::int64_t>>& pieces, bool reversed) {
  PlanMaker m("nights");
  const auto extra = reversed ? m.dimension("extra", std::vector<std::int64_t>{4}) : DimensionId{};
  const auto band = m.dimension("band", reversed ? std::vector<std::string>{"a", "g", "r"} : std::vector<std::string>{"g", "r"});
  const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto piece = m.dimension_in(run, "piece", pieces);
  if (reversed) m.task("more", {extra}).out("x", m.dataset("x", {extra}, "x/{extra}")).run("touch {x}");
  m.task("cut", {piece}).out("part", m.dataset("part", {piece}, "part/{run}/{piece}")).run("touch {part}");
  m.task("add", {run, band}).out("sum", m.dataset("sum", {run, band}, "sum/{run}{band}")).run("touch {sum}");
  m.task("all").out("all", m.dataset("all", {}, "all")).run("touch {all}");
  return m.plan();
}

}  // namespace

TEST_CASE("elements of one plan are found in a larger one by name") {
  const plan::Plan small = nights({{0, 5}, {2, 1}}, false);
  const plan::Plan large = nights({{0, 2}, {0, 5}, {1, 5}, {2, 1}, {2, 9}}, true);
  const auto numbers = plan::match_elements(small, large);
  REQUIRE(numbers.size() == small.element_count());
  for (std::uint32_t i = 0; i < numbers.size(); ++i) {
    REQUIRE(numbers[i] != plan::no_element);
    CHECK(plan::element_name(small, small.element(i)) == plan::element_name(large, large.element(numbers[i])));
  }
  // the other way some are missing, the rest is found all the same
  const auto back = plan::match_elements(large, small);
  std::size_t missing = 0;
  for (std::uint32_t i = 0; i < back.size(); ++i) {
    const auto found = plan::find_element(small, plan::element_name(large, large.element(i)));
    CHECK((found ? small.global(*found) : plan::no_element) == back[i]);
    missing += back[i] == plan::no_element ? 1 : 0;
  }
  CHECK(missing == 1 + 3 + 3);
}
