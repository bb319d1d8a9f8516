// What a key determines: the closure over parents and implied dimensions.

#include <algorithm>

#include "compiler/program/program.h"

namespace osac::program {

namespace {

/// One flag a dimension. Ids out of range (a broken program that verify() shall report) determine nothing.
std::vector<bool> closure(const Program& program, const std::vector<DimensionId>& dimensions) {
  std::vector<bool> found(program.dimensions.size(), false);
  std::vector<DimensionId> open;
  const auto reach = [&](DimensionId id) {
    if (id.index >= found.size() || found[id.index]) return;
    found[id.index] = true;
    open.push_back(id);
  };
  for (const DimensionId id : dimensions) reach(id);
  while (!open.empty()) {
    const Dimension& dimension = program.dimensions[open.back().index];
    open.pop_back();
    reach(dimension.parent);
    for (const auto& implied : dimension.implies) reach(implied.dimension);
  }
  return found;
}

}  // namespace

bool determines(const Program& program, const std::vector<DimensionId>& dimensions, DimensionId target) {
  return target.index < program.dimensions.size() && closure(program, dimensions)[target.index];
}

std::vector<DimensionId> determined_by(const Program& program, const std::vector<DimensionId>& dimensions) {
  const std::vector<bool> found = closure(program, dimensions);
  std::vector<DimensionId> result;
  for (std::uint32_t i = 0; i < found.size(); ++i) {
    if (found[i]) result.push_back(DimensionId{i});
  }
  return result;
}

std::vector<DimensionId> basis_of(const Program& program, const std::vector<DimensionId>& dimensions) {
  std::vector<DimensionId> kept;
  for (const DimensionId id : dimensions) {
    if (std::find(kept.begin(), kept.end(), id) == kept.end()) kept.push_back(id);
  }
  // One after the other, so that of two that determine each other one stays.
  for (std::size_t i = 0; i < kept.size();) {
    std::vector<DimensionId> others = kept;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    if (determines(program, others, kept[i])) {
      kept = std::move(others);
    } else {
      ++i;
    }
  }
  return kept;
}

}  // namespace osac::program
