#pragma once
// Tables that are the answer of a query to a SQLite database. A database is no text that places could be shown in, so the answer is written
// as one: a line a row, the declared columns in their order, tabs between them. Line 17 is row 17 of the answer.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/tables/builder.h"

namespace osac::tables {

/// What a query gave.
struct Answer {
  std::string text;
  std::vector<Form> forms;         ///< row after row, one a declared column that is there
  std::vector<std::string> names;  ///< of all columns
  std::vector<bool> is_there;      ///< one a declared column
  std::uint32_t row_count = 0;
};

/// For whom a query is answered.
struct Asking {
  const program::Table& table;
  const Query& query;
  std::string_view name;  ///< of the database
  const Sources& sources;
  const Strings& strings;
  Diagnostics& diagnostics;
};

/// Asks the database; nothing if it has no answer, which is reported.
std::optional<Answer> ask(const Asking& asking, std::string bytes);
/// Reads the rows of an answer; `reading.text` is its text.
void read_answer(const Reading& reading, const Query& query, const Answer& answer, Builder& builder, TableData& data);

/// Finds a cell of a row that has been read before.
Span answer_cell_span(std::string_view text, std::uint32_t begin, std::uint32_t row_offset, std::uint32_t position);

}  // namespace osac::tables
