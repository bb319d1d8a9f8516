#pragma once
// What can be reached in a plan from a set of elements, with and against the flow of files, and how far it is. Each call visits every
// element once, parents first (or last): linear in elements and edges, whatever the set; an input that reads `every` member costs members
// plus readers.

#include <cstdint>

#include "compiler/plan/query.h"

namespace osac::plan {

inline constexpr std::uint32_t any_depth = 0xfffffffeU;

/// What is made from the members of `from`, in at least one step and through at most `depth` tasks. A file's next task is one that reads
/// it; what that task makes is no further away.
ElementSet downstream(const Plan& plan, const ElementSet& from, std::uint32_t depth);
/// What the members of `from` are made from, likewise: a file's next task is the one that makes it.
ElementSet upstream(const Plan& plan, const ElementSet& from, std::uint32_t depth);
/// The elements on one of the shortest paths downstream from a member of `from` to one of `to`, both ends included; empty if there is
/// none. Of equals the first in the plan's order.
ElementSet shortest_path(const Plan& plan, const ElementSet& from, const ElementSet& to);

}  // namespace osac::plan
