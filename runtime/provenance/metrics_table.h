#pragma once
// Metrics of what was executed, as a table: a row is an element of one task (or each attempt of it), columns are its keys, perhaps an
// attribute to look at them against, and the metrics. And that table as text, CSV, ECSV, JSON or OpenMetrics.

#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/registry/archive.h"

namespace osac::provenance {

struct MetricsColumn {
  enum class Kind : std::uint8_t { text, boolean, integer, real, time, list };  // time: dates, too
  std::string name;
  std::string unit;  ///< as declared; "" for none
  Kind kind = Kind::text;
  bool is_metric = false;
};
struct MetricsTable {
  std::string task;
  std::vector<MetricsColumn> columns;
  std::vector<std::vector<std::string>> rows;  ///< texts; of metrics their JSON, "" where there is none
};

struct MetricsQuestion {
  std::string task;      ///< empty: the one task that has metrics
  std::string against;   ///< a dimension or attribute: one more column, by which rows are sorted
  bool has_all = false;  ///< every attempt that succeeded, not only the newest of each element
};
/// The names of tasks that declare metrics.
std::vector<std::string> tasks_with_metrics(const plan::Plan& plan);
/// Usage trouble if there is no such task or attribute, or if several tasks have metrics and none is named.
Result<MetricsTable> metrics_table(const plan::Plan& plan, registry::Archive& archive, const MetricsQuestion& question);

std::string as_text(const MetricsTable& table);
/// RFC 4180.
std::string as_csv(const MetricsTable& table);
/// ECSV 1.0 (APE 6): types and units in the header; lists are columns of variable length.
std::string as_ecsv(const MetricsTable& table);
std::string as_json(const MetricsTable& table);
/// OpenMetrics 1.0: a gauge a metric; lists and texts are left out.
std::string as_openmetrics(const MetricsTable& table, std::string_view workflow);

}  // namespace osac::provenance
