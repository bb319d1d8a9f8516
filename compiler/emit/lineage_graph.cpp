// One element's lineage. First the elements: everything that it was made from, or that is made from it. Then the boxes: family by family,
// away from the element, alike siblings (those that lead to the same boxes) are put together when there are many. Then the edges between
// boxes.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "compiler/base/text.h"
#include "compiler/emit/families.h"
#include "compiler/emit/graph.h"
#include "compiler/plan/edges.h"
#include "compiler/plan/resolve.h"

namespace osac::emit {

namespace {

using plan::ElementRef;
using plan::no_row;
using plan::Plan;

constexpr std::uint32_t outside = 0xffffffffU;  // not part of the lineage
constexpr std::uint32_t waiting = 0xfffffffeU;  // part of it, no box yet

/// The box of each element of a family, made when the first of them is met.
class Boxes {
 public:
  explicit Boxes(std::size_t families) : of_(families) {}
  /// Returns whether the element is new.
  bool add(std::uint32_t family, std::uint32_t count, std::uint32_t element) {
    if (of_[family].empty()) of_[family].assign(count, outside);
    if (of_[family][element] != outside) return false;
    of_[family][element] = waiting;
    return true;
  }
  [[nodiscard]] bool has(std::uint32_t family, std::uint32_t element) const {
    return !of_[family].empty() && of_[family][element] != outside;
  }
  [[nodiscard]] std::uint32_t box(std::uint32_t family, std::uint32_t element) const {
    return of_[family].empty() ? outside : of_[family][element];
  }
  void set(std::uint32_t family, std::uint32_t element, std::uint32_t box) { of_[family][element] = box; }
  template <typename F>
  void for_each(std::uint32_t family, F&& f) const {
    for (std::uint32_t i = 0; i < of_[family].size(); ++i)
      if (of_[family][i] != outside) f(i);
  }

 private:
  std::vector<std::vector<std::uint32_t>> of_;
};

/// (element, box that it leads to), any number for each element.
using Leads = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

class Lineage {
 public:
  Lineage(const Plan& plan, ElementRef target, const LineageOptions& options)
      : plan_(plan), target_(target), options_(options), tasks_(plan.tasks().size()), files_(plan.datasets().size()) {}

  Graph make() {
    add_target();
    if (options_.upstream) {
      find_upstream();
      place_upstream();
    }
    if (options_.downstream) {
      find_downstream();
      place_downstream();
    }
    connect();
    graph_.title = plan::element_name(plan_, target_);
    graph_.subtitle =
        fmt::format("{} in workflow {}: {}, {}", options_.downstream ? (options_.upstream ? "lineage" : "descendants") : "ancestry",
                    plan_.workflow(), count_of(task_elements_, "element"), count_of(file_elements_, "file"));
    return std::move(graph_);
  }

 private:
  [[nodiscard]] const plan::TaskRow& task(std::uint32_t id) const { return plan_.tasks()[id]; }
  [[nodiscard]] std::uint32_t file_count(std::uint32_t dataset) const { return plan_.datasets()[dataset].family.count; }
  bool add_task(ElementRef ref) { return tasks_.add(ref.task, task(ref.task).family.count, ref.element); }
  bool add_file(std::uint32_t dataset, std::uint32_t element) { return files_.add(dataset, file_count(dataset), element); }
  template <typename F>
  void for_each_input(ElementRef ref, F&& f) const {
    for (const plan::InputRow& input : plan_.inputs(task(ref.task)))
      plan_.for_each(input.relation, ref.element, file_count(input.dataset), [&](std::uint32_t file) { f(input, file); });
  }
  template <typename F>
  void for_each_output(ElementRef ref, F&& f) const {
    for (const plan::OutputRow& output : plan_.outputs(task(ref.task)))
      plan_.for_each(output.relation, ref.element, file_count(output.dataset), [&](std::uint32_t file) { f(output, file); });
  }

