#include "compiler/planning/sort_symbols.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/planning/planned.h"

using namespace osac;
using namespace osac::planning;

namespace {

struct Texts {
  program::Program program;
  Strings strings;
  Sources sources;
  MemoryWorld world;
  Options options;
  Diagnostics diagnostics;
  Context context{program, strings, sources, world, options, diagnostics};
  std::vector<Scalar> values;

  void add(std::string_view text) { values.push_back(strings.intern(text).index); }

  /// Whether the integers sort as the texts do, pair by pair; absent ones first.
  [[nodiscard]] bool agree() const {
    const auto keys = sort_symbols(context, values, Type::of(Kind::text));
    for (std::size_t a = 0; a < values.size(); ++a) {
      for (std::size_t b = 0; b < values.size(); ++b) {
        const bool is_less =
            values[b] != expression::absent_scalar &&
            (values[a] == expression::absent_scalar || compare_keys(context, values[a], values[b], Type::of(Kind::text)) < 0);
        if (is_less != (keys[a] < keys[b])) return false;
      }
    }
    return true;
  }
};

}  // namespace

TEST_CASE("texts that are in order are numbered as they come") {
  Texts texts;
  for (const char* text : {"", "a", "a", "ab", "b"}) texts.add(text);
  CHECK(sort_symbols(texts.context, texts.values, Type::of(Kind::text)) == std::vector<std::int64_t>{0, 1, 1, 2, 3});
}

TEST_CASE("no values are sorted, and only absent ones") {
  Texts texts;
  CHECK(sort_symbols(texts.context, texts.values, Type::of(Kind::text)).empty());
  texts.values = {expression::absent_scalar, expression::absent_scalar};
  CHECK(texts.agree());
}

TEST_CASE("texts with a long common beginning, prefixes of each other and any bytes sort by their bytes") {
  std::mt19937 random(7);
  const std::string letters("ab\0\xff", 4);
  for (int round = 0; round < 200; ++round) {
    Texts texts;
    const std::string common(random() % 12, 'x');
    const auto count = random() % 40;
    for (std::size_t i = 0; i < count; ++i) {
      std::string text = common;
      for (auto length = random() % 11; length > 0; --length) text += letters[random() % 4];
      texts.add(text);
      for (auto apart = random() % 3; apart > 0 && round % 2 == 0; --apart) texts.strings.intern("other" + std::to_string(random()));
      if (random() % 10 == 0) texts.values.push_back(expression::absent_scalar);
    }
    REQUIRE(texts.agree());
  }
}
