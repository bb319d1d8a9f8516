// JSON tables: a list of objects, one a row, or an object of lists, one a column.

#include <fmt/format.h>
#include <deque>

#include "compiler/base/text.h"
#include "compiler/tables/json_scanner.h"
#include "compiler/tables/structured.h"

namespace osac::tables {

namespace {

/// The text of a key; `decoded` keeps those that have escapes.
std::string_view key_text(const Cell& key, std::deque<std::string>& decoded) {
  if (key.escapes == Escapes::none) return key.text;
  return plain_text(key, decoded.emplace_back());
}

/// Reads the entries of an object: `entry(key, key_cell)` has to read the value.
template <typename Entry>
bool read_object(JsonScanner& scanner, std::deque<std::string>& decoded, Entry entry) {
  if (!scanner.expect('{')) return false;
  if (scanner.take('}')) return true;
  do {
    Cell key;
    if (!scanner.string(key) || !scanner.expect(':')) return false;
    if (!entry(key_text(key, decoded), key.span)) return false;
  } while (scanner.take(','));
  return scanner.expect('}');
}

/// Reads a list: `item()` has to read each.
template <typename Item>
bool read_list(JsonScanner& scanner, Item item) {
  if (!scanner.expect('[')) return false;
  if (scanner.take(']')) return true;
  do {
    if (!item()) return false;
  } while (scanner.take(','));
  return scanner.expect(']');
}

struct JsonReader {
  const Reading& reading;
  Builder& builder;
  JsonScanner scanner;

  bool read_rows() {
    KeyedRow row(reading, builder);
    return read_list(scanner, [&] {
      if (scanner.peek() != '{') return scanner.fail("an item of its list is no object");
      std::deque<std::string> decoded;
      row.begin(scanner.here());
      const bool is_fine = read_object(scanner, decoded, [&](std::string_view key, Span place) {
        Cell cell;
        if (!scanner.value(cell)) return false;
        row.add(key, place, cell);
        return true;
      });
      if (is_fine) row.end();
      return is_fine;
    });
  }

  // ---- an object of lists

  struct Column {
    std::string_view name;
    Span place;
    std::vector<Cell> cells;
  };

  bool read_columns() {
    std::deque<std::string> decoded;
    std::vector<Column> columns;
    const Span place = scanner.here();
    const bool is_fine = read_object(scanner, decoded, [&](std::string_view name, Span key_place) {
      for (const Column& other : columns)
        if (other.name == name)
          reading.diagnostics.report(DiagnosticKind::duplicate_column, key_place, reading.name, name).label(other.place, "the first one");
      columns.push_back({name, key_place, {}});
      return read_column(columns.back());
    });
    if (is_fine) add_rows(columns, place);
    return is_fine;
  }

  bool read_column(Column& column) {
    const bool is_declared = [&] {
      for (std::size_t i = 0; i < builder.column_count(); ++i)
        if (reading.column_name(i) == column.name) return true;
      return false;
    }();
    Cell cell;
    if (!is_declared) return scanner.value(cell);
    if (scanner.peek() != '[') return scanner.fail(fmt::format("column `{}` is no list", visible(column.name)));
    return read_list(scanner, [&] {
      if (!scanner.value(cell)) return false;
      column.cells.push_back(cell);
      return true;
    });
  }

  void add_rows(const std::vector<Column>& columns, Span place) {
    std::vector<std::string_view> names;
    for (const Column& column : columns) names.push_back(column.name);
    std::vector<const Column*> declared(builder.column_count());
    const Column* first = nullptr;
    bool is_even = true;
    for (std::size_t i = 0; i < declared.size(); ++i) {
      for (const Column& column : columns)
        if (declared[i] == nullptr && column.name == reading.column_name(i)) declared[i] = &column;
      if (declared[i] == nullptr) {
        builder.report_missing_column(i, place, names);
        continue;
      }
      if (first == nullptr) first = declared[i];
      is_even = check_length(*first, *declared[i]) && is_even;
    }
    if (first == nullptr || !is_even) return;
    for (std::size_t row = 0; row < first->cells.size(); ++row) {
      builder.begin_row(first->cells[row].span.begin);
      for (std::size_t i = 0; i < declared.size(); ++i) builder.add(i, declared[i] == nullptr ? nullptr : &declared[i]->cells[row]);
    }
  }

  bool check_length(const Column& first, const Column& column) {
    if (column.cells.size() == first.cells.size()) return true;
    reading.diagnostics
        .report(DiagnosticKind::malformed_table, column.place, "table",
                fmt::format("column `{}` has {}, column `{}` {}", visible(column.name), count_of(column.cells.size(), "value"),
                            visible(first.name), first.cells.size()))
        .label(first.place, "the other column");
    return false;
  }
};

}  // namespace

void read_json(const Reading& reading, Builder& builder, TableData&) {
  JsonReader reader{reading, builder, JsonScanner(reading.text, reading.begin)};
  const char first = reader.scanner.peek();
  if (first == '\0' && trim(reading.text).empty()) {
    reading.diagnostics.report(DiagnosticKind::empty_table, reading.span(0, 0), reading.name).label(reading.table.span, "declared here");
    return;
  }
  const bool is_fine = first == '['   ? reader.read_rows()
                       : first == '{' ? reader.read_columns()
                                      : reader.scanner.fail("it begins with neither `[` nor `{`");
  if (is_fine) reader.scanner.expect_end();
  if (const auto& failure = reader.scanner.failure()) {
    reading.diagnostics.report(DiagnosticKind::malformed_table, failure->place, "JSON table", failure->why)
        .help("a JSON table is a list of objects, `[{\"seq\": 1}, ...]`, or an object of lists, `{\"seq\": [1, ...]}`");
  }
}

Span json_cell_span(std::string_view text, std::uint32_t begin, std::uint32_t row, std::string_view name, std::uint32_t row_offset) {
  const bool has_rows = JsonScanner(text, begin).peek() == '[';
  JsonScanner scanner(text, begin, has_rows ? row_offset - begin : 0);
  Span found{row_offset, row_offset};
  bool is_found = false;
  std::deque<std::string> decoded;
  read_object(scanner, decoded, [&](std::string_view key, Span) {
    Cell cell;
    if (is_found || key != name || (!has_rows && scanner.peek() != '[')) return scanner.value(cell);
    is_found = true;
    if (!has_rows) {
      std::uint32_t index = 0;
      return read_list(scanner, [&] {
        if (!scanner.value(cell)) return false;
        if (index++ == row) found = cell.span;
        return true;
      });
    }
    if (!scanner.value(cell)) return false;
    found = cell.span;
    return true;
  });
  return found;
}

}  // namespace osac::tables
