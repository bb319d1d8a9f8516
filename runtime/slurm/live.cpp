#include "runtime/slurm/live.h"

#include <algorithm>

#include "compiler/plan/match.h"
#include "runtime/step/system.h"

namespace osac::slurm {

namespace {

bool is_on_its_way(Fate fate) { return fate == Fate::waiting || fate == Fate::running || fate == Fate::unknown; }

std::uint32_t unit_count(const UnitFile& units, std::uint32_t array) {
  std::uint32_t count = 0;
  while (!units.elements(array, count).empty()) ++count;
  return count;
}

}  // namespace

Live find_live(const plan::Plan& plan, const std::vector<Overview>& open) {
  Live live;
  live.is_live.assign(plan.element_count(), false);
  for (const Overview& overview : open) {
    if (!overview.is_live()) continue;
    const auto numbers = plan::match_elements(overview.plan, plan);
    for (const ElementFate& fate : overview.elements) {
      const std::uint32_t number = numbers[fate.element];
      if (!is_on_its_way(fate.fate) || number == plan::no_element || live.is_live[number]) continue;
      const std::uint32_t submission = overview.submission.start.number;
      if (live.arrays.empty() || live.arrays.back().submission != submission || live.arrays.back().array != fate.array) {
        live.arrays.push_back({submission, fate.array, fate.job, unit_count(overview.units, fate.array), overview.arrays[fate.array]});
        live.earlier.push_back({"../" + step::name_of(overview.submission.folder), fate.array});
      }
      live.elements.push_back({number, static_cast<std::uint32_t>(live.arrays.size() - 1), fate.index});
      live.is_live[number] = true;
      ++live.count;
    }
  }
  return live;
}

}  // namespace osac::slurm
