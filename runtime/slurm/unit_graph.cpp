// Edges between elements as edges between units. An edge is strict if the child needs the success of the last element of every chain of
// the parent: then the parent's failure is the child's.

#include <algorithm>

#include "runtime/slurm/work.h"

namespace osac::slurm {

namespace {

class Grapher {
 public:
  Grapher(const Needs& needs, const Units& units) : needs_(needs), units_(units), is_tail_(needs.edges.element_count, false) {
    graph_.unit_count = units.count();
    graph_.unit_of.assign(needs.edges.element_count, nothing);
    for (std::uint32_t unit = 0; unit < units.count(); ++unit) {
      const auto members = units.of(unit);
      const std::size_t length = members.size() / units.chain_count[unit];
      for (std::size_t i = 0; i < members.size(); ++i) {
        graph_.unit_of[members[i]] = unit;
        is_tail_[members[i]] = unit >= units.live_count && (i + 1) % length == 0;
      }
    }
  }

  UnitGraph run() {
    for (std::uint32_t unit = 0; unit < units_.count(); ++unit) {
      for (const std::uint32_t element : units_.of(unit)) collect(element, unit);
      end_row();
    }
    for (std::uint32_t hub = 0; hub < needs_.edges.hub_count; ++hub) {
      collect(needs_.edges.element_count + hub, nothing);
      end_row();
    }
    transpose();
    return std::move(graph_);
  }

 private:
  struct Edge {
    std::uint32_t node;  // unit or hub
    std::uint32_t tail;  // element, if the edge is strict and comes from a tail
    friend auto operator<=>(const Edge&, const Edge&) = default;
  };

  void collect(std::uint32_t node, std::uint32_t own_unit) {
    for (const std::uint32_t value : needs_.parents.of(node)) {
      const std::uint32_t parent = value / 2;
      const bool is_strict = value % 2 == 1;
      if (parent >= needs_.edges.element_count) {
        const std::uint32_t hub = graph_.unit_count + parent - needs_.edges.element_count;
        row_.push_back({hub, is_strict ? 0 : nothing});
        continue;
      }
      const std::uint32_t unit = graph_.unit_of[parent];
      if (unit == own_unit) continue;
      row_.push_back({unit, is_strict && is_tail_[parent] ? parent : nothing});
    }
  }

  void end_row() {
    std::sort(row_.begin(), row_.end());
    row_.erase(std::unique(row_.begin(), row_.end()), row_.end());
    for (std::size_t i = 0; i < row_.size();) {
      const std::uint32_t node = row_[i].node;
      std::uint32_t tails = 0;
      for (; i < row_.size() && row_[i].node == node; ++i) tails += row_[i].tail != nothing ? 1U : 0U;
      const std::uint32_t wanted = node < graph_.unit_count ? units_.chain_count[node] : 1;
      graph_.parents.values.push_back(node * 2 + (tails == wanted ? 1U : 0U));
    }
    graph_.parents.end_row();
    row_.clear();
  }

  void transpose() {
    Lists& children = graph_.children;
    const auto nodes = static_cast<std::uint32_t>(graph_.parents.offsets.size() - 1);
    children.offsets.assign(nodes + std::size_t{1}, 0);
    for (const std::uint32_t value : graph_.parents.values) ++children.offsets[value / 2 + std::size_t{1}];
    for (std::size_t i = 1; i < children.offsets.size(); ++i) children.offsets[i] += children.offsets[i - 1];
    children.values.resize(graph_.parents.values.size());
    std::vector<std::uint64_t> next(children.offsets.begin(), children.offsets.end() - 1);
    for (std::uint32_t node = 0; node < nodes; ++node)
      for (const std::uint32_t value : graph_.parents.of(node)) children.values[next[value / 2]++] = node;
  }

  const Needs& needs_;  // NOLINT: lives for one call
  const Units& units_;  // NOLINT
  std::vector<bool> is_tail_;
  std::vector<Edge> row_;
  UnitGraph graph_;
};

}  // namespace

UnitGraph graph_of(const Needs& needs, const Units& units) { return Grapher(needs, units).run(); }

}  // namespace osac::slurm
