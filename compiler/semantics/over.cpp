// `for a, b`: names, repetitions, and whether the dimensions hang together.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/semantics/dimensions.h"

namespace osac::semantics {

namespace {

bool contains(const std::vector<DimensionId>& list, DimensionId id) { return std::find(list.begin(), list.end(), id) != list.end(); }

/// One determines the other, or some declared dimension (or a relation) determines both.
/// A dimension that connects two others is used, even if nothing is over it.
bool are_connected(Context& context, DimensionId a, DimensionId b) {
  const program::Program& program = context.program;
  for (std::uint32_t i = 0; i < program.dimensions.size(); ++i) {
    const std::vector<DimensionId> found = determined_by(program, {DimensionId{i}});
    if (!contains(found, a) || !contains(found, b)) continue;
    find_name(context, 0, program.dimensions[i].name);
    return true;
  }
  return std::any_of(context.relations.begin(), context.relations.end(), [&](const RelationState& relation) {
    const std::vector<DimensionId> found = determined_by(program, relation.dimensions);
    return contains(found, a) && contains(found, b);
  });
}

/// Those that a walk over connections from the first one reaches.
std::vector<DimensionId> connected_with_first(Context& context, const std::vector<DimensionId>& dimensions) {
  std::vector<DimensionId> reached = {dimensions.front()};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const DimensionId id : dimensions) {
      if (!contains(reached, id) && are_connected(context, reached[i], id)) reached.push_back(id);
    }
  }
  return reached;
}

void report_unconnected(Context& context, const syntax::ForClause& clause, const std::vector<DimensionId>& dimensions,
                        const std::vector<DimensionId>& reached, std::string_view what) {
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
  const std::string product = fmt::format("for {}", fmt::join(names, " * "));
  auto report =
      context.report(Kind::unconnected_dimensions, clause.span, quoted_names(context, reached), quoted_names(context, other), what);
  report.note("dimensions are connected when one determines the other, or when some dimension determines both");
  report.help(fmt::format("write `{}` for every combination, or name the relation that pairs them: `via r`", product));
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

Over resolve_over(Context& context, const std::optional<syntax::ForClause>& clause, std::string_view what, bool has_relation) {
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
  if (over.failed || over.is_cross || has_relation || over.dimensions.size() < 2) return over;
  const std::vector<DimensionId> reached = connected_with_first(context, over.dimensions);
  if (reached.size() < over.dimensions.size()) {
    report_unconnected(context, *clause, over.dimensions, reached, what);
    over.is_cross = true;
  }
  return over;
}

}  // namespace osac::semantics
