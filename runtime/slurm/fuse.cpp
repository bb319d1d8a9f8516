// Elementwise chains, element by element. `child` joins the chain that ends in `parent` if that changes nothing for anybody: what the child
// waits for, the chain waits for anyway; and whoever waits for the chain's end needs the child, too.

#include <algorithm>

#include "runtime/slurm/work.h"

namespace osac::slurm {

namespace {

// a failure late in a chain costs what came before only if nothing of it was recorded, which it was: this is for scripts that people read
constexpr std::uint32_t longest_chain = 16;

class Fuser {
 public:
  Fuser(const Question& question, const Needs& needs, const Requests& requests)
      : question_(question), plan_(question.plan), needs_(needs), requests_(requests), chain_of_(plan_.element_count(), nothing) {}

  Chains run() {
    std::vector<std::uint32_t> next(plan_.element_count(), nothing);
    for (const std::uint32_t element : needs_.order) {
      const std::uint32_t chain = question_.options.fuses ? chain_for(element) : nothing;
      if (chain == nothing) {
        chain_of_[element] = static_cast<std::uint32_t>(chains_.size());
        chains_.push_back({element, element, 1, requests_.rows[requests_.of[element]]});
        continue;
      }
      next[chains_[chain].tail] = element;
      chain_of_[element] = chain;
      chains_[chain].tail = element;
      ++chains_[chain].length;
      chains_[chain].request = *joined(chains_[chain].request, requests_.rows[requests_.of[element]], question_.site.slurm);
    }
    Chains chains;
    for (const Chain& chain : chains_) {
      for (std::uint32_t element = chain.head; element != nothing; element = next[element]) chains.members.push_back(element);
      chains.first.push_back(static_cast<std::uint32_t>(chains.members.size()));
      chains.requests.push_back(chain.request);
    }
    return chains;
  }

 private:
  struct Chain {
    std::uint32_t head = 0, tail = 0, length = 0;
    Request request;
  };

  /// The chain that an element can join, or nothing. Only the last of its parents can be the tail: the others come before it.
  [[nodiscard]] std::uint32_t chain_for(std::uint32_t element) const {
    std::uint32_t last = nothing;
    bool is_strict = false;
    for (const std::uint32_t value : needs_.parents.of(element)) {
      const std::uint32_t parent = value / 2;
      if (parent >= needs_.edges.element_count || !needs_.runs(parent)) continue;  // what is live comes before all
      if (last != nothing && needs_.rank[parent] < needs_.rank[last]) continue;
      last = parent;
      is_strict = value % 2 == 1;
    }
    if (last == nothing || !is_strict) return nothing;
    const std::uint32_t number = chain_of_[last];
    const Chain& chain = chains_[number];
    if (chain.tail != last || chain.length == longest_chain || has_task_of(chain, element)) return nothing;
    if (!joined(chain.request, requests_.rows[requests_.of[element]], question_.site.slurm)) return nothing;
    return waits_for_no_more(chain, number, element) && is_needed_by_all(last, element) ? number : nothing;
  }

  /// A task that reads what it made before: such chains are as long as the dimension.
  [[nodiscard]] bool has_task_of(const Chain& chain, std::uint32_t element) const {
    const std::uint32_t task = plan_.element(element).task;
    return plan_.element(chain.head).task == task || plan_.element(chain.tail).task == task;
  }

  [[nodiscard]] bool waits_for_no_more(const Chain& chain, std::uint32_t number, std::uint32_t element) const {
    const auto known = needs_.parents.of(chain.head);
    const auto parents = needs_.parents.of(element);
    return std::all_of(parents.begin(), parents.end(), [&](std::uint32_t value) {
      if (value / 2 < needs_.edges.element_count && needs_.runs(value / 2) && chain_of_[value / 2] == number) return true;
      // a strict edge to what the head only waits the end of would be one more thing to wait for
      return std::binary_search(known.begin(), known.end(), value);
    });
  }

  [[nodiscard]] bool is_needed_by_all(std::uint32_t tail, std::uint32_t element) const {
    const auto children = needs_.edges.of(element);
    for (const std::uint32_t child : needs_.edges.of(tail))
      if (child != element && needs_.runs(child) && !std::binary_search(children.begin(), children.end(), child)) return false;
    return true;
  }

  const Question& question_;  // NOLINT: lives for one call
  const plan::Plan& plan_;    // NOLINT
  const Needs& needs_;        // NOLINT
  const Requests& requests_;  // NOLINT
  std::vector<Chain> chains_;
  std::vector<std::uint32_t> chain_of_;
};

}  // namespace

Needs needs_of(const Question& question) {
  Needs needs;
  needs.to_run = &question.to_run;
  needs.edges = plan::make_edges(question.plan);
  if (!question.live.empty()) needs.is_live.assign(question.plan.element_count(), false);
  for (const LiveElement& live : question.live) needs.is_live[live.element] = true;
  const plan::Edges& edges = needs.edges;
  std::vector<std::uint64_t>& offsets = needs.parents.offsets;
  offsets.assign(edges.node_count() + std::size_t{1}, 0);
  const auto for_each_edge = [&](auto&& f) {
    for (std::uint32_t node = 0; node < edges.node_count(); ++node) {
      if (!needs.is_waited_for(node)) continue;
      for (std::uint64_t at = edges.offsets[node]; at < edges.offsets[node + std::size_t{1}]; ++at)
        if (needs.runs(edges.dependents[at])) f(node, edges.dependents[at], edges.is_survivors[at] == 0 ? 1U : 0U);
    }
  };
  for_each_edge([&](std::uint32_t, std::uint32_t child, std::uint32_t) { ++offsets[child + std::size_t{1}]; });
  for (std::size_t i = 1; i < offsets.size(); ++i) offsets[i] += offsets[i - 1];
  needs.parents.values.resize(offsets.back());
  std::vector<std::uint64_t> next(offsets.begin(), offsets.end() - 1);
  for_each_edge(
      [&](std::uint32_t parent, std::uint32_t child, std::uint32_t strict) { needs.parents.values[next[child]++] = parent * 2 + strict; });
  const auto order = plan::topological_order(question.plan, edges);
  needs.rank.assign(edges.element_count, 0);
  for (std::uint32_t i = 0; i < edges.element_count; ++i) {
    const std::uint32_t element = order.empty() ? i : order[i];
    if (!question.to_run[element]) continue;
    needs.rank[element] = static_cast<std::uint32_t>(needs.order.size());
    needs.order.push_back(element);
  }
  return needs;
}

Chains fuse(const Question& question, const Needs& needs, const Requests& requests) { return Fuser(question, needs, requests).run(); }

}  // namespace osac::slurm
