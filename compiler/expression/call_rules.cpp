// The type rules of builtins. Optional arguments: the result is optional too (evaluation passes "absent" on).

#include <fmt/format.h>

#include <array>

#include "compiler/expression/rules.h"

namespace osac::expression {

namespace {

constexpr Type error_type = Type::of(Kind::error);
constexpr Type integer_type = Type::of(Kind::integer);
constexpr Type text_type = Type::of(Kind::text);

constexpr std::array<std::string_view, builtin_count> builtin_names = {"len",   "min",   "max",      "sum",   "count",  "round",
                                                                       "ceil",  "floor", "basename", "stem",  "parent", "replace",
                                                                       "split", "join",  "size",     "exists"};

struct Call {
  Builtin builtin;
  std::span<const Type> arguments;
  const Strings& strings;
  std::string& problem;

  [[nodiscard]] Type argument(std::size_t i) const { return arguments[i].required(); }
  Type fail(std::string text) const {
    problem = std::move(text);
    return error_type;
  }
  Type fail_argument(std::size_t i, std::string_view wanted) const {
    return fail(fmt::format("`{}` takes {}, this is `{}`", builtin_name(builtin), wanted, type_name(arguments[i], strings)));
  }
  [[nodiscard]] Type give(Type type) const {
    for (const Type each : arguments) {
      if (each.is_optional) return type.optional();
    }
    return type;
  }
  /// Whether the number of arguments is one of [low, high]; else says so.
  [[nodiscard]] bool has_arguments(std::size_t low, std::size_t high) const {
    if (arguments.size() >= low && arguments.size() <= high) return true;
    const std::string wanted = low == high ? fmt::format("{}", low) : fmt::format("{} or {}", low, high);
    problem = fmt::format("`{}` takes {} argument{}, here are {}", builtin_name(builtin), wanted, high == 1 ? "" : "s", arguments.size());
    return false;
  }
};

bool is_text(Type type) { return !type.is_list && (type.kind == Kind::text || type.kind == Kind::path || type.kind == Kind::file); }
bool can_be_summed(Type type) { return type.is_number() || type.kind == Kind::duration || type.kind == Kind::memory; }

Type length(const Call& call) {
  if (!call.has_arguments(1, 1)) return error_type;
  if (!call.argument(0).is_list && !is_text(call.argument(0))) return call.fail_argument(0, "a list or a text");
  return call.give(integer_type);
}

/// min, max and sum: of one list, or of several values of one type.
Type aggregate(const Call& call) {
  if (call.arguments.empty()) return call.fail(fmt::format("`{}` takes a list, or several values", builtin_name(call.builtin)));
  Type common = call.argument(0);
  if (call.arguments.size() == 1 && !common.is_list) return call.fail_argument(0, "a list, or several values");
  if (call.arguments.size() == 1) common = common.element();
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    const auto wider = common_type(common, call.argument(i));
    if (!wider || wider->is_list) {
      return call.fail(fmt::format("`{}` takes values of one type, here `{}` and `{}`", builtin_name(call.builtin),
                                   type_name(common, call.strings), type_name(call.arguments[i], call.strings)));
    }
    common = *wider;
  }
  if (call.builtin == Builtin::sum && !can_be_summed(common)) return call.fail_argument(0, "numbers, durations or memory");
  if (!is_ordered(common)) return call.fail_argument(0, "values that have an order");
  return call.give(common);
}

Type count(const Call& call) {
  if (!call.has_arguments(1, 2)) return error_type;
  if (!call.argument(0).is_list) return call.fail_argument(0, "a list");
  if (call.arguments.size() == 1 && call.argument(0).kind != Kind::boolean)
    return call.fail_argument(0, "a list of `bool`, or a list and a value");
  if (call.arguments.size() == 2 && !is_comparable(call.argument(0).element(), call.argument(1))) {
    return call.fail(
        fmt::format("a `{}` holds no `{}`", type_name(call.arguments[0], call.strings), type_name(call.arguments[1], call.strings)));
  }
  return call.give(integer_type);
}

Type rounded(const Call& call) {
  if (!call.has_arguments(1, call.builtin == Builtin::round ? 2 : 1)) return error_type;
  if (!call.argument(0).is_number()) return call.fail_argument(0, "a number");
  if (call.arguments.size() == 1) return call.give(integer_type);
  if (call.argument(1) != integer_type) return call.fail_argument(1, "a number of digits (`int`)");
  const Type number = call.argument(0);
  return call.give(number.kind == Kind::real ? number : Type::of(Kind::real));
}

Type text_function(const Call& call, std::size_t arguments, Type result) {
  if (!call.has_arguments(arguments, arguments)) return error_type;
  for (std::size_t i = 0; i < arguments; ++i) {
    if (!is_text(call.argument(i))) return call.fail_argument(i, "text");
  }
  return call.give(result);
}

Type replace(const Call& call) {
  const bool gives_text = !call.arguments.empty() && call.argument(0).kind == Kind::text;
  return text_function(call, 3, gives_text ? text_type : Type::of(Kind::path));
}

Type join(const Call& call) {
  if (!call.has_arguments(2, 2)) return error_type;
  if (!call.argument(0).is_list) return call.fail_argument(0, "a list");
  if (!is_text(call.argument(1))) return call.fail_argument(1, "text between the items");
  return call.give(text_type);
}

Type size(const Call& call) {
  if (!call.has_arguments(1, 1)) return error_type;
  const Type element = call.argument(0).element();
  if (!is_text(element)) return call.fail_argument(0, "a file or a list of files");
  return call.give(Type::of(Kind::memory));
}

}  // namespace

std::string_view builtin_name(Builtin builtin) { return builtin_names[static_cast<std::size_t>(builtin)]; }

std::optional<Builtin> find_builtin(std::string_view name) {
  for (std::size_t i = 0; i < builtin_names.size(); ++i) {
    if (builtin_names[i] == name) return static_cast<Builtin>(i);
  }
  return std::nullopt;
}

Type call_type(Builtin builtin, std::span<const Type> arguments, const Strings& strings, std::string& problem) {
  problem.clear();
  for (const Type type : arguments) {
    if (type.is_error()) return error_type;
  }
  const Call call{builtin, arguments, strings, problem};
  switch (builtin) {
    case Builtin::len:
      return length(call);
    case Builtin::min:
    case Builtin::max:
    case Builtin::sum:
      return aggregate(call);
    case Builtin::count:
      return count(call);
    case Builtin::round:
    case Builtin::ceil:
    case Builtin::floor:
      return rounded(call);
    case Builtin::basename:
    case Builtin::stem:
      return text_function(call, 1, text_type);
    case Builtin::parent:
      return text_function(call, 1, Type::of(Kind::path));
    case Builtin::replace:
      return replace(call);
    case Builtin::split:
      return text_function(call, 2, text_type.list());
    case Builtin::join:
      return join(call);
    case Builtin::size:
      return size(call);
    case Builtin::exists: {
      const Type type = text_function(call, 1, Type::of(Kind::boolean));
      return type.required();  // of an absent file: false
    }
  }
  return error_type;
}

}  // namespace osac::expression
