#include "compiler/expression/evaluate.h"

#include <catch2/catch.hpp>
#include <limits>
#include <map>

#include "compiler/expression/quote.h"
#include "compiler/expression/rules.h"

using namespace osac;
using namespace osac::expression;
using namespace std::string_literals;

namespace {

constexpr Type boolean = Type::of(Kind::boolean);
constexpr Type integer = Type::of(Kind::integer);
constexpr Type real = Type::of(Kind::real);
constexpr Type text = Type::of(Kind::text);
constexpr Type path = Type::of(Kind::path);
constexpr Type date = Type::of(Kind::date);
constexpr Type moment = Type::of(Kind::time);
constexpr Type duration = Type::of(Kind::duration);
constexpr Type memory = Type::of(Kind::memory);
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

/// Builds expressions by hand; parameters are values given with their type.
struct Builder : Scope {
  mutable Strings names;
  Expressions expressions;
  std::vector<Value> parameters;
  mutable std::vector<std::string> listed;

  Value reference(const Node& node) const override { return parameters[node.index]; }
  std::optional<std::int64_t> file_size(const std::string& file) const override {
    if (file == "missing") return std::nullopt;
    return static_cast<std::int64_t>(file.size());
  }
  std::string list_file(const Node&, const std::vector<Value>& values) const override {
    for (const Value& value : values) listed.push_back(value.text());
    return "-list";
  }
  const Strings& strings() const override { return names; }

  ExprId make(Op op, Type type, const std::vector<ExprId>& children, std::uint32_t index = 0, std::uint32_t extra = 0) {
    Node node;
    node.op = op;
    node.type = type;
    node.index = index;
    node.extra = extra;
    return expressions.add(node, children);
  }
  /// A value of `type`, as text.
  ExprId of(std::string_view written, Type type) {
    Value value;
    REQUIRE(parse_value(written, type, value));
    return expressions.add_constant(to_scalar(value, type, names), type);
  }
  ExprId given(const Value& value, Type type) {
    parameters.push_back(value);
    return make(Op::parameter, type, {}, static_cast<std::uint32_t>(parameters.size() - 1));
  }
  ExprId apply(Op op, const std::vector<ExprId>& operands) {
    std::vector<Type> types;
    for (const ExprId operand : operands) types.push_back(expressions[operand].type);
    std::string problem;
    const Type type = result_type(op, types, names, problem);
    REQUIRE(problem == "");
    return make(op, type, operands);
  }
  ExprId call(Builtin builtin, const std::vector<ExprId>& arguments) {
    std::vector<Type> types;
    for (const ExprId argument : arguments) types.push_back(expressions[argument].type);
    std::string problem;
    const Type type = call_type(builtin, types, names, problem);
    REQUIRE(problem == "");
    return make(Op::call, type, arguments, static_cast<std::uint32_t>(builtin));
  }
  ExprId hole(ExprId value, HoleContext context, std::string_view format = "", std::uint32_t flags = 0) {
    Node node;
    node.op = Op::hole;
    node.type = expressions[value].type;
    node.index = static_cast<std::uint32_t>(context);
    node.extra = flags;
    node.bits = names.intern(format).index;
    const ExprId children[] = {value};
    return expressions.add(node, children);
  }
  ExprId joined(const std::vector<ExprId>& parts) { return make(Op::text, text, parts); }

  /// The value as text, or the error.
  std::string result(ExprId id) {
    try {
      const Value value = evaluate(expressions.pool(), id, *this);
      return value.is_absent() ? "absent" : to_text(value, expressions[id].type);
    } catch (const EvaluationError& error) {
      return error.what;
    }
  }
  std::vector<std::string> words(const std::vector<ExprId>& templates) { return evaluate_words(expressions.pool(), templates, *this); }

  std::string binary(Op op, std::string_view left, Type left_type, std::string_view right, Type right_type) {
    return result(apply(op, {of(left, left_type), of(right, right_type)}));
  }
};

Value texts(const std::vector<std::string>& items) {
  std::vector<Value> values;
  for (const std::string& item : items) values.emplace_back(item);
  return values;
}

}  // namespace

