#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/base/text.h"
#include "compiler/expression/operations.h"
#include "compiler/expression/rules.h"

namespace osac::expression {

namespace {

[[noreturn]] void fail(Span span, std::string what) { throw EvaluationError{span, std::move(what)}; }

/// The values that min, max and sum work on, whichever way they were given.
struct Items {
  std::span<const Value> values;
  Type type;
};
Items items_of(std::span<const Value> arguments, std::span<const Type> types) {
  if (types.size() == 1) return {arguments[0].list(), types[0].element()};
  Type common = types[0].required();
  for (const Type type : types) common = common_type(common, type.required()).value_or(common);
  return {arguments, common};
}

Value extreme(std::span<const Value> values, bool is_largest, Span span) {
  if (values.empty()) fail(span, fmt::format("an empty list has no {} item", is_largest ? "largest" : "smallest"));
  const Value* best = values.data();
  for (const Value& value : values) {
    const int order = compare(value, *best);
    if (is_largest ? order > 0 : order < 0) best = &value;
  }
  return *best;
}

Value sum(Items items, Span span) {
  Value total = items.type.kind == Kind::real ? Value(0.0) : Value(std::int64_t{0});
  for (const Value& value : items.values) total = apply_arithmetic(Op::add, {total, items.type}, {value, items.type}, span);
  return total;
}

Value count(std::span<const Value> arguments) {
  const auto& list = arguments[0].list();
  const Value wanted = arguments.size() == 2 ? arguments[1] : Value(true);
  return static_cast<std::int64_t>(std::count_if(list.begin(), list.end(), [&](const Value& item) { return compare(item, wanted) == 0; }));
}

std::int64_t whole(double number, Span span) {
  if (!(number < 9223372036854775808.0 && number > -9223372036854775808.0)) fail(span, "the number does not fit 64 bits");
  return static_cast<std::int64_t>(number);
}

Value rounded(Builtin builtin, std::span<const Value> arguments, Span span) {
  const Value& number = arguments[0];
  if (arguments.size() == 2) {
    const auto digits = std::clamp<std::int64_t>(arguments[1].integer(), -308, 308);
    const double scale = std::pow(10.0, static_cast<double>(std::abs(digits)));
    const double scaled = digits < 0 ? number.real() / scale : number.real() * scale;
    if (!std::isfinite(scaled)) return number.real();  // so many digits round nothing
    return digits < 0 ? std::round(scaled) * scale : std::round(scaled) / scale;
  }
  if (std::holds_alternative<std::int64_t>(number.held)) return number;
  if (builtin == Builtin::ceil) return whole(std::ceil(number.real()), span);
  if (builtin == Builtin::floor) return whole(std::floor(number.real()), span);
  return whole(std::round(number.real()), span);
}

// ---- text and paths

/// Without the slashes at the end, as directories have one; "/" stays.
std::string_view trimmed(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path;
}

std::string_view basename(std::string_view path) {
  path = trimmed(path);
  if (path == "/") return path;
  return path.substr(path.rfind('/') + 1);
}

std::string_view stem(std::string_view path) {
  const std::string_view name = basename(path);
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string_view parent(std::string_view path) {
  path = trimmed(path);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : trimmed(path.substr(0, slash));
}

void check_size(std::size_t size, Span span) {
  if (size > largest_text) fail(span, "the text grows beyond 64 MiB");
}

std::string replace(std::string_view text, std::string_view old_text, std::string_view new_text, Span span) {
  if (old_text.empty()) fail(span, "the text to replace is empty");
  std::string result;
  while (true) {
    const auto at = text.find(old_text);
    result += text.substr(0, at);
    check_size(result.size() + new_text.size(), span);
    if (at == std::string_view::npos) return result;
    result += new_text;
    text.remove_prefix(at + old_text.size());
  }
}

Value split(std::string_view text, std::string_view separator, Span span) {
  if (separator.empty()) fail(span, "the separator is empty");
  std::vector<Value> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(std::string(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

std::string join(const std::vector<Value>& items, Type type, std::string_view separator, Span span) {
  std::string result;
  for (const Value& item : items) {
    if (&item != items.data()) result += separator;
    result += to_text(item, type.element());
    check_size(result.size(), span);
  }
  return result;
}

std::int64_t file_size(const Value& value, const Scope& scope, Span span) {
  if (const auto* files = std::get_if<std::vector<Value>>(&value.held)) {
    std::int64_t total = 0;
    for (const Value& file : *files) {
      if (__builtin_add_overflow(total, file_size(file, scope, span), &total)) fail(span, "the sum does not fit 64 bits");
    }
    return total;
  }
  const auto bytes = scope.file_size(value.text());
  if (!bytes) fail(span, fmt::format("`{}` does not exist, so it has no size", visible(value.text())));
  return *bytes;
}

}  // namespace

Value apply_builtin(Builtin builtin, std::span<const Value> arguments, std::span<const Type> types, const Scope& scope, Span span) {
  const auto text = [&](std::size_t i) -> std::string_view { return arguments[i].text(); };
  switch (builtin) {
    case Builtin::len:
      if (types[0].is_list) return static_cast<std::int64_t>(arguments[0].list().size());
      return static_cast<std::int64_t>(count_code_points(text(0)));
    case Builtin::min:
      return extreme(items_of(arguments, types).values, false, span);
    case Builtin::max:
      return extreme(items_of(arguments, types).values, true, span);
    case Builtin::sum:
      return sum(items_of(arguments, types), span);
    case Builtin::count:
      return count(arguments);
    case Builtin::round:
    case Builtin::ceil:
    case Builtin::floor:
      return rounded(builtin, arguments, span);
    case Builtin::basename:
      return std::string(basename(text(0)));
    case Builtin::stem:
      return std::string(stem(text(0)));
    case Builtin::parent:
      return std::string(parent(text(0)));
    case Builtin::replace:
      return replace(text(0), text(1), text(2), span);
    case Builtin::split:
      return split(text(0), text(1), span);
    case Builtin::join:
      return join(arguments[0].list(), types[0], text(1), span);
    case Builtin::size:
      return file_size(arguments[0], scope, span);
    case Builtin::exists:
      return !arguments[0].is_absent() && scope.file_size(arguments[0].text()).has_value();
  }
  return {};
}

}  // namespace osac::expression
