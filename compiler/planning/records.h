#pragma once
// Makes every dimension's records from its source: a table's column, a range, a list, files that exist, an enum; less what `without`
// excludes; with attributes, implied records and order. One source, one file (records_*.cpp). Linear in rows, but for one sort.

#include <set>
#include <utility>

#include "compiler/planning/axis.h"
#include "compiler/planning/made_fields.h"
#include "compiler/planning/table_set.h"

namespace osac::planning {

/// Attributes that the program uses: (dimension, attribute) with the place of the first use. Rows that disagree matter only for these.
using UsedAttributes = std::map<std::pair<std::uint32_t, std::uint32_t>, Span>;
UsedAttributes find_used_attributes(const program::Program& program);

/// Everything that record makers share.
struct RecordContext {
  Context& context;
  Folder& fold;
  const TableSet& tables;
  Axes& axes;
};

/// All dimensions' records; tables with a file for each key, and records that their paths are made of, are read on the way. What is wrong
/// has been reported; then some axes may be empty.
Axes make_axes(Context& context, Folder& fold, TableSet& tables, MadeFields& fields);

/// For each row of a table the record that `columns` (ancestors' keys, then the own) name; none where a cell is empty or nothing has that
/// key.
std::vector<std::uint32_t> find_row_records(const Context& context, const Axes& axes, const tables::TableData& data,
                                            const std::vector<std::uint32_t>& columns, std::uint32_t dimension);
/// For each relation of the program its distinct tuples. Rows that name no record are left out, with a warning.
std::vector<Family> make_relation_tuples(const Frame& frame, const TableSet& tables);

// ---- the sources, each for one dimension whose parent is done

/// Keys that a source found, each in a parent's record (0 if there is no parent), with the row it came from (none if not from a table).
struct FoundKeys {
  std::vector<std::uint32_t> parents;
  std::vector<Scalar> keys;
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> row_records;  ///< for column sources, once sorted: each table row's record, none if it has none
};

FoundKeys find_column_keys(const RecordContext& records, std::uint32_t dimension, const program::ColumnSource& source);
FoundKeys find_range_keys(const RecordContext& records, std::uint32_t dimension, const program::RangeSource& source);
FoundKeys find_list_keys(const RecordContext& records, std::uint32_t dimension, const program::ListSource& source);
FoundKeys find_scan_keys(const RecordContext& records, std::uint32_t dimension, const program::ScanSource& source);
FoundKeys find_enum_keys(const RecordContext& records, std::uint32_t dimension, const program::EnumSource& source);

/// Sorts keys into the axis, drops repetitions and what `without` excludes, and sets `row_records`.
void place_keys(const RecordContext& records, std::uint32_t dimension, FoundKeys& found);
/// One flag a record: 1 if a row of the dimension's `without` table matches it (an empty cell matches all).
std::vector<std::uint8_t> find_excluded(const RecordContext& records, std::uint32_t dimension);
/// Attributes from the first row of each record; rows of one record that disagree about an attribute in use are reported.
void read_attributes(const RecordContext& records, std::uint32_t dimension, const std::vector<std::uint32_t>& row_records,
                     const UsedAttributes& used);
/// The records of implied dimensions.
void read_implied(const RecordContext& records, std::uint32_t dimension, const std::vector<std::uint32_t>& row_records);

}  // namespace osac::planning
