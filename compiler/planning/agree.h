#pragma once
// Families compared: what two of them both determine, which elements of one agree with some of the other, and what is left of a family on
// other dimensions. Linear (but for a sort where keys interleave); it knows no tasks and no datasets.

#include "compiler/planning/family.h"

namespace osac::planning {

/// The dimensions that both bases determine, without those that others of them determine.
std::vector<std::uint32_t> common_dimensions(const Frame& frame, const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b);

/// The distinct tuples of a family on dimensions that its basis determines, sorted; those with an absent record are left out.
Family project(const Frame& frame, const Family& family, const std::vector<std::uint32_t>& basis);

/// One flag an element of `family`: 1 if some element of `others` has the same records on all of `dimensions` (an absent record is like no
/// other). Without dimensions: whether there are others at all.
std::vector<std::uint8_t> find_agreeing(const Frame& frame, const Family& family, const Family& others,
                                        const std::vector<std::uint32_t>& dimensions);

/// Elements of both families, which have one basis; each once.
Family united(const Frame& frame, const Family& a, const Family& b);

/// Records on each of some dimensions, with the dimensions' sizes: what make_groups takes.
Columns columns_on(const Frame& frame, const Family& family, const std::vector<std::uint32_t>& dimensions);
std::vector<std::uint32_t> axis_sizes(const Frame& frame, const std::vector<std::uint32_t>& dimensions);

/// A family from tuples in any order, repetitions and absent records included.
Family family_of_tuples(const Frame& frame, std::vector<std::uint32_t> basis, Columns tuples);

}  // namespace osac::planning
