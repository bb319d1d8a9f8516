#include "compiler/semantics/scope.h"

#include <fmt/core.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/expression/spelling.h"
#include "compiler/semantics/constants.h"
#include "compiler/semantics/records.h"

namespace osac::semantics {

namespace {

using expression::Node;
using expression::Op;
using expression::Resource;
using expression::resource_names;
using expression::resource_type;

ExprId reference(Context& context, Op op, std::uint32_t index, std::uint32_t extra, Type type, Span span) {
  Node node;
  node.op = op;
  node.index = index;
  node.extra = extra;
  node.type = type;
  node.span = span;
  return add_unfolded(context, node, {});
}

std::optional<ExprId> find_port(Context& context, const Scope& scope, const syntax::Name& name) {
  if (scope.ports == nullptr) return std::nullopt;
  for (const Port& port : *scope.ports) {
    if (port.name != name.symbol) continue;
    if (!port.is_bound) return constant_node(context, expression::absent_scalar, port.type.optional(), name.span);
    return port.type.is_error() ? error_node(context, name.span) : reference(context, Op::port_path, port.index, 0, port.type, name.span);
  }
  return std::nullopt;
}

std::optional<ExprId> find_metric(Context& context, const Scope& scope, const syntax::Name& name) {
  if (scope.metrics == nullptr) return std::nullopt;
  for (std::uint32_t i = 0; i < scope.metrics->size(); ++i) {
    const program::Metric& metric = (*scope.metrics)[i];
    if (metric.name == name.symbol) return reference(context, Op::attribute, program::metric_scope, i, metric.type, name.span);
  }
  return std::nullopt;
}

std::optional<ExprId> find_resource(Context& context, const Scope& scope, const syntax::Name& name) {
  if (!scope.has_resources) return std::nullopt;
  const std::string_view text = context.text(name.symbol);
  if (text == "scratch") return reference(context, Op::scratch, 0, 0, Type::of(TypeKind::path), name.span);
  for (std::uint32_t i = 0; i < expression::resource_count; ++i) {
    if (resource_names[i] == text) return reference(context, Op::resource, i, 0, resource_type(static_cast<Resource>(i)), name.span);
  }
  return std::nullopt;
}

ExprId key_node(Context& context, DimensionId id, Span span) {
  if (context.dimension_failed[id.index]) return error_node(context, span);
  return reference(context, Op::key, id.index, 0, context.program.dimensions[id.index].type, span);
}

std::optional<std::uint32_t> find_attribute(const program::Dimension& dimension, Symbol name) {
  for (std::uint32_t i = 0; i < dimension.attributes.size(); ++i) {
    if (dimension.attributes[i].name == name) return i;
  }
  return std::nullopt;
}

ExprId report_ambiguous(Context& context, const syntax::Name& name, const std::vector<DimensionId>& owners) {
  std::vector<std::string> spellings;
  for (const DimensionId owner : owners) spellings.push_back(fmt::format("`{}.{}`", context.name(owner), context.text(name.symbol)));
  context.report(Kind::ambiguous_name, name.span, context.text(name.symbol), quoted_names(context, owners))
      .help(fmt::format("write {}", join_words(spellings, "or")));
  return error_node(context, name.span);
}

/// Keys by name, then attributes, then a key by the name of its column.
std::optional<ExprId> find_in_dimensions(Context& context, const std::vector<DimensionId>& dimensions, const syntax::Name& name) {
  bool any_failed = false;
  for (const DimensionId id : dimensions) {
    if (context.program.dimensions[id.index].name == name.symbol) return key_node(context, id, name.span);
    any_failed = any_failed || context.dimension_failed[id.index];
  }
  std::vector<DimensionId> owners;
  for (const DimensionId id : dimensions) {
    if (find_attribute(context.program.dimensions[id.index], name.symbol)) owners.push_back(id);
  }
  if (owners.size() > 1) return report_ambiguous(context, name, owners);
  if (owners.size() == 1) return find_column(context, owners.front(), name.symbol, name.span);
  for (const DimensionId id : dimensions) {
    if (auto found = find_column(context, id, name.symbol, name.span)) return found;
  }
  // A dimension that could not be read may have had it.
  return any_failed ? std::optional(error_node(context, name.span)) : std::nullopt;
}

bool has_member(const program::Enum& one, Symbol member) {
  return std::find(one.members.begin(), one.members.end(), member) != one.members.end();
}

Type enum_type(const program::Enum& one) {
  Type type = Type::of(TypeKind::enumeration);
  type.detail = one.name.index;
  return type;
}

/// Enums that a module sees (its own and imported ones) and that have the member.
std::vector<std::uint32_t> enums_with(Context& context, std::uint32_t module, Symbol member) {
  std::vector<std::uint32_t> found;
  for (auto& [name, entry] : context.scopes[module].names) {
    if (entry.kind != EntryKind::enumeration || !has_member(context.program.enums[entry.index], member)) continue;
    entry.is_used = true;
    found.push_back(entry.index);
  }
  return found;
}

ExprId member_node(Context& context, const program::Enum& one, const syntax::Name& member) {
  return constant_node(context, member.symbol.index, enum_type(one), member.span);
}

std::optional<ExprId> find_member(Context& context, const Scope& scope, const syntax::Name& name, Type hint) {
  const std::vector<std::uint32_t> found = enums_with(context, scope.module, name.symbol);
  if (hint.kind == TypeKind::enumeration) {
    const program::Enum* wanted = find_enum(context, hint);
    if (wanted != nullptr && has_member(*wanted, name.symbol)) return member_node(context, *wanted, name);
  }
  if (found.empty()) return std::nullopt;
  if (found.size() == 1) return member_node(context, context.program.enums[found.front()], name);
  std::vector<std::string> owners;
  std::vector<std::string> spellings;
  for (const std::uint32_t index : found) {
    const auto owner = context.text(context.program.enums[index].name);
    owners.push_back(fmt::format("`{}`", owner));
    spellings.push_back(fmt::format("`{}.{}`", owner, context.text(name.symbol)));
  }
  context.report(Kind::ambiguous_name, name.span, context.text(name.symbol), join_words(owners))
      .help(fmt::format("write {}", join_words(spellings, "or")));
  return error_node(context, name.span);
}

std::optional<ExprId> find_declared(Context& context, const Scope& scope, const syntax::Name& name) {
  Entry* entry = find_name(context, scope.module, name.symbol);
  if (entry == nullptr) return std::nullopt;
  switch (entry->kind) {
    case EntryKind::parameter:
      return parameter_value(context, entry->index);
    case EntryKind::let:
      if (context.lets[entry->index].is_function()) break;
      return let_value(context, entry->index);
    case EntryKind::failed:
      return error_node(context, name.span);
    case EntryKind::enumeration:
    case EntryKind::table:
    case EntryKind::dimension:
    case EntryKind::relation:
    case EntryKind::tool:
    case EntryKind::module:
      break;
  }
  return std::nullopt;
}

/// All names that could have been meant, for suggestions.
std::vector<std::string_view> visible_names(const Context& context, const Scope& scope) {
  std::vector<std::string_view> names;
  const auto add = [&](Symbol symbol) { names.push_back(context.text(symbol)); };
  if (scope.ports != nullptr) {
    for (const Port& port : *scope.ports) add(port.name);
  }
  if (scope.arguments != nullptr) {
    for (const auto& [name, value] : *scope.arguments) add(name);
  }
  if (scope.metrics != nullptr) {
    for (const auto& metric : *scope.metrics) add(metric.name);
  }
  if (scope.has_resources) names.insert(names.end(), std::begin(resource_names), std::end(resource_names));
  for (const auto* list : {&scope.inner, &scope.dimensions}) {
    for (const DimensionId id : *list) {
      add(context.program.dimensions[id.index].name);
      for (const auto& attribute : context.program.dimensions[id.index].attributes) add(attribute.name);
    }
  }
  for (const auto& [name, entry] : context.scopes[scope.module].names) {
    if (entry.kind == EntryKind::parameter || (entry.kind == EntryKind::let && !context.lets[entry.index].is_function())) add(name);
    if (entry.kind != EntryKind::enumeration) continue;
    for (const Symbol member : context.program.enums[entry.index].members) add(member);
  }
  return names;
}

std::string undetermined_help(const Context& context, const Scope& scope) {
  if (scope.dimensions.empty() && scope.inner.empty()) return fmt::format("{} has no dimensions here", scope.place);
  std::vector<DimensionId> all = scope.inner;
  for (const DimensionId id : scope.dimensions) {
    if (std::find(all.begin(), all.end(), id) == all.end()) all.push_back(id);
  }
  return fmt::format("determined here: {}", quoted_names(context, all));
}

/// The dimension that the name is of, if it is a column of one that nothing here determines.
std::optional<DimensionId> owner_elsewhere(const Context& context, Symbol name) {
  for (std::uint32_t i = 0; i < context.program.dimensions.size(); ++i) {
    if (find_attribute(context.program.dimensions[i], name)) return DimensionId{i};
  }
  return std::nullopt;
}

bool report_known_elsewhere(Context& context, const Scope& scope, const syntax::Name& name) {
  if (scope.module != 0 || scope.arguments != nullptr) return false;
  const auto& names = context.scopes[0].names;
  const std::string_view text = context.text(name.symbol);
  const auto entry = names.find(name.symbol);
  if (entry != names.end() && entry->second.kind == EntryKind::dimension) {
    context.report(Kind::not_determined, name.span, text).help(undetermined_help(context, scope));
    return true;
  }
  if (const auto owner = owner_elsewhere(context, name.symbol)) {
    context.report(Kind::not_determined, name.span, text)
        .label(context.program.dimensions[owner->index].span, fmt::format("`{}` is a column of this dimension", text))
        .help(undetermined_help(context, scope));
    return true;
  }
  if (context.scopes[0].datasets.count(name.symbol) > 0) {
    if (context.had_errors && scope.ports != nullptr) return true;  // its clause may be what could not be read
    auto report = context.report(Kind::not_a_value, name.span, text, "dataset");
    if (scope.ports != nullptr) report.help(fmt::format("make it a port of the task: `in {}` or `out {}`", text, text));
    return true;
  }
  return false;
}

std::string_view word_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::enumeration:
      return "enum";
    case EntryKind::table:
      return "table";
    case EntryKind::relation:
      return "relation";
    case EntryKind::tool:
      return "tool";
    case EntryKind::module:
      return "module";
    case EntryKind::parameter:
    case EntryKind::let:
    case EntryKind::dimension:
    case EntryKind::failed:
      break;
  }
  return "name";
}

