#pragma once
// What tests of arrangements share: an arrangement of a plan, and the two relations that have to agree, worked out the slow way.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "compiler/plan/edges.h"
#include "runtime/slurm/arrangement.h"
#include "tests/support/plan_maker.h"

namespace osac::slurm::test {

using Set = std::set<std::uint32_t>;

inline Question question_of(const plan::Plan& plan, const site::Site& site, Options options = {}) {
  return {plan, site, options, std::vector<bool>(plan.element_count(), true), {}};
}

/// The array tasks that are live, by their place in live arrays.
inline std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> live_units(const Question& question) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> units;
  for (const LiveElement& live : question.live) units[{live.live_array, live.index}].push_back(live.element);
  return units;
}

/// For each element the elements it needs, directly or not, among those that run. A live array task is needed as a whole, and nothing is
/// known of what it waits for.
inline std::vector<Set> needs_by_plan(const Question& question) {
  const plan::Plan& plan = question.plan;
  const plan::Edges edges = plan::make_edges(plan);
  std::vector<std::uint32_t> order = plan::topological_order(plan, edges);
  if (order.empty())
    for (std::uint32_t i = 0; i < plan.element_count(); ++i) order.push_back(i);
  std::vector<Set> needs(plan.element_count());
  std::map<std::uint32_t, std::vector<std::uint32_t>> live;
  for (const auto& [place, elements] : live_units(question))
    for (const std::uint32_t element : elements) live[element] = elements;
  for (const std::uint32_t element : order) {
    if (!question.to_run[element]) continue;
    plan::for_each_parent(plan, plan.element(element), [&](std::uint32_t parent, bool) {
      if (const auto found = live.find(parent); found != live.end()) needs[element].insert(found->second.begin(), found->second.end());
      if (!question.to_run[parent]) return;
      needs[element].insert(parent);
      needs[element].insert(needs[parent].begin(), needs[parent].end());
    });
  }
  return needs;
}

/// For each element the elements that have ended when it starts, by `waits` of units alone. Of those that share its unit only what it
/// needs is counted: who shares an array task takes turns, as on one processor.
inline std::vector<Set> waits_by_units(const Arrangement& arrangement, const std::vector<std::vector<std::uint32_t>>& waits,
                                       const std::vector<Set>& needs) {
  std::vector<Set> of_unit(arrangement.unit_count());
  std::vector<int> state(arrangement.unit_count(), 0);
  const std::function<void(std::uint32_t)> visit = [&](std::uint32_t unit) {
    REQUIRE(state[unit] != 1);  // a circle would never start
    if (state[unit] == 2) return;
    state[unit] = 1;
    for (const std::uint32_t parent : waits[unit]) {
      visit(parent);
      of_unit[unit].insert(of_unit[parent].begin(), of_unit[parent].end());
      const auto members = arrangement.unit(parent);
      of_unit[unit].insert(members.begin(), members.end());
    }
    state[unit] = 2;
  };
  std::vector<Set> result(needs.size());
  for (std::uint32_t unit = arrangement.first_new_unit(); unit < arrangement.unit_count(); ++unit) {
    visit(unit);
    Set before;
    for (const std::uint32_t element : arrangement.unit(unit)) {
      result[element] = of_unit[unit];
      std::ranges::set_intersection(before, needs[element], std::inserter(result[element], result[element].end()));
      before.insert(element);
    }
  }
  return result;
}

/// Everything that has to hold of an arrangement, whatever was chosen.
inline void check_invariants(const Question& question, const Arrangement& arrangement) {
  REQUIRE(arrangement.live_arrays.size() == question.live_arrays.size());
  for (std::uint32_t i = 0; i < question.live_arrays.size(); ++i) {
    REQUIRE(arrangement.arrays[i].unit_count == question.live_arrays[i].unit_count);
    REQUIRE(arrangement.arrays[i].clauses.count == 0);
  }
  for (const auto& [place, elements] : live_units(question))
    REQUIRE(std::ranges::equal(arrangement.unit(arrangement.arrays[place.first].first_unit + place.second), elements));
  REQUIRE(arrangement.members.size() == question.live.size() + arrangement.element_count());
  std::vector<std::uint32_t> members(arrangement.members.begin() + static_cast<std::ptrdiff_t>(question.live.size()),
                                     arrangement.members.end());
  std::sort(members.begin(), members.end());
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < question.to_run.size(); ++i)
    if (question.to_run[i]) wanted.push_back(i);
  REQUIRE(members == wanted);  // each runs once
  for (std::uint32_t unit = 0; unit < arrangement.unit_count(); ++unit)
    for (const std::uint32_t element : arrangement.unit(unit)) REQUIRE(arrangement.unit_of[element] == unit);
  for (auto i = static_cast<std::uint32_t>(question.live_arrays.size()); i < arrangement.arrays.size(); ++i) {
    const Array& array = arrangement.arrays[i];
    REQUIRE(array.unit_count > 0);
    REQUIRE(array.unit_count <= static_cast<std::uint32_t>(question.site.slurm.max_array));
    for (const Clause& clause : arrangement.of(array.clauses)) {
      REQUIRE(clause.array < i);
      if (clause.wait == Wait::same_index) {
        REQUIRE(array.unit_count <= question.site.slurm.window + 1);
        REQUIRE(array.unit_count <= arrangement.arrays[clause.array].unit_count);
      }
    }
    REQUIRE((!array.is_held || array.clauses.count == 0));
  }
  for (const Line& line : arrangement.lines) REQUIRE(arrangement.arrays[line.array].is_held);
}

inline void check_exact(const Question& question, const Arrangement& arrangement) {
  check_invariants(question, arrangement);
  const auto needs = needs_by_plan(question);
  REQUIRE(waits_by_units(arrangement, waits_of(arrangement), needs) == needs);
}

}  // namespace osac::slurm::test
