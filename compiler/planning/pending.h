#pragma once
// What is not known yet, since it depends on files that tasks make. Elements that are known, but wait, stay in their families with a mark
// (held) until selection: whoever reads one waits, too. Elements that are not known at all are pending: keys on coarser dimensions below
// which there may be more. It knows no links.

#include <string>
#include <vector>

#include "compiler/planning/agree.h"

namespace osac::planning {

/// One reason to wait: files of `dataset`, for what `what` says.
struct Stage {
  std::string what;  ///< "dimension `peak`"
  std::uint32_t dataset = none;
};

/// Whoever agrees with one of `keys` on what both determine may have more elements later.
struct Pending {
  Family keys;
  std::uint32_t stage = 0;       ///< in Draft::stages
  bool covers_existing = false;  ///< elements that are there already may turn out not to be
};
using PendingSets = std::vector<Pending>;

/// Adds keys; of one stage and basis all are in one entry.
void add_pending(const Frame& frame, PendingSets& sets, Pending more);

/// For each element of a task or dataset the stage it waits for, or none; empty if none waits.
using Held = std::vector<std::uint32_t>;
inline bool is_held(const Held& held, std::uint32_t element) { return !held.empty() && held[element] != none; }
inline void hold(Held& held, std::uint32_t count, std::uint32_t element, std::uint32_t stage) {
  if (held.empty()) held.assign(count, none);
  if (held[element] == none) held[element] = stage;
}

/// One flag an element: 1 if it waits, and may yet turn out not to be. What such a one needs is not planned for its sake. Empty if there is
/// none.
using Doubtful = std::vector<std::uint8_t>;
inline bool is_doubtful(const Doubtful& doubtful, std::uint32_t element) { return !doubtful.empty() && doubtful[element] != 0; }
inline void doubt(Doubtful& doubtful, std::uint32_t count, std::uint32_t element) {
  if (doubtful.empty()) doubtful.assign(count, 0);
  doubtful[element] = 1;
}
/// Marks of elements that stay.
void keep_only(Held& held, Doubtful& doubtful, const std::vector<std::uint8_t>& flags);

}  // namespace osac::planning
