// Tuples of relations: the rows of a table as records, each combination once.

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/planning/agree.h"
#include "compiler/planning/records.h"

namespace osac::planning {

namespace {

/// Rows that name a key which is no record; not where records may be left out on purpose, or may still come.
void report_unmatched(const Frame& frame, const TableSet& tables, const program::Relation& relation, std::uint32_t dimension,
                      std::uint32_t column, const std::vector<std::uint32_t>& records) {
  const Context& context = frame.context;
  const auto& cells = tables.data[relation.table.index].values[column];
  std::uint32_t count = 0;
  std::uint32_t first = none;
  for (std::uint32_t row = 0; row < records.size(); ++row)
    if (records[row] == none && cells[row] != expression::absent_scalar && count++ == 0) first = row;
  if (count == 0) return;
  frame.context.diagnostics
      .report(DiagnosticKind::unmatched_rows, cell_span(context, tables, relation.table.index, first, column), count_of(count, "row"),
              context.text(context.program.tables[relation.table.index].name), context.text(context.program.dimensions[dimension].name))
      .here(count == 1 ? "no such record" : "the first of them")
      .label(relation.span, "declared here");
}

}  // namespace

std::vector<Family> make_relation_tuples(const Frame& frame, const TableSet& tables) {
  const program::Program& program = frame.context.program;
  std::vector<Family> result;
  for (const program::Relation& relation : program.relations) {
    const tables::TableData& data = tables.data[relation.table.index];
    Columns tuples;
    for (const auto dimension : relation.basis) {
      const auto columns = key_columns(program, relation.table.index, dimension.index, std::nullopt);
      if (columns.empty() || columns.back() >= data.values.size()) {
        tuples.emplace_back(data.row_count, none);
        continue;
      }
      tuples.push_back(find_row_records(frame.context, frame.axes, data, columns, dimension.index));
      if (!program.dimensions[dimension.index].without.exists() && !is_staged(program, dimension.index))
        report_unmatched(frame, tables, relation, dimension.index, columns.back(), tuples.back());
    }
    result.push_back(family_of_tuples(frame, numbers(relation.basis), std::move(tuples)));
  }
  return result;
}

}  // namespace osac::planning
