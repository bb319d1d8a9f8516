#pragma once
// Texts and members of enums as integers that sort as they do: what sort_keys (axis.h) gives for them.

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/planning/axis.h"

namespace osac::planning {

/// Texts by their bytes, members in the order of their declaration. absent_scalar stays as it is, and so comes first.
std::vector<std::int64_t> sort_symbols(const Context& context, std::span<const Scalar> values, Type type);

}  // namespace osac::planning
