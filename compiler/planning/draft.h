#pragma once
// The plan while it is made: elements of tasks and datasets, links between them, what failed. Plain columns; write_plan.h lays them out.

#include <set>

#include "compiler/planning/links.h"

namespace osac::planning {

struct DatasetDraft {
  Family family;
  std::vector<std::uint32_t> producers;         ///< tasks that make it, in declaration order; empty if external
  std::vector<std::uint32_t> producer_task;     ///< one an element, if there are several producers
  std::vector<std::uint32_t> producer_element;  ///< one an element, if it is produced
  bool is_made = false;                         ///< its family is known
  bool is_goal = false;
  [[nodiscard]] std::uint32_t task_of(std::uint32_t element) const {
    return producer_task.empty() ? producers.front() : producer_task[element];
  }
};

struct TaskDraft {
  Family family;
  std::uint32_t level = 0;
  std::vector<Links> inputs;
  std::vector<Links> outputs;
  std::vector<Failure> failures;
  std::vector<ExprId> unmet;  ///< the first conjunct of `where` that left nothing, if one did
  Explanation explanation;
};

struct Draft {
  std::vector<DatasetDraft> datasets;  ///< as in the program
  std::vector<TaskDraft> tasks;        ///< as in the program
  std::vector<std::uint32_t> order;    ///< tasks by (level, declaration)
};

}  // namespace osac::planning