TEST_CASE("integers are checked") {
  Builder it;
  CHECK(it.binary(Op::add, "2", integer, "3", integer) == "5");
  CHECK(it.binary(Op::add, "9223372036854775807", integer, "1", integer) == "the sum does not fit 64 bits");
  CHECK(it.binary(Op::subtract, "-9223372036854775807", integer, "1", integer) == "the difference does not fit 64 bits");
  CHECK(it.binary(Op::multiply, "4294967296", integer, "4294967296", integer) == "the product does not fit 64 bits");
  CHECK(it.binary(Op::divide, "1", integer, "0", integer) == "this divides by zero");
  CHECK(it.binary(Op::divide, "7", integer, "2", integer) == "3.5");
  CHECK(it.binary(Op::modulo, "7", integer, "0", integer) == "this divides by zero");
  CHECK(it.binary(Op::modulo, "-7", integer, "3", integer) == "2");
  CHECK(it.binary(Op::modulo, "7", integer, "-1", integer) == "0");
  CHECK(it.result(it.apply(Op::negate, {it.given(largest, integer)})) == "-9223372036854775807");
}

TEST_CASE("reals are finite") {
  Builder it;
  CHECK(it.binary(Op::add, "0.5", real, "1", integer) == "1.5");
  CHECK(it.binary(Op::multiply, "1e300", real, "1e300", real) == "the result is too large for a float");
  CHECK(it.binary(Op::divide, "1", real, "0", real) == "this divides by zero");
  CHECK(it.binary(Op::modulo, "-0.5", real, "2", integer) == "1.5");
}

TEST_CASE("durations, memory, dates and times are checked") {
  Builder it;
  CHECK(it.binary(Op::multiply, "1 h", duration, "1.5", real) == "90min");
  CHECK(it.binary(Op::multiply, "3", integer, "2 GiB", memory) == "6GiB");
  CHECK(it.binary(Op::divide, "1 h", duration, "30 min", duration) == "2");
  CHECK(it.binary(Op::divide, "3 GiB", memory, "2", integer) == "1536MiB");
  CHECK(it.binary(Op::multiply, "100000 d", duration, "1e6", real) == "the product does not fit 64 bits");
  CHECK(it.binary(Op::add, "2024-12-31", date, "1 d", duration) == "2025-01-01");
  CHECK(it.binary(Op::subtract, "2024-03-01", date, "1 d", duration) == "2024-02-29");
  CHECK(it.binary(Op::add, "2024-12-31", date, "90 min", duration) == "a date moves by whole days, this is 90min");
  CHECK(it.binary(Op::add, "9999-12-31", date, "1 d", duration) == "the date lies outside the years 1 to 9999");
  CHECK(it.binary(Op::subtract, "2024-03-01", date, "2024-02-28", date) == "2d");
  CHECK(it.binary(Op::subtract, "9999-12-31", date, "0001-01-01", date) == "the product does not fit 64 bits");
  CHECK(it.binary(Op::add, "2024-12-31T23:00", moment, "90 min", duration) == "2025-01-01T00:30:00");
  CHECK(it.binary(Op::subtract, "2024-12-31T23:00", moment, "2024-12-31T22:59:59.5", moment) == "500ms");
}