ExprId report_unknown(Context& context, const Scope& scope, const syntax::Name& name) {
  const std::string_view text = context.text(name.symbol);
  if (report_known_elsewhere(context, scope, name)) return error_node(context, name.span);
  const auto entry = context.scopes[scope.module].names.find(name.symbol);
  if (entry != context.scopes[scope.module].names.end() && entry->second.kind != EntryKind::dimension) {
    const bool is_function = entry->second.kind == EntryKind::let;
    auto report = context.report(Kind::not_a_value, name.span, text, is_function ? "function" : word_of(entry->second.kind));
    if (is_function) report.help(fmt::format("call it: `{}(...)`", text));
    if (entry->second.kind == EntryKind::table) report.help("a table's columns are read as attributes of the dimension that comes from it");
    return error_node(context, name.span);
  }
  report_unknown_name(context, name, "value", visible_names(context, scope), {}, fmt::format("not known in {}", scope.place));
  return error_node(context, name.span);
}

ExprId member_of_enum(Context& context, const program::Enum& one, const syntax::Name& member) {
  if (has_member(one, member.symbol)) return member_node(context, one, member);
  std::vector<std::string_view> members;
  for (const Symbol each : one.members) members.push_back(context.text(each));
  report_unknown_name(context, member, "member", members, fmt::format("members of `{}`", context.text(one.name)));
  return error_node(context, member.span);
}

