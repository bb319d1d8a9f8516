#include "compiler/records/read_record.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <optional>

#include "compiler/base/text.h"
#include "compiler/records/json.h"

namespace osac::records {

namespace {

using expression::Kind;
using expression::Type;
using expression::Value;

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

std::string shortened(Json json) {
  constexpr std::size_t longest = 60;
  const std::string text = visible(json.minified());
  return text.size() > longest ? text.substr(0, longest) + "..." : text;
}

[[noreturn]] void complain(const Field& field, Json json) {
  throw FieldProblem{fmt::format("`{}` is {}, not {}", visible(field.source), shortened(json), kind_words(field.type.kind))};
}

/// The value of one name in an object, which must have it once.
std::optional<Json> member(Json json, std::string_view name) {
  std::optional<Json> found;
  json.members([&](std::string_view key, Json value) {
    if (key != name) return;
    if (found) throw FieldProblem{fmt::format("`{}` is given twice", visible(name))};
    found = value;
  });
  return found;
}

/// A name with dots in it comes before the way that the dots describe.
std::optional<Json> find(Json json, std::string_view source) {
  if (const auto whole = member(json, source)) return whole;
  const std::size_t dot = source.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto inner = member(json, source.substr(0, dot));
  if (!inner || inner->kind() != Json::Kind::object) return std::nullopt;
  return find(*inner, source.substr(dot + 1));
}

std::optional<std::int64_t> whole_number(Json json) {
  if (json.kind() == Json::Kind::integer) return json.integer();
  if (json.kind() != Json::Kind::real) return std::nullopt;
  const double number = json.real();
  constexpr double limit = 9007199254740992.0;  // beyond, a real no longer names one integer
  if (std::abs(number) > limit || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

Value text_value(Json json, const Field& field) {
  if (json.kind() != Json::Kind::text) complain(field, json);
  std::string text = json.text();
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

Value value_of(Json json, const Field& field) {
  if (json.is_null() && field.type.is_optional) return {};
  switch (field.type.kind) {
    case Kind::boolean:
      if (json.kind() != Json::Kind::boolean) complain(field, json);
      return Value(json.boolean());
    case Kind::integer: {
      const auto number = whole_number(json);
      if (!number || *number == expression::absent_scalar) complain(field, json);
      return Value(*number);
    }
    case Kind::real:
      if (!json.is_number()) complain(field, json);
      return Value(json.real());
    default:
      return text_value(json, field);
  }
}

Value read_field(Json json, const Field& field) {
  const auto found = find(json, field.source);
  if (found) return value_of(*found, field);
  if (field.type.is_optional) return {};
  throw FieldProblem{fmt::format("`{}` is missing", visible(field.source))};
}

}  // namespace

Result<std::vector<Value>> read_record(std::string_view json, std::span<const Field> fields) {
  if (trim(json).empty()) return failure(Trouble::damaged, "it is empty, not a JSON object");
  const JsonDocument document(json);
  const auto root = document.root();
  if (!root) return failure(Trouble::damaged, "it is no JSON: " + document.problem());
  if (root->kind() != Json::Kind::object) return failure(Trouble::damaged, fmt::format("it is no JSON object but {}", shortened(*root)));
  std::vector<Value> values(fields.size());
  std::string problems;
  std::size_t count = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    try {
      values[i] = read_field(*root, fields[i]);
    } catch (const FieldProblem& problem) {
      if (++count <= shown_problems) problems += (problems.empty() ? "" : "; ") + problem.what;
    }
  }
  if (count > shown_problems) problems += fmt::format("; and {} more", count - shown_problems);
  if (count > 0) return failure(Trouble::damaged, std::move(problems));
  return values;
}

}  // namespace osac::records
