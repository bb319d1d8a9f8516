#include "compiler/tables/table.h"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "compiler/base/text.h"
#include "compiler/tables/builder.h"
#include "compiler/tables/delimited.h"
#include "compiler/tables/sqlite.h"
#include "compiler/tables/structured.h"

namespace osac::tables {

using expression::absent_scalar;
using expression::Scalar;

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t most_duplicates = 20;

std::string_view without_mark(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return text;
}

/// Whether all bytes are ASCII; eight at a time, for nearly all tables are.
bool is_ascii(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + sizeof(seen) <= text.size(); at += sizeof(seen)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof(word));
    seen |= word;
  }
  for (; at < text.size(); ++at) seen |= static_cast<unsigned char>(text[at]);
  return (seen & high_bits) == 0;
}

/// Reports what makes it no text at all: then nothing else is worth saying.
bool check_text(const Reading& reading) {
  if (const std::size_t nul = reading.text.find('\0'); nul != std::string_view::npos) {
    reading.diagnostics.report(DiagnosticKind::not_text, reading.span(nul, nul + 1), reading.name, "it holds a NUL byte")
        .label(reading.table.span, "declared here");
    return false;
  }
  if (is_ascii(reading.text)) return true;
  const auto malformed = find_malformed_utf8(reading.text);
  if (!malformed) return true;
  reading.diagnostics.report(DiagnosticKind::not_text, reading.span(*malformed, *malformed + 1), reading.name, "it is not UTF-8")
      .label(reading.table.span, "declared here")
      .help("if it is Latin-1: `iconv -f LATIN1 -t UTF-8 OLD > NEW`");
  return false;
}

