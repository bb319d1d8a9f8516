#include "compiler/records/read_record.h"

#include <catch2/catch.hpp>

using namespace osac;
using namespace osac::records;
using expression::Kind;
using expression::Type;
using expression::Value;

namespace {

Result<Value> read_one(std::string_view json, std::string_view source, Type type) {
  const Field field{source, type, {}};
  auto values = read_record(json, std::span(&field, 1));
  if (!values) return tl::unexpected(values.error());
  return values->front();
}

std::string problem(std::string_view json, std::string_view source, Type type) {
  const auto value = read_one(json, source, type);
  return value ? std::string("(read)") : value.error().what;
}

}  // namespace

TEST_CASE("values of every type are read by their dotted names") {
  constexpr std::string_view json = R"({"cuts": {"picture": 8, "nsb": 1.5, "ok": true}, "field": "M 31", "night": "2024-09-18",
                                       "wait": "30 min", "room": "2 GiB", "at": "2024-09-18T04:16:00"})";
  CHECK(read_one(json, "cuts.picture", Type::of(Kind::integer)) == Value(std::int64_t{8}));
  CHECK(read_one(json, "cuts.nsb", Type::of(Kind::real)) == Value(1.5));
  CHECK(read_one(json, "cuts.picture", Type::of(Kind::real)) == Value(8.0));
  CHECK(read_one(json, "cuts.ok", Type::of(Kind::boolean)) == Value(true));
  CHECK(read_one(json, "field", Type::of(Kind::text)) == Value(std::string("M 31")));
  CHECK(read_one(json, "night", Type::of(Kind::date)) == Value(std::int64_t{19984}));
  CHECK(read_one(json, "wait", Type::of(Kind::duration)) == Value(std::int64_t{1800} * 1'000'000'000));
  CHECK(read_one(json, "room", Type::of(Kind::memory)) == Value(std::int64_t{2} << 30));
  CHECK(read_one(json, "at", Type::of(Kind::time))->integer() % 1'000'000'000 == 0);
}

TEST_CASE("a whole name with dots in it comes first") {
  CHECK(read_one(R"({"a.b": 1, "a": {"b": 2}})", "a.b", Type::of(Kind::integer)) == Value(std::int64_t{1}));
  CHECK(read_one(R"({"a": {"b.c": 3}})", "a.b.c", Type::of(Kind::integer)) == Value(std::int64_t{3}));
}

TEST_CASE("an integer is read from a real only if it is one") {
  CHECK(read_one(R"({"n": 10.0})", "n", Type::of(Kind::integer)) == Value(std::int64_t{10}));
  CHECK(problem(R"({"n": 10.5})", "n", Type::of(Kind::integer)) == "`n` is 10.5, not a whole number");
  CHECK(problem(R"({"n": 1e300})", "n", Type::of(Kind::integer)).find("not a whole number") != std::string::npos);
  CHECK(problem(R"({"n": -9223372036854775808})", "n", Type::of(Kind::integer)).find("not a whole number") != std::string::npos);
}

TEST_CASE("what may be missing is absent") {
  const Type type = Type::of(Kind::integer).optional();
  CHECK(read_one(R"({"n": null})", "n", type) == Value());
  CHECK(read_one(R"({})", "n", type) == Value());
  CHECK(problem(R"({})", "n", Type::of(Kind::integer)) == "`n` is missing");
  CHECK(problem(R"({"n": null})", "n", Type::of(Kind::integer)) == "`n` is null, not a whole number");
}

TEST_CASE("what is no record says why") {
  const Type type = Type::of(Kind::integer);
  CHECK(problem("", "n", type) == "it is empty, not a JSON object");
  CHECK(problem("[1]", "n", type) == "it is no JSON object but [1]");
  CHECK(problem("{\"n\": 1", "n", type).find("it is no JSON: ") == 0);
  CHECK(problem("{\"n\": 1} {\"n\": 2}", "n", type).find("it is no JSON: ") == 0);
  CHECK(problem("{\"n\": \"\xff\"}", "n", type).find("it is no JSON: ") == 0);
  CHECK(problem(R"({"n": 1, "n": 2})", "n", type) == "`n` is given twice");
  CHECK(problem(R"({"n": {"m": 1}})", "n.o", type) == "`n.o` is missing");
}

TEST_CASE("members of an enumeration are checked") {
  const std::string_view members[] = {"BIAS", "FLAT"};
  const Field field{"kind", Type::of(Kind::enumeration), members};
  CHECK(read_record(R"({"kind": "FLAT"})", std::span(&field, 1)).has_value());
  const auto wrong = read_record(R"({"kind": "DARK"})", std::span(&field, 1));
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().what == "`kind` is \"DARK\", none of `BIAS` and `FLAT`");
}

TEST_CASE("all that is wrong is told, to a limit") {
  std::vector<Field> fields;
  for (const std::string_view name : {"a", "b", "c", "d", "e", "f", "g"}) fields.push_back({name, Type::of(Kind::integer), {}});
  const auto wrong = read_record(R"({"a": 1})", fields);
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().what == "`b` is missing; `c` is missing; `d` is missing; `e` is missing; `f` is missing; and 1 more");
}
