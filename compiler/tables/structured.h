#pragma once
// Tables that are no rows of cells: YAML (a list of mappings) and JSON (a list of objects, or an object of lists). A column that a row does
// not mention is empty there.

#include "compiler/tables/builder.h"

namespace osac::tables {

void read_yaml(const Reading& reading, Builder& builder, TableData& data);
void read_json(const Reading& reading, Builder& builder, TableData& data);

/// Finds a value again by reading the file again. Nothing found: the beginning of the row.
Span yaml_cell_span(std::string_view text, std::uint32_t begin, std::uint32_t row, std::string_view name, std::uint32_t row_offset);
Span json_cell_span(std::string_view text, std::uint32_t begin, std::uint32_t row, std::string_view name, std::uint32_t row_offset);

/// One row of keys and values: finds the declared columns among them and gives them to the builder. Used row after row.
class KeyedRow {
 public:
  explicit KeyedRow(const Reading& reading, Builder& builder);
  /// Begins a row at `place` (what stands for the row in diagnostics).
  void begin(Span place);
  /// Adds a value; `key` has to live until end(). A key given twice is reported.
  void add(std::string_view key, Span key_span, const Cell& cell);
  void end();

 private:
  struct Key {
    std::string_view text;
    Span span;
  };
  void report_repetitions();
  void report_missing();

  const Reading& reading_;
  Builder& builder_;
  std::vector<Cell> cells_;  // by declared column
  std::vector<bool> is_given_;
  std::vector<bool> is_missing_;  // in the first row, and reported
  std::vector<Key> keys_;
  Span place_;
  bool is_first_ = true;
};

}  // namespace osac::tables
