// The cardinality rule (docs/explanation/cardinality.md): comparing the keys of a dataset with those of a task.

#include <algorithm>

#include "compiler/semantics/ports.h"

namespace osac::semantics {

namespace {

bool contains(const std::vector<DimensionId>& list, DimensionId id) { return std::find(list.begin(), list.end(), id) != list.end(); }

std::vector<DimensionId> missing_in(const std::vector<DimensionId>& keys, const std::vector<DimensionId>& determined) {
  std::vector<DimensionId> missing;
  for (const DimensionId id : keys) {
    if (!contains(determined, id)) missing.push_back(id);
  }
  return missing;
}

}  // namespace

std::vector<DimensionId> with_parents(const Context& context, const std::vector<DimensionId>& dimensions) {
  std::vector<DimensionId> all;
  for (const DimensionId id : dimensions) {
    // A parent goes before its child, as in paths and names.
    std::vector<DimensionId> chain;
    for (DimensionId at = id; at.exists() && !contains(all, at); at = context.program.dimensions[at.index].parent) chain.push_back(at);
    all.insert(all.end(), chain.rbegin(), chain.rend());
  }
  return all;
}

Cardinalities compare(const Context& context, const std::vector<DimensionId>& dataset, const std::vector<DimensionId>& task) {
  Cardinalities result;
  result.open = missing_in(dataset, determined_by(context.program, task));
  result.extra = missing_in(with_parents(context, task), determined_by(context.program, dataset));
  result.is_determined = result.open.empty();
  result.determines_task = result.extra.empty();
  return result;
}

}  // namespace osac::semantics
