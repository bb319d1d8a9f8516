// Units of the same tasks and the same request become arrays: in an order that keeps together what is waited for together, in pieces that
// Slurm accepts, by the construct that costs the fewest calls.

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <numeric>
#include <queue>
#include <unordered_map>

#include "compiler/base/hash.h"
#include "runtime/slurm/work.h"

namespace osac::slurm {

namespace {

// What constructs cost the controller, in line elements: an sbatch call is answered in 5 to 200 ms, an element with a line of its own costs
// a millisecond and 4 KB of the controller's memory.
constexpr std::uint64_t cost_of_call = 100;
// slurmctld works out `afterok:J_[lo-hi]` element by element, in a time that grows with the square: 0.15 s for so many
constexpr std::uint32_t longest_range = 10'000;
constexpr std::size_t longest_name = 60;

struct Group {
  std::uint32_t shape = 0;
  std::vector<std::uint32_t> units;  // in the order that is chosen
};

class Cutter {
 public:
  Cutter(const Question& question, const Units& units, const UnitGraph& graph)
      : question_(question), units_(units), graph_(graph), most_(static_cast<std::uint32_t>(question.site.slurm.max_array)) {}

  Cut run() {
    add_live();
    make_groups();
    const std::uint32_t count = units_.count();
    for (std::uint32_t unit = 0; unit < count; ++unit) {
      parents_hash_.push_back(hash_of(graph_.parents.of(unit)));
      children_hash_.push_back(hash_of(graph_.children.of(unit)));
    }
    cut_.array_of.resize(count, nothing);
    cut_.index_of.resize(count, 0);
    for (const auto& [group, is_before_all] : ordered_groups()) {
      choose_order(groups_[group]);
      divide(groups_[group], is_before_all);
    }
    name_all();
    return std::move(cut_);
  }

 private:
  static std::uint64_t hash_of(std::span<const std::uint32_t> numbers) {
    return checksum({reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()});
  }

  /// They stay what they are.
  void add_live() {
    for (const LiveArray& live : question_.live_arrays) {
      Array array;
      array.name = live.name;
      array.first_unit = static_cast<std::uint32_t>(cut_.units.size());
      array.unit_count = live.unit_count;
      for (std::uint32_t i = 0; i < live.unit_count; ++i) {
        cut_.array_of.push_back(static_cast<std::uint32_t>(cut_.arrays.size()));
        cut_.index_of.push_back(i);
        cut_.units.push_back(array.first_unit + i);
      }
      cut_.arrays.push_back(std::move(array));
    }
  }

  void make_groups() {
    std::map<std::pair<std::uint32_t, Request>, std::uint32_t> known;
    group_of_.assign(units_.live_count, nothing);
    for (std::uint32_t unit = units_.live_count; unit < units_.count(); ++unit) {
      Request request = units_.requests[unit];
      if (question_.options.bundle > 0) request.time = 0;  // the last bundle of many is a shorter one
      const auto [at, is_new] = known.emplace(std::pair(units_.shape[unit], request), static_cast<std::uint32_t>(groups_.size()));
      if (is_new) groups_.push_back({units_.shape[unit], {}});
      groups_[at->second].units.push_back(unit);
      group_of_.push_back(at->second);
    }
  }

  /// Groups, parents first; those in circles (a task that reads what it made before) by number. With each: whether all it waits for comes
  /// earlier.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, bool>> ordered_groups() const {
    const auto count = static_cast<std::uint32_t>(groups_.size());
    const auto nodes = static_cast<std::uint32_t>(graph_.parents.offsets.size() - 1);  // groups, then hubs
    const auto node_of = [&](std::uint32_t unit) { return unit < units_.count() ? group_of_[unit] : count + unit - units_.count(); };
    std::vector<std::vector<std::uint32_t>> children(count + nodes - units_.count());
    for (std::uint32_t node = 0; node < nodes; ++node)
      for (const std::uint32_t value : graph_.parents.of(node)) {
        if (value / 2 < units_.live_count) continue;
        auto& list = children[node_of(value / 2)];
        if (list.empty() || list.back() != node_of(node)) list.push_back(node_of(node));
      }
    std::vector<std::uint32_t> pending(children.size(), 0);
    for (auto& list : children) {
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
      for (const std::uint32_t child : list) ++pending[child];
    }
    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free;
    for (std::uint32_t node = 0; node < children.size(); ++node)
      if (pending[node] == 0) free.push(node);
    std::vector<std::pair<std::uint32_t, bool>> order;
    while (!free.empty()) {
      const std::uint32_t node = free.top();
      free.pop();
      if (node < count) order.emplace_back(node, true);
      for (const std::uint32_t child : children[node])
        if (--pending[child] == 0) free.push(child);
    }
    for (std::uint32_t group = 0; group < count; ++group)
      if (pending[group] > 0) order.emplace_back(group, false);
    return order;
  }

