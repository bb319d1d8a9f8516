#pragma once
// Reads tables (ecsv, csv, tsv, yaml, json, sqlite) into typed columns. Every problem is a diagnostic that points into the data file,
// with the declaration as second label. It knows nothing of dimensions or plans.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/base/source.h"
#include "compiler/base/strings.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/program/program.h"

namespace osac::tables {

/// A table's rows, column by column. `values[c][r]` is the stored form of column c (program::Table::columns[c]) in row r; absent_scalar
/// where an optional cell is empty. `cell_begin`-like places are not kept per cell: `row_offsets[r]` is where row r starts in the source.
struct TableData {
  SourceId source;
  std::uint32_t row_count = 0;
  std::vector<std::vector<expression::Scalar>> values;
  std::vector<std::uint32_t> row_offsets;  ///< absolute offsets (Sources' address space)

  /// What cell_span needs to find a cell again: for each declared column what it is called in the file, and in delimited files its
  /// position.
  struct Layout {
    char delimiter = ',';
    std::vector<std::string> names;
    std::vector<std::uint32_t> positions;
  };
  Layout layout;
};

/// What a `sqlite` table asks of its database.
struct Query {
  std::string text;
  Span span;               ///< where it is written
  std::string unfinished;  ///< name of a log or journal beside the database that holds changes; empty: none
};

/// Reads `text` (the whole file, called `name`) as `table`. The text is moved into `sources`. Returns what could be read; check
/// diagnostics. Reported: malformed files, missing columns (with the nearest name), bad cells (type, range, empty where not optional, no
/// enum member), duplicate values of `unique` columns, rows of the wrong length, malformed UTF-8, NUL. At most 20 bad cells are reported
/// one by one. Of sqlite `text` is the database and `query` what to ask it: what is wrong with a row is shown in the answer, written as
/// text.
TableData read(const program::Program& program, program::TableId table, std::string name, std::string text, Sources& sources,
               Strings& strings, Diagnostics& diagnostics, const Query& query = {});

/// The span of one cell, found again by reading its row: for later diagnostics (duplicate keys, look-ups).
Span cell_span(const program::Program& program, program::TableId table, const TableData& data, std::uint32_t row, std::uint32_t column,
               const Sources& sources);

}  // namespace osac::tables