  // ---- which elements

  void add_target() {
    add_task(target_);
    tasks_.set(target_.task, target_.element, add_box(true, target_.task, {target_.element}));
    for (const plan::OutputRow& output : plan_.outputs(task(target_.task))) {
      Leads leads;
      plan_.for_each(output.relation, target_.element, file_count(output.dataset), [&](std::uint32_t file) {
        if (add_file(output.dataset, file)) leads.emplace_back(file, 0);
      });
      place(false, output.dataset, std::move(leads));
    }
  }

  void find_upstream() {
    std::vector<ElementRef> todo = {target_};
    while (!todo.empty()) {
      const ElementRef ref = todo.back();
      todo.pop_back();
      for_each_input(ref, [&](const plan::InputRow& input, std::uint32_t file) {
        if (!add_file(input.dataset, file)) return;
        upstream_files_.emplace_back(input.dataset, file);
        if (const auto maker = plan_.producer(input.dataset, file); maker && add_task(*maker)) {
          upstream_tasks_.push_back(*maker);
          todo.push_back(*maker);
        }
      });
    }
    std::sort(upstream_files_.begin(), upstream_files_.end());
    std::sort(upstream_tasks_.begin(), upstream_tasks_.end());
  }

  void find_downstream() {
    const plan::Edges edges = plan::make_edges(plan_);
    std::vector<bool> seen(edges.node_count(), false);
    std::vector<std::uint32_t> todo = {plan_.global(target_)};
    while (!todo.empty()) {
      const std::uint32_t node = todo.back();
      todo.pop_back();
      for (const std::uint32_t dependent : edges.of(node)) {
        if (seen[dependent]) continue;
        seen[dependent] = true;
        todo.push_back(dependent);
        if (dependent < edges.element_count && add_task(plan_.element(dependent))) downstream_.push_back(plan_.element(dependent));
      }
    }
    std::sort(downstream_.begin(), downstream_.end());
  }

  // ---- which boxes

  /// Upstream, last tasks first: when the files of a task are placed, all that read them have their boxes.
  void place_upstream() {
    std::vector<Leads> read(plan_.datasets().size());  // files, with the boxes of their readers
    const auto note_inputs = [&](ElementRef ref) {
      const std::uint32_t box = tasks_.box(ref.task, ref.element);
      for_each_input(ref, [&](const plan::InputRow& input, std::uint32_t file) { read[input.dataset].emplace_back(file, box); });
    };
    note_inputs(target_);
    for (auto t = static_cast<std::uint32_t>(plan_.tasks().size()); t-- > 0;) {  // `of prev` may lead to later tasks' elements
      const auto elements = std::equal_range(upstream_tasks_.begin(), upstream_tasks_.end(), ElementRef{t, 0},
                                             [](ElementRef a, ElementRef b) { return a.task < b.task; });
      if (elements.first == elements.second) continue;
      std::set<std::uint32_t> datasets;
      for (const plan::OutputRow& output : plan_.outputs(task(t))) datasets.insert(output.dataset);
      for (const std::uint32_t dataset : datasets) place_files_of(dataset, t, read[dataset]);
      Leads leads;
      for (auto ref = elements.first; ref != elements.second; ++ref) {
        const std::size_t before = leads.size();
        for_each_output(*ref, [&](const plan::OutputRow& output, std::uint32_t file) {
          if (const std::uint32_t box = files_.box(output.dataset, file); box < waiting) leads.emplace_back(ref->element, box);
        });
        if (leads.size() == before) leads.emplace_back(ref->element, outside);  // only an element that is placed later reads it
      }
      place(true, t, std::move(leads));
      for (auto ref = elements.first; ref != elements.second; ++ref) note_inputs(*ref);
    }
    for (std::uint32_t dataset = 0; dataset < read.size(); ++dataset) place_files_of(dataset, no_row, read[dataset]);
  }