ExprId column_of_dimension(Context& context, const Scope& scope, DimensionId id, const syntax::MemberExpr& member, Span span) {
  const auto is_here = [&](const std::vector<DimensionId>& list) { return std::find(list.begin(), list.end(), id) != list.end(); };
  if (context.dimension_failed[id.index]) return error_node(context, span);
  if (!is_here(scope.inner) && !is_here(scope.dimensions)) {
    context.report(Kind::not_determined, span, context.name(id)).help(undetermined_help(context, scope));
    return error_node(context, span);
  }
  if (const auto found = find_column(context, id, member.member.symbol, span)) return *found;
  std::vector<std::string_view> columns;
  for (const auto& attribute : context.program.dimensions[id.index].attributes) columns.push_back(context.text(attribute.name));
  report_unknown_name(context, member.member, "column", columns, fmt::format("columns of `{}`", context.name(id)));
  return error_node(context, span);
}

ExprId exported_value(Context& context, std::uint32_t module, const syntax::Name& name) {
  const auto& names = context.scopes[module].names;
  const auto found = names.find(name.symbol);
  if (found != names.end() && !found->second.is_import && found->second.kind == EntryKind::let) {
    if (!context.lets[found->second.index].is_function()) return let_value(context, found->second.index);
    context.report(Kind::not_a_value, name.span, context.text(name.symbol), "function")
        .help(fmt::format("call it: `{}(...)`", context.text(name.symbol)));
    return error_node(context, name.span);
  }
  std::vector<std::string_view> lets;
  for (const auto& [symbol, entry] : names) {
    const bool is_constant = entry.kind == EntryKind::let && !entry.is_import && !context.lets[entry.index].is_function();
    if (is_constant) lets.push_back(context.text(symbol));
  }
  auto report = context.report(Kind::unknown_import, name.span, context.modules[module].name, context.text(name.symbol));
  suggest(context, report, name, lets);
  return error_node(context, name.span);
}

