// Tables: format, path, columns.

#include <fmt/core.h>

#include <array>
#include <utility>

#include "compiler/semantics/declarations.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/types.h"

namespace osac::semantics {

namespace {

constexpr std::array<std::pair<std::string_view, program::TableFormat>, 5> formats = {{
    {"ecsv", program::TableFormat::ecsv},
    {"csv", program::TableFormat::csv},
    {"tsv", program::TableFormat::tsv},
    {"yaml", program::TableFormat::yaml},
    {"json", program::TableFormat::json},
}};

void set_format(Context& context, const syntax::Name& written, program::Table& table) {
  const std::string_view text = context.text(written.symbol);
  if (text == "sqlite") return report_not_supported(context, written.span, "a table read by `sqlite`");
  std::vector<std::string_view> names;
  for (const auto& [name, format] : formats) {
    if (name == text) {
      table.format = format;
      return;
    }
    names.push_back(name);
  }
  report_unknown_name(context, written, "table format", names, "formats");
}

/// Adds the columns; false if one of them is wrong, so that nothing is said of what uses the table.
bool add_columns(Context& context, const syntax::TableDecl& decl, program::Table& table) {
  bool fine = true;
  for (const syntax::ColumnDecl& column : decl.columns) {
    for (const program::Column& other : table.columns) {
      if (other.name != column.name.symbol) continue;
      context.report(Kind::duplicate_declaration, column.name.span, "column", context.text(column.name.symbol))
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
    table.columns.push_back(made);
  }
  return fine;
}

}  // namespace

void analyse_tables(Context& context) {
  for (const auto& [decl, id] : context.tables) {
    program::Table table = context.program.tables[id.index];
    set_format(context, decl->format, table);
    if (!decl->dimensions.empty()) {
      report_not_supported(context, decl->dimensions.front().span, "a table for each key of a dimension");
      context.table_failed[id.index] = true;
    }
    Scope scope;
    scope.place = "a table's path";
    table.path = lower_path(context, scope, decl->path, "a table's path");
    if (!add_columns(context, *decl, table)) context.table_failed[id.index] = true;
    if (table.columns.empty()) {
      context.table_failed[id.index] = true;
      if (!context.had_errors) context.report(Kind::table_without_columns, decl->name.span, context.text(decl->name.symbol));
    }
    context.program.tables[id.index] = std::move(table);
  }
}

}  // namespace osac::semantics
