#include "runtime/schedule/schedule.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "compiler/base/check.h"
#include "runtime/schedule/waiting_room.h"

namespace osac::schedule {

namespace {

std::int64_t weight_of_unknown(std::span<const std::int64_t> weights) {
  double sum = 0;
  std::int64_t known = 0;
  for (const std::int64_t weight : weights) {
    if (weight <= 0) continue;
    sum += static_cast<double>(weight);
    ++known;
  }
  return known == 0 ? 1 : std::max<std::int64_t>(1, static_cast<std::int64_t>(sum / static_cast<double>(known)));
}

/// For each node the length of the longest path from its start to the end of the plan.
std::vector<std::int64_t> remaining_paths(const plan::Edges& edges, std::span<const std::int64_t> weights) {
  const std::int64_t unknown = weight_of_unknown(weights);
  std::vector<std::int64_t> ranks(edges.node_count(), 0);
  const std::vector<std::uint32_t> order = plan::node_order(edges);
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    std::int64_t longest = 0;
    for (const std::uint32_t dependent : edges.of(*node)) longest = std::max(longest, ranks[dependent]);
    const bool is_hub = *node >= edges.element_count;
    const std::int64_t weight = is_hub ? 0 : *node < weights.size() && weights[*node] > 0 ? weights[*node] : unknown;
    ranks[*node] = longest + weight;
  }
  return ranks;
}

}  // namespace

struct Schedule::Inside {
  Inside(const plan::Edges& all_edges, std::span<const std::int64_t> weights, Capacity capacity)
      : edges(all_edges),
        ranks(remaining_paths(all_edges, weights)),
        room(std::move(capacity), std::span(ranks).first(all_edges.element_count)),
        pending(all_edges.parent_counts),
        states(all_edges.element_count, ElementState::waiting),
        is_released(all_edges.element_count, false),
        hub_causes(all_edges.hub_count, plan::no_element) {
    counts[static_cast<std::size_t>(ElementState::waiting)] = all_edges.element_count;
    for (std::uint32_t node = 0; node < edges.node_count(); ++node)
      if (edges.parent_counts[node] == 0) parents_ended(node);
    spread();
  }

  void set(std::uint32_t element, ElementState state) {
    --counts[static_cast<std::size_t>(states[element])];
    ++counts[static_cast<std::size_t>(state)];
    states[element] = state;
  }
  void expect(std::uint32_t element, ElementState state) const {
    OSAC_CHECK(states[element] == state, "an element is not in the state it should be in");
  }

  /// An ending that its dependents have to hear of.
  struct News {
    std::uint32_t node;
    std::uint32_t cause;  // the failed element, or no_element: it succeeded
    bool is_early;        // a hub of which one parent failed while others have not ended
  };

  [[nodiscard]] bool is_hub(std::uint32_t node) const { return node >= edges.element_count; }

  void parents_ended(std::uint32_t node) {
    if (is_hub(node)) {
      news.push_back({node, hub_causes[node - edges.element_count], false});
    } else if (states[node] == ElementState::waiting) {
      set(node, ElementState::ready);
      fresh.push_back(node);
    }
  }

  void one_parent_ended(std::uint32_t node) {
    if (--pending[node] == 0) parents_ended(node);
  }

  void one_parent_failed(std::uint32_t node, std::uint32_t cause) {
    if (is_hub(node)) {
      std::uint32_t& known = hub_causes[node - edges.element_count];
      if (known == plan::no_element) {
        known = cause;
        news.push_back({node, cause, true});
      }
      one_parent_ended(node);  // who takes survivors waits for all of them
      return;
    }
    if (states[node] != ElementState::waiting) return;
    set(node, ElementState::blocked);
    just_blocked.push_back({node, cause});
    blocked_lists[cause].push_back(node);
    news.push_back({node, cause, false});
  }

  /// Tells all news; what follows from them becomes news itself. Linear in the edges of the nodes that end.
  void spread() {
    while (!news.empty()) {
      const News told = news.back();
      news.pop_back();
      for (std::uint64_t edge = edges.offsets[told.node]; edge < edges.offsets[told.node + 1]; ++edge) {
        const std::uint32_t dependent = edges.dependents[edge];
        const bool takes_survivors = edges.is_survivors[edge] != 0;
        const bool is_bad = told.cause != plan::no_element && !takes_survivors;
        if (told.is_early ? is_bad : is_bad && !is_hub(told.node))
          one_parent_failed(dependent, told.cause);
        else if (!told.is_early && !is_bad)
          one_parent_ended(dependent);
      }
    }
  }

  /// Whether something that waits for nothing but this element goes before `other`.
  [[nodiscard]] bool holds_up_before(std::uint32_t element, std::uint32_t other) const {
    const auto nodes = edges.of(element);
    return std::any_of(nodes.begin(), nodes.end(), [&](std::uint32_t node) { return pending[node] == 1 && ranks[node] >= ranks[other]; });
  }

