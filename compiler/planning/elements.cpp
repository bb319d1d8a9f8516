#include "compiler/planning/elements.h"

#include <algorithm>
#include <numeric>

#include "compiler/planning/ports.h"

namespace osac::planning {

namespace {

/// Nodes: elements, task after task as declared; then a hub for every list that elements share, so that edges stay as many as links.
class ElementGraph {
 public:
  ElementGraph(const Frame& frame, const Draft& draft) : frame_(frame), program_(frame.context.program), draft_(draft) {
    for (const TaskDraft& task : draft.tasks) {
      first_.push_back(count_);
      count_ += task.family.count;
    }
    std::uint32_t next = count_;
    for (const TaskDraft& task : draft.tasks) {
      auto& hubs = hubs_.emplace_back();
      for (const Links& links : task.inputs) {
        hubs.push_back(next);
        next += static_cast<std::uint32_t>(links.is_list && !links.begin.empty() ? links.begin.size() - 1 : 0);
      }
    }
    node_count_ = next;
  }

  /// Kahn's algorithm; empty if there is a circle.
  std::vector<std::uint32_t> order() {
    parents_.assign(node_count_, 0);
    begin_.assign(std::size_t{node_count_} + 1, 0);
    for_each_edge([&](std::uint32_t parent, std::uint32_t child) {
      ++begin_[parent + std::size_t{1}];
      ++parents_[child];
    });
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    children_.resize(begin_.back());
    std::vector<std::uint64_t> fill(begin_.begin(), begin_.end() - 1);
    for_each_edge([&](std::uint32_t parent, std::uint32_t child) { children_[fill[parent]++] = child; });
    std::vector<std::uint32_t> order;
    order.reserve(node_count_);
    for (std::uint32_t node = 0; node < node_count_; ++node)
      if (parents_[node] == 0) order.push_back(node);
    for (std::size_t next = 0; next < order.size(); ++next)
      for (std::uint64_t i = begin_[order[next]]; i < begin_[order[next] + std::size_t{1}]; ++i)
        if (--parents_[children_[i]] == 0) order.push_back(children_[i]);
    is_acyclic_ = order.size() == node_count_;
    std::erase_if(order, [&](std::uint32_t node) { return node >= count_; });
    return order;
  }
  [[nodiscard]] bool is_acyclic() const { return is_acyclic_; }

  /// A circle among the nodes that were never free: from the lowest of them always to the first one it still needs.
  void report_circle() {
    std::vector<std::uint32_t> needed(node_count_, none);  // of those that a node still needs the first
    for_each_edge([&](std::uint32_t parent, std::uint32_t child) {
      if (parents_[parent] > 0) needed[child] = std::min(needed[child], parent);
    });
    std::uint32_t node = 0;
    while (parents_[node] == 0) ++node;
    std::vector<std::uint8_t> is_seen(node_count_, 0);
    std::vector<std::uint32_t> path;
    for (; is_seen[node] == 0; node = needed[node]) {
      path.push_back(node);
      is_seen[node] = 1;
    }
    path.erase(path.begin(), std::find(path.begin(), path.end(), node));
    std::erase_if(path, [&](std::uint32_t n) { return n >= count_; });
    const auto lowest = std::min_element(path.begin(), path.end());
    std::rotate(path.begin(), lowest, path.end());
    path.push_back(path.front());
    report(path);
  }

 private:
  [[nodiscard]] std::uint32_t task_of(std::uint32_t node) const {
    auto after = std::upper_bound(first_.begin(), first_.end(), node);
    return static_cast<std::uint32_t>(after - first_.begin()) - 1;
  }
  [[nodiscard]] std::uint32_t maker(std::uint32_t dataset, std::uint32_t element) const {
    const DatasetDraft& made = draft_.datasets[dataset];
    return made.producers.empty() ? none : first_[made.task_of(element)] + made.producer_element[element];
  }

  /// Calls f(parent, child) for each edge. Elements that wait already need nothing more.
  template <typename F>
  void for_each_edge(F&& f) const {
    for (std::uint32_t t = 0; t < draft_.tasks.size(); ++t) {
      const TaskDraft& task = draft_.tasks[t];
      for (std::size_t i = 0; i < task.inputs.size(); ++i) {
        const Links& links = task.inputs[i];
        const std::uint32_t dataset = program_.tasks[t].inputs[i].dataset.index;
        if (draft_.datasets[dataset].producers.empty()) continue;
        for (std::uint32_t e = 0; e < task.family.count; ++e) {
          if (is_held(task.held, e)) continue;
          if (links.is_list) {
            if (links.group[e] != none) f(hubs_[t][i] + links.group[e], first_[t] + e);
          } else if (links.target[e] != none) {
            f(maker(dataset, links.target[e]), first_[t] + e);
          }
        }
        for (std::size_t group = 0; links.is_list && group + 1 < links.begin.size(); ++group)
          for (std::uint64_t m = links.begin[group]; m < links.begin[group + 1]; ++m)
            f(maker(dataset, links.members[m]), hubs_[t][i] + static_cast<std::uint32_t>(group));
      }
    }
  }

