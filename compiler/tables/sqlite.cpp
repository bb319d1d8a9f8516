#include "compiler/tables/sqlite.h"

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/tables/sqlite_database.h"

namespace osac::tables {

namespace {

constexpr std::uint64_t largest_answer = std::uint64_t{1} << 31;
constexpr std::size_t shown_of_blob = 8;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (static_cast<unsigned char>(c) & 0x80U);
}

/// The word of the query that SQLite stumbled over, if the query stands in the source as it was asked; else all of it.
Span place_of(const Asking& asking, std::optional<std::uint32_t> offset) {
  const Span whole = asking.query.span;
  if (!offset || *offset >= asking.query.text.size()) return whole;
  const std::string_view query = asking.query.text;
  const auto begin = asking.sources.text(whole).find(query);
  if (begin == std::string_view::npos) return whole;
  std::size_t end = *offset;
  while (end < query.size() && is_name_character(query[end])) ++end;
  end = std::max<std::size_t>(end, *offset + std::size_t{1});
  const auto first = whole.begin + static_cast<std::uint32_t>(begin);
  return {first + *offset, first + static_cast<std::uint32_t>(end)};
}

void report(const Asking& asking, const QueryFailure& failure) {
  using What = QueryFailure::What;
  Diagnostics& diagnostics = asking.diagnostics;
  const Span place = place_of(asking, failure.place);
  switch (failure.what) {
    case What::no_database:
      diagnostics.report(DiagnosticKind::malformed_database, asking.table.span, asking.name, failure.why);
      return;
    case What::bad_query:
      diagnostics.report(DiagnosticKind::bad_query, place, visible(failure.why)).note(fmt::format("asked of `{}`", asking.name));
      return;
    case What::no_select:
      diagnostics.report(DiagnosticKind::query_not_a_select, place, visible(failure.why))
          .help("write one `SELECT`, or one `WITH ... SELECT`");
      return;
    case What::unsettled:
      diagnostics.report(DiagnosticKind::unsettled_query, place, failure.why)
          .help("make it a parameter of the workflow: then plans can be told apart by it");
      return;
    case What::too_long:
      diagnostics.report(DiagnosticKind::endless_query, place, grouped(Database::most_steps))
          .help("is a `WHERE` or the condition of a `JOIN` missing? A view or an index in the database may help as well");
      return;
  }
}

void append_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += c;
    }
  }
}

void append_blob(std::string_view bytes, std::string& out) {
  out += "x'";
  for (const char byte : bytes.substr(0, shown_of_blob)) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  out += bytes.size() > shown_of_blob ? "...'" : "'";
}

/// Writes one value and says what it is.
Form append_value(const Database& database, std::size_t column, expression::Kind wanted, std::string& out) {
  switch (database.kind(column)) {
    case Database::Cell::integer: {
      const std::int64_t number = database.integer(column);
      const bool is_boolean = wanted == expression::Kind::boolean && (number == 0 || number == 1);  // SQLite has no other way
      out += is_boolean ? (number == 1 ? "true" : "false") : fmt::format("{}", number);
      return is_boolean ? Form::boolean : Form::number;
    }
    case Database::Cell::real:
      out += fmt::format("{}", database.real(column));
      return Form::number;
    case Database::Cell::text:
      append_escaped(database.bytes(column), out);
      return Form::string;
    case Database::Cell::blob:
      append_blob(database.bytes(column), out);
      return Form::nested;
    case Database::Cell::nothing:
      break;
  }
  out += "NULL";
  return Form::nothing;
}

/// For each declared column its place in the answer. Two of one name are reported.
std::vector<std::optional<std::size_t>> find_columns(const Asking& asking, const std::vector<std::string>& names) {
  std::vector<std::optional<std::size_t>> places;
  for (const program::Column& column : asking.table.columns) {
    const std::string_view name = asking.strings.text(column.source_name);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end() && std::find(found + 1, names.end(), name) != names.end())
      asking.diagnostics.report(DiagnosticKind::duplicate_column, asking.query.span, "the query", name)
          .help(fmt::format("name one of them otherwise: `AS {}_2`", name));
    places.push_back(found == names.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - names.begin())));
  }
  return places;
}

}  // namespace

std::optional<Answer> ask(const Asking& asking, std::string bytes) {
  if (bytes.empty()) {
    asking.diagnostics.report(DiagnosticKind::malformed_database, asking.table.span, asking.name, "it is empty");
    return std::nullopt;
  }
  Database database(std::move(bytes));
  std::optional<QueryFailure> failure = database.prepare(asking.query.text);
  if (failure) {
    report(asking, *failure);
    return std::nullopt;
  }
  Answer answer;
  answer.names = database.columns();
  const auto places = find_columns(asking, answer.names);
  for (const auto& place : places) answer.is_there.push_back(place.has_value());
  if (std::find(answer.is_there.begin(), answer.is_there.end(), false) != answer.is_there.end()) return answer;  // enough to say
  while (database.next(failure)) {
    for (std::size_t column = 0; column < places.size(); ++column) {
      if (column > 0) answer.text += '\t';
      answer.forms.push_back(append_value(database, *places[column], asking.table.columns[column].type.kind, answer.text));
    }
    answer.text += '\n';
    ++answer.row_count;
    if (answer.text.size() <= largest_answer) continue;
    asking.diagnostics.report(DiagnosticKind::table_too_large, asking.query.span, asking.name, "more than " + grouped(largest_answer));
    return std::nullopt;
  }
  if (!failure) return answer;
  report(asking, *failure);
  return std::nullopt;
}

void read_answer(const Reading& reading, const Query& query, const Answer& answer, Builder& builder, TableData& data) {
  const std::size_t count = builder.column_count();
  for (std::uint32_t column = 0; column < count; ++column) {
    data.layout.positions.push_back(column);
    if (!answer.is_there[column]) builder.report_missing_column(column, query.span, {answer.names.begin(), answer.names.end()});
  }
  builder.expect_rows(answer.row_count);
  std::size_t at = 0;
  for (std::uint32_t row = 0; row < answer.row_count; ++row) {
    builder.begin_row(reading.begin + static_cast<std::uint32_t>(at));
    for (std::size_t column = 0; column < count; ++column) {
      const std::size_t end = std::min(reading.text.find(column + 1 == count ? '\n' : '\t', at), reading.text.size());
      Cell cell{reading.text.substr(at, end - at), reading.span(at, end), answer.forms[row * count + column], Escapes::none};
      if (cell.form == Form::string && cell.text.find('\\') != std::string_view::npos) cell.escapes = Escapes::json;
      builder.add(column, &cell);
      at = end + 1;
    }
  }
}

Span answer_cell_span(std::string_view text, std::uint32_t begin, std::uint32_t row_offset, std::uint32_t position) {
  std::size_t at = row_offset - begin;
  for (std::uint32_t column = 0; column < position; ++column) at = std::min(text.find('\t', at), text.size() - 1) + 1;
  const std::size_t end = std::min(text.find_first_of("\t\n", at), text.size());
  return {begin + static_cast<std::uint32_t>(at), begin + static_cast<std::uint32_t>(end)};
}

}  // namespace osac::tables
