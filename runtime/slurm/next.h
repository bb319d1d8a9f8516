#pragma once
// Which elements the next submission runs: what is to be made, can be made, and is not on its way. Pure, but for records that it reads from
// the history's journals.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/registry/state.h"

namespace osac::slurm {

enum class Mode : std::uint8_t {
  person,     ///< somebody asked: what failed runs again
  automatic,  ///< a job of the execution: what failed in it runs again only as its task's `retry` says
};

struct NextQuestion {
  const plan::Plan& plan;
  const registry::History& history;  ///< with the records of open submissions
  const std::vector<registry::Decision>& decisions;
  const std::vector<bool>& is_live;   ///< one an element: on its way in an open submission
  const std::vector<bool>* selected;  ///< one an element: these, and what waits for them; null: all
  std::string execution;              ///< attempts count within it
  Mode mode = Mode::person;
};
struct Next {
  std::vector<bool> to_run;               ///< one an element
  std::vector<std::uint32_t> attempts;    ///< one an element: the number of its next attempt in this execution, from 1
  std::vector<std::uint32_t> root_cause;  ///< one an element: of a blocked one the first that it waits for in vain; plan::no_element
  std::vector<std::uint32_t> failed;      ///< those that were given up, by number
  std::vector<std::uint32_t> of_some;     /**< made in this execution of the survivors among their inputs: decided as if all of these were
                                               there they would run, and they are not made again */
  std::uint32_t count = 0;                ///< elements to run
  std::uint32_t given_up = 0;             ///< failed for good, or cancelled by a person
  std::uint32_t blocked = 0;              ///< wait for some that were given up, or that are not selected
};
/// Linear in elements and edges.
Next choose_next(const NextQuestion& question);

/// Whether an attempt belongs to an execution: its name, or that of a later claim of an array task ("NAME.2").
bool is_of_execution(const step::EndRecord& record, const std::string& execution);

}  // namespace osac::slurm
