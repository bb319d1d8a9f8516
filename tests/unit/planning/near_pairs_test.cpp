#include "compiler/planning/path_template.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace osac;
using namespace osac::planning;

namespace {

PathPart literal(std::string text) {
  PathPart part;
  part.literal = std::move(text);
  return part;
}

PathPart hole(Alphabet alphabet) {
  PathPart part;
  part.is_hole = true;
  part.alphabet = alphabet;
  return part;
}

using Pairs = std::set<std::pair<std::uint32_t, std::uint32_t>>;

Pairs near_pairs(const std::vector<PathPattern>& patterns) {
  Pairs pairs;
  for_each_near_pair(patterns, [&](std::uint32_t a, std::uint32_t b) {
    CHECK(a < b);
    CHECK(pairs.emplace(a, b).second);
  });
  return pairs;
}

std::vector<PathPart> random_template(std::mt19937& random) {
  const std::vector<std::string> texts = {"a", "b", "ab", "/", "/", "a/", "/b", "../", "./", "1"};
  std::vector<PathPart> parts;
  for (auto count = random() % 6; count > 0; --count) {
    const auto choice = random() % 13;
    if (choice < 10)
      parts.push_back(literal(texts[random() % texts.size()]));
    else
      parts.push_back(hole(choice == 10 ? Alphabet::digits : choice == 11 ? Alphabet::word : Alphabet::anything));
  }
  return parts;
}

}  // namespace

TEST_CASE("paths that begin differently are not compared") {
  const std::vector<PathPattern> patterns = {
      make_pattern({literal("raw/"), hole(Alphabet::digits)}),
      make_pattern({literal("reduced/"), hole(Alphabet::digits)}),
      make_pattern({literal("raw")}),
      make_pattern({literal("/raw/x")}),
      make_pattern({hole(Alphabet::word), literal("/of/a/night")}),
  };
  CHECK(near_pairs(patterns) == Pairs{{0, 2}, {0, 4}, {1, 4}, {2, 4}, {3, 4}});
}

TEST_CASE("no pair that may meet is left out") {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    std::vector<PathPattern> patterns;
    for (int i = 0; i < 12; ++i) patterns.push_back(make_pattern(random_template(random)));
    const Pairs pairs = near_pairs(patterns);
    for (std::uint32_t a = 0; a < patterns.size(); ++a)
      for (std::uint32_t b = a + 1; b < patterns.size(); ++b)
        if (may_meet(patterns[a], patterns[b])) REQUIRE(pairs.count({a, b}) == 1);
  }
}
