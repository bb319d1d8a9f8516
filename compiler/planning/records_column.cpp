// Records from a table's column: distinct non-empty values; attributes and implied keys from the same rows.

#include <algorithm>

#include "compiler/base/check.h"
#include "compiler/base/text.h"
#include "compiler/planning/records.h"

namespace osac::planning {

std::vector<std::uint32_t> find_row_records(const Context& context, const Axes& axes, const tables::TableData& data,
                                            const std::vector<std::uint32_t>& columns, std::uint32_t dimension) {
  const auto parent = context.program.dimensions[dimension].parent;
  std::vector<std::uint32_t> parents(data.row_count, 0);
  if (parent.exists())
    parents = find_row_records(context, axes, data, std::vector<std::uint32_t>(columns.begin(), columns.end() - 1), parent.index);
  std::vector<std::uint32_t> result(data.row_count, none);
  const auto& cells = data.values[columns.back()];
  std::uint32_t last = none;  // neighbours often have the same key
  for (std::uint32_t row = 0; row < data.row_count; ++row) {
    if (cells[row] == expression::absent_scalar || parents[row] == none) continue;
    const bool repeats = row > 0 && last != none && cells[row] == cells[row - 1] && parents[row] == parents[row - 1];
    result[row] = repeats ? last : find_record(context, axes, dimension, parents[row], cells[row]);
    last = result[row];
  }
  return result;
}

namespace {

void report_unmatched(const RecordContext& records, std::uint32_t table, std::uint32_t column, std::uint32_t wanted,
                      std::uint32_t first_row, std::uint32_t count, Span declared) {
  Context& context = records.context;
  const auto name = context.text(context.program.dimensions[wanted].name);
  context.diagnostics
      .report(DiagnosticKind::unmatched_rows, cell_span(context, records.tables, table, first_row, column), count_of(count, "row"),
              context.text(context.program.tables[table].name), name)
      .here(count == 1 ? "no such record" : "the first of them")
      .label(declared, "declared here");
}

}  // namespace

FoundKeys find_column_keys(const RecordContext& records, std::uint32_t dimension, const program::ColumnSource& source) {
  const program::Program& program = records.context.program;
  const tables::TableData& data = records.tables.data[source.table.index];
  FoundKeys found;
  if (source.column >= data.values.size()) return found;  // the table could not be read
  const auto parent = program.dimensions[dimension].parent;
  std::vector<std::uint32_t> parents(data.row_count, 0);
  if (parent.exists()) {
    auto columns = key_columns(program, source.table.index, dimension, source.column);
    OSAC_CHECK(columns.size() > 1, "a dimension's table does not say its parent");  // semantics refuses that
    columns.pop_back();
    parents = find_row_records(records.context, records.axes, data, columns, parent.index);
    const bool excludes = program.dimensions[parent.index].without.exists() || is_staged(program, parent.index);
    std::uint32_t unmatched = 0;
    std::uint32_t first = none;
    for (std::uint32_t row = 0; row < data.row_count; ++row) {
      if (parents[row] != none || data.values[source.column][row] == expression::absent_scalar) continue;
      if (unmatched++ == 0) first = row;
    }
    if (unmatched > 0 && !excludes)
      report_unmatched(records, source.table.index, columns.back(), parent.index, first, unmatched, program.dimensions[dimension].span);
  }
  for (std::uint32_t row = 0; row < data.row_count; ++row) {
    const Scalar key = data.values[source.column][row];
    if (key == expression::absent_scalar || parents[row] == none) continue;
    found.parents.push_back(parents[row]);
    found.keys.push_back(key);
    found.rows.push_back(row);
  }
  return found;
}

void read_attributes(const RecordContext& records, std::uint32_t dimension, const std::vector<std::uint32_t>& row_records,
                     const UsedAttributes& used) {
  Context& context = records.context;
  const program::Dimension& declared = context.program.dimensions[dimension];
  Axis& axis = records.axes.list[dimension];
  axis.attributes.assign(declared.attributes.size(), {});
  if (!declared.table.exists()) return;
  const tables::TableData& data = records.tables.data[declared.table.index];
  for (std::uint32_t a = 0; a < declared.attributes.size(); ++a) {
    const std::uint32_t column = declared.attributes[a].column;
    auto& values = axis.attributes[a];
    values.assign(axis.count, expression::absent_scalar);
    if (column >= data.values.size()) continue;
    for (std::uint32_t r = 0; r < axis.count; ++r) values[r] = data.values[column][axis.rows[r]];
    std::uint32_t conflicts = 0;
    std::uint32_t first = none;
    std::vector<std::uint32_t> disputed;
    for (std::uint32_t row = 0; row < row_records.size(); ++row) {
      const std::uint32_t record = row_records[row];
      if (record == none || data.values[column][row] == data.values[column][axis.rows[record]]) continue;
      if (conflicts++ == 0) first = row;
      disputed.push_back(record);
    }
    for (const std::uint32_t record : disputed) values[record] = expression::absent_scalar;  // what nobody uses has no value then
    const auto use = used.find({dimension, a});
    if (conflicts == 0 || use == used.end()) continue;
    const auto cell = [&](std::uint32_t row) { return cell_span(context, records.tables, declared.table.index, row, column); };
    const std::uint32_t record = row_records[first];
    auto builder =
        context.diagnostics.report(DiagnosticKind::conflicting_rows, cell(first), context.text(declared.name),
                                   key_text(context, records.axes, dimension, record), context.text(declared.attributes[a].name));
    builder.label(cell(axis.rows[record]), "another row of the same key says this").label(use->second, "used here");
    if (conflicts > 1) builder.note(fmt::format("{} likewise", count_of(conflicts - 1, "more row")));
  }
}

void read_implied(const RecordContext& records, std::uint32_t dimension, const std::vector<std::uint32_t>& row_records) {
  Context& context = records.context;
  const program::Dimension& declared = context.program.dimensions[dimension];
  Axis& axis = records.axes.list[dimension];
  axis.implied.assign(declared.implies.size(), std::vector<std::uint32_t>(axis.count, none));
  if (!declared.table.exists()) return;
  const tables::TableData& data = records.tables.data[declared.table.index];
  for (std::size_t i = 0; i < declared.implies.size(); ++i) {
    const auto& implied = declared.implies[i];
    const auto columns = key_columns(context.program, declared.table.index, implied.dimension.index, implied.column);
    if (columns.empty() || implied.column >= data.values.size()) continue;
    const auto targets = find_row_records(records.context, records.axes, data, columns, implied.dimension.index);
    const auto cell = [&](std::uint32_t row) { return cell_span(context, records.tables, declared.table.index, row, implied.column); };
    std::uint32_t unmatched = 0;
    std::uint32_t first_unmatched = none;
    bool is_reported = false;
    for (std::uint32_t row = 0; row < row_records.size(); ++row) {
      const std::uint32_t record = row_records[row];
      if (record == none) continue;
      const std::uint32_t first = axis.rows[record];
      if (row == first) axis.implied[i][record] = targets[row];
      if (data.values[implied.column][row] != expression::absent_scalar && targets[row] == none) {
        if (unmatched++ == 0) first_unmatched = row;
        if (row == first) axis.open_records.push_back(record);
      }
      if (is_reported || targets[row] == axis.implied[i][record]) continue;
      is_reported = true;
      context.diagnostics
          .report(DiagnosticKind::conflicting_rows, cell(row), context.text(declared.name),
                  key_text(context, records.axes, dimension, record),
                  context.text(context.program.dimensions[implied.dimension.index].name))
          .label(cell(first), "another row of the same key says this")
          .label(implied.span, "implied here");
    }
    const bool may_lack = context.program.dimensions[implied.dimension.index].without.exists() ||
                          context.program.tables[declared.table.index].certificates_of.exists();
    if (unmatched > 0 && !may_lack && !is_staged(context.program, implied.dimension.index))
      report_unmatched(records, declared.table.index, implied.column, implied.dimension.index, first_unmatched, unmatched, implied.span);
  }
}

}  // namespace osac::planning
