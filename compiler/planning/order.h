#pragma once
// Tasks in order of dependence, with their levels. A circle is reported with the names on it, and one concrete element where keys are
// simple.

#include "compiler/planning/draft.h"

namespace osac::planning {

/// Sets producers of datasets, levels of tasks and the order. False if there is a circle (reported).
bool order_tasks(const Frame& frame, Draft& draft);

}  // namespace osac::planning
