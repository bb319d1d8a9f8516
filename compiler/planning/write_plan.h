#pragma once
// Lays a finished draft out as PlanData: dimensions and datasets in the order of declaration, tasks by (level, declaration).

#include "compiler/planning/stages.h"

namespace osac::planning {

/// All but `strings`, which the caller moves in, and the sources' rows of .osa files, which the driver adds.
void write_plan(const Stages& stages, Folder& fold, const ParameterValues& parameters, plan::PlanData& data);

}  // namespace osac::planning
