#include "runtime/slurm/window.h"

#include <algorithm>

namespace osac::slurm {

namespace {

/// The elements of the first so many new units.
std::vector<bool> first_units(const Arrangement& arrangement, std::size_t elements, std::uint64_t count) {
  std::vector<bool> chosen(elements, false);
  for (auto array = static_cast<std::uint32_t>(arrangement.live_arrays.size()); array < arrangement.arrays.size(); ++array)
    for (std::uint32_t i = 0; i < arrangement.arrays[array].unit_count; ++i) {
      if (count == 0) return chosen;
      --count;
      for (const std::uint32_t element : arrangement.unit(arrangement.arrays[array].first_unit + i)) chosen[element] = true;
    }
  return chosen;
}

std::uint32_t count_of_set(const std::vector<bool>& flags) {
  return static_cast<std::uint32_t>(std::count(flags.begin(), flags.end(), true));
}

}  // namespace

Result<Window> arrange_within(const Question& question, const std::optional<Room>& room) {
  Window window;
  window.to_run = question.to_run;
  if (!room) {
    auto all = arrange(question);
    if (!all) return tl::unexpected(all.error());
    window.arrangement = std::move(*all);
    return window;
  }
  site::Site site = question.site;
  site.slurm.max_array = std::max<std::int64_t>(1, std::min<std::int64_t>(site.slurm.max_array, room->most_in_array));
  const std::uint32_t all = count_of_set(question.to_run);
  // another choice of elements may fuse in other ways and need more array tasks: then fewer are tried, which comes to an end with one
  for (std::uint64_t budget = room->jobs;; budget = budget * 3 / 4) {
    Question part{question.plan,        site,          question.options, window.to_run, question.duration,
                  question.live_arrays, question.live, question.attempts};
    auto arrangement = arrange(part);
    if (!arrangement) return tl::unexpected(arrangement.error());
    window.arrangement = std::move(*arrangement);
    window.later = all - count_of_set(window.to_run);
    if (window.arrangement.array_task_count() <= room->jobs) return window;
    if (budget == 0) break;
    window.to_run = first_units(window.arrangement, question.plan.element_count(), budget);
  }
  window.to_run.assign(question.plan.element_count(), false);
  window.later = all;
  window.arrangement = {};
  return window;
}

}  // namespace osac::slurm
