// A task's keys: the natural join of its dimensions' records and, with `via`, of the relation's tuples.

#include <algorithm>

#include "compiler/planning/agree.h"
#include "compiler/planning/domains.h"

namespace osac::planning {

namespace {

bool contains(const std::vector<std::uint32_t>& list, std::uint32_t item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// The family with its basis in another order, or on fewer dimensions.
Family rearranged(const Frame& frame, const Family& family, const std::vector<std::uint32_t>& basis) {
  return family_of_tuples(frame, basis, columns_on(frame, family, basis));
}

/// Begins with the relation's tuples, on the task's own dimensions and on those that others of the task's have to agree with it on; so a
/// product is never larger than the join.
std::optional<Family> make_via(const Frame& frame, const Family& tuples, const program::Task& task) {
  const auto basis = numbers(task.basis);
  std::vector<std::uint32_t> related;
  std::vector<std::uint32_t> others;
  for (const std::uint32_t d : basis) {
    const bool is_related = contains(common_dimensions(frame, tuples.basis, {d}), d);
    (is_related ? related : others).push_back(d);
  }
  std::vector<std::uint32_t> hidden;
  for (const std::uint32_t d : common_dimensions(frame, tuples.basis, others))
    if (!contains(related, d)) hidden.push_back(d);
  std::vector<std::uint32_t> first = hidden;
  first.insert(first.end(), related.begin(), related.end());
  const auto name = frame.context.text(task.name);
  auto family = extend_family(frame, project(frame, tuples, first), others, hidden.size(), task.is_cross, task.span, name);
  if (!family) return std::nullopt;
  return family->basis == basis ? std::move(*family) : rearranged(frame, *family, basis);
}

}  // namespace

std::optional<Family> make_task_family(const Frame& frame, const Draft& draft, std::uint32_t task) {
  const program::Task& declared = frame.context.program.tasks[task];
  if (declared.via.exists()) return make_via(frame, draft.relations[declared.via.index], declared);
  return make_family(frame, numbers(declared.basis), declared.is_cross, declared.span, frame.context.text(declared.name));
}

}  // namespace osac::planning
