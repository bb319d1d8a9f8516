#pragma once
// A table of metrics as a plot: a panel a metric, over the attribute that it is looked at against, else over the first key. Numbers and
// times are scales, texts categories; of a list each element is a line. Tooltips name the element.

#include <string>
#include <string_view>
#include <vector>

#include "compiler/emit/plot.h"
#include "runtime/provenance/metrics_table.h"

namespace osac::provenance {

/// Usage trouble if one of `metrics` (empty: all) is none of the table, or if there is no value at all.
Result<emit::Plot> metrics_plot(const MetricsTable& table, std::string_view workflow, const std::vector<std::string>& metrics);

}  // namespace osac::provenance
