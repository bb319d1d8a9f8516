#pragma once
// What of a plan is on its way in open submissions, whichever plans those were made from: what is submitted now may wait for it.

#include <cstdint>
#include <vector>

#include "runtime/slurm/arrangement.h"
#include "runtime/slurm/collect.h"
#include "runtime/slurm/protocol.h"

namespace osac::slurm {

struct Live {
  std::vector<bool> is_live;  ///< one an element of the plan
  std::uint32_t count = 0;
  // for arrange
  std::vector<LiveArray> arrays;
  std::vector<LiveElement> elements;
  std::vector<Settings::Earlier> earlier;  ///< one an array of `arrays`, as a submission beside theirs sees it
};
/// `open`: oldest first. Linear in the elements of all plans.
Live find_live(const plan::Plan& plan, const std::vector<Overview>& open);

}  // namespace osac::slurm
