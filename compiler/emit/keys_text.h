#pragma once
// The keys of many elements in a few words, ranges put together: `subrun 0..98`, `exposure 16, 18..20`.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"

namespace osac::emit {

/// One dimension's keys of some of a family's elements.
std::string keys_text(const plan::Plan& plan, const plan::FamilyRow& family, std::uint32_t dimension,
                      std::span<const std::uint32_t> elements);
/// A line for each of the family's dimensions.
std::vector<std::string> keys_lines(const plan::Plan& plan, const plan::FamilyRow& family, std::span<const std::uint32_t> elements);

}  // namespace osac::emit
