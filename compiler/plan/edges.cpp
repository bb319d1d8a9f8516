// Edges in two passes, children in order: the first counts, the second fills. An edge that several files go along is met again while the
// same child is visited: then it is the last entry of its parent's list so far. Linear in files read.

#include "compiler/plan/edges.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "compiler/base/check.h"

namespace osac::plan {

namespace {

constexpr std::uint32_t no_hub = no_row;

/// An `every` input of many elements of one dataset: all members -> hub -> all readers.
struct Hub {
  std::uint32_t dataset = no_row;
  bool is_survivors = false;
};

/// An input as the loops need it: all arrays at hand.
struct Reader {
  const InputRow* input = nullptr;
  std::uint32_t dataset = no_row;
  std::uint32_t target_count = 0;
  std::uint8_t is_survivors = 0;
  std::uint32_t hub = no_hub;
  std::uint32_t first_of_producer =
      no_element;  ///< element i of the dataset is made by this global number + i; no_element if it is not so simple
};

class Builder {
 public:
  explicit Builder(const Plan& plan) : plan_(plan) {
    for (const TaskRow& task : plan.tasks()) tasks_.push_back(readers_of(task));
    edges_.element_count = plan.element_count();
    edges_.hub_count = static_cast<std::uint32_t>(hubs_.size());
  }

  Edges make() {
    const std::uint32_t nodes = edges_.node_count();
    edges_.parent_counts.assign(nodes, 0);
    edges_.offsets.assign(nodes + std::size_t{1}, 0);
    std::vector<std::uint32_t> last_child(nodes, no_element);
    for_each_edge([&](std::uint32_t parent, std::uint32_t child, std::uint8_t) {
      if (last_child[parent] == child) return;
      last_child[parent] = child;
      ++edges_.offsets[parent + std::size_t{1}];
      ++edges_.parent_counts[child];
    });
    for (std::size_t i = 0; i < nodes; ++i) edges_.offsets[i + 1] += edges_.offsets[i];
    edges_.dependents.resize(edges_.offsets.back());
    edges_.is_survivors.resize(edges_.offsets.back());
    std::vector<std::uint64_t> next(edges_.offsets.begin(), edges_.offsets.end() - 1);
    for_each_edge([&](std::uint32_t parent, std::uint32_t child, std::uint8_t is_survivors) {
      std::uint64_t& at = next[parent];
      if (at > edges_.offsets[parent] && edges_.dependents[at - 1] == child) {
        edges_.is_survivors[at - 1] &= is_survivors;  // one file that must be there makes the edge strict
        return;
      }
      edges_.dependents[at] = child;
      edges_.is_survivors[at] = is_survivors;
      ++at;
    });
    return std::move(edges_);
  }

 private:
  std::vector<Reader> readers_of(const TaskRow& task) {
    std::vector<Reader> readers;
    for (const InputRow& input : plan_.inputs(task)) {
      const DatasetRow& dataset = plan_.datasets()[input.dataset];
      if (dataset.producer == no_row && dataset.producer_tasks.count == 0) continue;
      Reader reader;
      reader.input = &input;
      reader.dataset = input.dataset;
      reader.target_count = dataset.family.count;
      reader.is_survivors = input.is_survivors != 0 ? 1 : 0;
      if (dataset.producer_elements.count == 0 && plan_.tasks()[dataset.producer].family.count >= dataset.family.count)
        reader.first_of_producer = plan_.tasks()[dataset.producer].first_element;
      if (input.relation.kind == RelationKind::every && task.family.count > 1 && dataset.family.count > 1)
        reader.hub = hub_of(input.dataset, reader.is_survivors != 0);
      readers.push_back(reader);
    }
    return readers;
  }

  std::uint32_t hub_of(std::uint32_t dataset, bool is_survivors) {
    for (std::uint32_t i = 0; i < hubs_.size(); ++i)
      if (hubs_[i].dataset == dataset && hubs_[i].is_survivors == is_survivors) return i;
    hubs_.push_back({dataset, is_survivors});
    return static_cast<std::uint32_t>(hubs_.size() - 1);
  }

  /// The global number of who makes a dataset's element; no_element if nobody does.
  [[nodiscard]] std::uint32_t maker(std::uint32_t dataset, std::uint32_t element) const {
    const auto found = plan_.producer(dataset, element);
    return found ? plan_.global(*found) : no_element;
  }

  /// Calls f(parent, child, is_survivors) for each file that goes from a node to a node, child by child in order.
  template <typename F>
  void for_each_edge(F&& f) const {
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      const TaskRow& task = plan_.tasks()[t];
      for (std::uint32_t i = 0; i < task.family.count; ++i) {
        const std::uint32_t child = task.first_element + i;
        for (const Reader& reader : tasks_[t]) {
          if (reader.hub != no_hub) {
            f(edges_.element_count + reader.hub, child, reader.is_survivors);
            continue;
          }
          plan_.for_each(reader.input->relation, i, reader.target_count, [&](std::uint32_t target) {
            const std::uint32_t parent =
                reader.first_of_producer != no_element ? reader.first_of_producer + target : maker(reader.dataset, target);
            if (parent != no_element) f(parent, child, reader.is_survivors);
          });
        }
      }
    }
    for (std::uint32_t h = 0; h < hubs_.size(); ++h) {
      const std::uint32_t members = plan_.datasets()[hubs_[h].dataset].family.count;
      for (std::uint32_t i = 0; i < members; ++i)
        if (const std::uint32_t parent = maker(hubs_[h].dataset, i); parent != no_element)
          f(parent, edges_.element_count + h, hubs_[h].is_survivors ? 1 : 0);
    }
  }

