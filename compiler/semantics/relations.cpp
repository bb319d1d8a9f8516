// Relations: their dimensions, and that the table has a column for each key.

#include "compiler/semantics/relations.h"

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/declarations.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/ports.h"
#include "compiler/semantics/tables.h"

namespace osac::semantics {

namespace {

struct Pass {
  Context& context;
  const syntax::RelationDecl& decl;
  RelationId id;

  [[nodiscard]] program::Relation& self() const { return context.program.relations[id.index]; }
  void fail() const { context.relation_failed[id.index] = true; }

  void resolve_dimensions() const {
    for (const syntax::Name& name : decl.dimensions) {
      const auto found = find_dimension(context, name);
      auto& list = self().dimensions;
      if (!found) {
        fail();
      } else if (std::find(list.begin(), list.end(), *found) != list.end()) {
        context.report(Kind::repeated_dimension, name.span, context.text(name.symbol));
        fail();
      } else {
        list.push_back(*found);
      }
    }
    self().basis = basis_of(context.program, self().dimensions);
  }

  void check_columns(TableId table_id) const {
    const program::Table& table = context.program.tables[table_id.index];
    for (const DimensionId each : with_parents(context, self().basis)) {
      const program::Dimension& dimension = context.program.dimensions[each.index];
      const auto column = find_key_column(context, table_id, each);
      if (column && table.columns[*column].type.required() == dimension.type) continue;
      fail();
      auto report = context.report(Kind::relation_needs_column, decl.table.span, context.text(table.name), context.text(dimension.name),
                                   type_name(dimension.type, context.strings));
      if (column) {
        report.label(table.columns[*column].span, fmt::format("this one is `{}`", type_name(table.columns[*column].type, context.strings)));
      } else {
        report.label(table.span, "its columns are declared here");
      }
    }
  }

  void run() const {
    resolve_dimensions();
    const auto table = find_table(context, decl.table);
    if (!table) return fail();
    self().table = *table;
    if (!context.relation_failed[id.index]) check_columns(*table);
  }
};

}  // namespace

void analyse_relations(Context& context) {
  for (const auto& [decl, id] : context.relations) Pass{context, *decl, id}.run();
}

std::optional<RelationId> find_relation(Context& context, const syntax::Name& name) {
  if (is_missing(name)) return std::nullopt;
  const Entry* entry = find_name(context, 0, name.symbol);
  if (entry != nullptr && entry->kind == EntryKind::relation) {
    return context.relation_failed[entry->index] ? std::nullopt : std::optional(RelationId{entry->index});
  }
  if (entry != nullptr && entry->kind == EntryKind::failed) return std::nullopt;
  std::vector<std::string_view> names;
  for (const program::Relation& each : context.program.relations) names.push_back(context.text(each.name));
  report_unknown_name(context, name, "relation", names, "relations");
  return std::nullopt;
}

bool pairs(const Context& context, RelationId relation, const std::vector<DimensionId>& a, const std::vector<DimensionId>& b) {
  const auto in = determined_by(context.program, context.program.relations[relation.index].dimensions);
  const auto meets = [&](const std::vector<DimensionId>& list) {
    return std::any_of(list.begin(), list.end(), [&](DimensionId id) { return std::find(in.begin(), in.end(), id) != in.end(); });
  };
  return meets(a) && meets(b);
}

std::string what_it_pairs(const Context& context, RelationId relation) {
  return fmt::format("it pairs {}", quoted_names(context, context.program.relations[relation.index].dimensions));
}

}  // namespace osac::semantics
