#pragma once
// The numbers a process reports: JSON lines in the file $OSA_METRICS, each an object {name: value, ...}, checked against what the task
// declares.

#include <string>
#include <vector>

#include "compiler/plan/resolve.h"
#include "runtime/step/journal.h"

namespace osac::step {

struct Metrics {
  std::vector<plan::MetricValue> values;  ///< in declared order
  std::vector<MetricRecord> records;      ///< the same, for the journal
  std::string problem;                    ///< missing, undeclared, of a wrong type, twice, no JSON: all of them in one sentence; "" if none
};
Metrics read_metrics(const plan::Plan& plan, const plan::TaskRow& task, const std::string& path);

}  // namespace osac::step
