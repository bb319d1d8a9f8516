// `for a, b`: names, repetitions, and whether the dimensions hang together.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/relations.h"

namespace osac::semantics {

namespace {

bool contains(const std::vector<DimensionId>& list, DimensionId id) { return std::find(list.begin(), list.end(), id) != list.end(); }

/// Its records stand in the text, so that every combination with others is what the author sees there.
bool is_fixed_by_text(const program::Dimension& dimension) {
  if (dimension.parent.exists()) return false;
  return std::holds_alternative<program::EnumSource>(dimension.source) || std::holds_alternative<program::RangeSource>(dimension.source) ||
         std::holds_alternative<program::ListSource>(dimension.source);
}

/// Certificates go with keys of a dataset; they do not say which keys belong together.
bool is_of_certificates(const program::Program& program, const program::Dimension& dimension) {
  return dimension.table.exists() && program.tables[dimension.table.index].certificates_of.exists();
}

/// One determines the other, or some declared dimension or one of the relations determines both. A dimension that connects two others is
/// used, even if nothing is over it.
bool are_connected(Context& context, DimensionId a, DimensionId b, const std::vector<RelationId>& relations) {
  const program::Program& program = context.program;
  for (std::uint32_t i = 0; i < program.dimensions.size(); ++i) {
    if (is_of_certificates(program, program.dimensions[i])) continue;
    const std::vector<DimensionId> found = determined_by(program, {DimensionId{i}});
    if (!contains(found, a) || !contains(found, b)) continue;
    find_name(context, 0, program.dimensions[i].name);
    return true;
  }
  return std::any_of(relations.begin(), relations.end(), [&](RelationId relation) { return pairs(context, relation, {a}, {b}); });
}

/// Those that a walk over connections from `first` reaches.
std::vector<DimensionId> connected_with(Context& context, DimensionId first, const std::vector<DimensionId>& dimensions,
                                        const std::vector<RelationId>& relations) {
  std::vector<DimensionId> reached = {first};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const DimensionId id : dimensions) {
      if (!contains(reached, id) && are_connected(context, reached[i], id, relations)) reached.push_back(id);
    }
  }
  return reached;
}

std::vector<RelationId> relations_between(const Context& context, const std::vector<DimensionId>& a, const std::vector<DimensionId>& b) {
  std::vector<RelationId> found;
  for (const auto& [decl, id] : context.relations) {
    if (!context.relation_failed[id.index] && pairs(context, id, a, b)) found.push_back(id);
  }
  return found;
}

void report_unconnected(Context& context, const syntax::ForClause& clause, const std::vector<DimensionId>& dimensions,
                        const std::vector<DimensionId>& reached, const OverOf& of) {
  // A dataset and the task that makes it make the same mistake: once is enough.
  std::vector<DimensionId> sorted = dimensions;
  std::sort(sorted.begin(), sorted.end());
  if (!context.unconnected.insert(std::move(sorted)).second) return;
  std::vector<DimensionId> other;
  std::vector<std::string> names;
  for (const DimensionId id : dimensions) {
    if (!contains(reached, id)) other.push_back(id);
    names.emplace_back(context.name(id));
  }
  auto report =
      context.report(Kind::unconnected_dimensions, clause.span, quoted_names(context, reached), quoted_names(context, other), of.what);
  report.note(
      "dimensions are connected when one determines the other, or when some dimension determines both; those that the text fixes go "
      "with any");
  const auto proposed = of.may_name_relation ? relations_between(context, reached, other) : std::vector<RelationId>{};
  if (!proposed.empty()) {
    report.help(fmt::format("name the relation that pairs them: `via {}`", context.name(proposed.front())));
  } else if (of.may_name_relation) {
    report.help("name a relation that pairs them: `via r`");
  }
  report.help(fmt::format("for every combination, write `for {}`", fmt::join(names, " * ")));
}

}  // namespace

std::optional<DimensionId> find_dimension(Context& context, const syntax::Name& name) {
  if (is_missing(name)) return std::nullopt;
  const auto found = context.scopes[0].names.find(name.symbol);
  if (found != context.scopes[0].names.end()) {
    found->second.is_used = true;
    if (found->second.kind == EntryKind::failed) return std::nullopt;
    const DimensionId id{found->second.index};
    if (found->second.kind == EntryKind::dimension) return context.dimension_failed[id.index] ? std::nullopt : std::optional(id);
  }
  std::vector<std::string_view> names;
  for (const program::Dimension& dimension : context.program.dimensions) names.push_back(context.text(dimension.name));
  report_unknown_name(context, name, "dimension", names, "dimensions");
  return std::nullopt;
}

Over resolve_over(Context& context, const std::optional<syntax::ForClause>& clause) {
  Over over;
  if (!clause) return over;
  over.is_cross = clause->is_cross;
  for (const syntax::Name& name : clause->dimensions) {
    const auto id = find_dimension(context, name);
    if (!id) {
      over.failed = true;
    } else if (contains(over.dimensions, *id)) {
      context.report(Kind::repeated_dimension, name.span, context.text(name.symbol));
    } else {
      over.dimensions.push_back(*id);
    }
  }
  return over;
}

void check_connected(Context& context, const std::optional<syntax::ForClause>& clause, Over& over, const OverOf& of) {
  if (over.failed || over.is_cross || over.dimensions.size() < 2) return;
  std::vector<DimensionId> known_by_data;
  for (const DimensionId id : over.dimensions) {
    if (!is_fixed_by_text(context.program.dimensions[id.index])) known_by_data.push_back(id);
  }
  if (known_by_data.size() < 2) return;
  const std::vector<DimensionId> reached = connected_with(context, known_by_data.front(), over.dimensions, of.relations);
  const bool all = std::all_of(known_by_data.begin(), known_by_data.end(), [&](DimensionId id) { return contains(reached, id); });
  if (all) return;
  report_unconnected(context, *clause, over.dimensions, reached, of);
  over.is_cross = true;
}

}  // namespace osac::semantics