/// `module.Enum` before `.MEMBER`.
const program::Enum* enum_of_module(Context& context, const Scope& scope, const syntax::MemberExpr& member) {
  const auto* object = std::get_if<syntax::NameExpr>(&context.tree(scope.module)[member.object].kind);
  if (object == nullptr) return nullptr;
  const Entry* entry = find_name(context, scope.module, object->name.symbol);
  if (entry == nullptr || entry->kind != EntryKind::module) return nullptr;
  const auto& names = context.scopes[entry->index].names;
  const auto found = names.find(member.member.symbol);
  return found != names.end() && found->second.kind == EntryKind::enumeration ? &context.program.enums[found->second.index] : nullptr;
}

}  // namespace

const program::Enum* find_enum(const Context& context, Type type) {
  for (const program::Enum& one : context.program.enums) {
    if (one.name.index == type.detail) return &one;
  }
  return nullptr;
}

std::optional<ExprId> find_column(Context& context, DimensionId id, Symbol column, Span span) {
  const program::Dimension& dimension = context.program.dimensions[id.index];
  if (const auto index = find_attribute(dimension, column)) {
    return reference(context, Op::attribute, id.index, *index, dimension.attributes[*index].type, span);
  }
  const auto* source = std::get_if<program::ColumnSource>(&dimension.source);
  if (source == nullptr || !source->table.exists()) return std::nullopt;
  if (context.program.tables[source->table.index].columns[source->column].name != column) return std::nullopt;
  return key_node(context, id, span);
}

std::optional<ExprId> find_value(Context& context, const Scope& scope, const syntax::Name& name) {
  if (auto found = find_port(context, scope, name)) return *found;
  if (scope.arguments != nullptr) {
    if (const auto found = scope.arguments->find(name.symbol); found != scope.arguments->end()) return found->second;
  }
  if (auto found = find_metric(context, scope, name)) return *found;
  if (auto found = find_resource(context, scope, name)) return *found;
  if (auto found = find_in_dimensions(context, scope.inner, name)) return *found;
  if (auto found = find_in_dimensions(context, scope.dimensions, name)) return *found;
  return find_declared(context, scope, name);
}

ExprId resolve_name(Context& context, const Scope& scope, const syntax::Name& name, Type hint) {
  if (is_missing(name)) return error_node(context, name.span);
  if (auto found = find_value(context, scope, name)) return *found;
  if (auto found = find_member(context, scope, name, hint)) return *found;
  return report_unknown(context, scope, name);
}

bool is_only_member(Context& context, const Scope& scope, Symbol name) {
  if (enums_with(context, scope.module, name).empty()) return false;
  if (scope.ports != nullptr &&
      std::any_of(scope.ports->begin(), scope.ports->end(), [&](const Port& port) { return port.name == name; })) {
    return false;
  }
  if (scope.arguments != nullptr && scope.arguments->count(name) > 0) return false;
  for (const auto* list : {&scope.inner, &scope.dimensions}) {
    for (const DimensionId id : *list) {
      if (context.program.dimensions[id.index].name == name || find_attribute(context.program.dimensions[id.index], name)) return false;
    }
  }
  return context.scopes[scope.module].names.count(name) == 0;
}

ExprId resolve_member(Context& context, const Scope& scope, const syntax::MemberExpr& member, Span span) {
  const syntax::Expr& object = context.tree(scope.module)[member.object];
  if (const auto* inner = std::get_if<syntax::MemberExpr>(&object.kind)) {
    if (const program::Enum* one = enum_of_module(context, scope, *inner)) return member_of_enum(context, *one, member.member);
  }
  const auto* name = std::get_if<syntax::NameExpr>(&object.kind);
  if (name == nullptr) {
    context.report(Kind::no_members, span);
    return error_node(context, span);
  }
  if (const auto field = resolve_field(context, scope, name->name, member.member, span)) return *field;
  const Entry* entry = find_name(context, scope.module, name->name.symbol);
  if (entry != nullptr && entry->kind == EntryKind::dimension) {
    return column_of_dimension(context, scope, DimensionId{entry->index}, member, span);
  }
  if (entry != nullptr && entry->kind == EntryKind::enumeration) {
    return member_of_enum(context, context.program.enums[entry->index], member.member);
  }
  if (entry != nullptr && entry->kind == EntryKind::module) return exported_value(context, entry->index, member.member);
  const ExprId value = resolve_name(context, scope, name->name, {});
  if (!context.failed(value)) context.report(Kind::no_members, span);
  return error_node(context, span);
}

}  // namespace osac::semantics