/// Rows that repeat the value of an earlier one, each with the first of that value.
std::vector<std::pair<std::uint32_t, std::uint32_t>> find_duplicates(const std::vector<Scalar>& values) {
  if (std::adjacent_find(values.begin(), values.end(), std::greater_equal<>{}) == values.end()) return {};  // ascending: all differ
  std::vector<std::pair<Scalar, std::uint32_t>> sorted;
  for (std::uint32_t row = 0; row < values.size(); ++row)
    if (values[row] != absent_scalar) sorted.emplace_back(values[row], row);
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (std::size_t i = 1, first = 0; i < sorted.size(); ++i) {
    if (sorted[i].first != sorted[first].first)
      first = i;
    else
      pairs.emplace_back(sorted[i].second, sorted[first].second);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

void check_unique(const Reading& reading, program::TableId table, const TableData& data, std::uint32_t column, const Sources& sources) {
  const program::Column& declared = reading.table.columns[column];
  const auto pairs = find_duplicates(data.values[column]);
  const auto place = [&](std::uint32_t row) { return cell_span(reading.program, table, data, row, column, sources); };
  for (std::size_t i = 0; i < std::min(pairs.size(), most_duplicates); ++i) {
    const auto value = expression::to_value(data.values[column][pairs[i].second], declared.type.required(), reading.strings);
    auto report = reading.diagnostics.report(DiagnosticKind::duplicate_value, place(pairs[i].first),
                                             expression::to_text(value, declared.type.required()), reading.column_name(column));
    report.label(place(pairs[i].second), "the first one").label(declared.span, "declared as unique here");
    if (i + 1 == most_duplicates && pairs.size() > most_duplicates)
      report.note(fmt::format("{} more rows repeat a value of this column", pairs.size() - most_duplicates));
  }
}

void read_format(const Reading& reading, Builder& builder, TableData& data) {
  switch (reading.table.format) {
    case program::TableFormat::ecsv:
      return read_ecsv(reading, builder, data);
    case program::TableFormat::csv:
      return read_csv(reading, ',', builder, data);
    case program::TableFormat::tsv:
      return read_csv(reading, '\t', builder, data);
    case program::TableFormat::yaml:
      return read_yaml(reading, builder, data);
    case program::TableFormat::json:
      return read_json(reading, builder, data);
    case program::TableFormat::sqlite:
      return;  // by read_answer
  }
}

/// A table's text, or the answer of a database as text, put among the sources; the part of it that holds rows.
std::optional<Reading> make_reading(const program::Program& program, const program::Table& declared, std::string name, std::string text,
                                    Sources& sources, Strings& strings, Diagnostics& diagnostics, TableData& data) {
  if (!sources.has_room(text.size())) {
    diagnostics.report(DiagnosticKind::table_too_large, declared.span, name, grouped(text.size()));
    return std::nullopt;
  }
  data.source = sources.add(std::move(name), std::move(text));
  const std::string_view whole = sources.text(data.source);
  const std::string_view body = without_mark(whole);
  const std::uint32_t begin = sources.begin(data.source) + static_cast<std::uint32_t>(whole.size() - body.size());
  return Reading{program, declared, sources.name(data.source), body, begin, strings, diagnostics};
}

}  // namespace

TableData read(const program::Program& program, program::TableId table, std::string name, std::string text, Sources& sources,
               Strings& strings, Diagnostics& diagnostics, const Query& query) {
  const program::Table& declared = program.tables[table.index];
  TableData data;
  data.values.resize(declared.columns.size());
  for (const program::Column& column : declared.columns) data.layout.names.emplace_back(strings.text(column.source_name));
  std::optional<Answer> answer;
  if (declared.format == program::TableFormat::sqlite) {
    if (!query.unfinished.empty()) {
      diagnostics.report(DiagnosticKind::unfinished_database, declared.span, name, query.unfinished)
          .help(fmt::format("end the program that writes it, then: sqlite3 {} 'PRAGMA wal_checkpoint(TRUNCATE)'", shell_quoted(name)));
      return data;
    }
    answer = ask({declared, query, name, sources, strings, diagnostics}, std::move(text));
    if (!answer) return data;
    name += " (answer of the query)";
    text = std::move(answer->text);
  }
  auto reading = make_reading(program, declared, std::move(name), std::move(text), sources, strings, diagnostics, data);
  if (reading && answer) reading->query = query.span;
  if (!reading || !check_text(*reading)) return data;
  Builder builder(*reading, data);
  if (answer)
    read_answer(*reading, query, *answer, builder, data);
  else
    read_format(*reading, builder, data);
  builder.finish();
  for (std::uint32_t column = 0; column < declared.columns.size(); ++column)
    if (declared.columns[column].is_unique) check_unique(*reading, table, data, column, sources);
  return data;
}

Span cell_span(const program::Program& program, program::TableId table, const TableData& data, std::uint32_t row, std::uint32_t column,
               const Sources& sources) {
  if (!data.source.exists()) return program.tables[table.index].span;
  if (row >= data.row_offsets.size() || column >= data.layout.names.size()) return {sources.begin(data.source), sources.begin(data.source)};
  const std::string_view whole = sources.text(data.source);
  const std::string_view body = without_mark(whole);
  const std::uint32_t begin = sources.begin(data.source) + static_cast<std::uint32_t>(whole.size() - body.size());
  const std::uint32_t offset = data.row_offsets[row];
  const std::string& name = data.layout.names[column];
  switch (program.tables[table.index].format) {
    case program::TableFormat::yaml:
      return yaml_cell_span(body, begin, row, name, offset);
    case program::TableFormat::json:
      return json_cell_span(body, begin, row, name, offset);
    case program::TableFormat::ecsv:
    case program::TableFormat::csv:
    case program::TableFormat::tsv:
      break;
    case program::TableFormat::sqlite:
      return answer_cell_span(body, begin, offset, column);
  }
  if (column >= data.layout.positions.size()) return {offset, offset};
  return delimited_cell_span(body, begin, offset, data.layout.delimiter, data.layout.positions[column]);
}

}  // namespace osac::tables
