#include "compiler/base/strings.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace osac;

TEST_CASE("a text is held once, and numbered in order of first sight") {
  Strings strings;
  CHECK(strings.size() == 1);
  CHECK(strings.intern("") == Symbol{0});
  CHECK(strings.intern("flat") == Symbol{1});
  CHECK(strings.intern("raw") == Symbol{2});
  CHECK(strings.intern("flat") == Symbol{1});
  CHECK(strings.text(Symbol{1}) == "flat");
  CHECK(strings.size() == 3);
}

TEST_CASE("looking a text up adds nothing") {
  Strings strings;
  strings.intern("flat");
  CHECK(strings.find("flat") == Symbol{1});
  CHECK(strings.find("") == Symbol{0});
  CHECK_FALSE(strings.find("fla").exists());
  CHECK(strings.size() == 2);
}

TEST_CASE("texts may hold any byte and be of any length") {
  Strings strings;
  const std::string nul("a\0b", 3);
  const std::string large(3'000'000, 'x');
  const Symbol first = strings.intern(nul);
  const Symbol second = strings.intern(large);
  const Symbol third = strings.intern(std::string(3'000'000, 'x') + "y");
  CHECK(strings.intern("a") != first);
  CHECK(strings.text(first) == nul);
  CHECK(strings.text(second) == large);
  CHECK(strings.text(third).size() == large.size() + 1);
  CHECK(strings.intern("after") == Symbol{5});
}

TEST_CASE("a view stays where it is while the table grows and when it is moved") {
  Strings strings;
  std::vector<std::string_view> views;
  for (int i = 0; i < 20'000; ++i) views.push_back(strings.text(strings.intern("exposure_" + std::to_string(i))));
  const Strings moved = std::move(strings);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = "exposure_" + std::to_string(i);
    REQUIRE(views[static_cast<std::size_t>(i)] == text);
    const Symbol symbol = moved.find(text);
    REQUIRE(symbol.index == static_cast<std::uint32_t>(i) + 1);
    REQUIRE(moved.text(symbol).data() == views[static_cast<std::size_t>(i)].data());
  }
}

TEST_CASE("a table that was moved from may be used again") {
  Strings strings;
  strings.intern("flat");
  Strings other;
  other.intern("dark");
  other = std::move(strings);
  CHECK(other.find("flat") == Symbol{1});
  CHECK_FALSE(other.find("dark").exists());
  CHECK_FALSE(strings.find("flat").exists());  // NOLINT: what is left behind is empty
  strings.intern("");
  CHECK(strings.intern("raw") == Symbol{1});
}
