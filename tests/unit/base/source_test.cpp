#include "compiler/base/source.h"

#include <catch2/catch.hpp>

#include "compiler/base/strings.h"

using namespace osac;

TEST_CASE("positions are lines and columns in code points") {
  Sources sources;
  const SourceId first = sources.add("a.osa", "one\ncaf\xc3\xa9 two\r\n");
  const SourceId second = sources.add("b.osa", "x");
  const auto at = [&](SourceId id, std::uint32_t offset) {
    const Position position = sources.position(sources.begin(id) + offset);
    return std::tuple(sources.name(position.source), position.line, position.column);
  };
  CHECK(at(first, 0) == std::tuple("a.osa", 1U, 1U));
  CHECK(at(first, 4) == std::tuple("a.osa", 2U, 1U));
  CHECK(at(first, 10) == std::tuple("a.osa", 2U, 6U));
  CHECK(at(first, 15) == std::tuple("a.osa", 3U, 1U));  // the end of the text
  CHECK(at(second, 0) == std::tuple("b.osa", 1U, 1U));
  CHECK(at(second, 1) == std::tuple("b.osa", 1U, 2U));
}

TEST_CASE("lines come without their ends") {
  Sources sources;
  const SourceId id = sources.add("a.osa", "one\r\n\nthree");
  CHECK(sources.line(id, 1) == "one");
  CHECK(sources.line(id, 2).empty());
  CHECK(sources.line(id, 3) == "three");
  CHECK(sources.line(id, 4).empty());
  CHECK(sources.line(id, 0).empty());
}

TEST_CASE("an empty source has one place") {
  Sources sources;
  const SourceId id = sources.add("empty.osa", "");
  CHECK(sources.position(sources.begin(id)).line == 1);
  CHECK(sources.text(sources.span(id)).empty());
}

TEST_CASE("strings are interned once, in order of first sight, and never move") {
  Strings strings;
  CHECK(strings.intern("").index == 0);
  const Symbol first = strings.intern("first");
  const std::string_view view = strings.text(first);
  for (int i = 0; i < 50'000; ++i) strings.intern("text number " + std::to_string(i));
  CHECK(first.index == 1);
  CHECK(strings.intern("first") == first);
  CHECK(view.data() == strings.text(first).data());
  CHECK(strings.find("text number 777") == strings.intern("text number 777"));
  CHECK_FALSE(strings.find("not there").exists());
  CHECK(strings.size() == 50'002);
}
