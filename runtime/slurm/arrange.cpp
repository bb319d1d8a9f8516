// An arrangement, step by step; and what follows from it: order of priorities, critical path, waits without need.

#include <fmt/format.h>
#include <algorithm>
#include <functional>
#include <map>

#include "compiler/base/text.h"
#include "runtime/slurm/work.h"

namespace osac::slurm {

namespace {

constexpr std::uint32_t nice_step = 10;
constexpr std::uint32_t most_nice = 10'000;

/// For each node of the graph: its level (0: it waits for nothing), and when it ends if everything starts as soon as it can.
struct Timing {
  std::vector<std::uint32_t> level;
  std::vector<std::int64_t> end;
};

Timing timing_of(const Question& question, const Units& units, const UnitGraph& graph) {
  const auto nodes = static_cast<std::uint32_t>(graph.parents.offsets.size() - 1);
  Timing timing{std::vector<std::uint32_t>(nodes, 0), std::vector<std::int64_t>(nodes, 0)};
  std::vector<std::uint32_t> pending(nodes);
  std::vector<std::uint32_t> free;
  for (std::uint32_t node = 0; node < nodes; ++node) {
    pending[node] = static_cast<std::uint32_t>(graph.parents.of(node).size());
    if (pending[node] == 0) free.push_back(node);
  }
  while (!free.empty()) {
    const std::uint32_t node = free.back();
    free.pop_back();
    if (node < units.count() && question.duration)
      for (const std::uint32_t element : units.of(node)) timing.end[node] += std::max<std::int64_t>(0, question.duration(element));
    for (const std::uint32_t child : graph.children.of(node)) {
      timing.level[child] = std::max(timing.level[child], timing.level[node] + (node < units.count() ? 1 : 0));
      timing.end[child] = std::max(timing.end[child], timing.end[node]);
      if (--pending[child] == 0) free.push_back(child);
    }
  }
  return timing;
}

/// Those near the end go first when there is not room for all: a gather must not queue behind everything that was submitted before it.
void set_priorities(const Timing& timing, const Cut& cut, Arrangement& arrangement) {
  std::uint32_t highest = 0;
  std::vector<std::uint32_t> levels(arrangement.arrays.size(), 0);
  for (std::size_t i = arrangement.live_arrays.size(); i < arrangement.arrays.size(); ++i) {
    const Array& array = arrangement.arrays[i];
    if (array.is_join) continue;
    for (std::uint32_t j = 0; j < array.unit_count; ++j) levels[i] = std::max(levels[i], timing.level[cut.units[array.first_unit + j]]);
    highest = std::max(highest, levels[i]);
  }
  for (std::size_t i = arrangement.live_arrays.size(); i < levels.size(); ++i)
    if (!arrangement.arrays[i].is_join) arrangement.arrays[i].nice = std::min(most_nice, nice_step * (highest - levels[i]));
}

/// Pairs of an element and another in an array task that it waits for, which it does not need, directly or not. What an element needs is
/// looked up the way that it is: parents, their parents, and so on, in no more than `patience` steps in all: what it finds until then is
/// the least that there are.
class FalseWaits {
 public:
  FalseWaits(const Needs& needs, const Units& units, const UnitGraph& graph)
      : needs_(needs), units_(units), graph_(graph), stamps_(needs.edges.node_count(), nothing) {}

  std::uint64_t run() {
    std::uint64_t count = 0;
    for (std::uint32_t unit = units_.live_count; unit < units_.count() && is_exact(); ++unit) {
      find_waits(unit);
      if (waits_ == 0) continue;
      for (const std::uint32_t element : units_.of(unit)) {
        const std::uint64_t needed = needed_of(element, unit);
        if (is_exact()) count += waits_ - needed;
      }
    }
    return count;
  }
  [[nodiscard]] bool is_exact() const { return steps_ <= patience; }

 private:
  static constexpr std::uint64_t patience = 50'000'000;

  /// The units that a unit waits for, and how many elements are in them.
  void find_waits(std::uint32_t unit) {
    is_waited_for_.resize(units_.count(), nothing);
    waits_ = 0;
    const std::function<void(std::uint32_t)> add = [&](std::uint32_t node) {
      for (const std::uint32_t value : graph_.parents.of(node)) {
        const std::uint32_t parent = value / 2;
        ++steps_;
        if (parent >= units_.count()) {
          add(parent);
        } else if (is_waited_for_[parent] != unit) {
          is_waited_for_[parent] = unit;
          waits_ += units_.of(parent).size();
        }
      }
    };
    add(unit);
  }

  /// How many of the elements in those units an element needs. All have been found when as many were as there are.
  std::uint64_t needed_of(std::uint32_t element, std::uint32_t unit) {
    std::uint64_t found = 0;
    std::vector<std::uint32_t>& stack = stack_;
    stack.assign(1, element);
    stamps_[element] = element;
    while (!stack.empty() && found < waits_ && is_exact()) {
      const std::uint32_t node = stack.back();
      stack.pop_back();
      if (node < needs_.edges.element_count && node != element && is_waited_for_[graph_.unit_of[node]] == unit) ++found;
      for (const std::uint32_t value : needs_.parents.of(node)) {
        ++steps_;
        if (stamps_[value / 2] == element) continue;
        stamps_[value / 2] = element;
        stack.push_back(value / 2);
      }
    }
    return found;
  }

