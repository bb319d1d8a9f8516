#pragma once
// Collects the rows of a table, column by column, and reports the cells that are wrong: the first 20 one by one, the rest as a
// number. It knows no file format; the readers give it cells.

#include <string_view>
#include <vector>

#include "compiler/tables/convert.h"
#include "compiler/tables/table.h"

namespace osac::tables {

/// What is read, and for whom. The text is held by Sources.
struct Reading {
  const program::Program& program;
  const program::Table& table;
  std::string_view name;    ///< of the file
  std::string_view text;    ///< without a byte order mark
  std::uint32_t begin = 0;  ///< of `text` in the sources
  Strings& strings;
  Diagnostics& diagnostics;
  std::optional<Span> query = {};  ///< of sqlite: what the rows are the answer of

  [[nodiscard]] Span span(std::size_t from, std::size_t to) const {
    return {begin + static_cast<std::uint32_t>(from), begin + static_cast<std::uint32_t>(to)};
  }
  [[nodiscard]] std::string_view column_name(std::size_t column) const { return strings.text(table.columns[column].source_name); }
};

class Builder {
 public:
  Builder(const Reading& reading, TableData& data);

  [[nodiscard]] Converter& converter(std::size_t column) { return converters_[column]; }
  [[nodiscard]] std::size_t column_count() const { return converters_.size(); }

  /// Makes room for that many rows: columns of millions are not to be copied while they grow.
  void expect_rows(std::size_t count);
  /// A row is begin_row, then add for every declared column. A null cell is one that was reported already.
  void begin_row(std::uint32_t offset);
  void add(std::size_t column, const Cell* cell);

  /// Says that the file has no such column; `place` is where the names are.
  void report_missing_column(std::size_t column, Span place, const std::vector<std::string_view>& names);
  void report_row_length(Span row, std::size_t count, std::size_t expected);
  /// To be called once, after the last row.
  void finish();

 private:
  bool may_report(Span place);
  void report(std::size_t column, const Cell& cell, Outcome outcome);
  void report_bad(std::size_t column, const Cell& cell);

  const Reading& reading_;
  TableData& data_;
  std::vector<Converter> converters_;
  std::size_t problems_ = 0;
  Span first_hidden_;
};

}  // namespace osac::tables
