#include "compiler/plan/reach.h"

#include <algorithm>

#include "compiler/plan/edges.h"

namespace osac::plan {

namespace {

constexpr std::uint32_t far = 0xffffffffU;

/// One number for each element.
struct Distances {
  std::vector<std::uint32_t> tasks;
  std::vector<std::vector<std::uint32_t>> datasets;

  explicit Distances(const Plan& plan) : tasks(plan.element_count(), far) {
    for (const DatasetRow& dataset : plan.datasets()) datasets.emplace_back(dataset.family.count, far);
  }
};

/// What a step costs: the tasks on the way, or all elements on it.
enum class Measure : std::uint8_t { tasks, elements };

class Walk {
 public:
  Walk(const Plan& plan, const ElementSet& from, Measure measure)
      : plan_(plan), into_file_(measure == Measure::elements ? 1 : 0), reached_(plan), at_(plan) {
    for (std::size_t i = 0; i < from.tasks.size(); ++i)
      if (from.tasks[i] != 0) at_.tasks[i] = 0;
    for (std::size_t d = 0; d < from.datasets.size(); ++d)
      for (std::size_t i = 0; i < from.datasets[d].size(); ++i)
        if (from.datasets[d][i] != 0) at_.datasets[d][i] = 0;
    const bool is_recurrent = std::any_of(plan.tasks().begin(), plan.tasks().end(), [&](const TaskRow& task) {
      const auto inputs = plan.inputs(task);
      return std::any_of(inputs.begin(), inputs.end(), [](const InputRow& input) { return input.is_recurrent != 0; });
    });
    if (is_recurrent) order_ = topological_order(plan, make_edges(plan));
  }

  void go_down() {
    // of an `every` input: the nearest of all members, worked out when its first reader is met
    std::vector<std::uint32_t> nearest_member(input_count(), far);
    std::vector<std::uint8_t> is_known(input_count(), 0);
    for_each_element([&](ElementRef ref, std::uint32_t number) {
      const TaskRow& task = plan_.tasks()[ref.task];
      std::uint32_t nearest = far;
      std::size_t place = task.first_input;
      for (const InputRow& input : plan_.inputs(task)) {
        const auto& files = at_.datasets[input.dataset];
        const std::size_t here = place++;
        if (input.relation.kind == RelationKind::every) {
          if (is_known[here] == 0 && !files.empty()) nearest_member[here] = *std::min_element(files.begin(), files.end());
          is_known[here] = 1;
          nearest = std::min(nearest, nearest_member[here]);
          continue;
        }
        plan_.for_each(input.relation, ref.element, size_of(files), [&](std::uint32_t file) { nearest = std::min(nearest, files[file]); });
      }
      arrive(nearest, 1, reached_.tasks[number], at_.tasks[number]);
      for (const OutputRow& output : plan_.outputs(task)) leave_for(output.dataset, output.relation, ref.element, at_.tasks[number]);
    });
  }

  void go_up() {
    // of an `every` input: the nearest of all readers, passed on when the last of them was met
    std::vector<std::uint32_t> nearest_reader(plan_.tasks().size(), far);
    std::vector<std::uint32_t> to_come;
    for (const TaskRow& task : plan_.tasks()) to_come.push_back(task.family.count);
    for_each_element_backwards([&](ElementRef ref, std::uint32_t number) {
      const TaskRow& task = plan_.tasks()[ref.task];
      std::uint32_t nearest = far;
      for (const OutputRow& output : plan_.outputs(task)) {
        const auto& files = at_.datasets[output.dataset];
        plan_.for_each(output.relation, ref.element, size_of(files), [&](std::uint32_t file) { nearest = std::min(nearest, files[file]); });
      }
      arrive(nearest, 1, reached_.tasks[number], at_.tasks[number]);
      std::uint32_t& all = nearest_reader[ref.task];
      all = std::min(all, at_.tasks[number]);
      const bool is_last = --to_come[ref.task] == 0;
      for (const InputRow& input : plan_.inputs(task)) {
        if (input.relation.kind != RelationKind::every)
          leave_for(input.dataset, input.relation, ref.element, at_.tasks[number]);
        else if (is_last)
          leave_for(input.dataset, input.relation, ref.element, all);
      }
    });
  }

  [[nodiscard]] ElementSet reached(std::uint32_t depth) const {
    ElementSet set(plan_);
    for (std::size_t i = 0; i < set.tasks.size(); ++i) set.tasks[i] = reached_.tasks[i] <= depth ? 1 : 0;
    for (std::size_t d = 0; d < set.datasets.size(); ++d)
      for (std::size_t i = 0; i < set.datasets[d].size(); ++i) set.datasets[d][i] = reached_.datasets[d][i] <= depth ? 1 : 0;
    return set;
  }

