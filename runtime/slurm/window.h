#pragma once
// As much of what is to be submitted as fits into the queue now, where a site limits how many jobs one may have there. The rest follows
// when there is room again (service.h). Pure.

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/slurm/arrangement.h"

namespace osac::slurm {

/// How many jobs there may be more, array tasks counted one by one.
struct Room {
  std::uint64_t jobs = 0;
  std::uint32_t most_in_array = 0; /**< so that an array does not wait for more room than there often is */
};

struct Window {
  Arrangement arrangement;
  std::vector<bool> to_run;  ///< one an element: what is in it
  std::uint32_t later = 0;   ///< elements that are not
};

/// All of it without `room`. Else of the arrangement of all the first array tasks, in the order of submission, whose elements then are
/// arranged alone: whatever one waits for comes before it. Nothing to submit if there is no room for a single one.
Result<Window> arrange_within(const Question& question, const std::optional<Room>& room);

}  // namespace osac::slurm
