#pragma once
// Which elements of one plan are which of another one of the same program, by their names: a plan that was made again when more was known
// holds all that the smaller one did, under other numbers.

#include <cstdint>
#include <vector>

#include "compiler/plan/plan.h"

namespace osac::plan {

/// For each element of `from` (global number) the one of the same name in `to`; no_element if there is none. Linear: records and tuples are
/// sorted alike in both.
std::vector<std::uint32_t> match_elements(const Plan& from, const Plan& to);

}  // namespace osac::plan
