// Texts on servers, which take UTF-8 only.

#include "runtime/registry/dialect.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "compiler/base/text.h"

using namespace osac;
using namespace osac::registry;

TEST_CASE("what is UTF-8 stays as it is on servers, what is not comes back as it was") {
  CHECK(server_text("raw/1.txt") == "raw/1.txt");
  CHECK(server_text("\u2603 a b\n") == "\u2603 a b\n");
  CHECK(server_text("a\xff") == "a\xef\x9f\xbf");
  CHECK(server_text(std::string_view("a\0b", 3)) ==
        "a\xef\x9c\x80"
        "b");
  // a private code point of the rule itself is three bytes of it
  CHECK(server_text("\xef\x9c\x80") == "\xef\x9f\xaf\xef\x9e\x9c\xef\x9e\x80");
  CHECK(bytes_of_server_text(server_text("\xef\x9c\x80")) == "\xef\x9c\x80");
}

TEST_CASE("any bytes become UTF-8 without NUL, one to one") {
  std::mt19937 random(7);
  const std::string_view bytes("a\0\xff\xef\x9c\x9f\x80\xbf\xe2\x98\x83", 11);
  std::set<std::string> before;
  std::set<std::string> after;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t length = random() % 9; length > 0; --length) text += bytes[random() % bytes.size()];
    const std::string encoded = server_text(text);
    REQUIRE_FALSE(find_malformed_utf8(encoded));
    REQUIRE(encoded.find('\0') == std::string::npos);
    REQUIRE(bytes_of_server_text(encoded) == text);
    before.insert(text);
    after.insert(encoded);
  }
  CHECK(before.size() == after.size());
}