  [[nodiscard]] std::string name(std::uint32_t node) const {
    const std::uint32_t t = task_of(node);
    const program::Task& task = program_.tasks[t];
    return element_name(frame_, frame_.context.text(task.name), task.dimensions, draft_.tasks[t].family, node - first_[t]);
  }

  void report(const std::vector<std::uint32_t>& path) const {
    std::string names;
    constexpr std::size_t shown = 8;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (i == shown && path.size() > shown + 1) {
        names += fmt::format(" needs ... needs `{}`", name(path.back()));
        break;
      }
      names += fmt::format("{}`{}`", names.empty() ? "" : " needs ", name(path[i]));
    }
    auto builder = frame_.context.diagnostics.report(DiagnosticKind::circular_elements, recurrent_input(path), names);
    builder.note("an element of a task may read what comes of the same task only if all such steps lead one way");
    builder.help("let all of them look back (`of prev`), or all ahead (`of next`)");
  }
  /// The place of an input that leads round: the first recurrent one of a task on the circle.
  [[nodiscard]] Span recurrent_input(const std::vector<std::uint32_t>& path) const {
    for (const std::uint32_t node : path) {
      const std::uint32_t t = task_of(node);
      for (std::size_t i = 0; i < draft_.tasks[t].is_recurrent.size(); ++i)
        if (draft_.tasks[t].is_recurrent[i] != 0) return program_.tasks[t].inputs[i].span;
    }
    return program_.tasks[task_of(path.front())].span;
  }

  const Frame& frame_;
  const program::Program& program_;
  const Draft& draft_;
  std::vector<std::uint32_t> first_;  // node of each task's element 0
  std::uint32_t count_ = 0;
  std::uint32_t node_count_ = 0;
  std::vector<std::vector<std::uint32_t>> hubs_;
  std::vector<std::uint32_t> parents_;
  std::vector<std::uint64_t> begin_;
  std::vector<std::uint32_t> children_;
  bool is_acyclic_ = true;
};

/// Whether an element reads something that waits, and what for.
std::uint32_t waits_for(const program::Task& declared, const Draft& draft, const TaskDraft& task, std::uint32_t element) {
  std::uint32_t stage = none;
  for (std::size_t i = 0; i < task.inputs.size() && stage == none; ++i) {
    const Held& held = draft.datasets[declared.inputs[i].dataset.index].held;
    if (held.empty()) continue;
    task.inputs[i].for_each(element, [&](std::uint32_t member) { stage = stage == none ? held[member] : stage; });
  }
  return stage;
}

void hold_products_of(const program::Program& program, Draft& draft, std::uint32_t task, std::uint32_t element) {
  for (std::size_t o = 0; o < draft.tasks[task].outputs.size(); ++o) {
    DatasetDraft& made = draft.datasets[program.tasks[task].outputs[o].dataset.index];
    draft.tasks[task].outputs[o].for_each(element, [&](std::uint32_t product) {
      hold(made.held, made.family.count, product, draft.tasks[task].held[element]);
      if (is_doubtful(draft.tasks[task].doubtful, element)) doubt(made.doubtful, made.family.count, product);
    });
  }
}

}  // namespace

bool has_recurrence(const Draft& draft) {
  return std::any_of(draft.tasks.begin(), draft.tasks.end(), [](const TaskDraft& task) {
    return std::find(task.is_recurrent.begin(), task.is_recurrent.end(), std::uint8_t{1}) != task.is_recurrent.end();
  });
}

bool order_elements(const Frame& frame, Draft& draft) {
  if (!has_recurrence(draft)) return true;
  ElementGraph graph(frame, draft);
  draft.element_order = graph.order();
  if (!graph.is_acyclic()) graph.report_circle();
  return graph.is_acyclic();
}

void hold_products(Draft& draft, std::uint32_t dataset) {
  DatasetDraft& made = draft.datasets[dataset];
  for (std::uint32_t e = 0; e < made.producer_element.size(); ++e) {
    const TaskDraft& task = draft.tasks[made.task_of(e)];
    const std::uint32_t maker = made.producer_element[e];
    if (is_held(task.held, maker)) hold(made.held, made.family.count, e, task.held[maker]);
    if (is_doubtful(task.doubtful, maker)) doubt(made.doubtful, made.family.count, e);
  }
}

void spread_held(const program::Program& program, Draft& draft) {
  if (draft.element_order.empty()) return;  // each task has looked at its inputs already
  std::vector<std::uint32_t> first;
  std::uint32_t count = 0;
  for (const TaskDraft& task : draft.tasks) {
    first.push_back(count);
    count += task.family.count;
  }
  for (const std::uint32_t node : draft.element_order) {
    const auto t = static_cast<std::uint32_t>(std::upper_bound(first.begin(), first.end(), node) - first.begin()) - 1;
    TaskDraft& task = draft.tasks[t];
    const std::uint32_t element = node - first[t];
    if (!is_held(task.held, element))
      if (const std::uint32_t stage = waits_for(program.tasks[t], draft, task, element); stage != none) {
        hold(task.held, task.family.count, element, stage);
        if (may_lack(program, draft, t, element)) doubt(task.doubtful, task.family.count, element);
      }
    if (is_held(task.held, element)) hold_products_of(program, draft, t, element);
  }
}

}  // namespace osac::planning
