#include "compiler/base/text.h"

#include <catch2/catch.hpp>

using namespace osac;

TEST_CASE("edit distance counts insertions, deletions, changes and swaps") {
  CHECK(edit_distance("reduced", "reduced", 3) == 0);
  CHECK(edit_distance("reduced", "reduce", 3) == 1);
  CHECK(edit_distance("flat", "falt", 3) == 1);
  CHECK(edit_distance("kitten", "sitting", 5) == 3);
  CHECK(edit_distance("", "abc", 5) == 3);
  CHECK(edit_distance("abcdef", "uvwxyz", 2) == 3);  // gives up at limit + 1
}

TEST_CASE("the nearest name is within a third of its length, and the first of equals") {
  const std::vector<std::string_view> names = {"raw", "reduced", "reference", "flat"};
  CHECK(nearest_name("reducd", names) == "reduced");
  CHECK(nearest_name("rw", names) == "raw");
  CHECK(nearest_name("falt", names) == "flat");
  CHECK_FALSE(nearest_name("spectrum", names).has_value());
  CHECK_FALSE(nearest_name("x", std::vector<std::string_view>{"y"}).has_value());
}

TEST_CASE("malformed UTF-8 is found at its first byte") {
  CHECK_FALSE(find_malformed_utf8("plain, caf\xc3\xa9, \xe2\x98\x83, \xf0\x9f\x8c\x9f").has_value());
  CHECK(find_malformed_utf8("ab\xff") == 2);
  CHECK(find_malformed_utf8("\xc0\xaf") == 0);          // overlong
  CHECK(find_malformed_utf8("x\xed\xa0\x80") == 1);     // a surrogate
  CHECK(find_malformed_utf8("x\xe2\x98") == 1);         // cut short
  CHECK(find_malformed_utf8("\xf4\x90\x80\x80") == 0);  // beyond U+10FFFF
}

TEST_CASE("code points are counted, stray bytes one each") {
  CHECK(count_code_points("caf\xc3\xa9") == 4);
  CHECK(count_code_points("\xff\xfe" "a") == 3);
}

TEST_CASE("control bytes and stray bytes are made visible") {
  CHECK(visible("a\nb\tc") == "a\\nb\\tc");
  CHECK(visible("\x1b[31m\x7f\xff") == "\\x1b[31m\\x7f\\xff");
  CHECK(visible("\xc2\x9b" "31m") == "\\xc2\\x9b31m");  // a C1 control: some terminals obey it
  CHECK(visible("caf\xc3\xa9") == "caf\xc3\xa9");
}

TEST_CASE("shell words are quoted only if they need it") {
  CHECK(shell_quoted("work/a_1.fits") == "work/a_1.fits");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("it's $HOME") == "'it'\\''s $HOME'");
}

TEST_CASE("JSON strings escape what JSON wants escaped") {
  CHECK(json_quoted("a\"b\\c\n\t\x01") == "\"a\\\"b\\\\c\\n\\t\\u0001\"");
  CHECK(json_quoted("caf\xc3\xa9\xff") == "\"caf\xc3\xa9\xef\xbf\xbd\"");
}

TEST_CASE("lists and numbers are written for people") {
  CHECK(join_words(std::vector<std::string>{"a", "b", "c"}) == "a, b and c");
  CHECK(join_words(std::vector<std::string>{"a"}) == "a");
  CHECK(count_of(1, "file") == "1 file");
  CHECK(count_of(1234, "file") == "1,234 files");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(grouped(999) == "999");
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(trim(" \t x y\n") == "x y");
}
