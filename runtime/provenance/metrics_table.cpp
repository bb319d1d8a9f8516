#include "runtime/provenance/metrics_table.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>

#include "compiler/base/text.h"
#include "compiler/expression/value.h"
#include "compiler/plan/resolve.h"

namespace osac::provenance {

namespace {

using expression::Type;
using Kind = MetricsColumn::Kind;

Kind kind_of(Type type) {
  if (type.is_list) return Kind::list;
  switch (type.kind) {
    case expression::Kind::boolean:
      return Kind::boolean;
    case expression::Kind::integer:
      return Kind::integer;
    case expression::Kind::real:
      return Kind::real;
    case expression::Kind::date:
    case expression::Kind::time:
      return Kind::time;
    default:
      return Kind::text;
  }
}

/// "arcsec" of `float arcsec`.
std::string unit_of(const plan::Plan& plan, Type type) {
  return type.kind == expression::Kind::real && type.detail != 0 ? std::string(plan.text(Symbol{type.detail})) : "";
}

Result<std::uint32_t> find_task(const plan::Plan& plan, const std::string& name) {
  const std::vector<std::string> names = tasks_with_metrics(plan);
  if (names.empty()) return failure(Trouble::usage, "no task of this workflow has metrics", "`metric NAME : float` in a task declares one");
  const std::string help = "these have metrics: " + join_words(names);
  if (name.empty() && names.size() > 1) return failure(Trouble::usage, "which task's metrics?", help);
  const std::string& wanted = name.empty() ? names.front() : name;
  if (std::find(names.begin(), names.end(), wanted) == names.end())
    return failure(Trouble::usage, "no task with metrics is called `" + visible(name) + "`", help);
  return plan.find_task(wanted).value_or(0);
}

/// A column of the plan whose value an element determines: a dimension's keys, or an attribute.
struct Source {
  std::uint32_t dimension = 0;
  std::uint32_t column = 0;
};

class Maker {
 public:
  Maker(const plan::Plan& plan, std::uint32_t task) : plan_(plan), task_(plan.tasks()[task]) {
    for (const std::uint32_t dimension : plan.indices(task_.family.dimensions)) add_key(dimension);
    table_.task = plan.text(task_.family.name);
  }

  Result<MetricsTable> make(registry::Archive& archive, const MetricsQuestion& question) {
    table_.columns.push_back({"element", "", Kind::text, false});
    if (question.has_all) table_.columns.push_back({"execution", "", Kind::text, false});
    if (!question.against.empty())
      if (auto added = add_against(question.against); !added) return tl::unexpected(added.error());
    for (const Source& source : keys_) {
      const plan::ColumnRow& column = plan_.columns()[source.column];
      table_.columns.push_back(
          {std::string(plan_.text(plan_.dimensions()[source.dimension].name)), unit_of(plan_, column.type), kind_of(column.type), false});
    }
    std::map<std::string, std::size_t> places;
    for (const plan::MetricRow& metric : plan_.metrics(task_)) {
      places.emplace(std::string(plan_.text(metric.name)), table_.columns.size());
      table_.columns.push_back({std::string(plan_.text(metric.name)), unit_of(plan_, metric.type), kind_of(metric.type), true});
    }
    const auto found = archive.metrics(table_.task);
    if (!found) return tl::unexpected(found.error());
    add_rows(*found, places, question);
    return std::move(table_);
  }

 private:
  void add_key(std::uint32_t dimension) {
    const plan::DimensionRow& row = plan_.dimensions()[dimension];
    if (row.parent != plan::no_row) add_key(row.parent);
    const bool is_known = std::any_of(keys_.begin(), keys_.end(), [&](const Source& key) { return key.dimension == dimension; });
    if (!is_known) keys_.push_back({dimension, row.key_column});
  }

