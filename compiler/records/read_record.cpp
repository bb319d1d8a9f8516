#include "compiler/records/read_record.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <algorithm>
#include <cmath>
#include <optional>

#include "compiler/base/text.h"

namespace osac::records {

namespace {

using expression::Kind;
using expression::Type;
using expression::Value;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t shown_problems = 5;

/// Why a field has no value; caught where its reading began.
struct FieldProblem {
  std::string what;
};

std::string_view kind_words(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "a whole number";
    case Kind::real:
      return "a number";
    case Kind::date:
      return "a date such as \"2024-09-18\"";
    case Kind::time:
      return "a time such as \"2024-09-18T04:16:00\"";
    case Kind::duration:
      return "a duration such as \"30 min\"";
    case Kind::memory:
      return "an amount of memory such as \"2 GiB\"";
    default:
      return "a text";
  }
}

std::string shortened(element json) {
  constexpr std::size_t longest = 60;
  const std::string text = visible(std::string(simdjson::minify(json)));
  return text.size() > longest ? text.substr(0, longest) + "..." : text;
}

[[noreturn]] void complain(const Field& field, element json) {
  throw FieldProblem{fmt::format("`{}` is {}, not {}", visible(field.source), shortened(json), kind_words(field.type.kind))};
}

/// The value of one name in an object, which must have it once.
std::optional<element> member(object json, std::string_view name) {
  std::optional<element> found;
  for (const auto [key, value] : json) {
    if (key != name) continue;
    if (found) throw FieldProblem{fmt::format("`{}` is given twice", visible(name))};
    found = value;
  }
  return found;
}

/// A name with dots in it comes before the way that the dots describe.
std::optional<element> find(object json, std::string_view source) {
  if (const auto whole = member(json, source)) return whole;
  const std::size_t dot = source.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto inner = member(json, source.substr(0, dot));
  if (!inner || !inner->is_object()) return std::nullopt;
  return find(object(*inner), source.substr(dot + 1));
}

std::optional<std::int64_t> whole_number(element json) {
  if (json.is_int64()) return std::int64_t{json};
  if (!json.is_double()) return std::nullopt;
  const double number = double{json};
  constexpr double limit = 9007199254740992.0;  // beyond, a real no longer names one integer
  if (std::abs(number) > limit || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

Value text_value(element json, const Field& field) {
  if (!json.is_string()) complain(field, json);
  std::string text(std::string_view{json});
  if (field.type.is_textual()) {
    if (field.type.kind != Kind::enumeration || field.members.empty()) return Value(std::move(text));
    if (std::find(field.members.begin(), field.members.end(), text) != field.members.end()) return Value(std::move(text));
    std::vector<std::string> quoted;
    for (const auto name : field.members) quoted.push_back(fmt::format("`{}`", visible(name)));
    throw FieldProblem{fmt::format("`{}` is {}, none of {}", visible(field.source), shortened(json), join_words(quoted))};
  }
  Value value;
  if (!expression::parse_value(text, field.type.required(), value)) complain(field, json);
  return value;
}

Value value_of(element json, const Field& field) {
  if (json.is_null() && field.type.is_optional) return {};
  switch (field.type.kind) {
    case Kind::boolean:
      if (!json.is_bool()) complain(field, json);
      return Value(bool{json});
    case Kind::integer: {
      const auto number = whole_number(json);
      if (!number || *number == expression::absent_scalar) complain(field, json);
      return Value(*number);
    }
    case Kind::real:
      if (!json.is_number()) complain(field, json);
      return Value(double{json});
    default:
      return text_value(json, field);
  }
}

Value read_field(object json, const Field& field) {
  const auto found = find(json, field.source);
  if (found) return value_of(*found, field);
  if (field.type.is_optional) return {};
  throw FieldProblem{fmt::format("`{}` is missing", visible(field.source))};
}

}  // namespace

Result<std::vector<Value>> read_record(std::string_view json, std::span<const Field> fields) {
  simdjson::dom::parser parser;
  element root;
  if (trim(json).empty()) return failure(Trouble::damaged, "it is empty, not a JSON object");
  if (const auto error = parser.parse(json.data(), json.size()).get(root); error != simdjson::SUCCESS)
    return failure(Trouble::damaged, fmt::format("it is no JSON: {}", simdjson::error_message(error)));
  if (!root.is_object()) return failure(Trouble::damaged, fmt::format("it is no JSON object but {}", shortened(root)));
  std::vector<Value> values(fields.size());
  std::string problems;
  std::size_t count = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    try {
      values[i] = read_field(object(root), fields[i]);
    } catch (const FieldProblem& problem) {
      if (++count <= shown_problems) problems += (problems.empty() ? "" : "; ") + problem.what;
    }
  }
  if (count > shown_problems) problems += fmt::format("; and {} more", count - shown_problems);
  if (count > 0) return failure(Trouble::damaged, std::move(problems));
  return values;
}

}  // namespace osac::records
