#pragma once
// Which files of a dataset exist, asked for from two threads.

#include "compiler/planning/family.h"

namespace osac::planning {

/// One flag an element: 1 if its file (or folder) is there. A path that cannot be worked out is reported, and counts as there.
std::vector<std::uint8_t> find_existing(const Frame& frame, ExprId path, const Family& family);

}  // namespace osac::planning