  /// After go_down by elements: the path to the nearest member of `to`.
  [[nodiscard]] ElementSet path_to(const ElementSet& to) const {
    ElementSet path(plan_);
    Place at = nearest_of(to);
    while (at.distance != far) {
      (at.dataset == no_row ? path.tasks[at.element] : path.datasets[at.dataset][at.element]) = 1;
      if (at.distance == 0) break;
      at = before(at);
    }
    return path;
  }

 private:
  /// A task's element by its global number, or a dataset's.
  struct Place {
    std::uint32_t dataset = no_row;
    std::uint32_t element = 0;
    std::uint32_t distance = far;
  };

  static std::uint32_t size_of(const std::vector<std::uint32_t>& files) { return static_cast<std::uint32_t>(files.size()); }
  [[nodiscard]] std::size_t input_count() const {
    std::size_t count = 0;
    for (const TaskRow& task : plan_.tasks()) count = std::max<std::size_t>(count, std::size_t{task.first_input} + task.input_count);
    return count;
  }

  template <typename F>
  void for_each_element(F&& f) const {
    for (const std::uint32_t number : order_) f(plan_.element(number), number);
    if (!order_.empty()) return;
    for (std::uint32_t t = 0; t < plan_.tasks().size(); ++t)
      for (std::uint32_t i = 0; i < plan_.tasks()[t].family.count; ++i) f(ElementRef{t, i}, plan_.tasks()[t].first_element + i);
  }
  template <typename F>
  void for_each_element_backwards(F&& f) const {
    for (auto number = order_.rbegin(); number != order_.rend(); ++number) f(plan_.element(*number), *number);
    if (!order_.empty()) return;
    for (auto t = static_cast<std::uint32_t>(plan_.tasks().size()); t-- > 0;)
      for (std::uint32_t i = plan_.tasks()[t].family.count; i-- > 0;) f(ElementRef{t, i}, plan_.tasks()[t].first_element + i);
  }

  static void arrive(std::uint32_t from, std::uint32_t cost, std::uint32_t& reached, std::uint32_t& at) {
    if (from == far) return;
    reached = std::min(reached, from + cost);
    at = std::min(at, reached);
  }
  void leave_for(std::uint32_t dataset, const Relation& relation, std::uint32_t element, std::uint32_t from) {
    if (from == far) return;
    auto& reached = reached_.datasets[dataset];
    auto& at = at_.datasets[dataset];
    plan_.for_each(relation, element, size_of(at), [&](std::uint32_t file) { arrive(from, into_file_, reached[file], at[file]); });
  }

  [[nodiscard]] Place nearest_of(const ElementSet& to) const {
    Place best;
    for (std::uint32_t i = 0; i < to.tasks.size(); ++i)
      if (to.tasks[i] != 0 && at_.tasks[i] < best.distance) best = {no_row, i, at_.tasks[i]};
    for (std::uint32_t d = 0; d < to.datasets.size(); ++d)
      for (std::uint32_t i = 0; i < to.datasets[d].size(); ++i)
        if (to.datasets[d][i] != 0 && at_.datasets[d][i] < best.distance) best = {d, i, at_.datasets[d][i]};
    return best;
  }
  /// One step back towards where the walk began.
  [[nodiscard]] Place before(const Place& place) const {
    if (place.dataset != no_row) {
      const auto maker = plan_.producer(place.dataset, place.element);
      return maker ? Place{no_row, plan_.global(*maker), place.distance - 1} : Place{};
    }
    const ElementRef ref = plan_.element(place.element);
    Place found;
    for (const InputRow& input : plan_.inputs(plan_.tasks()[ref.task])) {
      const auto& files = at_.datasets[input.dataset];
      plan_.for_each(input.relation, ref.element, size_of(files), [&](std::uint32_t file) {
        if (found.distance == far && files[file] == place.distance - 1) found = {input.dataset, file, place.distance - 1};
      });
    }
    return found;
  }

  const Plan& plan_;
  std::uint32_t into_file_;
  std::vector<std::uint32_t> order_;  ///< empty: that of the numbers
  Distances reached_;                 ///< by at least one step
  Distances at_;                      ///< the same, and 0 where the walk begins
};

}  // namespace

ElementSet downstream(const Plan& plan, const ElementSet& from, std::uint32_t depth) {
  Walk walk(plan, from, Measure::tasks);
  walk.go_down();
  return walk.reached(depth);
}

ElementSet upstream(const Plan& plan, const ElementSet& from, std::uint32_t depth) {
  Walk walk(plan, from, Measure::tasks);
  walk.go_up();
  return walk.reached(depth);
}

ElementSet shortest_path(const Plan& plan, const ElementSet& from, const ElementSet& to) {
  Walk walk(plan, from, Measure::elements);
  walk.go_down();
  return walk.path_to(to);
}

}  // namespace osac::plan
