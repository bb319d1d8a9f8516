#pragma once
// What an execution leaves unplanned when it ends, and why: stages whose files were not made.

#include <vector>

#include "runtime/local/execute.h"

namespace osac::local {

/// `root_causes`: one an element, the failed one because of which it was not made (itself, if it has failed); plan::no_element for others.
/// `is_fixed`: the plan does not grow. After `state.decide`.
std::vector<Unplanned> find_unplanned(const plan::Plan& plan, const registry::State& state, const std::vector<std::uint32_t>& root_causes,
                                      bool is_fixed);

}  // namespace osac::local