TEST_CASE("text adds up, within bounds") {
  Builder it;
  CHECK(it.binary(Op::add, "a", path, "b", text) == "ab");
  ExprId doubled = it.of(std::string(10'000, 'a'), text);
  for (int i = 0; i < 15; ++i) doubled = it.apply(Op::add, {doubled, doubled});
  CHECK(it.result(doubled) == "the text grows beyond 64 MiB");
}

TEST_CASE("a constant used twice, forty times over, ends soon") {
  Builder it;
  ExprId sum = it.of("0", integer);
  for (int i = 0; i < 40; ++i) sum = it.apply(Op::add, {sum, sum});
  CHECK(it.result(sum) == "this takes more than a million steps to work out");
}

TEST_CASE("a chain of a hundred thousand operations is told, not a crash") {
  Builder it;
  ExprId sum = it.of("0", integer);
  for (int i = 0; i < 100'000; ++i) sum = it.apply(Op::add, {sum, it.of("1", integer)});
  CHECK(it.result(sum) == "this nests too deep");
}

TEST_CASE("comparisons with an absent value are false, but for equality") {
  Builder it;
  const ExprId absent = it.given(Value(), integer.optional());
  const ExprId one = it.of("1", integer);
  CHECK(it.result(it.apply(Op::less, {absent, one})) == "false");
  CHECK(it.result(it.apply(Op::greater_equal, {one, absent})) == "false");
  CHECK(it.result(it.apply(Op::equal, {absent, one})) == "false");
  CHECK(it.result(it.apply(Op::not_equal, {absent, one})) == "true");
  CHECK(it.result(it.apply(Op::equal, {absent, absent})) == "true");
  CHECK(it.result(it.apply(Op::add, {absent, one})) == "absent");
  CHECK(it.result(it.apply(Op::negate, {absent})) == "absent");
  CHECK(it.result(it.apply(Op::logical_not, {it.given(Value(), boolean.optional())})) == "true");
  CHECK(it.result(it.apply(Op::less_equal, {one, it.of("1.0", real)})) == "true");
}

TEST_CASE("and, or and conditionals evaluate only what they need") {
  Builder it;
  const ExprId fails = it.apply(Op::equal, {it.apply(Op::divide, {it.of("1", integer), it.of("0", integer)}), it.of("1", real)});
  CHECK(it.result(fails) == "this divides by zero");
  CHECK(it.result(it.apply(Op::logical_and, {it.of("false", boolean), fails})) == "false");
  CHECK(it.result(it.apply(Op::logical_or, {it.of("true", boolean), fails})) == "true");
  CHECK(it.result(it.apply(Op::logical_or, {it.of("false", boolean), fails})) == "this divides by zero");
  CHECK(it.result(it.apply(Op::conditional, {it.of("true", boolean), it.of("true", boolean), fails})) == "true");
}

TEST_CASE("membership of lists and ranges") {
  Builder it;
  const auto range = [&](std::string_view low, std::string_view high, std::uint32_t excludes) {
    return it.make(Op::range, Type::of(Kind::range), {it.of(low, integer), it.of(high, integer)}, 0, excludes);
  };
  const ExprId last = it.of("2009", integer);
  CHECK(it.result(it.apply(Op::in, {last, range("2006", "2009", 0)})) == "true");
  CHECK(it.result(it.apply(Op::in, {last, range("2006", "2009", 1)})) == "false");
  CHECK(it.result(it.apply(Op::in, {last, range("0", "9223372036854775806", 0)})) == "true");
  CHECK(it.result(it.apply(Op::in, {last, range("0", "9223372036854775807", 0)})) == "the range ends beyond 64 bits");
  CHECK(it.result(it.apply(Op::in, {last, it.apply(Op::list, {it.of("1", integer), it.of("2009", integer)})})) == "true");
  CHECK(it.result(it.apply(Op::in, {it.given(Value(), integer.optional()), range("0", "9", 0)})) == "false");
}

TEST_CASE("builtins of numbers and lists") {
  Builder it;
  const ExprId numbers = it.apply(Op::list, {it.of("3", integer), it.of("-1", integer), it.of("2", integer)});
  const ExprId nothing = it.given(Value(std::vector<Value>{}), integer.list());
  CHECK(it.result(it.call(Builtin::len, {numbers})) == "3");
  CHECK(it.result(it.call(Builtin::len, {it.of("h\u00e9", text)})) == "2");
  CHECK(it.result(it.call(Builtin::min, {numbers})) == "-1");
  CHECK(it.result(it.call(Builtin::max, {it.of("1 h", duration), it.of("90 min", duration)})) == "90min");
  CHECK(it.result(it.call(Builtin::max, {it.of("1", integer), it.of("1.5", real)})) == "1.5");
  CHECK(it.result(it.call(Builtin::sum, {numbers})) == "4");
  CHECK(it.result(it.call(Builtin::sum, {it.of("1", integer), it.of("0.5", real)})) == "1.5");
  CHECK(it.result(it.call(Builtin::sum, {nothing})) == "0");
  CHECK(it.result(it.call(Builtin::max, {nothing})) == "an empty list has no largest item");
  CHECK(it.result(it.call(Builtin::count, {numbers, it.of("2", integer)})) == "1");
  CHECK(it.result(it.call(Builtin::count, {it.apply(Op::list, {it.of("true", boolean), it.of("false", boolean)})})) == "1");
  CHECK(it.result(it.call(Builtin::round, {it.of("2.5", real)})) == "3");
  CHECK(it.result(it.call(Builtin::floor, {it.of("-2.5", real)})) == "-3");
  CHECK(it.result(it.call(Builtin::ceil, {it.of("2.1", real)})) == "3");
  CHECK(it.result(it.call(Builtin::round, {it.of("2.345", real), it.of("1", integer)})) == "2.3");
  CHECK(it.result(it.call(Builtin::round, {it.of("1e300", real)})) == "the number does not fit 64 bits");
  CHECK(it.result(it.call(Builtin::round, {it.of("1e300", real), it.of("308", integer)})) == "1e+300");
  CHECK(it.result(it.call(Builtin::sum, {it.given(largest, integer), it.of("1", integer)})) == "the sum does not fit 64 bits");
}

TEST_CASE("builtins of text and paths") {
  Builder it;
  const auto of_path = [&](Builtin builtin, std::string_view name) { return it.result(it.call(builtin, {it.of(name, path)})); };
  CHECK(of_path(Builtin::basename, "a/b.tar.gz") == "b.tar.gz");
  CHECK(of_path(Builtin::basename, "a/b/") == "b");
  CHECK(of_path(Builtin::basename, "/") == "/");
  CHECK(of_path(Builtin::stem, "a/b.tar.gz") == "b.tar");
  CHECK(of_path(Builtin::stem, ".bashrc") == ".bashrc");
  CHECK(of_path(Builtin::stem, "a.b/c") == "c");
  CHECK(of_path(Builtin::parent, "a/b/c") == "a/b");
  CHECK(of_path(Builtin::parent, "a/b/") == "a");
  CHECK(of_path(Builtin::parent, "a") == ".");
  CHECK(of_path(Builtin::parent, "/a") == "/");
  const auto replaced = [&](std::string_view whole, std::string_view old_text, std::string_view new_text) {
    return it.result(it.call(Builtin::replace, {it.of(whole, text), it.of(old_text, text), it.of(new_text, text)}));
  };
  CHECK(replaced("a.b.c", ".", "") == "abc");
  CHECK(replaced("aaa", "aa", "b") == "ba");
  CHECK(replaced("a", "", "b") == "the text to replace is empty");
  CHECK(evaluate(it.expressions.pool(), it.call(Builtin::split, {it.of("a,,b", text), it.of(",", text)}), it) == texts({"a", "", "b"}));
  CHECK(it.result(it.call(Builtin::join, {it.given(texts({"a", "b"}), text.list()), it.of(", ", text)})) == "a, b");
  CHECK(it.result(it.call(Builtin::size, {it.of("abc", path)})) == "3B");
  CHECK(it.result(it.call(Builtin::size, {it.given(texts({"abc", "de"}), path.list())})) == "5B");
  CHECK(it.result(it.call(Builtin::size, {it.of("missing", path)})) == "`missing` does not exist, so it has no size");
  CHECK(it.result(it.call(Builtin::exists, {it.of("missing", path)})) == "false");
  CHECK(it.result(it.call(Builtin::exists, {it.given(Value(), path.optional())})) == "false");
  CHECK(it.result(it.call(Builtin::basename, {it.given(Value(), path.optional())})) == "absent");
}

TEST_CASE("templates put values in their place") {
  Builder it;
  const ExprId day = it.of("2024-09-18", date);
  CHECK(it.result(it.joined({it.of("data/", text), it.hole(day, HoleContext::plain, "%Y%m%d"), it.of(".fits", text)})) ==
        "data/20240918.fits");
  const ExprId hostile = it.of("a b'c", text);
  CHECK(it.result(it.joined({it.of("cmd ", text), it.hole(hostile, HoleContext::shell_bare)})) == "cmd 'a b'\\''c'");
  CHECK(it.result(it.joined({it.of("cmd ", text), it.hole(hostile, HoleContext::shell_bare, "", hole_raw)})) == "cmd a b'c");
  CHECK(it.result(it.hole(it.of("a", text), HoleContext::shell_number)) ==
        "the value `a` is no integer, and stands where the shell does arithmetic");
  CHECK(it.result(it.hole(it.of("1", integer), HoleContext::shell_number, "03")) ==
        "the value `001` would be read as octal, where the shell does arithmetic");
  const ExprId flag = it.of("true", boolean);
  CHECK(it.result(it.joined({it.hole(flag, HoleContext::literal, "", language_bits(Language::python))})) == "True");
  CHECK(it.result(it.joined({it.hole(flag, HoleContext::literal)})) == "true");
}

TEST_CASE("a list of names becomes a file") {
  Builder it;
  const ExprId files = it.given(texts({"a", "b c"}), path.list());
  CHECK(it.result(it.hole(files, HoleContext::shell_bare, "", hole_list)) == "./-list");
  CHECK(it.listed == std::vector<std::string>{"a", "b c"});
}

TEST_CASE("words of a command without a shell") {
  Builder it;
  using Words = std::vector<std::string>;
  const ExprId files = it.given(texts({"a b", "-c", "*"}), path.list());
  const ExprId none = it.given(texts({}), path.list());
  const ExprId absent = it.given(Value(), path.optional());
  const ExprId name = it.of("-x y", path);
  const ExprId option = it.of("-x", text);
  const auto word = [&](ExprId value) { return it.hole(value, HoleContext::word); };
  CHECK(it.words({it.joined({it.of("cat", text)}), it.joined({word(files)})}) == Words{"cat", "a b", "./-c", "*"});
  CHECK(it.words({it.joined({word(none)}), it.joined({word(absent)})}).empty());
  CHECK(it.words({it.joined({it.hole(files, HoleContext::plain)})}) == Words{"a b -c *"});
  CHECK(it.words({it.joined({it.hole(none, HoleContext::plain)}), it.joined({it.hole(absent, HoleContext::plain)})}) == Words{"", ""});
  CHECK(it.words({it.joined({word(name)}), it.joined({word(option)})}) == Words{"./-x y", "-x"});
  CHECK(it.words({it.joined({it.of("--in=", text), word(name)})}) == Words{"--in=-x y"});
  CHECK(it.words({it.joined({it.of("-I", text), word(files), it.of("/", text)})}) == Words{"-Ia b", "./-c", "*/"});
  CHECK(it.words({it.of("plain", text), it.joined({it.of("", text)})}) == Words{"plain", ""});
  const ExprId nul = it.given(Value("a\0b"s), text);
  CHECK_THROWS_AS(it.words({word(nul)}), EvaluationError);
}

TEST_CASE("expressions are printed with all their brackets") {
  Builder it;
  const ExprId sum = it.apply(Op::add, {it.of("1", integer), it.apply(Op::negate, {it.of("2", integer)})});
  CHECK(print(it.expressions.pool(), sum, it.names) == "(1 + (-2))");
  const ExprId call = it.call(Builtin::max, {sum, it.of("3", integer)});
  CHECK(print(it.expressions.pool(), call, it.names) == "max((1 + (-2)), 3)");
  const ExprId whole = it.joined({it.of("a ", text), it.hole(sum, HoleContext::plain, "05")});
  CHECK(print(it.expressions.pool(), whole, it.names) == "\"a {(1 + (-2)):05}\"");
}
