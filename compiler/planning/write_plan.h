#pragma once
// Lays a finished draft out as PlanData: dimensions and datasets in the order of declaration, tasks by (level, declaration).

#include "compiler/planning/draft.h"
#include "compiler/planning/table_set.h"

namespace osac::planning {

/// All but `strings`, which the caller moves in, and the sources' rows of .osa files, which the driver adds.
void write_plan(const Frame& frame, Folder& fold, const ParameterValues& parameters, const TableSet& tables, const Draft& draft,
                plan::PlanData& data);

}  // namespace osac::planning
