// Numbering of tuples by an open-addressing table: linear, and in order of first sight, so that numbers are deterministic.

#include <bit>

#include "compiler/planning/family.h"

namespace osac::planning {

namespace {

/// 64-bit keys to numbers 0, 1, 2, ... in the order in which they were first seen.
class Numbering {
 public:
  explicit Numbering(std::size_t expected) {
    const std::size_t capacity = std::bit_ceil(expected * 2 + 16);
    keys_.resize(capacity);
    values_.assign(capacity, none);
    mask_ = capacity - 1;
  }
  std::uint32_t number(std::uint64_t key) {
    std::uint64_t hash = key * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 29U;
    for (std::size_t slot = hash & mask_;; slot = (slot + 1) & mask_) {
      if (values_[slot] == none) {
        keys_[slot] = key;
        values_[slot] = count_;
        return count_++;
      }
      if (keys_[slot] == key) return values_[slot];
    }
  }
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> values_;
  std::size_t mask_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace

Groups make_groups(const std::array<const Columns*, 2>& lists, const std::array<std::uint32_t, 2>& counts,
                   const std::vector<std::uint32_t>& sizes) {
  Groups groups;
  groups.of.resize(2);
  groups.count = sizes.empty() ? 1 : sizes[0];
  for (std::size_t list = 0; list < 2; ++list) {
    if (sizes.empty())
      groups.of[list].assign(counts[list], 0);
    else
      groups.of[list] = (*lists[list])[0];
  }
  for (std::size_t column = 1; column < sizes.size(); ++column) {
    Numbering numbering(std::size_t{counts[0]} + counts[1]);
    for (std::size_t list = 0; list < 2; ++list) {
      const auto& records = (*lists[list])[column];
      for (std::uint32_t i = 0; i < counts[list]; ++i) {
        std::uint32_t& group = groups.of[list][i];
        if (group == none) continue;
        group = records[i] == none ? none : numbering.number(std::uint64_t{group} * sizes[column] + records[i]);
      }
    }
    groups.count = numbering.count();
  }
  return groups;
}

}  // namespace osac::planning
