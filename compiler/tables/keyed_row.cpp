#include <algorithm>

#include "compiler/tables/structured.h"

namespace osac::tables {

KeyedRow::KeyedRow(const Reading& reading, Builder& builder)
    : reading_(reading),
      builder_(builder),
      cells_(builder.column_count()),
      is_given_(builder.column_count()),
      is_missing_(builder.column_count()) {}

void KeyedRow::begin(Span place) {
  place_ = place;
  keys_.clear();
  std::fill(is_given_.begin(), is_given_.end(), false);
}

void KeyedRow::add(std::string_view key, Span key_span, const Cell& cell) {
  keys_.push_back({key, key_span});
  for (std::size_t column = 0; column < cells_.size(); ++column) {
    if (is_given_[column] || reading_.column_name(column) != key) continue;
    cells_[column] = cell;
    is_given_[column] = true;
  }
}

void KeyedRow::end() {
  if (is_first_) report_missing();
  is_first_ = false;
  builder_.begin_row(place_.begin);
  for (std::size_t column = 0; column < cells_.size(); ++column) {
    if (!is_given_[column]) cells_[column] = Cell{{}, place_, Form::nothing, Escapes::none};
    builder_.add(column, is_missing_[column] && !is_given_[column] ? nullptr : &cells_[column]);
  }
  report_repetitions();
}

/// What the first row lacks is most likely misspelt: it is said once, with the names that are there.
void KeyedRow::report_missing() {
  std::vector<std::string_view> names;
  for (const Key& key : keys_) names.push_back(key.text);
  for (std::size_t column = 0; column < cells_.size(); ++column) {
    if (is_given_[column] || reading_.table.columns[column].type.is_optional) continue;
    is_missing_[column] = true;
    builder_.report_missing_column(column, place_, names);
  }
}

void KeyedRow::report_repetitions() {
  std::sort(keys_.begin(), keys_.end(),
            [](const Key& a, const Key& b) { return a.text != b.text ? a.text < b.text : a.span.begin < b.span.begin; });
  for (std::size_t i = 1; i < keys_.size(); ++i)
    if (keys_[i].text == keys_[i - 1].text)
      reading_.diagnostics.report(DiagnosticKind::duplicate_row_key, keys_[i].span, keys_[i].text).label(keys_[i - 1].span, "given before");
}

}  // namespace osac::tables
