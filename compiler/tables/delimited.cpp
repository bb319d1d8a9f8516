#include "compiler/tables/delimited.h"

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/text.h"

namespace osac::tables {

// ---- the scanner

bool DelimitedScanner::is_at_line_end() const {
  if (at_ >= text_.size() || text_[at_] == '\n') return true;
  return text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n');
}

void DelimitedScanner::pass_line_end() {
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] == '\n') ++at_;
}

void DelimitedScanner::skip_spaces() {
  while (at_ < text_.size() && text_[at_] == ' ') ++at_;
}

void DelimitedScanner::skip_empty_lines() {
  while (at_ < text_.size()) {
    if (delimiter_ == ' ') skip_spaces();
    if (is_at_line_end()) {
      pass_line_end();
    } else if (has_comments_ && text_[at_] == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

void DelimitedScanner::plain_cell(Cell& cell) {
  const char* const first = text_.data() + at_;
  const char* const end = text_.data() + text_.size();
  const char* last = first;
  while (last != end && *last != delimiter_ && *last != '\n') ++last;
  at_ += static_cast<std::size_t>(last - first);
  if (last != first && last[-1] == '\r' && is_at_line_end()) {
    --last;
    --at_;
  }
  const auto length = static_cast<std::size_t>(last - first);
  cell.text = {first, length};
  cell.span = span(at_ - length, at_);
  cell.form = length == 0 ? Form::nothing : Form::untyped;
  cell.escapes = Escapes::none;
}

DelimitedScanner::Status DelimitedScanner::quoted_cell(Cell& cell) {
  const std::size_t open = at_;
  cell.escapes = Escapes::none;
  std::size_t close = text_.find('"', open + 1);
  while (close != std::string_view::npos && close + 1 < text_.size() && text_[close + 1] == '"') {
    cell.escapes = Escapes::doubled_quotes;
    close = text_.find('"', close + 2);
  }
  if (close == std::string_view::npos) {
    trouble_ = span(open, open + 1);
    return Status::open_quote;
  }
  at_ = close + 1;
  cell.text = text_.substr(open + 1, close - open - 1);
  cell.span = span(open, at_);
  cell.form = cell.text.empty() ? Form::nothing : Form::untyped;
  if (is_at_line_end() || text_[at_] == delimiter_) return Status::row;
  trouble_ = span(at_, at_ + 1);
  return Status::after_quote;
}

DelimitedScanner::Status DelimitedScanner::next(std::vector<Cell>& cells) {
  cells.clear();
  skip_empty_lines();
  if (at_ >= text_.size()) return Status::end;
  const std::size_t first = at_;
  while (true) {
    Cell& cell = cells.emplace_back();
    if (at_ < text_.size() && text_[at_] == '"') {
      if (const Status status = quoted_cell(cell); status != Status::row) return status;
    } else {
      plain_cell(cell);
    }
    const std::size_t last = at_;
    if (delimiter_ == ' ') skip_spaces();  // any number of them is one delimiter, and none at the end of a line
    if (is_at_line_end()) {
      row_ = span(first, last);
      pass_line_end();
      return Status::row;
    }
    if (delimiter_ != ' ') ++at_;
  }
}

// ---- header and rows

namespace {

constexpr std::uint32_t not_there = 0xffffffffU;

void report_trouble(const Reading& reading, DelimitedScanner::Status status, Span place) {
  if (status == DelimitedScanner::Status::open_quote)
    reading.diagnostics.report(DiagnosticKind::unterminated_quote, place).help("a quote inside a quoted value is written twice: `\"\"`");
  if (status == DelimitedScanner::Status::after_quote)
    reading.diagnostics.report(DiagnosticKind::malformed_table, place, "table", "a quoted value is followed by text")
        .help("quote the whole value, and write a quote inside it twice: `\"\"`");
}

/// The position of a declared column in the header, or not_there (reported).
std::uint32_t find_column(const Reading& reading, const Header& header, Builder& builder, std::size_t column) {
  const std::string_view name = reading.column_name(column);
  std::uint32_t found = not_there;
  for (std::uint32_t i = 0; i < header.names.size(); ++i) {
    if (header.names[i] != name) continue;
    if (found != not_there) {
      reading.diagnostics.report(DiagnosticKind::duplicate_column, header.spans[i], reading.name, name)
          .label(header.spans[found], "the first one");
      return found;
    }
    found = i;
  }
  if (found == not_there) builder.report_missing_column(column, header.row, {header.names.begin(), header.names.end()});
  return found;
}

}  // namespace

bool read_header(const Reading& reading, DelimitedScanner& scanner, Header& header) {
  std::vector<Cell> cells;
  const auto status = scanner.next(cells);
  if (status == DelimitedScanner::Status::end) {
    reading.diagnostics.report(DiagnosticKind::empty_table, reading.span(reading.text.size(), reading.text.size()), reading.name)
        .label(reading.table.span, "declared here");
    return false;
  }
  if (status != DelimitedScanner::Status::row) {
    report_trouble(reading, status, scanner.trouble());
    return false;
  }
  std::string scratch;
  for (const Cell& cell : cells) {
    header.names.emplace_back(trim(plain_text(cell, scratch)));
    header.spans.push_back(cell.span);
  }
  header.row = scanner.row();
  return true;
}

void read_rows(const Reading& reading, DelimitedScanner& scanner, const Header& header, Builder& builder, TableData& data) {
  const std::size_t column_count = builder.column_count();
  for (std::size_t column = 0; column < column_count; ++column)
    data.layout.positions.push_back(find_column(reading, header, builder, column));
  const std::vector<std::uint32_t>& positions = data.layout.positions;
  const std::string_view rest = reading.text.substr(scanner.position());
  constexpr std::size_t most_expected = std::size_t{1} << 24;  // a file of blank lines is not to ask for all memory
  builder.expect_rows(std::min(most_expected, static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n')) + 1));
  std::vector<Cell> cells;
  DelimitedScanner::Status status{};
  while ((status = scanner.next(cells)) == DelimitedScanner::Status::row) {
    if (cells.size() != header.names.size()) {
      builder.report_row_length(scanner.row(), cells.size(), header.names.size());
      continue;
    }
    builder.begin_row(scanner.row().begin);
    for (std::size_t column = 0; column < column_count; ++column)
      builder.add(column, positions[column] == not_there ? nullptr : &cells[positions[column]]);
  }
  report_trouble(reading, status, scanner.trouble());
}

void read_csv(const Reading& reading, char delimiter, Builder& builder, TableData& data) {
  data.layout.delimiter = delimiter;
  DelimitedScanner scanner(reading.text, reading.begin, 0, delimiter, false);
  Header header;
  if (read_header(reading, scanner, header)) read_rows(reading, scanner, header, builder, data);
}

Span delimited_cell_span(std::string_view text, std::uint32_t begin, std::uint32_t row_offset, char delimiter, std::uint32_t position) {
  DelimitedScanner scanner(text, begin, row_offset - begin, delimiter, false);
  std::vector<Cell> cells;
  const auto status = scanner.next(cells);
  if (status == DelimitedScanner::Status::row && position < cells.size()) return cells[position].span;
  return {row_offset, row_offset};
}

}  // namespace osac::tables
