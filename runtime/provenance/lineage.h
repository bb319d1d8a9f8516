#pragma once
// Which records belong to an answer: all, or those upstream of an element or file.

#include <vector>

#include "runtime/provenance/provenance.h"

namespace osac::provenance {

/// Places in `records.ends`, ascending (a producer may come after its consumer only if the plan's order says so).
Result<std::vector<std::uint32_t>> select(const Records& records, const std::string& target);

/// These places, and those of everything that they came from. Ascending, each once.
std::vector<std::uint32_t> with_origins(const Records& records, std::vector<std::uint32_t> places);

}  // namespace osac::provenance