  // ---- the order within a group

  static std::uint64_t breaks(const std::vector<std::uint32_t>& order, const std::vector<std::uint64_t>& hashes) {
    std::uint64_t count = 0;
    for (std::size_t i = 1; i < order.size(); ++i) count += hashes[order[i]] != hashes[order[i - 1]] ? 1 : 0;
    return count;
  }
  /// Brings equals together, in the order of their first; stable.
  static std::vector<std::uint32_t> gathered(const std::vector<std::uint32_t>& order, const std::vector<std::uint64_t>& hashes) {
    std::unordered_map<std::uint64_t, std::uint32_t> rank;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> keyed;
    keyed.reserve(order.size());
    for (const std::uint32_t unit : order)
      keyed.emplace_back(rank.emplace(hashes[unit], static_cast<std::uint32_t>(rank.size())).first->second, unit);
    std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::uint32_t> result;
    result.reserve(order.size());
    for (const auto& [key, unit] : keyed) result.push_back(unit);
    return result;
  }

  /// Few runs of units that wait for the same, few ranges for those that wait for them.
  void choose_order(Group& group) const {
    const auto cost = [&](const std::vector<std::uint32_t>& order) { return breaks(order, parents_hash_) + breaks(order, children_hash_); };
    std::vector<std::uint32_t> by_children = gathered(group.units, children_hash_);
    std::vector<std::uint32_t> by_parents = gathered(group.units, parents_hash_);
    std::vector<std::uint32_t> by_both = gathered(by_children, parents_hash_);
    std::uint64_t best = cost(group.units);
    for (auto* const order : {&by_children, &by_both, &by_parents}) {
      const std::uint64_t here = cost(*order);
      if (here >= best) continue;
      best = here;
      group.units = std::move(*order);
    }
  }

  // ---- arrays of a group

  [[nodiscard]] bool waits_for_the_same(std::uint32_t a, std::uint32_t b) const {
    return parents_hash_[a] == parents_hash_[b] && std::ranges::equal(graph_.parents.of(a), graph_.parents.of(b));
  }
  [[nodiscard]] std::uint64_t pieces(std::uint64_t count, std::uint64_t most) const { return (count + most - 1) / most; }

  void divide(const Group& group, bool is_before_all) {
    const auto count = static_cast<std::uint32_t>(group.units.size());
    std::vector<std::uint32_t> runs = {0};  // where units begin to wait for something else
    std::uint64_t with_line = 0;
    std::uint32_t longest_children = 0;
    for (std::uint32_t i = 0, same = 0; i < count; ++i) {
      if (i > 0 && !waits_for_the_same(group.units[i], group.units[i - 1])) runs.push_back(i);
      same = i > 0 && children_hash_[group.units[i]] == children_hash_[group.units[i - 1]] ? same + 1 : 1;
      longest_children = std::max(longest_children, same);
      with_line += graph_.parents.of(group.units[i]).empty() ? 0 : 1;
    }
    const std::uint32_t most = longest_children > longest_range && longest_children < count ? std::min(most_, longest_range) : most_;
    std::uint64_t calls = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) calls += pieces((i + 1 < runs.size() ? runs[i + 1] : count) - runs[i], most);
    const std::uint64_t cost_held = pieces(count, most) * cost_of_call + with_line;
    if (is_before_all && runs.size() == 1) return add_all(group, 0, count, most, false);
    if (is_before_all && calls > 1 && is_aligned(group)) return add_all(group, 0, count, most, false);
    const bool is_held = !is_before_all || cost_held < calls * cost_of_call;
    if (is_held) return add_all(group, 0, count, most, with_line > 0);
    for (std::size_t i = 0; i < runs.size(); ++i) add_all(group, runs[i], i + 1 < runs.size() ? runs[i + 1] : count, most, false);
  }

