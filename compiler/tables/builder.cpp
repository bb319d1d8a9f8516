#include "compiler/tables/builder.h"

#include <fmt/format.h>

#include "compiler/base/text.h"

namespace osac::tables {

using expression::absent_scalar;
using expression::Scalar;

namespace {

/// Where the column is declared, and the query whose answer the row is.
void add_labels(DiagnosticBuilder& report, const Reading& reading, Span declared, std::string_view words = "declared here") {
  report.label(declared, std::string(words));
  if (reading.query) report.label(*reading.query, "the query");
}

constexpr std::size_t most_problems = 20;
constexpr std::size_t most_shown = 60;  ///< bytes of a cell in a message

std::string shortened(std::string_view text) {
  if (text.size() <= most_shown) return std::string(text);
  std::size_t end = most_shown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace

Builder::Builder(const Reading& reading, TableData& data) : reading_(reading), data_(data) {
  for (const program::Column& column : reading.table.columns) converters_.emplace_back(reading.program, column, reading.strings);
  data_.values.resize(converters_.size());
}

void Builder::expect_rows(std::size_t count) {
  data_.row_offsets.reserve(count);
  for (auto& column : data_.values) column.reserve(count);
}

void Builder::begin_row(std::uint32_t offset) {
  data_.row_offsets.push_back(offset);
  ++data_.row_count;
}

void Builder::add(std::size_t column, const Cell* cell) {
  Scalar value = absent_scalar;
  if (cell != nullptr) {
    const Outcome outcome = converters_[column].convert(*cell, value);
    if (outcome != Outcome::fine) report(column, *cell, outcome);
  }
  data_.values[column].push_back(value);
}

bool Builder::may_report(Span place) {
  if (++problems_ == most_problems + 1) first_hidden_ = place;
  return problems_ <= most_problems;
}

void Builder::report(std::size_t column, const Cell& cell, Outcome outcome) {
  const program::Column& declared = reading_.table.columns[column];
  if (outcome == Outcome::empty && declared.type.is_optional) return;
  if (!may_report(cell.span)) return;
  switch (outcome) {
    case Outcome::fine:
      return;
    case Outcome::bad:
      return report_bad(column, cell);
    case Outcome::empty: {
      const std::string name(reading_.strings.text(declared.name));
      auto report = reading_.diagnostics.report(DiagnosticKind::empty_cell, cell.span, reading_.column_name(column));
      add_labels(report, reading_, declared.span);
      report.help(
          fmt::format("declare `{} : {}` if it may be empty", name, expression::type_name(declared.type.optional(), reading_.strings)));
      return;
    }
    case Outcome::no_unit: {
      const bool is_duration = declared.type.kind == expression::Kind::duration;
      reading_.diagnostics.report(DiagnosticKind::missing_unit, cell.span, shortened(cell.text))
          .here(fmt::format("column `{}`", reading_.column_name(column)))
          .label(declared.span, is_duration ? "a duration" : "an amount of memory")
          .help(fmt::format("write it like `{0} {1}`, or use ecsv, whose header gives the column a `unit: {1}`", shortened(cell.text),
                            is_duration ? "s" : "MB"));
      return;
    }
  }
}

void Builder::report_bad(std::size_t column, const Cell& cell) {
  const program::Column& declared = reading_.table.columns[column];
  const Converter& converter = converters_[column];
  std::string scratch;
  std::string found = shortened(plain_text(cell, scratch));
  if (cell.form == Form::nested) found = cell.text.starts_with('{') ? "{...}" : cell.text.starts_with("x'") ? found : "[...]";
  if (cell.form == Form::string) found = '"' + found + '"';
  auto report = reading_.diagnostics.report(DiagnosticKind::bad_cell, cell.span, found, converter.wanted());
  report.here(fmt::format("column `{}`", reading_.column_name(column)));
  add_labels(report, reading_, declared.span);
  if (const std::string advice = converter.advice(plain_text(cell, scratch)); !advice.empty()) report.help(advice);
}

void Builder::report_missing_column(std::size_t column, Span place, const std::vector<std::string_view>& names) {
  const std::string_view name = reading_.column_name(column);
  auto report = reading_.diagnostics.report(DiagnosticKind::missing_column, place, reading_.name, name);
  report.label(reading_.table.columns[column].span, "declared here");
  std::vector<std::string> quoted;
  for (const std::string_view other : names) {
    if (quoted.size() == most_problems) {
      quoted.push_back(fmt::format("{} more", names.size() - most_problems));
      break;
    }
    quoted.push_back("`" + shortened(other) + "`");
  }
  report.note(quoted.empty() ? "it has no columns at all" : "its columns are " + join_words(quoted));
  if (const auto nearest = nearest_name(name, names))
    report.help(fmt::format("did you mean `{0}`? A column may be renamed: `{1} : ... = \"{0}\"`", shortened(*nearest),
                            reading_.strings.text(reading_.table.columns[column].name)));
}

void Builder::report_row_length(Span row, std::size_t count, std::size_t expected) {
  if (may_report(row)) reading_.diagnostics.report(DiagnosticKind::row_length, row, count_of(count, "value"), expected);
}

void Builder::finish() {
  if (problems_ > most_problems)
    reading_.diagnostics.report(DiagnosticKind::more_bad_cells, first_hidden_, reading_.name,
                                count_of(problems_ - most_problems, "more mistake"));
}

}  // namespace osac::tables
