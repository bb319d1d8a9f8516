#pragma once
// Elements as nodes of a graph, where tasks read what comes of themselves (`of prev`): an order in which every element comes after those it
// needs, or a circle that shows there is none. Linear in elements and edges; not needed where the order of tasks says it all.

#include "compiler/planning/draft.h"

namespace osac::planning {

/// Sets the draft's element_order, if some input is recurrent. False if elements need each other in a circle, which is reported.
bool order_elements(const Frame& frame, Draft& draft);

/// Elements that read what waits wait, too. Held marks of datasets follow their makers'.
void spread_held(const program::Program& program, Draft& draft);
/// The marks of one dataset from those of its makers.
void hold_products(Draft& draft, std::uint32_t dataset);

[[nodiscard]] bool has_recurrence(const Draft& draft);

}  // namespace osac::planning