  /// Places the files of a dataset that `maker` makes, or all those left.
  void place_files_of(std::uint32_t dataset, std::uint32_t maker, const Leads& read) {
    Leads leads;
    for (const auto& lead : read) {
      if (files_.box(dataset, lead.first) != waiting) continue;
      const auto own = plan_.producer(dataset, lead.first);
      if (maker == no_row || (own && own->task == maker)) leads.push_back(lead);
    }
    // Files that only elements of the same task read (its own earlier ones) lead nowhere yet.
    if (maker != no_row)
      for (const auto& [own, file] : upstream_files_)
        if (own == dataset && files_.box(own, file) == waiting)
          if (const auto made = plan_.producer(own, file); made && made->task == maker) leads.emplace_back(file, outside);
    place(false, dataset, std::move(leads));
  }

  /// Downstream, first tasks first: siblings are alike if they read from the same boxes.
  void place_downstream() {
    for (auto first = downstream_.begin(); first != downstream_.end();) {
      const auto last = std::find_if(first, downstream_.end(), [&](ElementRef ref) { return ref.task != first->task; });
      Leads leads;
      for (auto ref = first; ref != last; ++ref) {
        leads.emplace_back(ref->element, outside);
        for_each_input(*ref, [&](const plan::InputRow& input, std::uint32_t file) {
          if (const std::uint32_t box = files_.box(input.dataset, file); box < waiting) leads.emplace_back(ref->element, box);
        });
      }
      place(true, first->task, std::move(leads));
      for (const plan::OutputRow& output : plan_.outputs(task(first->task))) {
        Leads files;
        for (auto ref = first; ref != last; ++ref)
          plan_.for_each(output.relation, ref->element, file_count(output.dataset), [&](std::uint32_t file) {
            if (add_file(output.dataset, file)) files.emplace_back(file, tasks_.box(ref->task, ref->element));
          });
        place(false, output.dataset, std::move(files));
      }
      first = last;
    }
  }

  /// Puts elements that lead to the same boxes together.
  void place(bool is_task, std::uint32_t family, Leads leads) {
    std::sort(leads.begin(), leads.end());
    leads.erase(std::unique(leads.begin(), leads.end()), leads.end());
    std::map<std::vector<std::uint32_t>, std::vector<std::uint32_t>> alike;
    std::vector<std::uint32_t> boxes;
    for (std::size_t i = 0; i < leads.size();) {
      const std::uint32_t element = leads[i].first;
      boxes.clear();
      for (; i < leads.size() && leads[i].first == element; ++i) boxes.push_back(leads[i].second);
      alike[boxes].push_back(element);
    }
    Boxes& own = is_task ? tasks_ : files_;
    std::vector<std::vector<std::uint32_t>> groups;
    for (auto& [signature, elements] : alike) {
      if (elements.size() > options_.collapse_above) {
        groups.push_back(std::move(elements));
      } else {
        for (const std::uint32_t element : elements) groups.push_back({element});
      }
    }
    std::sort(groups.begin(), groups.end());
    for (const auto& elements : groups) {
      const std::uint32_t box = add_box(is_task, family, elements);
      for (const std::uint32_t element : elements) own.set(family, element, box);
    }
  }

  std::uint32_t add_box(bool is_task, std::uint32_t id, const std::vector<std::uint32_t>& elements) {
    const plan::FamilyRow& family = is_task ? task(id).family : plan_.datasets()[id].family;
    (is_task ? task_elements_ : file_elements_) += static_cast<std::uint32_t>(elements.size());
    GraphNode node;
    node.id = fmt::format("{}", graph_.nodes.size());
    node.shape = is_task ? GraphNode::Shape::activity : GraphNode::Shape::entity;
    if (elements.size() == 1) {
      node.lines.push_back(is_task ? plan::element_name(plan_, {id, elements.front()})
                                   : plan::dataset_element_name(plan_, id, elements.front()));
      if (!is_task) node.lines.push_back(plan::dataset_path(plan_, id, elements.front()));
    } else {
      node.lines.push_back(counted(plan_.text(family.name), elements.size()));
      for (const std::uint32_t dimension : plan_.indices(family.dimensions)) node.lines.push_back(keys_of(family, dimension, elements));
    }
    if (is_task && id == target_.task && elements.front() == target_.element) node.mood = GraphNode::Mood::goal;
    if (!is_task && plan_.datasets()[id].is_external != 0) node.mood = GraphNode::Mood::external;
    graph_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(graph_.nodes.size() - 1);
  }

