#pragma once
// The plan while it is made: elements of tasks and datasets, links between them, what failed, what waits. Plain columns; write_plan.h lays
// them out.

#include <set>

#include "compiler/planning/links.h"
#include "compiler/planning/pending.h"

namespace osac::planning {

struct DatasetDraft {
  Family family;
  std::vector<std::uint32_t> producers;         ///< tasks that make it, in declaration order; empty if external
  std::vector<std::uint32_t> producer_task;     ///< one an element, if there are several producers
  std::vector<std::uint32_t> producer_element;  ///< one an element, if it is produced
  bool is_made = false;                         ///< its family is known
  bool is_goal = false;
  Held held;
  Doubtful doubtful;
  PendingSets pending;
  [[nodiscard]] std::uint32_t task_of(std::uint32_t element) const {
    return producer_task.empty() ? producers.front() : producer_task[element];
  }
};

struct TaskDraft {
  Family family;
  std::uint32_t level = 0;
  std::vector<std::uint8_t> is_recurrent;  ///< one an input: it may read what comes of the task itself, and is linked last
  std::vector<Links> inputs;
  std::vector<Links> outputs;
  std::vector<Failure> failures;
  std::vector<Failure> branch_failures;  ///< of inputs whose `else` failed as well: why the branches before it did
  Held held;
  Doubtful doubtful;
  PendingSets pending;
  bool is_never = false;         ///< its `where` holds for no record, which has been said
  std::uint32_t held_count = 0;  ///< once those that wait are left out: how many these were
  Explanation explanation;
};

struct Draft {
  std::vector<DatasetDraft> datasets;        ///< as in the program
  std::vector<TaskDraft> tasks;              ///< as in the program
  std::vector<std::uint32_t> order;          ///< tasks by (level, declaration)
  std::vector<std::uint32_t> element_order;  ///< of all elements, see elements.h; empty if tasks one after another will do
  std::vector<Family> relations;             ///< as in the program: their tuples
  std::vector<Stage> stages;
};

/// The number of a stage; a new one, if there was none like it.
std::uint32_t stage_of(Draft& draft, std::string what, std::uint32_t dataset);

}  // namespace osac::planning
