#pragma once
// What a picture or an export is about: the attempts that lead to what was asked for, and what that is. A target is an element or a file on
// record, or whatever a query of the plan means by it (`dl2[run=2008]`).

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/provenance/provenance.h"

namespace osac::provenance {

struct Selection {
  std::vector<std::uint32_t> places;        ///< in `records.ends`, ascending
  std::unordered_set<std::string> targets;  ///< names of elements, paths of files; empty: everything was asked for
};
/// Usage trouble if nothing of it was executed.
Result<Selection> find_selection(const plan::Plan& plan, const Records& records, const std::string& target);

/// These places, and those of everything that they came from. Ascending, each once.
std::vector<std::uint32_t> with_origins(const Records& records, std::vector<std::uint32_t> places);

}  // namespace osac::provenance