  /// `exposure 1 .. 40`, or all keys if they are few.
  [[nodiscard]] std::string keys_of(const plan::FamilyRow& family, std::uint32_t dimension,
                                    const std::vector<std::uint32_t>& elements) const {
    constexpr std::size_t few = 4;
    const plan::DimensionRow& row = plan_.dimensions()[dimension];
    const plan::ColumnRow& keys = plan_.columns()[row.key_column];
    std::set<std::string> distinct;
    expression::Value least;
    expression::Value most;
    for (const std::uint32_t element : elements) {
      const expression::Value key = plan_.value(keys, plan_.record(family, element, dimension));
      if (least.is_absent() || expression::compare(key, least) < 0) least = key;
      if (most.is_absent() || expression::compare(key, most) > 0) most = key;
      if (distinct.size() <= few) distinct.insert(expression::to_text(key, keys.type));
    }
    const std::string_view name = plan_.text(row.name);
    if (distinct.size() == 1) return fmt::format("{} {}", name, *distinct.begin());
    if (distinct.size() <= few && keys.type.is_textual()) return fmt::format("{} {}", name, fmt::join(distinct, ", "));
    return fmt::format("{} {} .. {}", name, expression::to_text(least, keys.type), expression::to_text(most, keys.type));
  }

  // ---- edges between boxes

  void connect() {
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    const auto is_new = [&](std::uint32_t from, std::uint32_t to) {
      return from < waiting && to < waiting && from != to && seen.emplace(from, to).second;
    };
    for (std::uint32_t t = 0; t < plan_.tasks().size(); ++t)
      tasks_.for_each(t, [&](std::uint32_t element) {
        const std::uint32_t own = tasks_.box(t, element);
        for_each_input({t, element}, [&](const plan::InputRow& input, std::uint32_t file) {
          const std::uint32_t box = files_.box(input.dataset, file);
          if (!is_new(box, own)) return;
          GraphEdge edge{graph_.nodes[box].id, graph_.nodes[own].id, {}, style_of(plan_, task(t), input)};
          if (edge.style == GraphEdge::Style::broadcast) edge.style = GraphEdge::Style::plain;  // seen from one element it is a file
          if (edge.style != GraphEdge::Style::gather) edge.label = label_of(plan_, task(t), input);
          graph_.edges.push_back(std::move(edge));
        });
        for_each_output({t, element}, [&](const plan::OutputRow& output, std::uint32_t file) {
          const std::uint32_t box = files_.box(output.dataset, file);
          if (is_new(own, box)) graph_.edges.push_back({graph_.nodes[own].id, graph_.nodes[box].id, {}, GraphEdge::Style::plain});
        });
      });
  }

  const Plan& plan_;
  ElementRef target_;
  LineageOptions options_;
  Boxes tasks_;
  Boxes files_;
  std::vector<ElementRef> upstream_tasks_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> upstream_files_;  // (dataset, element)
  std::vector<ElementRef> downstream_;
  std::uint32_t task_elements_ = 0;
  std::uint32_t file_elements_ = 0;
  Graph graph_;
};

}  // namespace

std::string lineage_graph(const Plan& plan, ElementRef ref, const LineageOptions& options) {
  return to_dot(Lineage(plan, ref, options).make());
}

}  // namespace osac::emit