  void end(std::uint32_t element, ElementState state) {
    set(element, state);
    news.push_back({element, state == ElementState::failed ? element : plan::no_element, false});
    spread();
  }

  const plan::Edges& edges;
  std::vector<std::int64_t> ranks;  // one a node
  WaitingRoom room;
  std::vector<std::uint32_t> pending;  // one a node: parents that have not ended
  std::vector<ElementState> states;    // one an element
  std::vector<bool> is_released;       // one an element: runs without a share of the capacity
  std::vector<std::uint32_t> hub_causes;
  std::array<std::uint32_t, element_state_count> counts{};
  std::vector<News> news;
  std::vector<std::uint32_t> fresh;
  std::vector<Blocked> just_blocked;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> blocked_lists;  // by root cause
  bool is_cancelled = false;
};

Schedule::Schedule(const plan::Edges& edges, std::span<const std::int64_t> weights, Capacity capacity)
    : inside_(std::make_unique<Inside>(edges, weights, std::move(capacity))) {}
Schedule::~Schedule() = default;

std::vector<std::uint32_t> Schedule::newly_ready() {
  std::vector<std::uint32_t> fresh = std::exchange(inside_->fresh, {});
  std::sort(fresh.begin(), fresh.end(), [&](std::uint32_t a, std::uint32_t b) { return inside_->room.is_before(a, b); });
  return fresh;
}

void Schedule::skip(std::uint32_t element) {
  inside_->expect(element, ElementState::ready);
  inside_->end(element, ElementState::skipped);
}

bool Schedule::offer(std::uint32_t element, const plan::Resources& resources) {
  inside_->expect(element, ElementState::ready);
  if (!inside_->room.can_ever_fit(resources)) {
    inside_->end(element, ElementState::failed);
    return false;
  }
  inside_->room.add(element, resources);
  return true;
}

void Schedule::resume(std::uint32_t element, const plan::Resources& resources) {
  inside_->expect(element, ElementState::ready);
  inside_->room.occupy(element, resources);
  inside_->set(element, ElementState::running);
}

void Schedule::fail(std::uint32_t element) {
  inside_->expect(element, ElementState::ready);
  inside_->end(element, ElementState::failed);
}

std::optional<std::uint32_t> Schedule::start_next() {
  if (inside_->is_cancelled) return std::nullopt;
  const auto element = inside_->room.take();
  if (element) inside_->set(*element, ElementState::running);
  return element;
}

bool Schedule::release(std::uint32_t element) {
  inside_->expect(element, ElementState::running);
  const auto next = inside_->room.last_head();
  if (inside_->is_cancelled || inside_->is_released[element] || !next || inside_->holds_up_before(element, *next)) return false;
  inside_->is_released[element] = true;
  inside_->room.give_back(element);
  return true;
}

void Schedule::ended(std::uint32_t element, End end) {
  inside_->expect(element, ElementState::running);
  if (!inside_->is_released[element]) inside_->room.give_back(element);
  inside_->is_released[element] = false;
  switch (end) {
    case End::succeeded:
      inside_->end(element, ElementState::done);
      return;
    case End::failed:
      inside_->end(element, ElementState::failed);
      return;
    case End::retry:
      inside_->set(element, inside_->is_cancelled ? ElementState::cancelled : ElementState::ready);
      return;
    case End::cancelled:
      inside_->set(element, ElementState::cancelled);
      return;
  }
}

void Schedule::cancel() {
  inside_->is_cancelled = true;
  inside_->room.clear();
  inside_->fresh.clear();
  for (std::uint32_t element = 0; element < inside_->edges.element_count; ++element)
    if (const ElementState now = inside_->states[element]; now == ElementState::waiting || now == ElementState::ready)
      inside_->set(element, ElementState::cancelled);
}

std::vector<Schedule::Blocked> Schedule::newly_blocked() {
  std::vector<Blocked> blocked = std::exchange(inside_->just_blocked, {});
  std::sort(blocked.begin(), blocked.end(), [](const Blocked& a, const Blocked& b) { return a.element < b.element; });
  return blocked;
}

ElementState Schedule::state(std::uint32_t element) const { return inside_->states[element]; }

bool Schedule::finished() const { return count(ElementState::ready) == 0 && count(ElementState::running) == 0; }

std::uint32_t Schedule::count(ElementState state) const { return inside_->counts[static_cast<std::size_t>(state)]; }

std::vector<std::uint32_t> Schedule::blocked_by(std::uint32_t failed_element) const {
  const auto known = inside_->blocked_lists.find(failed_element);
  if (known == inside_->blocked_lists.end()) return {};
  std::vector<std::uint32_t> blocked = known->second;
  std::sort(blocked.begin(), blocked.end());
  return blocked;
}

}  // namespace osac::schedule
