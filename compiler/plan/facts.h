#pragma once
// Sums over a plan that both prints show. Private to this room.

#include <algorithm>
#include <string>

#include "compiler/plan/plan.h"

namespace osac::plan {

/// The number of files that a task's elements see through a relation. Costs no loop over elements but for look-ups with gaps.
inline std::uint64_t count_files(const Plan& plan, const Relation& relation, std::uint32_t sources, std::uint32_t targets) {
  switch (relation.kind) {
    case RelationKind::identity:
    case RelationKind::same:
      return sources;
    case RelationKind::every:
      return std::uint64_t{sources} * targets;
    case RelationKind::mapped: {
      const auto map = plan.indices(relation.map);
      return static_cast<std::uint64_t>(std::count_if(map.begin(), map.end(), [&](std::uint32_t target) { return target < targets; }));
    }
    case RelationKind::grouped:
    case RelationKind::listed: {
      const auto map = plan.indices(relation.map);
      return map.empty() ? 0 : map.back() - map.front();
    }
  }
  return 0;
}

/// The names of the tasks that make a dataset, in order of tasks; none for external ones.
inline std::vector<std::string> producing_tasks(const Plan& plan, const DatasetRow& dataset) {
  std::vector<std::uint32_t> tasks;
  if (dataset.producer_tasks.count > 0) {
    const auto all = plan.indices(dataset.producer_tasks);
    std::vector<bool> seen(plan.tasks().size(), false);
    for (const std::uint32_t task : all)
      if (task < seen.size()) seen[task] = true;
    for (std::uint32_t task = 0; task < seen.size(); ++task)
      if (seen[task]) tasks.push_back(task);
  } else if (dataset.producer != no_row) {
    tasks.push_back(dataset.producer);
  }
  std::vector<std::string> names;
  for (const std::uint32_t task : tasks) names.emplace_back(plan.text(plan.tasks()[task].family.name));
  return names;
}

/// The first and last key of a dimension, in order of records: "1 .. 16"; one key if there is but one; empty where keys begin anew in each
/// parent.
inline std::string key_range(const Plan& plan, const DimensionRow& dimension) {
  if (dimension.record_count == 0 || dimension.parent != no_row) return "";
  const ColumnRow& keys = plan.columns()[dimension.key_column];
  const std::string first = expression::to_text(plan.value(keys, 0), keys.type);
  const std::string last = expression::to_text(plan.value(keys, dimension.record_count - 1), keys.type);
  return dimension.record_count == 1 ? first : first + " .. " + last;
}

}  // namespace osac::plan