  Status add_against(const std::string& name) {
    std::vector<std::string> names;
    for (std::uint32_t dimension = 0; dimension < plan_.dimensions().size(); ++dimension) {
      if (task_.family.count == 0 || plan_.record(task_.family, 0, dimension) == plan::no_element) continue;
      const plan::DimensionRow& row = plan_.dimensions()[dimension];
      names.emplace_back(plan_.text(row.name));
      if (names.back() == name) against_ = Source{dimension, row.key_column};
      for (std::uint32_t i = 0; i < row.attribute_count; ++i) {
        names.emplace_back(plan_.text(plan_.columns()[row.first_attribute + i].name));
        if (names.back() == name) against_ = Source{dimension, row.first_attribute + i};
      }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (!against_)
      return failure(Trouble::usage, fmt::format("`{}` is no dimension or attribute of `{}`", visible(name), table_.task),
                     names.empty() ? "" : "there are: " + join_words(names));
    const plan::ColumnRow& column = plan_.columns()[against_->column];
    table_.columns.push_back({name, unit_of(plan_, column.type), kind_of(column.type), false});
    keys_.erase(std::remove_if(keys_.begin(), keys_.end(), [&](const Source& key) { return key.column == against_->column; }), keys_.end());
    return {};
  }

  /// Rows of attempts, oldest first; of those without `has_all` only the last of each element stays.
  void add_rows(const std::vector<registry::ArchivedMetric>& metrics, const std::map<std::string, std::size_t>& places,
                const MetricsQuestion& question) {
    std::map<std::int64_t, std::size_t> row_of_attempt;
    std::map<std::string, std::int64_t> newest;
    std::vector<std::int64_t> attempts;
    for (const registry::ArchivedMetric& metric : metrics) {
      const auto place = places.find(metric.name);
      if (place == places.end()) continue;  // declared once, no longer
      const auto [row, is_new] = row_of_attempt.emplace(metric.attempt, table_.rows.size());
      if (is_new) {
        attempts.push_back(metric.attempt);
        table_.rows.push_back(row_for(metric, question.has_all));
      }
      table_.rows[row->second][place->second] = metric.json;
      newest[metric.element] = metric.attempt;
    }
    std::vector<std::vector<std::string>> kept;
    for (std::size_t i = 0; i < table_.rows.size(); ++i)
      if (question.has_all || newest.at(table_.rows[i].front()) == attempts[i]) kept.push_back(std::move(table_.rows[i]));
    std::vector<std::size_t> order(kept.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return place_of(kept[a][0]) < place_of(kept[b][0]); });
    table_.rows.clear();
    for (const std::size_t i : order) table_.rows.push_back(std::move(kept[i]));
  }

  std::vector<std::string> row_for(const registry::ArchivedMetric& metric, bool has_execution) {
    std::vector<std::string> row = {metric.element};
    if (has_execution) row.push_back(metric.execution);
    const auto element = plan::find_element(plan_, metric.element);
    if (against_) row.push_back(element ? value_of(element->element, *against_) : "");
    for (const Source& key : keys_) row.push_back(element ? value_of(element->element, key) : "");
    row.resize(table_.columns.size());
    if (element) ranks_.emplace(metric.element, rank_of(element->element));
    return row;
  }

  [[nodiscard]] std::string value_of(std::uint32_t element, const Source& source) const {
    const std::uint32_t record = plan_.record(task_.family, element, source.dimension);
    if (record == plan::no_element) return "";
    const plan::ColumnRow& column = plan_.columns()[source.column];
    return expression::to_text(plan_.value(column, record), column.type);
  }

  /// Where a row belongs: by the attribute, then as in the plan; elements that the plan has no longer come last.
  struct Rank {
    bool is_unknown = false;
    double number = 0;
    std::string text;
    std::uint32_t element = 0;
    friend auto operator<=>(const Rank&, const Rank&) = default;
  };
  [[nodiscard]] Rank rank_of(std::uint32_t element) const {
    Rank rank;
    rank.element = element;
    if (!against_) return rank;
    const std::uint32_t record = plan_.record(task_.family, element, against_->dimension);
    const plan::ColumnRow& column = plan_.columns()[against_->column];
    const expression::Value value = record == plan::no_element ? expression::Value() : plan_.value(column, record);
    rank.is_unknown = value.is_absent();
    if (rank.is_unknown) return rank;
    if (column.type.kind == expression::Kind::real)
      rank.number = value.real();
    else if (column.type.is_textual())
      rank.text = expression::to_text(value, column.type);
    else
      rank.number = static_cast<double>(value.integer());
    return rank;
  }
  [[nodiscard]] Rank place_of(const std::string& element) const {
    const auto found = ranks_.find(element);
    return found == ranks_.end() ? Rank{true, HUGE_VAL, element, 0} : found->second;
  }

  const plan::Plan& plan_;
  const plan::TaskRow& task_;
  MetricsTable table_;
  std::vector<Source> keys_;
  std::optional<Source> against_;
  std::map<std::string, Rank> ranks_;
};

}  // namespace

std::vector<std::string> tasks_with_metrics(const plan::Plan& plan) {
  std::vector<std::string> names;
  for (const plan::TaskRow& task : plan.tasks())
    if (!plan.metrics(task).empty()) names.emplace_back(plan.text(task.family.name));
  return names;
}

Result<MetricsTable> metrics_table(const plan::Plan& plan, registry::Archive& archive, const MetricsQuestion& question) {
  const auto task = find_task(plan, question.task);
  if (!task) return tl::unexpected(task.error());
  return Maker(plan, *task).make(archive, question);
}

}  // namespace osac::provenance
