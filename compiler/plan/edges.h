#pragma once
// Edges between task elements, derived from inputs and producers: parents on demand; dependents as one CSR, made once, linear in edges. An
// input whose relation is `every` would cost elements x members: it goes through a hub (a virtual element after the last real one).

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/plan/plan.h"

namespace osac::plan {

/// Calls f(global element number of a parent, bool is_survivors) for each file an element reads from another element (repeats possible).
template <typename F>
void for_each_parent(const Plan& plan, ElementRef ref, F&& f);

/// All edges, both counts and lists, over nodes = real elements, then hubs. A hub has ended when all its parents have; one with strict
/// edges into it fails as soon as one of them does, one with survivors edges never.
struct Edges {
  std::uint32_t element_count = 0;
  std::uint32_t hub_count = 0;
  std::vector<std::uint32_t> parent_counts;  ///< one a node: edges into it
  std::vector<std::uint64_t> offsets;        ///< node_count + 1, into `dependents`
  std::vector<std::uint32_t> dependents;     ///< node numbers; each edge once even if several files go along it
  std::vector<std::uint8_t> is_survivors;    ///< one a dependents entry: 1 if the edge is satisfied by failure, too
  [[nodiscard]] std::uint32_t node_count() const { return element_count + hub_count; }
  [[nodiscard]] std::span<const std::uint32_t> of(std::uint32_t node) const {
    return std::span(dependents).subspan(offsets[node], offsets[node + 1] - offsets[node]);
  }
};
Edges make_edges(const Plan& plan);

/// All nodes, hubs too, parents first.
std::vector<std::uint32_t> node_order(const Edges& edges);

/// An order of all elements (global numbers) in which parents come before their dependents: empty if that is the numbers' own order, which
/// it is unless a task reads what it makes itself (`of prev`). Of those that are free the lowest number first.
std::vector<std::uint32_t> topological_order(const Plan& plan, const Edges& edges);

/// For each produced dataset element: number of elements that read it (each once, through however many inputs), for deleting temporary
/// files after the last one. One vector a dataset, empty for external ones.
std::vector<std::vector<std::uint32_t>> count_consumers(const Plan& plan);

// ---- implementation

template <typename F>
void for_each_parent(const Plan& plan, ElementRef ref, F&& f) {
  const TaskRow& task = plan.tasks()[ref.task];
  for (const InputRow& input : plan.inputs(task)) {
    const DatasetRow& dataset = plan.datasets()[input.dataset];
    if (dataset.producer == no_row && dataset.producer_tasks.count == 0) continue;
    plan.for_each(input.relation, ref.element, dataset.family.count, [&](std::uint32_t target) {
      if (const auto maker = plan.producer(input.dataset, target)) f(plan.global(*maker), input.is_survivors != 0);
    });
  }
}

}  // namespace osac::plan
