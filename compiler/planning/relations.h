#pragma once
// From links to the plan's relations: the cheapest kind that says the same.

#include "compiler/planning/draft.h"

namespace osac::planning {

/// `target_count`: elements of the dataset. Arrays go to the end of `indices`.
plan::Relation make_relation(const Links& links, std::uint32_t target_count, std::vector<std::uint32_t>& indices);

/// How many entries the longest form of a list would need; reported above what a plan can number.
bool check_sizes(const Frame& frame, const Draft& draft);

}  // namespace osac::planning
