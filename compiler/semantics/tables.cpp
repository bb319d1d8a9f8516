// Tables: format, where the files are, columns.

#include "compiler/semantics/tables.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "compiler/semantics/declarations.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/ports.h"
#include "compiler/semantics/types.h"

namespace osac::semantics {

namespace {

constexpr std::array<std::pair<std::string_view, program::TableFormat>, 6> formats = {{
    {"ecsv", program::TableFormat::ecsv},
    {"csv", program::TableFormat::csv},
    {"tsv", program::TableFormat::tsv},
    {"yaml", program::TableFormat::yaml},
    {"json", program::TableFormat::json},
    {"sqlite", program::TableFormat::sqlite},
}};

struct Pass {
  Context& context;
  const syntax::TableDecl& decl;
  TableId id;

  [[nodiscard]] program::Table& self() const { return context.program.tables[id.index]; }
  void fail() const { context.table_failed[id.index] = true; }

  void set_format() const {
    const std::string_view text = context.text(decl.format.symbol);
    std::vector<std::string_view> names;
    for (const auto& [name, format] : formats) {
      if (name == text) {
        self().format = format;
        return check_query();
      }
      names.push_back(name);
    }
    report_unknown_name(context, decl.format, "table format", names, "formats");
    fail();
  }

  void check_query() const {
    const bool is_sqlite = self().format == program::TableFormat::sqlite;
    if (is_sqlite == decl.query.has_value()) return;
    fail();
    if (!is_sqlite) {
      context
          .report(Kind::misplaced_modifier, context.tree(0)[*decl.query].span, "query",
                  fmt::format("a table read by `{}`", context.text(decl.format.symbol)))
          .help("only `sqlite` is asked by a query; all others give their rows as they are");
    } else if (!context.had_errors) {
      context.report(Kind::table_without_query, decl.name.span, context.text(decl.name.symbol))
          .help("say which rows: `sqlite \"log.db\" query \"select seq, begin from exposures\" { ... }`");
    }
  }

  /// `for night`: the keys, with their parents', are columns before all others. Their types are known once those of dimensions are.
  void add_keys() const {
    Over over = resolve_over(context, over_clause());
    if (over.failed) return fail();
    self().dimensions = over.dimensions;
    for (const DimensionId key : with_parents(context, over.dimensions)) {
      program::Column column;
      column.name = column.source_name = context.program.dimensions[key.index].name;
      column.span = decl.dimensions.front().span;
      self().columns.push_back(column);
    }
  }
  [[nodiscard]] std::optional<syntax::ForClause> over_clause() const {
    if (decl.dimensions.empty()) return std::nullopt;
    return syntax::ForClause{decl.dimensions, decl.is_cross, decl.dimensions.front().span.to(decl.dimensions.back().span)};
  }

  void declare() const {
    set_format();
    add_keys();
    if (!add_columns(context, decl.columns, "column", self().columns)) fail();
    if (!decl.columns.empty()) return;
    fail();
    if (!context.had_errors) context.report(Kind::table_without_columns, decl.name.span, context.text(decl.name.symbol));
  }

  void set_key_types() const {
    std::size_t i = 0;
    for (const DimensionId key : with_parents(context, self().dimensions)) {
      const program::Dimension& dimension = context.program.dimensions[key.index];
      if (i >= self().columns.size()) return;
      self().columns[i++].type = dimension.type;
      if (context.dimension_failed[key.index]) fail();
    }
  }

  /// `csv candidates`: the files are a dataset's, over just the table's dimensions.
  [[nodiscard]] const syntax::Name* dataset_name() const {
    const auto* name = std::get_if<syntax::NameExpr>(&context.tree(0)[decl.path].kind);
    if (name == nullptr || context.scopes[0].datasets.count(name->name.symbol) == 0) return nullptr;
    return context.scopes[0].names.count(name->name.symbol) > 0 ? nullptr : &name->name;
  }