  const Needs& needs_;      // NOLINT: lives for one call
  const Units& units_;      // NOLINT
  const UnitGraph& graph_;  // NOLINT
  std::vector<std::uint32_t> stamps_, stack_;
  std::vector<std::uint32_t> is_waited_for_;  // one a unit: by which one
  std::uint64_t waits_ = 0, steps_ = 0;
};

void note_slots(const Question& question, Arrangement& arrangement) {
  for (const plan::TaskRow& task : question.plan.tasks())
    for (const plan::SlotsRow& slots : question.plan.slots(task)) {
      const std::vector<std::string>& counted = question.site.slurm.licenses;
      if (std::find(counted.begin(), counted.end(), question.plan.text(slots.name)) != counted.end()) continue;
      arrangement.remarks.push_back(
          fmt::format("Slurm does not count the slots `{}` of `{}`", question.plan.text(slots.name), question.plan.text(task.family.name)));
    }
}

void note_stages(const Question& question, Arrangement& arrangement) {
  for (const plan::StageRow& stage : question.plan.stages())
    arrangement.remarks.push_back(fmt::format("not planned yet: {}; compile again once `{}` is made", question.plan.text(stage.what),
                                              question.plan.text(question.plan.datasets()[stage.dataset].family.name)));
}

}  // namespace

std::pair<std::uint32_t, std::uint32_t> Arrangement::place(std::uint32_t number) const {
  const auto after = std::upper_bound(arrays.begin(), arrays.end(), number,
                                      [](std::uint32_t wanted, const Array& array) { return wanted < array.first_unit; });
  const auto array = static_cast<std::uint32_t>(after - arrays.begin() - 1);
  return {array, number - arrays[array].first_unit};
}

Result<Arrangement> arrange(const Question& question) {
  auto requests = requests_of(question);
  if (!requests) return tl::unexpected(requests.error());
  const Needs needs = needs_of(question);
  const Units units = bundle(question, needs, fuse(question, needs, *requests));
  const UnitGraph graph = graph_of(needs, units);
  Cut made = cut(question, units, graph);

  Arrangement arrangement;
  arrangement.live_arrays = question.live_arrays;
  arrangement.arrays = made.arrays;
  arrangement.unit_of.assign(question.plan.element_count(), nothing);
  arrangement.first_member.push_back(0);
  for (std::uint32_t place = 0; place < made.units.size(); ++place) {
    for (const std::uint32_t element : units.of(made.units[place])) {
      arrangement.members.push_back(element);
      arrangement.unit_of[element] = place;
    }
    arrangement.first_member.push_back(static_cast<std::uint32_t>(arrangement.members.size()));
  }
  std::map<Request, std::uint32_t> numbers;
  for (Array& array : std::span(arrangement.arrays).subspan(question.live_arrays.size())) {
    // bundles of one array may be of different sizes: their array asks for the time of the longest
    Request request = units.requests[made.units[array.first_unit]];
    for (std::uint32_t i = 1; i < array.unit_count; ++i)
      request.time = std::max(request.time, units.requests[made.units[array.first_unit + i]].time);
    const auto [known, is_new] = numbers.emplace(request, static_cast<std::uint32_t>(arrangement.requests.size()));
    if (is_new) arrangement.requests.push_back(request);
    array.request = known->second;
  }
  depend(question, graph, made, arrangement);
  const Timing timing = timing_of(question, units, graph);
  set_priorities(timing, made, arrangement);
  if (question.duration && !timing.end.empty()) arrangement.critical_path = *std::max_element(timing.end.begin(), timing.end.end());
  if (question.options.allows_waits || !question.live.empty()) {
    FalseWaits waits(needs, units, graph);
    arrangement.false_waits = waits.run();
    if (!waits.is_exact()) arrangement.remarks.push_back("false waits: at least so many; counting all of them would take too long");
  }
  note_slots(question, arrangement);
  note_stages(question, arrangement);
  return arrangement;
}

std::vector<std::vector<std::uint32_t>> waits_of(const Arrangement& arrangement) {
  std::vector<std::vector<std::uint32_t>> waits(arrangement.unit_count());
  const auto add = [&](const Array& array, std::uint32_t index, Clauses some) {
    std::vector<std::uint32_t>& list = waits[array.first_unit + index];
    for (const Clause& clause : arrangement.of(some)) {
      const Array& parent = arrangement.arrays[clause.array];
      if (clause.wait == Wait::same_index)
        list.push_back(parent.first_unit + index);
      else
        for (std::uint32_t i = clause.first; i <= clause.last; ++i) list.push_back(parent.first_unit + i);
    }
  };
  for (const Array& array : arrangement.arrays)
    for (std::uint32_t index = 0; index < array.unit_count; ++index) add(array, index, array.clauses);
  for (const Line& line : arrangement.lines)
    for (std::uint32_t index = line.first; index <= line.last; ++index) add(arrangement.arrays[line.array], index, line.clauses);
  for (auto& list : waits) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return waits;
}

}  // namespace osac::slurm
