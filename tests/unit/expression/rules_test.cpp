#include "compiler/expression/rules.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace osac;
using namespace osac::expression;

namespace {

constexpr Type boolean = Type::of(Kind::boolean);
constexpr Type integer = Type::of(Kind::integer);
constexpr Type real = Type::of(Kind::real);
constexpr Type text = Type::of(Kind::text);
constexpr Type path = Type::of(Kind::path);
constexpr Type file = Type::of(Kind::file);
constexpr Type date = Type::of(Kind::date);
constexpr Type utc = {Kind::time, false, false, TimeScale::utc, 0};
constexpr Type tai = {Kind::time, false, false, TimeScale::tai, 0};
constexpr Type duration = Type::of(Kind::duration);
constexpr Type memory = Type::of(Kind::memory);
constexpr Type error = Type::of(Kind::error);

struct Units {
  Strings strings;
  Type arcsec = with_unit("arcsec");
  Type mag = with_unit("mag");
  Type with_unit(std::string_view name) {
    Type type = real;
    type.detail = strings.intern(name).index;
    return type;
  }
  /// The result's name, or the problem.
  std::string result(Op op, const std::vector<Type>& operands) {
    std::string problem;
    const Type type = result_type(op, operands, strings, problem);
    return problem.empty() ? type_name(type, strings) : problem;
  }
  std::string call(Builtin builtin, const std::vector<Type>& arguments) {
    std::string problem;
    const Type type = call_type(builtin, arguments, strings, problem);
    return problem.empty() ? type_name(type, strings) : problem;
  }
};

}  // namespace

TEST_CASE("arithmetic of numbers keeps units equal") {
  Units it;
  CHECK(it.result(Op::add, {integer, integer}) == "int");
  CHECK(it.result(Op::add, {integer, real}) == "float");
  CHECK(it.result(Op::divide, {integer, integer}) == "float");
  CHECK(it.result(Op::modulo, {integer, integer}) == "int");
  CHECK(it.result(Op::add, {it.arcsec, it.arcsec}) == "float arcsec");
  CHECK(it.result(Op::add, {it.arcsec, it.mag}) == "`float arcsec` and `float mag` have different units");
  CHECK(it.result(Op::subtract, {it.arcsec, integer}) == "`float arcsec` and `int` have different units");
  CHECK(it.result(Op::multiply, {integer, it.arcsec}) == "float arcsec");
  CHECK(it.result(Op::divide, {it.arcsec, integer}) == "float arcsec");
  CHECK(it.result(Op::divide, {it.arcsec, it.arcsec}) == "float");
  CHECK(it.result(Op::multiply, {it.arcsec, it.mag}) == "the product of `float arcsec` and `float mag` has no unit here");
  CHECK(it.result(Op::divide, {integer, it.mag}) == "the quotient of `int` and `float mag` has no unit here");
  CHECK(it.result(Op::negate, {it.mag}) == "float mag");
}

TEST_CASE("arithmetic of moments and amounts") {
  Units it;
  CHECK(it.result(Op::add, {duration, duration}) == "duration");
  CHECK(it.result(Op::multiply, {real, duration}) == "duration");
  CHECK(it.result(Op::multiply, {memory, integer}) == "memory");
  CHECK(it.result(Op::divide, {duration, duration}) == "float");
  CHECK(it.result(Op::divide, {memory, integer}) == "memory");
  CHECK(it.result(Op::add, {utc, duration}) == "time utc");
  CHECK(it.result(Op::add, {duration, date}) == "date");
  CHECK(it.result(Op::subtract, {utc, utc}) == "duration");
  CHECK(it.result(Op::subtract, {date, date}) == "duration");
  CHECK(it.result(Op::subtract, {utc, tai}) == "`time utc` and `time tai` have different time scales");
  CHECK(it.result(Op::add, {memory, duration}) == "`memory` and `duration` cannot be added");
  CHECK(it.result(Op::add, {memory, integer}) == "`memory` and `int` cannot be added");
  CHECK(it.result(Op::subtract, {duration, date}) == "`date` cannot be subtracted from `duration`");
  CHECK(it.result(Op::multiply, {memory, it.mag}) == "`memory` and `float mag` cannot be multiplied");
  CHECK(it.result(Op::negate, {memory}) == "`-` is not defined for `memory`");
}

TEST_CASE("text adds up to text, with a path to a path") {
  Units it;
  CHECK(it.result(Op::add, {text, text}) == "text");
  CHECK(it.result(Op::add, {path, text}) == "path");
  CHECK(it.result(Op::add, {file, text}) == "path");
  CHECK(it.result(Op::add, {text, integer}) == "`text` and `int` cannot be added");
}

TEST_CASE("comparisons need one type, order needs an order") {
  Units it;
  Type kind = Type::of(Kind::enumeration);
  kind.detail = it.strings.intern("ImageType").index;
  CHECK(it.result(Op::less, {integer, real}) == "bool");
  CHECK(it.result(Op::less, {it.arcsec, real}) == "`float arcsec` and `float` have different units");
  CHECK(it.result(Op::equal, {text.optional(), text}) == "bool");
  CHECK(it.result(Op::equal, {kind, kind}) == "bool");
  CHECK(it.result(Op::less, {kind, kind}) == "values of `ImageType` have no order");
  CHECK(it.result(Op::less, {boolean, boolean}) == "values of `bool` have no order");
  CHECK(it.result(Op::equal, {kind, integer}) == "`ImageType` and `int` cannot be compared");
  CHECK(it.result(Op::greater_equal, {utc, tai}) == "`time utc` and `time tai` have different time scales");
  CHECK(it.result(Op::less, {date, date}) == "bool");
}