  void resolve_dataset(const syntax::Name& name) const {
    const auto found = find_dataset(context, {{name}, name.span});
    if (!found) return fail();
    self().produced = *found;
    context.consumers[found->index].push_back({program::TaskId::none(), name.span});
    const program::Dataset& dataset = context.program.datasets[found->index];
    const Cardinalities rule = compare(context, with_parents(context, dataset.dimensions), self().dimensions);
    if (rule.is_determined && rule.determines_task) return;
    fail();
    const std::string over = dataset.dimensions.empty() ? "no dimension" : quoted_names(context, dataset.dimensions);
    context.report(Kind::table_over, name.span, context.text(decl.name.symbol), context.text(name.symbol), over)
        .label(dataset.span, "declared here")
        .help(dataset.dimensions.empty() ? fmt::format("leave out the `for` of table `{}`", context.text(decl.name.symbol))
                                         : fmt::format("a table of each file: `table {} for {} = ...`", context.text(decl.name.symbol),
                                                       fmt::join(names_of(dataset.dimensions), ", ")));
  }
  [[nodiscard]] std::vector<std::string_view> names_of(const std::vector<DimensionId>& ids) const {
    std::vector<std::string_view> names;
    for (const DimensionId each : ids) names.push_back(context.name(each));
    return names;
  }

  void resolve() const {
    Scope scope;
    scope.place = "a table's path";
    scope.dimensions = determined_by(context.program, self().dimensions);
    if (const syntax::Name* name = dataset_name()) {
      resolve_dataset(*name);
    } else {
      self().path = lower_path(context, scope, decl.path, "a table's path");
    }
    if (!decl.query) return;
    Scope of_query;
    of_query.place = "a query";
    self().query = lower_as(context, of_query, *decl.query, Type::of(TypeKind::text), "a query");
  }
};

}  // namespace

std::optional<TableId> find_table(Context& context, const syntax::Name& name) {
  if (is_missing(name)) return std::nullopt;
  const Entry* entry = find_name(context, 0, name.symbol);
  if (entry != nullptr && entry->kind == EntryKind::table) {
    return context.table_failed[entry->index] ? std::nullopt : std::optional(TableId{entry->index});
  }
  if (entry != nullptr && entry->kind == EntryKind::failed) return std::nullopt;
  std::vector<std::string_view> names;
  for (const program::Table& each : context.program.tables) names.push_back(context.text(each.name));
  report_unknown_name(context, name, "table", names, "tables");
  return std::nullopt;
}

bool add_columns(Context& context, const std::vector<syntax::ColumnDecl>& declared, std::string_view what,
                 std::vector<program::Column>& columns) {
  bool fine = true;
  for (const syntax::ColumnDecl& column : declared) {
    for (const program::Column& other : columns) {
      if (other.name != column.name.symbol) continue;
      context.report(Kind::duplicate_declaration, column.name.span, what, context.text(column.name.symbol))
          .label(other.span, "first declared here");
    }
    program::Column made;
    made.name = column.name.symbol;
    made.source_name = column.source_name ? column.source_name->symbol : column.name.symbol;
    made.type = resolve_type(context, 0, column.type, TypePlace::column);
    made.encoding = resolve_encoding(context, column.type);
    made.is_unique = column.is_unique;
    made.span = column.name.span;
    fine = fine && !made.type.is_error();
    columns.push_back(made);
  }
  return fine;
}

std::optional<std::uint32_t> find_table_column(const program::Table& table, Symbol name) {
  for (std::uint32_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name == name) return i;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_key_column(const Context& context, TableId table, DimensionId dimension) {
  const program::Dimension& declared = context.program.dimensions[dimension.index];
  const auto* source = std::get_if<program::ColumnSource>(&declared.source);
  if (source != nullptr && source->table == table) return source->column;
  return find_table_column(context.program.tables[table.index], declared.name);
}

void analyse_tables(Context& context) {
  for (const auto& [decl, id] : context.tables) Pass{context, *decl, id}.declare();
}

void resolve_tables(Context& context) {
  for (const auto& [decl, id] : context.tables) Pass{context, *decl, id}.resolve();
}

void set_key_types(Context& context) {
  for (const auto& [decl, id] : context.tables) Pass{context, *decl, id}.set_key_types();
}

}  // namespace osac::semantics
