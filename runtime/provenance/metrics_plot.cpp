// A table of metrics as a plot: a panel a metric, over the column that it is looked at against.

#include "runtime/provenance/metrics_plot.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "compiler/base/text.h"
#include "compiler/expression/calendar.h"
#include "compiler/records/json.h"

namespace osac::provenance {

namespace {

using emit::PlotAxis;
using Kind = MetricsColumn::Kind;

std::string label_of(const MetricsColumn& column) { return column.name + (column.unit.empty() ? "" : " [" + column.unit + "]"); }

/// Seconds since 1970 of a date or a time.
std::optional<double> seconds_of(const std::string& text) {
  if (const auto date = expression::parse_date(text)) return static_cast<double>(*date) * 86'400;
  if (const auto time = expression::parse_time(text, true)) return static_cast<double>(*time) / 1e9;
  return std::nullopt;
}

std::optional<double> number_of(const std::string& text) {
  const records::JsonDocument document(text);
  if (!document.root() || !document.root()->is_number()) return std::nullopt;
  return document.root()->real();
}

/// What text a cell holds: texts of metrics are JSON.
std::string text_of(const std::string& cell) {
  if (!cell.starts_with('"')) return cell;
  const records::JsonDocument document(cell);
  return document.root() ? document.root()->text() : cell;
}

/// Cells of one column as places on an axis.
class Scale {
 public:
  explicit Scale(const MetricsColumn& column) {
    axis_.label = label_of(column);
    if (column.kind == Kind::time) axis_.kind = PlotAxis::Kind::time;
    if (column.kind == Kind::text || column.kind == Kind::boolean) axis_.kind = PlotAxis::Kind::category;
  }
  std::optional<double> place(const std::string& cell) {
    if (cell.empty() || cell == "null") return std::nullopt;
    if (axis_.kind == PlotAxis::Kind::number) return number_of(cell);
    if (axis_.kind == PlotAxis::Kind::time) {
      const auto seconds = seconds_of(text_of(cell));
      if (seconds) first_ = std::min(first_, *seconds), last_ = std::max(last_, *seconds);
      return seconds;
    }
    const std::string name = text_of(cell);
    const auto [at, is_new] = places_.emplace(name, axis_.categories.size());
    if (is_new) axis_.categories.push_back(name);
    return static_cast<double>(at->second);
  }
  [[nodiscard]] PlotAxis axis() const {
    PlotAxis axis = axis_;
    if (axis.kind == PlotAxis::Kind::time && last_ >= first_) {
      const auto day = [](double seconds) { return expression::date_text(static_cast<std::int64_t>(std::floor(seconds / 86'400))); };
      axis.label += ", " + day(first_) + (day(first_) == day(last_) ? "" : " to " + day(last_));
    }
    return axis;
  }

 private:
  PlotAxis axis_;
  std::map<std::string, std::size_t> places_;
  double first_ = HUGE_VAL, last_ = -HUGE_VAL;
};

class Maker {
 public:
  explicit Maker(const MetricsTable& table) : table_(table) {
    x_ = 0;
    for (std::size_t i = 1; i < table.columns.size(); ++i) {
      if (table.columns[i].name == "execution" && !table.columns[i].is_metric) {
        execution_ = i;
      } else if (!table.columns[i].is_metric) {
        x_ = i;
        break;
      }
    }
    find_newest();
  }

  Result<emit::Plot> make(std::string_view workflow, const std::vector<std::string>& wanted) {
    std::vector<std::string> names;
    for (const MetricsColumn& column : table_.columns)
      if (column.is_metric) names.push_back(column.name);
    for (const std::string& name : wanted)
      if (std::find(names.begin(), names.end(), name) == names.end())
        return failure(Trouble::usage, fmt::format("`{}` is no metric of `{}`", visible(name), table_.task),
                       "there are: " + join_words(names));
    emit::Plot plot;
    plot.title = fmt::format("{} of workflow {}", table_.task, workflow);
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      const MetricsColumn& column = table_.columns[i];
      const bool is_wanted = wanted.empty() || std::find(wanted.begin(), wanted.end(), column.name) != wanted.end();
      if (column.is_metric && is_wanted) plot.panels.push_back(column.kind == Kind::list ? lines(i) : points(i));
    }
    const bool is_empty =
        std::all_of(plot.panels.begin(), plot.panels.end(), [](const auto& panel) { return panel.points.empty() && panel.lines.empty(); });
    if (is_empty)
      return failure(Trouble::usage, fmt::format("nothing is on record to plot of `{}`", table_.task),
                     "`osac metrics` shows what there is");
    plot.subtitle = count_of(newest_.size(), "element");
    if (execution_) plot.subtitle += fmt::format(", {} (older ones are circles)", count_of(table_.rows.size(), "attempt"));
    return plot;
  }

 private:
  /// The last row of each element; with every attempt the others are drawn faintly.
  void find_newest() {
    for (std::size_t row = 0; row < table_.rows.size(); ++row) newest_[table_.rows[row].front()] = row;
  }

  [[nodiscard]] std::string tooltip(std::size_t row, std::size_t column) const {
    const auto& cells = table_.rows[row];
    std::string text = cells.front();
    if (execution_) text += " in " + cells[*execution_];
    if (x_ != 0) text += fmt::format("\n{} = {}", table_.columns[x_].name, text_of(cells[x_]));
    return text + fmt::format("\n{} = {}", label_of(table_.columns[column]), text_of(cells[column]));
  }

  static std::string missing_text(std::size_t missing) { return missing == 0 ? "" : fmt::format("{} without a value", grouped(missing)); }

  emit::PlotPanel points(std::size_t column) const {
    emit::PlotPanel panel;
    Scale x(table_.columns[x_]), y(table_.columns[column]);
    std::size_t missing = 0;
    emit::PlotLine line;
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      const auto across = x.place(table_.rows[row][x_]);
      const auto up = across ? y.place(table_.rows[row][column]) : std::nullopt;
      if (!up) {
        ++missing;
        continue;
      }
      const bool is_newest = newest_.at(table_.rows[row].front()) == row;
      panel.points.push_back({*across, *up, tooltip(row, column), !is_newest});
      if (is_newest) line.points.emplace_back(*across, *up);
    }
    panel.x = x.axis();
    panel.y = y.axis();
    panel.note = missing_text(missing);
    line.shade = 0.8;
    // a trend: times go on, and each has one value
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    const bool is_trend = panel.x.kind == PlotAxis::Kind::time && panel.y.kind == PlotAxis::Kind::number &&
                          std::adjacent_find(line.points.begin(), line.points.end(), same) == line.points.end();
    if (is_trend && line.points.size() > 1) panel.lines.push_back(std::move(line));
    return panel;
  }

  /// Of a metric that is a list: a line for each element over the place in the list, the first elements dark and the last ones light.
  emit::PlotPanel lines(std::size_t column) const {
    emit::PlotPanel panel;
    panel.x.label = "place in the list";
    panel.y.label = label_of(table_.columns[column]);
    std::size_t missing = 0;
    for (const auto& [element, row] : newest_) {
      const records::JsonDocument document(table_.rows[row][column]);
      emit::PlotLine line;
      if (document.root() && document.root()->kind() == records::Json::Kind::list) {
        double place = 0;
        document.root()->each([&](const records::Json& item) {
          if (item.is_number()) line.points.emplace_back(place, item.real());
          ++place;
        });
      }
      line.tooltip = x_ == 0 ? element : fmt::format("{}\n{} = {}", element, table_.columns[x_].name, text_of(table_.rows[row][x_]));
      line.shade = static_cast<double>(row) / static_cast<double>(table_.rows.size());
      if (line.points.empty())
        ++missing;
      else if (line.points.size() == 1)
        panel.points.push_back({line.points.front().first, line.points.front().second, line.tooltip, false});
      else
        panel.lines.push_back(std::move(line));
    }
    panel.note = missing_text(missing);
    return panel;
  }

  const MetricsTable& table_;  // NOLINT: lives for one call
  std::size_t x_ = 0;          // the column that metrics are looked at against
  std::optional<std::size_t> execution_;
  std::map<std::string, std::size_t> newest_;
};

}  // namespace

Result<emit::Plot> metrics_plot(const MetricsTable& table, std::string_view workflow, const std::vector<std::string>& metrics) {
  return Maker(table).make(workflow, metrics);
}

}  // namespace osac::provenance
