#include "compiler/semantics/types.h"

#include <fmt/core.h>

#include <array>
#include <utility>

#include "compiler/expression/unit.h"

namespace osac::semantics {

namespace {

constexpr std::array<std::pair<std::string_view, TypeKind>, 10> basic_types = {{
    {"bool", TypeKind::boolean},
    {"int", TypeKind::integer},
    {"float", TypeKind::real},
    {"text", TypeKind::text},
    {"path", TypeKind::path},
    {"date", TypeKind::date},
    {"time", TypeKind::time},
    {"duration", TypeKind::duration},
    {"memory", TypeKind::memory},
    {"file", TypeKind::file},
}};

constexpr std::array<std::pair<std::string_view, program::TimeEncoding>, 6> encodings = {{
    {"iso", program::TimeEncoding::iso},
    {"unix_s", program::TimeEncoding::unix_s},
    {"unix_ms", program::TimeEncoding::unix_ms},
    {"unix_ns", program::TimeEncoding::unix_ns},
    {"mjd", program::TimeEncoding::mjd},
    {"jd", program::TimeEncoding::jd},
}};

std::optional<TypeKind> find_basic(std::string_view name) {
  for (const auto& [text, kind] : basic_types) {
    if (text == name) return kind;
  }
  return std::nullopt;
}

/// The type's name: a basic one or an enum that the module sees.
Type find_type(Context& context, std::uint32_t module, const syntax::Name& name) {
  if (const auto kind = find_basic(context.text(name.symbol))) return Type::of(*kind);
  Entry* entry = find_name(context, module, name.symbol);
  if (entry != nullptr && entry->kind == EntryKind::enumeration) {
    Type type = Type::of(TypeKind::enumeration);
    type.detail = context.program.enums[entry->index].name.index;
    return type;
  }
  if (entry != nullptr && entry->kind == EntryKind::failed) return {};
  std::vector<std::string_view> names;
  for (const auto& [text, kind] : basic_types) names.push_back(text);
  for (const auto& [symbol, other] : context.scopes[module].names) {
    if (other.kind == EntryKind::enumeration) names.push_back(context.text(symbol));
  }
  report_unknown_name(context, name, "type", names);
  return {};
}

bool set_unit(Context& context, const syntax::Name& unit, Type& type) {
  const std::string_view text = context.text(unit.symbol);
  if (type.kind != TypeKind::real) {
    context.report(Kind::unit_not_here, unit.span, text, type_name(type, context.strings))
        .help("units are part of `float`; `duration` and `memory` carry their own");
    return false;
  }
  const bool is_quoted = context.sources.text(unit.span).starts_with('"');
  const auto known = expression::find_unit(text);
  if (!is_quoted && (!known || known->kind != TypeKind::real)) {
    std::vector<std::string_view> names;
    for (const auto& each : expression::all_units()) {
      if (each.kind == TypeKind::real) names.push_back(each.name);
    }
    report_unknown_name(context, unit, "unit", names);
    return false;
  }
  type.detail = unit.symbol.index;
  return true;
}

bool set_scale(Context& context, const syntax::Name& scale, Type& type) {
  const std::string_view text = context.text(scale.symbol);
  if (type.kind == TypeKind::time && text == "utc")
    type.scale = expression::TimeScale::utc;
  else if (type.kind == TypeKind::time && text == "tai")
    type.scale = expression::TimeScale::tai;
  else {
    report_unknown_name(context, scale, "time scale", {"utc", "tai"}, "scales of `time`");
    return false;
  }
  return true;
}

/// What a place cannot have, as a phrase; empty if it can.
std::string_view misfit(Type type, TypePlace place) {
  switch (place) {
    case TypePlace::parameter:
      if (type.kind == TypeKind::file) return "a parameter holds a `path`; a `file` is what a port of a task or tool has";
      break;
    case TypePlace::column:
      if (type.kind == TypeKind::file) return "a column holds a `path`; a `file` is what a port of a task or tool has";
      if (type.is_list) return "a cell of a table holds one value";
      break;
    case TypePlace::dimension:
      if (type.is_list || type.is_optional) return "a key is one value that is always there";
      if (type.kind == TypeKind::real || type.kind == TypeKind::file || type.kind == TypeKind::boolean) {
        return "a key is an `int`, `text`, `date`, `time`, `path` or an enum";
      }
      break;
    case TypePlace::metric:
      if (type.kind == TypeKind::file || type.kind == TypeKind::path) return "a metric is a measured value";
      break;
    case TypePlace::port:
      if (type.kind != TypeKind::file) return "a port of a tool is a `file`, `file?` or `[file]`";
      break;
  }
  return {};
}

}  // namespace

Type resolve_type(Context& context, std::uint32_t module, const syntax::TypeSyntax& written, TypePlace place) {
  if (is_missing(written.name)) return {};
  Type type = find_type(context, module, written.name);
  if (type.is_error()) return {};
  if (written.unit && !set_unit(context, *written.unit, type)) return {};
  if (written.scale && !set_scale(context, *written.scale, type)) return {};
  type.is_list = written.is_list;
  type.is_optional = written.is_optional;
  if (const std::string_view problem = misfit(type, place); !problem.empty()) {
    context.report(Kind::type_not_here, written.span, type_name(type, context.strings)).help(std::string(problem));
    return {};
  }
  return type;
}

program::TimeEncoding resolve_encoding(Context& context, const syntax::TypeSyntax& written) {
  if (!written.encoding) return program::TimeEncoding::iso;
  const std::string_view text = context.text(written.encoding->symbol);
  std::vector<std::string_view> names;
  for (const auto& [name, encoding] : encodings) {
    if (name == text && context.text(written.name.symbol) == "time") return encoding;
    names.push_back(name);
  }
  report_unknown_name(context, *written.encoding, "encoding of a time", names, "after `time ... as`");
  return program::TimeEncoding::iso;
}

}  // namespace osac::semantics