TEST_CASE("optional operands make optional results, but not conditions") {
  Units it;
  CHECK(it.result(Op::add, {integer.optional(), integer}) == "int?");
  CHECK(it.result(Op::logical_and, {boolean.optional(), boolean}) == "bool");
  CHECK(it.result(Op::logical_not, {integer}) == "a condition is `bool`, this is `int`");
  CHECK(it.call(Builtin::len, {text.optional()}) == "int?");
  CHECK(it.call(Builtin::exists, {file.optional()}) == "bool");
}

TEST_CASE("lists, ranges, membership, conditionals") {
  Units it;
  CHECK(it.result(Op::list, {integer, real}) == "[float]");
  CHECK(it.result(Op::list, {integer, text}) == "a list holds one type, here `int` and `text`");
  CHECK(it.result(Op::list, {integer.list()}) == "a list cannot hold lists");
  CHECK(it.result(Op::list, {}) == "[unknown]");
  CHECK(it.result(Op::range, {integer, integer}) == "range");
  CHECK(it.result(Op::range, {integer, real}) == "the bounds of a range are `int`, this is `float`");
  CHECK(it.result(Op::in, {integer, Type::of(Kind::range)}) == "bool");
  CHECK(it.result(Op::in, {real, Type::of(Kind::range)}) == "a range holds `int`, this is `float`");
  CHECK(it.result(Op::in, {text, text.list()}) == "bool");
  CHECK(it.result(Op::in, {text, integer.list()}) == "a `[int]` holds no `text`");
  CHECK(it.result(Op::in, {text, text}) == "right of `in` stands a list or a range, this is `text`");
  CHECK(it.result(Op::conditional, {boolean, integer, real.optional()}) == "float?");
  CHECK(it.result(Op::conditional, {boolean, text, path}) == "path");
  CHECK(it.result(Op::conditional, {boolean, text, integer}) == "the branches are of different types, `text` and `int`");
}

TEST_CASE("builtins check their arguments") {
  Units it;
  CHECK(it.call(Builtin::len, {file.list()}) == "int");
  CHECK(it.call(Builtin::len, {integer}) == "`len` takes a list or a text, this is `int`");
  CHECK(it.call(Builtin::max, {it.mag, it.mag}) == "float mag");
  CHECK(it.call(Builtin::max, {duration.list()}) == "duration");
  CHECK(it.call(Builtin::min, {integer}) == "`min` takes a list, or several values, this is `int`");
  CHECK(it.call(Builtin::min, {integer, duration}) == "`min` takes values of one type, here `int` and `duration`");
  CHECK(it.call(Builtin::sum, {text.list()}) == "`sum` takes numbers, durations or memory, this is `[text]`");
  CHECK(it.call(Builtin::count, {boolean.list()}) == "int");
  CHECK(it.call(Builtin::count, {text.list(), text}) == "int");
  CHECK(it.call(Builtin::count, {text.list()}) == "`count` takes a list of `bool`, or a list and a value, this is `[text]`");
  CHECK(it.call(Builtin::round, {real}) == "int");
  CHECK(it.call(Builtin::round, {it.mag, integer}) == "float mag");
  CHECK(it.call(Builtin::ceil, {real, integer}) == "`ceil` takes 1 argument, here are 2");
  CHECK(it.call(Builtin::basename, {file}) == "text");
  CHECK(it.call(Builtin::parent, {path}) == "path");
  CHECK(it.call(Builtin::replace, {text, text, text}) == "text");
  CHECK(it.call(Builtin::replace, {path, text, text}) == "path");
  CHECK(it.call(Builtin::split, {text, text}) == "[text]");
  CHECK(it.call(Builtin::join, {integer.list(), text}) == "text");
  CHECK(it.call(Builtin::join, {text, text}) == "`join` takes a list, this is `text`");
  CHECK(it.call(Builtin::size, {file.list()}) == "memory");
  CHECK(it.call(Builtin::size, {integer}) == "`size` takes a file or a list of files, this is `int`");
}

TEST_CASE("errors stay silent") {
  Units it;
  CHECK(it.result(Op::add, {error, text}) == "unknown");
  CHECK(it.call(Builtin::sum, {error, text}) == "unknown");
  CHECK(is_assignable(error, integer));
}

TEST_CASE("what may stand where a type is declared") {
  Units it;
  CHECK(is_assignable(integer, real));
  CHECK_FALSE(is_assignable(integer, it.mag));
  CHECK_FALSE(is_assignable(real, integer));
  CHECK_FALSE(is_assignable(real, it.mag));
  CHECK(is_assignable(integer, real.optional()));
  CHECK_FALSE(is_assignable(integer.optional(), integer));
  CHECK(is_assignable(text, path));
  CHECK(is_assignable(path, text));
  CHECK(is_assignable(file, path));
  CHECK_FALSE(is_assignable(path, file));
  CHECK(is_assignable(integer.list(), real.list()));
  CHECK_FALSE(is_assignable(integer, integer.list()));
  CHECK_FALSE(is_assignable(utc, tai));
  CHECK_FALSE(is_assignable(date, utc));
}

TEST_CASE("every builtin is found by its name") {
  for (std::uint32_t i = 0; i < builtin_count; ++i) {
    const auto builtin = static_cast<Builtin>(i);
    CHECK(find_builtin(builtin_name(builtin)) == builtin);
  }
  CHECK_FALSE(find_builtin("avg"));
}