  /// Whether `aftercorr` says it: what differs between the units is one array task of the same index in each of some other arrays, and
  /// there are so few that Slurm looks at all of them.
  [[nodiscard]] bool is_aligned(const Group& group) const {
    const auto count = static_cast<std::uint32_t>(group.units.size());
    if (count > most_ || count > question_.site.slurm.window + 1) return false;
    std::vector<std::uint32_t> arrays;
    std::size_t shared = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      std::vector<std::uint32_t> here;
      for (const std::uint32_t value : own_parents(graph_, group.units, i)) {
        const std::uint32_t parent = value / 2;
        if (value % 2 == 0 || parent >= units_.count() || cut_.index_of[parent] != i) return false;
        here.push_back(cut_.array_of[parent]);
      }
      std::sort(here.begin(), here.end());
      if (std::adjacent_find(here.begin(), here.end()) != here.end()) return false;
      const std::size_t common = graph_.parents.of(group.units[i]).size() - here.size();
      if (i > 0 && (here != arrays || common != shared)) return false;
      arrays = std::move(here);
      shared = common;
    }
    return !arrays.empty();
  }

  void add_all(const Group& group, std::uint32_t begin, std::uint32_t end, std::uint32_t most, bool is_held) {
    for (std::uint32_t at = begin; at < end; at += most) {
      const std::uint32_t stop = std::min(end, at + most);
      Array array;
      array.tasks = units_.shapes[group.shape];
      array.first_unit = static_cast<std::uint32_t>(cut_.units.size());
      array.unit_count = stop - at;
      array.is_held = is_held;
      for (std::uint32_t i = at; i < stop; ++i) {
        cut_.array_of[group.units[i]] = static_cast<std::uint32_t>(cut_.arrays.size());
        cut_.index_of[group.units[i]] = i - at;
        cut_.units.push_back(group.units[i]);
      }
      cut_.arrays.push_back(std::move(array));
    }
  }

  void name_all() {
    const std::size_t live = question_.live_arrays.size();
    const std::size_t width = fmt::format("{}", cut_.arrays.size() - live).size();
    for (std::size_t i = live; i < cut_.arrays.size(); ++i) {
      std::string name = fmt::format("{:0{}}", i - live + 1, std::max<std::size_t>(2, width));
      for (const std::uint32_t task : cut_.arrays[i].tasks)
        name += fmt::format("-{}", question_.plan.text(question_.plan.tasks()[task].family.name));
      if (name.size() > longest_name) name.resize(longest_name);
      cut_.arrays[i].name = std::move(name);
    }
  }

  const Question& question_;  // NOLINT: lives for one call
  const Units& units_;        // NOLINT
  const UnitGraph& graph_;    // NOLINT
  std::uint32_t most_;
  std::vector<Group> groups_;
  std::vector<std::uint32_t> group_of_;
  std::vector<std::uint64_t> parents_hash_, children_hash_;  // one a unit: equal for equal lists
  Cut cut_;
};

}  // namespace

std::vector<std::uint32_t> own_parents(const UnitGraph& graph, std::span<const std::uint32_t> units, std::uint32_t i) {
  std::vector<std::uint32_t> own;
  const auto first = graph.parents.of(units.front());
  const auto last = graph.parents.of(units.back());
  for (const std::uint32_t value : graph.parents.of(units[i]))
    if (!std::binary_search(first.begin(), first.end(), value) || !std::binary_search(last.begin(), last.end(), value))
      own.push_back(value);
  return own;
}

Cut cut(const Question& question, const Units& units, const UnitGraph& graph) { return Cutter(question, units, graph).run(); }

}  // namespace osac::slurm
