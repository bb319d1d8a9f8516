// Parameters: given, default, wrong; and what becomes of them in the plan.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

const std::string text =
    "workflow w\n"
    "enum Mode { FAST, SLOW }\n"
    "param day : date\n"
    "param base : path = \"data/{day:%Y%m%d}\"\n"
    "param sigma : float = 1.5\n"
    "param mode : Mode = FAST\n"
    "param limit : duration = 90 min\n"
    "dataset product = \"{base}/product_{sigma:.1f}.txt\"\n"
    "task t where mode == FAST { out product time limit * 2 run \"make {sigma} {mode} {if mode == FAST then 1 else 2} {product}\" }\n";

std::unique_ptr<Made> made_with(const std::map<std::string, std::string>& values) {
  planning::Options options = without_files();
  for (const auto& [name, value] : values) options.parameters[name] = {value, "--" + name};
  return make(text, {}, options);
}

}  // namespace

TEST_CASE("defaults use parameters declared before; the plan holds values only") {
  const auto made = made_with({{"day", "2026-11-20"}});
  REQUIRE(made->lines() == Lines{});
  CHECK(made->paths("product") == Lines{"data/20261120/product_1.5.txt"});
  CHECK(made->command("t") == "make 1.5 FAST 1 data/20261120/product_1.5.txt");
  Lines parameters;
  for (const auto& row : made->plan->parameters())
    parameters.push_back(std::string(made->plan->text(row.name)) + "=" + std::string(made->plan->text(row.value)));
  CHECK(parameters == Lines{"day=2026-11-20", "base=data/20261120", "sigma=1.5", "mode=FAST", "limit=90min"});
}

TEST_CASE("what is given wins over the default") {
  const auto made = made_with({{"day", "2026-11-20"}, {"base", "elsewhere"}, {"sigma", "2"}});
  REQUIRE(made->lines() == Lines{});
  CHECK(made->paths("product") == Lines{"elsewhere/product_2.0.txt"});
}

TEST_CASE("a parameter without value is named with its flag") {
  const auto made = made_with({});
  CHECK(made->lines() == Lines{"missing-parameter: parameter `day` has no value"});
  CHECK(made->help() == Lines{"give it by `--day VALUE`, or write a default: `param day : date = ...`"});
}

TEST_CASE("an unknown parameter is an error with a suggestion") {
  const auto made = made_with({{"day", "2026-11-20"}, {"sgima", "3"}});
  CHECK(made->lines() == Lines{"unknown-parameter: the workflow has no parameter `sgima`"});
  CHECK(made->help() == Lines{"did you mean `sigma`?"});
  CHECK(made->notes() == Lines{"given by --sgima"});
}

TEST_CASE("texts that are no value of the type are refused") {
  CHECK(made_with({{"day", "yesterday"}})->lines() == Lines{"bad-parameter: parameter `day`: `yesterday` is no value of type `date`"});
  CHECK(made_with({{"day", "2026-11-20"}, {"mode", "SLOWW"}})->lines() ==
        Lines{"bad-parameter: parameter `mode`: `SLOWW` is no member of `Mode`"});
  CHECK(made_with({{"day", "2026-11-20"}, {"limit", "90"}})->lines() ==
        Lines{"bad-parameter: parameter `limit`: `90` is no value of type `duration`"});
}

TEST_CASE("a task switched off by a parameter is no mistake, but leaves the goal empty") {
  CHECK(made_with({{"day", "2026-11-20"}, {"mode", "SLOW"}})->lines() == Lines{"empty-goal: goal `product` has no element"});
}
