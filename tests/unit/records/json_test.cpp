#include <catch2/catch.hpp>

#include "compiler/records/json.h"

using osac::records::Json;
using osac::records::JsonDocument;

namespace {

std::string minified(std::string_view text) {
  const JsonDocument document(text);
  return document.root() ? document.root()->minified() : "! " + document.problem();
}

}  // namespace

TEST_CASE("JSON is read and written again without blanks, numbers as they were") {
  CHECK(minified(" { \"a\" : [ 1 , -0.50, 1e3, true, false, null ] , \"b\" : { } , \"\" : [ ] }\n") ==
        R"({"a":[1,-0.50,1e3,true,false,null],"b":{},"":[]})");
  CHECK(minified(R"("\u0041\n\"\\\/ é \ud83d\ude00")") == "\"A\\n\\\"\\\\/ é 😀\"");
}

TEST_CASE("values have their kinds") {
  const JsonDocument document(R"([9223372036854775807, 9223372036854775808, 2.0, "x"])");
  std::vector<Json::Kind> kinds;
  document.root()->each([&](Json item) { kinds.push_back(item.kind()); });
  CHECK(kinds == std::vector<Json::Kind>{Json::Kind::integer, Json::Kind::real, Json::Kind::real, Json::Kind::text});
  std::vector<std::string> names;
  const JsonDocument object(R"({"a":{"x":[1,2]},"b":3})");
  object.root()->members([&](const std::string& name, Json value) { names.push_back(name + "=" + value.minified()); });
  CHECK(names == std::vector<std::string>{"a={\"x\":[1,2]}", "b=3"});
}

TEST_CASE("what is no JSON is refused with a reason") {
  for (const std::string_view wrong : {"",
                                       " ",
                                       "{",
                                       "[1,]",
                                       "{\"a\"}",
                                       "{\"a\":}",
                                       "{a:1}",
                                       "01",
                                       "+1",
                                       "1.",
                                       ".5",
                                       "1e",
                                       "-",
                                       "tru",
                                       "nul",
                                       "\"",
                                       "\"\\x\"",
                                       "\"\\u12\"",
                                       "\"\\ud800\"",
                                       "\"\\ud800\\u0041\"",
                                       "\"\\udc00\"",
                                       "\"\t\"",
                                       "1 2",
                                       "[1}",
                                       "\xff",
                                       "NaN",
                                       "1e999",
                                       "'a'",
                                       "[1 2]",
                                       "{\"a\":1,}"})
    CHECK(minified(wrong).starts_with("! "));
  CHECK(minified(std::string(502, '[') + std::string(502, ']')).starts_with("! "));
  CHECK(minified(std::string(400, '[') + std::string(400, ']')).size() == 800);
}
