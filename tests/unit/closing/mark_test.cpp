#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "runtime/closing/mark.h"
#include "tests/support/plan_maker.h"
#include "tests/support/temporary_folder.h"

using namespace osac;
using closing::Night;
using closing::night_of;

namespace {

std::string key(const std::vector<std::pair<std::string, std::string>>& parameters) {
  test::PlanMaker maker;
  for (const auto& [name, value] : parameters) maker.parameter(name, value);
  return night_of(maker.plan(), {}, "").key;
}

}  // namespace

TEST_CASE("A night's key can be read, is the name of a file, and is another one for other values") {
  CHECK(key({}) == "all");
  CHECK(key({{"date", "2024-01-10"}, {"prod", "v0.11"}}) == "date=2024-01-10,prod=v0.11");
  CHECK(key({{"name", "../a b,c=d/%"}}) == "name=..%2Fa%20b%2Cc%3Dd%2F%25");
  CHECK(key({{"name", "\xff\n"}}) == "name=%FF%0A");
  CHECK(key({{"file", "x.json"}}) == "file=x%2Ejson");  // else its folder had the name of another one's mark
  const std::string one = key({{"a", "1"}, {"b", std::string(500, 'x')}});
  const std::string other = key({{"a", "1"}, {"b", std::string(501, 'x')}});
  CHECK(one.starts_with("a=1~"));
  CHECK(one.size() <= 80);
  CHECK(one != other);
  CHECK(key({{std::string(300, 'n'), "1"}}).size() <= 80);
  CHECK(key({{"a", "1,b=2"}}) != key({{"a", "1"}, {"b", "2"}}));
}

TEST_CASE("A part of a night has a key of its own, whatever the order of its goals; a closed night has no open parts") {
  const test::TemporaryCurrentFolder folder;
  test::PlanMaker maker;
  maker.parameter("date", "2024-01-10");
  const plan::Plan plan = maker.plan();
  const Night whole = night_of(plan, {}, "");
  const Night part = night_of(plan, {"dl2", "dl1"}, "run == 1");
  CHECK(part.whole == whole.key);
  CHECK(part.key.starts_with("date=2024-01-10~part-"));
  CHECK(part.key == night_of(plan, {"dl1", "dl2"}, "run == 1").key);
  CHECK(part.key != night_of(plan, {"dl1", "dl2"}, "run == 2").key);
  CHECK(part.key != night_of(plan, {"dl1"}, "run == 1").key);

  step::Closed closed{whole.key, "p", "mopa", "here", 1'704'964'320'000'000'000, 5, 1, {{"dl1[run=1]", "lost", {"make[run=1]"}}}, {"tell"}};
  CHECK_FALSE(closing::find_mark("state", part)->has_value());
  REQUIRE(closing::write_mark("state", closed));
  const auto found = closing::find_mark("state", part);
  REQUIRE((found && *found));
  CHECK((*found)->accepted.at(0).reason == "lost");
  CHECK((*found)->missing == std::vector<std::string>{"tell"});
  CHECK(closing::closed_text(**found, "p") == "closed on 2024-01-11 09:12 UTC by mopa");
  CHECK(closing::closed_text(**found, "q") == "closed on 2024-01-11 09:12 UTC by mopa, and its plan has changed since");

  REQUIRE(closing::remove_mark("state", whole.key));
  REQUIRE(closing::remove_mark("state", whole.key));
  closed.key = part.key;
  REQUIRE(closing::write_mark("state", closed));
  CHECK_FALSE(closing::find_mark("state", whole)->has_value());
  CHECK(closing::find_mark("state", part)->has_value());

  std::ofstream(closing::folder_of("state", part.key) + ".json", std::ios::trunc) << "{\"key\":";
  const auto damaged = closing::find_mark("state", part);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().trouble == Trouble::damaged);
}
