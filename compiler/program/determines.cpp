// What a key determines: the closure over parents and implied dimensions.

#include <algorithm>

#include "compiler/program/program.h"

namespace osac::program {

namespace {

/// What is reached, in any order: mostly a few of many dimensions. Ids out of range (a broken program that verify() shall report) determine
/// nothing.
class Closure {
 public:
  Closure(const Program& program, const std::vector<DimensionId>& dimensions) : program_(program) {
    for (const DimensionId id : dimensions) reach(id);
    for (std::size_t i = 0; i < reached_.size(); ++i) {
      const Dimension& dimension = program.dimensions[reached_[i].index];
      reach(dimension.parent);
      for (const auto& implied : dimension.implies) reach(implied.dimension);
    }
  }
  [[nodiscard]] bool has(DimensionId id) const {
    if (!flags_.empty()) return flags_[id.index];
    return std::find(reached_.begin(), reached_.end(), id) != reached_.end();
  }
  [[nodiscard]] std::vector<DimensionId> sorted() && {
    std::sort(reached_.begin(), reached_.end());
    return std::move(reached_);
  }

 private:
  static constexpr std::size_t few = 32;  ///< more than that are found by flags

  void reach(DimensionId id) {
    if (id.index >= program_.dimensions.size() || has(id)) return;
    reached_.push_back(id);
    if (reached_.size() == few) {
      flags_.assign(program_.dimensions.size(), false);
      for (const DimensionId known : reached_) flags_[known.index] = true;
    }
    if (!flags_.empty()) flags_[id.index] = true;
  }

  const Program& program_;
  std::vector<DimensionId> reached_;
  std::vector<bool> flags_;  ///< one a dimension, once there are many
};

}  // namespace

std::vector<ExprId> paths_of(const Dataset& dataset) {
  if (dataset.publication == Publication::none) return {dataset.path};
  return {dataset.path, dataset.published_path};
}

bool determines(const Program& program, const std::vector<DimensionId>& dimensions, DimensionId target) {
  return target.index < program.dimensions.size() && Closure(program, dimensions).has(target);
}

std::vector<DimensionId> determined_by(const Program& program, const std::vector<DimensionId>& dimensions) {
  return Closure(program, dimensions).sorted();
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
