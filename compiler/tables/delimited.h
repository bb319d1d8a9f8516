#pragma once
// Tables with a delimiter: csv and tsv (RFC 4180: quotes, doubled quotes, CRLF) and the body of ecsv. Rows are pulled one by one; a cell
// is a piece of the text. Blank lines are skipped, in ecsv also lines that begin with `#`.

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/tables/builder.h"

namespace osac::tables {

class DelimitedScanner {
 public:
  enum class Status : std::uint8_t { row, end, open_quote, after_quote };

  /// Scans `text` from `at` on; `begin` is the absolute offset of its first byte.
  DelimitedScanner(std::string_view text, std::uint32_t begin, std::size_t at, char delimiter, bool has_comments)
      : text_(text), begin_(begin), at_(at), delimiter_(delimiter), has_comments_(has_comments) {}

  /// Fills `cells` with the next row. After open_quote and after_quote nothing can follow; trouble() is where it is.
  Status next(std::vector<Cell>& cells);
  /// The row read last, without the end of its line.
  [[nodiscard]] Span row() const { return row_; }
  [[nodiscard]] Span trouble() const { return trouble_; }
  [[nodiscard]] std::size_t position() const { return at_; }

 private:
  void skip_empty_lines();
  void skip_spaces();
  [[nodiscard]] bool is_at_line_end() const;
  void pass_line_end();
  void plain_cell(Cell& cell);
  Status quoted_cell(Cell& cell);
  [[nodiscard]] Span span(std::size_t from, std::size_t to) const {
    return {begin_ + static_cast<std::uint32_t>(from), begin_ + static_cast<std::uint32_t>(to)};
  }

  std::string_view text_;
  std::uint32_t begin_;
  std::size_t at_;
  char delimiter_;
  bool has_comments_;
  Span row_;
  Span trouble_;
};

void read_csv(const Reading& reading, char delimiter, Builder& builder, TableData& data);
void read_ecsv(const Reading& reading, Builder& builder, TableData& data);

/// Finds a cell of a row that has been read before.
Span delimited_cell_span(std::string_view text, std::uint32_t begin, std::uint32_t row_offset, char delimiter, std::uint32_t position);

/// The column names of a header row with their places, as the file has them.
struct Header {
  std::vector<std::string> names;
  std::vector<Span> spans;
  Span row;
};

/// Reads the header row; false if there is none that could be read (reported).
bool read_header(const Reading& reading, DelimitedScanner& scanner, Header& header);
/// Finds the declared columns in the header and reads all rows.
void read_rows(const Reading& reading, DelimitedScanner& scanner, const Header& header, Builder& builder, TableData& data);

}  // namespace osac::tables
