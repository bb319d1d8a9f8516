#pragma once
// What the plan keeps: the goals' elements (those that `--where` names) and everything upstream of them, whole gathers included; and
// nothing else. Linear in elements and edges.

#include "compiler/planning/selection.h"
#include "compiler/planning/stages.h"

namespace osac::planning {

struct Goals {
  std::vector<std::uint32_t> datasets;
  std::vector<Span> spans;           ///< where each of them is asked for; its declaration, if nowhere in the text
  std::vector<std::uint32_t> tasks;  ///< named themselves, or without outputs where nothing is named at all
  bool is_from_command_line = false;
};
/// The goals named on the command line, else the program's. Unknown names and external datasets are reported.
Goals find_goals(Context& context);

/// One flag an element, for each task and each dataset of the program.
struct Keep {
  std::vector<std::vector<std::uint8_t>> tasks;
  std::vector<std::vector<std::uint8_t>> datasets;
};
/// What waits is never kept; but what it is certain to need is. Reports goals without elements, and a selection that names nothing, unless
/// something waits.
Keep find_kept(const Stages& stages, Folder& fold, const Selection& selection, const Goals& goals);
/// Warns of tasks that have elements, but none that a goal needs; not when goals or a selection were given.
void warn_unneeded(Context& context, const Draft& draft, const Keep& keep);

/// Drops what is not kept, from families, links and producers.
void compact(const program::Program& program, Draft& draft, const Keep& keep);

}  // namespace osac::planning
