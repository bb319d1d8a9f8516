#include "compiler/tables/convert.h"

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/expression/value.h"
#include "compiler/tables/number.h"

namespace osac::tables {

using expression::Kind;
using expression::Scalar;
using program::TimeEncoding;

namespace {

constexpr double second = 1e9;
constexpr double day = 86400e9;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// `nan` in any case, and YAML's `.nan`: no value.
bool is_nan(std::string_view text) {
  if (text.size() == 4 && text[0] == '.') text.remove_prefix(1);
  return text.size() == 3 && (text[0] | 0x20) == 'n' && (text[1] | 0x20) == 'a' && (text[2] | 0x20) == 'n';
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::string_view encoding_name(TimeEncoding encoding) {
  switch (encoding) {
    case TimeEncoding::iso:
      return "iso";
    case TimeEncoding::unix_s:
      return "unix_s";
    case TimeEncoding::unix_ms:
      return "unix_ms";
    case TimeEncoding::unix_ns:
      return "unix_ns";
    case TimeEncoding::mjd:
      return "mjd";
    case TimeEncoding::jd:
      return "jd";
  }
  return "";
}

template <typename Parsed>
Outcome give(const Parsed& parsed, Scalar& out) {
  if (!parsed) return Outcome::bad;
  out = static_cast<Scalar>(*parsed);
  return Outcome::fine;
}

}  // namespace

Converter::Converter(const program::Program& program, const program::Column& column, Strings& strings)
    : type_(column.type.required()), encoding_(column.encoding), strings_(strings) {
  if (type_.kind != Kind::enumeration) return;
  for (const program::Enum& enumeration : program.enums)
    if (enumeration.name.index == type_.detail) members_ = enumeration.members;
}

std::string Converter::wanted() const {
  if (type_.kind == Kind::enumeration) return fmt::format("member of `{}`", strings_.text(Symbol{type_.detail}));
  std::string name = expression::type_name(type_, strings_);
  if (type_.kind == Kind::time && encoding_ != TimeEncoding::iso) name += fmt::format(" as {}", encoding_name(encoding_));
  return "`" + name + "`";
}

std::string Converter::advice(std::string_view found) const {
  switch (type_.kind) {
    case Kind::enumeration: {
      std::vector<std::string_view> names;
      for (const Symbol member : members_) names.push_back(strings_.text(member));
      if (const auto nearest = nearest_name(found, names)) return fmt::format("did you mean `{}`?", *nearest);
      std::vector<std::string> quoted;
      for (const std::string_view name : names) quoted.push_back("`" + std::string(name) + "`");
      return "its members are " + join_words(quoted);
    }
    case Kind::boolean:
      return "write `true` or `false`";
    case Kind::date:
      return "write it like `2024-09-18`";
    case Kind::time:
      if (encoding_ == TimeEncoding::iso) return "write it like `2024-09-18T04:16:00`, or say how it is encoded: `time as unix_s`";
      return "";
    case Kind::duration:
      return "write it with a unit, like `90 s` or `1 h 30 min`";
    case Kind::memory:
      return "write it with a unit, like `2 GiB`";
    default:
      return "";
  }
}

bool Converter::fits(Form form) const {
  const bool is_amount = type_.kind == Kind::duration || type_.kind == Kind::memory;
  switch (form) {
    case Form::untyped:
      return true;
    case Form::string:
      return type_.is_textual() || is_amount || type_.kind == Kind::date || (type_.kind == Kind::time && encoding_ == TimeEncoding::iso);
    case Form::number:
      return type_.is_number() || is_amount || (type_.kind == Kind::time && encoding_ != TimeEncoding::iso);
    case Form::boolean:
      return type_.kind == Kind::boolean;
    case Form::nothing:
    case Form::nested:
      return false;
  }
  return false;
}

Outcome Converter::convert(const Cell& cell, Scalar& out) {
  out = expression::absent_scalar;
  if (cell.form == Form::nothing) return Outcome::empty;
  if (!fits(cell.form)) return Outcome::bad;
  const std::string_view text = plain_text(cell, scratch_);
  if (type_.kind == Kind::text || type_.kind == Kind::path) return convert_text(text, out);
  return convert_value(without_blanks(text), out);
}

Outcome Converter::convert_text(std::string_view text, Scalar& out) {
  if (last_value_ != expression::absent_scalar && text == last_text_) {
    out = last_value_;
    return Outcome::fine;
  }
  if (text.find('\0') != std::string_view::npos) return Outcome::bad;  // JSON can write it
  out = strings_.intern(text).index;
  last_value_ = out;
  last_text_ = strings_.text(Symbol{static_cast<std::uint32_t>(out)});  // the table's own copy stays
  return Outcome::fine;
}

Outcome Converter::convert_value(std::string_view text, Scalar& out) const {
  switch (type_.kind) {
    case Kind::integer:
      return give(parse_integer(text), out);
    case Kind::boolean:
      return give(parse_boolean(text), out);
    case Kind::real: {
      if (is_nan(text)) return Outcome::empty;
      const auto number = parse_real(text);
      return give(number ? std::optional(expression::scalar_of(*number)) : std::nullopt, out);
    }
    case Kind::enumeration: {
      // Few and short: comparing them is faster than a look-up among all texts of the program.
      const auto member = std::find_if(members_.begin(), members_.end(), [&](Symbol symbol) { return strings_.text(symbol) == text; });
      return give(member != members_.end() ? std::optional(member->index) : std::nullopt, out);
    }
    case Kind::time:
      if (encoding_ != TimeEncoding::iso) return give(encoded_time(text), out);
      break;
    case Kind::duration:
    case Kind::memory:
      if (const auto number = parse_decimal(text)) return unit_ ? give(scaled(*number, *unit_), out) : Outcome::no_unit;
      break;
    default:
      break;
  }
  expression::Value value;
  if (!expression::parse_value(text, type_, value)) return Outcome::bad;
  out = expression::to_scalar(value, type_, strings_);
  return Outcome::fine;
}

std::optional<std::int64_t> Converter::encoded_time(std::string_view text) const {
  auto number = parse_decimal(text);
  if (!number) return std::nullopt;
  switch (encoding_) {
    case TimeEncoding::iso:
      return std::nullopt;
    case TimeEncoding::unix_s:
      return scaled(*number, second);
    case TimeEncoding::unix_ms:
      return scaled(*number, second / 1000);
    case TimeEncoding::unix_ns:
      return scaled(*number, 1);
    case TimeEncoding::mjd:  // 40587 is 1970-01-01
      if (__builtin_sub_overflow(number->whole, 40587, &number->whole)) return std::nullopt;
      return scaled(*number, day);
    case TimeEncoding::jd:  // 2440587.5 is 1970-01-01
      if (__builtin_sub_overflow(number->whole, 2440587, &number->whole)) return std::nullopt;
      number->fraction -= 0.5L;
      return scaled(*number, day);
  }
  return std::nullopt;
}

}  // namespace osac::tables
