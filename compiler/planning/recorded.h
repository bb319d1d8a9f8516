#pragma once
// What the plan keeps for the record of its attempts, and nothing else: how a program's version is asked, which parameters a task is made
// with, what look-ups would have given otherwise.

#include "compiler/planning/draft.h"

namespace osac::planning {

/// `task_rows`: of each task of the program its row in the plan. Inputs and tasks have been written.
void write_recorded(const program::Program& program, const Draft& draft, const std::vector<std::uint32_t>& task_rows, plan::PlanData& data);

}  // namespace osac::planning
