// Formats of templates: checked once, while compiling, so that formatting cannot fail while a plan runs.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "compiler/base/check.h"
#include "compiler/expression/calendar.h"
#include "compiler/expression/unit.h"
#include "compiler/expression/value.h"

namespace osac::expression {

namespace {

/// Widths are bounded: a format is no way to make text of any size.
constexpr int largest_width = 1000;
constexpr int largest_precision = 100;

// ---- numbers and text: [[fill]align][sign][#][0][width][.precision][type]

struct NumberSpec {
  std::string_view fill_and_align;
  char sign = 0;
  bool is_alternate = false;
  bool is_zero_padded = false;
  int width = -1;
  int precision = -1;
  char type = 0;
};

bool is_align(char c) { return c == '<' || c == '>' || c == '^'; }

/// The number of bytes of the code point that `text` starts with; 1 for a stray byte.
std::size_t code_point_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return std::min(size, text.size());
}

std::string_view take_fill_and_align(std::string_view& spec) {
  if (spec.empty()) return {};
  const std::size_t fill = code_point_size(spec);
  std::size_t taken = 0;
  if (fill < spec.size() && is_align(spec[fill]))
    taken = fill + 1;
  else if (is_align(spec[0]))
    taken = 1;
  const std::string_view result = spec.substr(0, taken);
  spec.remove_prefix(taken);
  return result;
}

bool take(std::string_view& spec, char c) {
  if (spec.empty() || spec[0] != c) return false;
  spec.remove_prefix(1);
  return true;
}

/// -1 if there are no digits; a number above any limit when there are too many.
int take_number(std::string_view& spec) {
  int number = -1;
  while (!spec.empty() && spec[0] >= '0' && spec[0] <= '9') {
    number = std::min(std::max(number, 0) * 10 + (spec[0] - '0'), 1'000'000);
    spec.remove_prefix(1);
  }
  return number;
}

/// Nothing if `spec` has not the general shape.
std::optional<NumberSpec> parse_spec(std::string_view spec) {
  NumberSpec out;
  out.fill_and_align = take_fill_and_align(spec);
  if (out.fill_and_align.find_first_of("{}") != std::string_view::npos) return std::nullopt;
  for (const char sign : {'+', '-', ' '}) {
    if (out.sign == 0 && take(spec, sign)) out.sign = sign;
  }
  out.is_alternate = take(spec, '#');
  out.is_zero_padded = take(spec, '0');
  out.width = take_number(spec);
  if (take(spec, '.')) {
    out.precision = take_number(spec);
    if (out.precision < 0) return std::nullopt;
  }
  if (!spec.empty()) {
    out.type = spec[0];
    spec.remove_prefix(1);
  }
  return spec.empty() ? std::optional(out) : std::nullopt;
}

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool is_real_type(char c) { return c != 0 && is_one_of(c, "eEfFgG"); }

std::string check_spec(Kind kind, std::string_view spec) {
  const auto parsed = parse_spec(spec);
  if (!parsed) return fmt::format("`{}` is no format", spec);
  if (parsed->width > largest_width) return fmt::format("a width is at most {}", largest_width);
  if (parsed->precision > largest_precision) return fmt::format("a precision is at most {}", largest_precision);
  const char type = parsed->type;
  if (kind == Kind::integer) {
    if (type != 0 && !is_one_of(type, "dxXobB") && !is_real_type(type)) return fmt::format("`{}` is no format of an int", type);
    if (parsed->precision >= 0 && !is_real_type(type)) return "an int has a precision only as `e`, `f` or `g`";
    return {};
  }
  if (kind == Kind::real) {
    if (type != 0 && !is_real_type(type)) return fmt::format("`{}` is no format of a float", type);
    return {};
  }
  if (type != 0 && type != 's') return fmt::format("`{}` is no format of a text", type);
  if (parsed->sign != 0 || parsed->is_alternate || parsed->is_zero_padded) return fmt::format("`{}` is a format of numbers", spec);
  return {};
}

template <typename T>
std::string apply_spec(const T& value, std::string_view spec) {
  try {
    return fmt::format(fmt::runtime(fmt::format("{{:{}}}", spec)), value);
  } catch (const fmt::format_error&) {
    report_bug(__FILE__, __LINE__, "a format was not checked");
  }
}

std::string format_integer(std::int64_t value, std::string_view spec) {
  return is_real_type(spec.back()) ? apply_spec(static_cast<double>(value), spec) : apply_spec(value, spec);
}

// ---- dates and times

constexpr std::string_view date_conversions = "YmdjyFsbBaAu";
constexpr std::string_view time_conversions = "YmdjyFsbBaAuHMST";

std::string check_conversions(std::string_view noun, std::string_view conversions, std::string_view spec) {
  bool has_conversion = false;
  for (std::size_t i = 0; i < spec.size(); ++i) {
    if (spec[i] != '%') continue;
    if (i + 1 == spec.size()) return "`%` at the end converts nothing";
    ++i;
    has_conversion = true;
    if (spec[i] != '%' && !is_one_of(spec[i], conversions)) {
      return fmt::format("`%{}` is no conversion of a {}", spec.substr(i, code_point_size(spec.substr(i))), noun);
    }
  }
  if (!has_conversion) return fmt::format("a {} is formatted by conversions such as `%Y%m%d`", noun);
  return {};
}

constexpr std::string_view month_names[] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view weekday_names[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

std::string convert(char conversion, const Moment& moment, std::int64_t epoch_seconds) {
  switch (conversion) {
    case 'Y':
      return fmt::format("{:04}", moment.year);
    case 'y':
      return fmt::format("{:02}", moment.year % 100);
    case 'm':
      return fmt::format("{:02}", moment.month);
    case 'd':
      return fmt::format("{:02}", moment.day);
    case 'j':
      return fmt::format("{:03}", moment.day_of_year);
    case 'F':
      return fmt::format("{:04}-{:02}-{:02}", moment.year, moment.month, moment.day);
    case 'b':
      return std::string(month_names[moment.month - 1].substr(0, 3));
    case 'B':
      return std::string(month_names[moment.month - 1]);
    case 'a':
      return std::string(weekday_names[moment.weekday].substr(0, 3));
    case 'A':
      return std::string(weekday_names[moment.weekday]);
    case 'u':
      return fmt::format("{}", moment.weekday == 0 ? 7 : moment.weekday);
    case 'H':
      return fmt::format("{:02}", moment.hour);
    case 'M':
      return fmt::format("{:02}", moment.minute);
    case 'S':
      return fmt::format("{:02}", moment.second);
    case 'T':
      return fmt::format("{:02}:{:02}:{:02}", moment.hour, moment.minute, moment.second);
    case 's':
      return fmt::format("{}", epoch_seconds);
    default:
      return std::string(1, conversion);  // %%
  }
}

std::string format_moment(const Moment& moment, std::int64_t epoch_seconds, std::string_view spec) {
  std::string text;
  for (std::size_t i = 0; i < spec.size(); ++i) {
    if (spec[i] == '%' && i + 1 < spec.size())
      text += convert(spec[++i], moment, epoch_seconds);
    else
      text += spec[i];
  }
  return text;
}

// ---- durations and memory

std::string check_unit(Kind kind, std::string_view spec) {
  const auto unit = find_unit(spec);
  if (unit && unit->kind == kind) return {};
  return kind == Kind::duration ? fmt::format("`{}` is no unit of a duration, such as `s` or `min`", spec)
                                : fmt::format("`{}` is no unit of memory, such as `MiB` or `GB`", spec);
}

std::string format_amount(std::int64_t amount, std::string_view unit_name) {
  const auto unit = find_unit(unit_name);
  OSAC_CHECK(unit.has_value(), "a format was not checked");
  const auto factor = static_cast<std::int64_t>(unit->factor);
  if (amount % factor == 0) return fmt::format("{}", amount / factor);
  return fmt::format("{}", static_cast<double>(amount) / unit->factor);
}

std::string format_scalar(const Value& value, Type type, std::string_view spec) {
  switch (type.kind) {
    case Kind::error:
    case Kind::range:
      return {};
    case Kind::integer:
      return format_integer(value.integer(), spec);
    case Kind::real:
      return apply_spec(value.real(), spec);
    case Kind::boolean:
      return apply_spec(std::string_view(value.boolean() ? "true" : "false"), spec);
    case Kind::text:
    case Kind::path:
    case Kind::file:
    case Kind::enumeration:
      return apply_spec(std::string_view(value.text()), spec);
    case Kind::date:
      return format_moment(moment_of_date(value.integer()), value.integer() * 86'400, spec);
    case Kind::time: {
      const std::int64_t seconds = value.integer() / nanoseconds_per_second - (value.integer() % nanoseconds_per_second < 0 ? 1 : 0);
      return format_moment(moment_of_time(value.integer()), seconds, spec);
    }
    case Kind::duration:
    case Kind::memory:
      return format_amount(value.integer(), spec);
  }
  return {};
}

}  // namespace

std::string check_format(Type type, std::string_view spec) {
  if (spec.empty() || type.is_error()) return {};
  switch (type.kind) {
    case Kind::error:
      return {};
    case Kind::range:
      return "a range has no formats";
    case Kind::integer:
    case Kind::real:
      return check_spec(type.kind, spec);
    case Kind::boolean:
    case Kind::text:
    case Kind::path:
    case Kind::file:
    case Kind::enumeration:
      return check_spec(Kind::text, spec);
    case Kind::date:
      return check_conversions("date", date_conversions, spec);
    case Kind::time:
      return check_conversions("time", time_conversions, spec);
    case Kind::duration:
    case Kind::memory:
      return check_unit(type.kind, spec);
  }
  return {};
}

std::string format(const Value& value, Type type, std::string_view spec) {
  if (value.is_absent() || spec.empty()) return to_text(value, type);
  if (const auto* items = std::get_if<std::vector<Value>>(&value.held)) {
    std::string text;
    for (const Value& item : *items) {
      if (&item != items->data()) text += ' ';
      text += format(item, type.element(), spec);
    }
    return text;
  }
  return format_scalar(value, type, spec);
}

}  // namespace osac::expression
