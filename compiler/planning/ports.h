#pragma once
// The ports of a task: what each element reads through an input and its `else` branches, which elements wait, and which find nothing.

#include "compiler/planning/stages.h"

namespace osac::planning {

/// An input with its branches: rows [first, first + count) of the task's inputs.
struct Port {
  std::uint32_t first = 0;
  std::uint32_t count = 1;
};
std::vector<Port> ports_of(const program::Task& task);
/// A port that may read what comes of the task itself is linked when all families are made.
bool is_late(const TaskDraft& task, const Port& port);

/// Whether an element that waits may turn out to lack what it has to read: of some required port all files are in doubt.
bool may_lack(const program::Program& program, const Draft& draft, std::uint32_t task, std::uint32_t element);

/// What came of linking a port.
struct PortOutcome {
  std::vector<std::uint8_t> lacks;  ///< one flag an element: a required input is not there, so that it is no element at all
  bool is_lookup = false;           ///< what is not found is a failure, and not just no element
  bool is_required = false;
};
/// Makes the links of all rows, and adds what failed and who waits. External datasets get their families on the way.
PortOutcome link_port(const Stages& stages, Folder& fold, std::uint32_t task, const Port& port);

}  // namespace osac::planning
