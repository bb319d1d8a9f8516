#include "compiler/planning/table_set.h"

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/expression/evaluate.h"
#include "compiler/planning/database_query.h"

namespace osac::planning {

namespace {

/// A table's path, which the language allows over parameters only: folding has made it a constant.
std::optional<std::string> constant_path(Context& context, Folder& fold, const program::Table& table) {
  const Node& node = fold.expressions()[fold(table.path)];
  if (node.op != Op::constant) return std::nullopt;  // it could not be worked out, which has been reported
  return std::string(context.text(Symbol{static_cast<std::uint32_t>(node.bits)}));
}

std::optional<std::uint32_t> find_column(const program::Program& program, std::uint32_t table, Symbol name) {
  const auto& columns = program.tables[table].columns;
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const program::Column& column) { return column.name == name; });
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - columns.begin());
}

}  // namespace

std::string shown_name(const Context& context, const std::string& path) {
  const std::string& folder = context.options.shown_folder;
  if (folder.empty() || folder == "." || path.starts_with('/')) return path;
  return folder + "/" + path;
}

namespace {

/// Certificates are no file of the workflow's: the world has them, or there are none.
void read_certificates(Context& context, TableSet& set, std::uint32_t t) {
  const program::Table& table = context.program.tables[t];
  auto text = context.world.certificates(context.text(context.program.datasets[table.certificates_of.index].name));
  if (!text) {
    set.data[t].values.resize(table.columns.size());
    return;
  }
  const std::string name(context.text(table.name));
  set.sources.push_back({context.strings.intern(name), 0, sha256(*text)});
  set.data[t] =
      tables::read(context.program, program::TableId{t}, name, std::move(*text), context.sources, context.strings, context.diagnostics);
}

}  // namespace

bool add_source(Context& context, TableSet& set, const program::Table& table, const std::string& path, std::string_view bytes) {
  const Symbol name = context.strings.intern(path);
  const Digest digest = sha256(bytes);
  const auto [known, is_new] = set.source_places.emplace(name, static_cast<std::uint32_t>(set.sources.size()));
  if (is_new) {
    set.sources.push_back({name, 0, digest});
    return true;
  }
  if (set.sources[known->second].digest == digest) return true;
  context.diagnostics.report(DiagnosticKind::unreadable_table, table.span, context.text(table.name), visible(path))
      .note("it changed since another table was read from it");
  return false;
}

TableSet read_tables(Context& context, Folder& fold) {
  TableSet set;
  set.files.resize(context.program.tables.size());
  for (std::uint32_t t = 0; t < context.program.tables.size(); ++t) {
    const program::Table& table = context.program.tables[t];
    set.data.emplace_back();
    if (has_files(context.program, t)) continue;
    if (table.certificates_of.exists()) {
      read_certificates(context, set, t);
      continue;
    }
    const auto path = constant_path(context, fold, table);
    if (!path) continue;
    auto text = context.world.read(*path);
    if (!text) {
      context.diagnostics.report(DiagnosticKind::unreadable_table, table.span, context.text(table.name), visible(*path))
          .note(visible(text.error().what));
      continue;
    }
    const auto query = make_query(context, fold, table, *path);
    if (!query || !add_source(context, set, table, *path, *text)) continue;
    set.data[t] = tables::read(context.program, program::TableId{t}, shown_name(context, *path), std::move(*text), context.sources,
                               context.strings, context.diagnostics, *query);
  }
  return set;
}

std::vector<std::uint32_t> key_columns(const program::Program& program, std::uint32_t table, std::uint32_t dimension,
                                       std::optional<std::uint32_t> own_column) {
  const program::Dimension& declared = program.dimensions[dimension];
  if (!own_column) {
    const auto* source = std::get_if<program::ColumnSource>(&declared.source);
    own_column = source != nullptr && source->table.index == table ? source->column : find_column(program, table, declared.name);
  }
  if (!own_column) return {};
  std::vector<std::uint32_t> columns;
  if (declared.parent.exists()) {
    columns = key_columns(program, table, declared.parent.index, std::nullopt);
    if (columns.empty()) return {};
  }
  columns.push_back(*own_column);
  return columns;
}

}  // namespace osac::planning
