#pragma once
// What the steps of an arrangement hand on to each other. Private to this room: arrange.cpp calls them in order.
//
// Elements -> chains (fuse.cpp) -> units (bundle.cpp) -> graph of units (unit_graph.cpp) -> arrays (cut.cpp) -> clauses (depend.cpp).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/plan/edges.h"
#include "runtime/slurm/arrangement.h"

namespace osac::slurm {

/// Lists of numbers, one list a row.
struct Lists {
  std::vector<std::uint64_t> offsets{0};
  std::vector<std::uint32_t> values;
  [[nodiscard]] std::span<const std::uint32_t> of(std::uint32_t row) const {
    return std::span(values).subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
  void end_row() { offsets.push_back(values.size()); }
};

/// The plan's edges among what runs, and from what is live to what runs, as nodes (elements, then hubs).
struct Needs {
  plan::Edges edges;
  Lists parents;                      ///< sorted; a value is node * 2 + 1 if the edge is strict, node * 2 if it is one of survivors
  std::vector<std::uint32_t> order;   ///< of the elements that run: parents first
  std::vector<std::uint32_t> rank;    ///< one an element: its place in `order`
  const std::vector<bool>* to_run{};  // NOLINT: the question outlives it
  std::vector<bool> is_live;          ///< one an element; empty: none is
  [[nodiscard]] bool runs(std::uint32_t node) const { return node >= edges.element_count || (*to_run)[node]; }
  [[nodiscard]] bool is_waited_for(std::uint32_t node) const { return runs(node) || (!is_live.empty() && is_live[node]); }
};
Needs needs_of(const Question& question);

/// One request an element, quantized so that a task has few.
struct Requests {
  std::vector<Request> rows;
  std::vector<std::uint32_t> of;  ///< one an element; nothing: it does not run
};
Result<Requests> requests_of(const Question& question);
/// The request of elements that run one after another in one array task; nothing if no partition has room for it, or if they are too
/// different.
std::optional<Request> joined(const Request& a, const Request& b, const site::Slurm& slurm);
/// The first partition with room; false if there is none.
bool choose_partition(Request& request, const site::Slurm& slurm);

/// Chains of elements, each in the order in which they run; the chains in the order of their heads.
struct Chains {
  std::vector<std::uint32_t> first{0};  ///< into `members`
  std::vector<std::uint32_t> members;
  std::vector<Request> requests;  ///< one a chain
};
Chains fuse(const Question& question, const Needs& needs, const Requests& requests);

/// Units of one or more chains of the same tasks. The first ones are the array tasks of live arrays, of which only what is live is known.
struct Units {
  std::uint32_t live_count = 0;
  std::vector<std::uint32_t> first{0};  ///< into `members`
  std::vector<std::uint32_t> members;
  std::vector<std::uint32_t> shape;                ///< one a unit: in `shapes`
  std::vector<std::uint32_t> chain_count;          ///< one a unit
  std::vector<Request> requests;                   ///< one a unit
  std::vector<std::vector<std::uint32_t>> shapes;  ///< tasks
  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(shape.size()); }
  [[nodiscard]] std::span<const std::uint32_t> of(std::uint32_t unit) const {
    return std::span(members).subspan(first[unit], first[unit + 1] - first[unit]);
  }
};
Units bundle(const Question& question, const Needs& needs, const Chains& chains);

/// Which unit waits for which. Values of `parents` are node * 2 + 1 where the parent has to succeed as a whole, node * 2 where it only has
/// to end; nodes are units, then hubs. Hubs have parents, too (units). Of live units the end is waited for: other elements of theirs may
/// have failed before, and whoever waits looks at records anyway.
struct UnitGraph {
  std::uint32_t unit_count = 0;
  Lists parents;                       ///< one a node; sorted
  Lists children;                      ///< one a node; nodes
  std::vector<std::uint32_t> unit_of;  ///< one an element
};
UnitGraph graph_of(const Needs& needs, const Units& units);

/// The units in the order of their arrays, live ones first, and the arrays without their clauses.
struct Cut {
  std::vector<Array> arrays;
  std::vector<std::uint32_t> units;               ///< by their place in the arrays
  std::vector<std::uint32_t> array_of, index_of;  ///< one a unit
};
/// What unit `i` of some waits for and not all of them do: what is not among the parents of both the first and the last.
std::vector<std::uint32_t> own_parents(const UnitGraph& graph, std::span<const std::uint32_t> units, std::uint32_t i);
Cut cut(const Question& question, const Units& units, const UnitGraph& graph);

/// Fills in clauses and lines; adds joins where a list would be longer than Slurm takes.
void depend(const Question& question, const UnitGraph& graph, const Cut& cut, Arrangement& arrangement);

}  // namespace osac::slurm