  const Plan& plan_;
  std::vector<std::vector<Reader>> tasks_;
  std::vector<Hub> hubs_;
  Edges edges_;
};

/// The inputs of a task that read one dataset.
void count_readers(const Plan& plan, const TaskRow& task, std::span<const InputRow* const> inputs, std::vector<std::uint32_t>& counts,
                   std::vector<std::uint32_t>& last_reader, std::uint32_t& every) {
  for (const InputRow* input : inputs)
    if (input->relation.kind == RelationKind::every) {
      every += task.family.count;
      return;
    }
  const auto targets = static_cast<std::uint32_t>(counts.size());
  if (inputs.size() > 1) last_reader.assign(counts.size(), no_element);
  for (std::uint32_t i = 0; i < task.family.count; ++i)
    for (const InputRow* input : inputs)
      plan.for_each(input->relation, i, targets, [&](std::uint32_t target) {
        if (inputs.size() > 1) {
          if (last_reader[target] == i) return;
          last_reader[target] = i;
        }
        ++counts[target];
      });
}

}  // namespace

Edges make_edges(const Plan& plan) { return Builder(plan).make(); }

std::vector<std::uint32_t> node_order(const Edges& edges) {
  std::vector<std::uint32_t> pending = edges.parent_counts;
  std::vector<std::uint32_t> order;
  order.reserve(edges.node_count());
  for (std::uint32_t node = 0; node < edges.node_count(); ++node)
    if (pending[node] == 0) order.push_back(node);
  for (std::size_t at = 0; at < order.size(); ++at)
    for (const std::uint32_t dependent : edges.of(order[at]))
      if (--pending[dependent] == 0) order.push_back(dependent);
  OSAC_CHECK(order.size() == edges.node_count(), "the plan has a cycle");
  return order;
}

std::vector<std::uint32_t> topological_order(const Plan& plan, const Edges& edges) {
  const auto is_recurrent = [&](const TaskRow& task) {
    const auto inputs = plan.inputs(task);
    return std::any_of(inputs.begin(), inputs.end(), [](const InputRow& input) { return input.is_recurrent != 0; });
  };
  if (std::none_of(plan.tasks().begin(), plan.tasks().end(), is_recurrent)) return {};  // tasks are sorted by level
  std::vector<std::uint32_t> pending = edges.parent_counts;
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free;
  std::vector<std::uint32_t> hubs;  // they cost nothing: whoever waited for one is free at once
  std::vector<std::uint32_t> order;
  order.reserve(edges.element_count);
  const auto release = [&](std::uint32_t node) {
    if (node < edges.element_count)
      free.push(node);
    else
      hubs.push_back(node);
  };
  const auto pass = [&](std::uint32_t node) {
    for (const std::uint32_t dependent : edges.of(node))
      if (--pending[dependent] == 0) release(dependent);
  };
  for (std::uint32_t node = 0; node < edges.node_count(); ++node)
    if (edges.parent_counts[node] == 0) release(node);
  while (!free.empty() || !hubs.empty()) {
    if (!hubs.empty()) {
      const std::uint32_t hub = hubs.back();
      hubs.pop_back();
      pass(hub);
      continue;
    }
    order.push_back(free.top());
    free.pop();
    pass(order.back());
  }
  return order;
}

std::vector<std::vector<std::uint32_t>> count_consumers(const Plan& plan) {
  const auto datasets = plan.datasets();
  std::vector<std::vector<std::uint32_t>> counts(datasets.size());
  std::vector<std::uint32_t> every(datasets.size(), 0);
  for (std::size_t d = 0; d < datasets.size(); ++d)
    if (datasets[d].producer != no_row || datasets[d].producer_tasks.count > 0) counts[d].assign(datasets[d].family.count, 0);
  std::vector<const InputRow*> same;
  std::vector<std::uint32_t> last_reader;
  for (const TaskRow& task : plan.tasks()) {
    const auto inputs = plan.inputs(task);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::uint32_t dataset = inputs[i].dataset;
      if (counts[dataset].empty()) continue;
      same.clear();
      for (std::size_t j = 0; j < inputs.size(); ++j) {
        if (inputs[j].dataset != dataset) continue;
        if (j < i) break;  // done with the first of them
        same.push_back(&inputs[j]);
      }
      if (!same.empty()) count_readers(plan, task, same, counts[dataset], last_reader, every[dataset]);
    }
  }
  for (std::size_t d = 0; d < counts.size(); ++d)
    for (std::uint32_t& count : counts[d]) count += every[d];
  return counts;
}

}  // namespace osac::plan
