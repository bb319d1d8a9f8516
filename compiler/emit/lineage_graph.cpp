// The lineage of some elements and files: everything that they were made from, or that is made from them. Each element and file is an
// item; those that are alike become one box (collapse.h).

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "compiler/base/text.h"
#include "compiler/emit/families.h"
#include "compiler/emit/graph.h"
#include "compiler/emit/keys_text.h"
#include "compiler/plan/edges.h"
#include "compiler/plan/resolve.h"

namespace osac::emit {

namespace {

using plan::ElementRef;
using plan::Plan;

constexpr std::uint32_t outside = 0xffffffffU;

/// What is part of the lineage, of one task or dataset: marks first, the items' numbers once all marks are there.
using Marks = std::vector<std::uint32_t>;
enum : std::uint32_t { mark_target = 1, mark_upstream = 2, mark_downstream = 3 };

class Lineage {
 public:
  Lineage(const Plan& plan, const plan::ElementSet& targets, const DrawOptions& options)
      : plan_(plan), targets_(targets), options_(options), tasks_(plan.tasks().size()), files_(plan.datasets().size()) {}

  Graph make(std::string_view name) {
    mark_targets();
    if (options_.upstream) mark_sources();
    if (options_.downstream) mark_results();
    number_items();
    connect();
    std::vector<std::uint32_t> boxes(items_.kinds.size());
    if (options_.with_elements) {
      for (std::uint32_t i = 0; i < boxes.size(); ++i) boxes[i] = i;
    } else {
      boxes = alike(items_, most_nodes_drawn);
    }
    draw_boxes(boxes);
    draw_joins(boxes);
    Graph graph;
    graph.title = name;
    graph.link_base = options_.link_base;
    graph.is_lineage = true;
    graph.subtitles.push_back(fmt::format("{} in workflow {}: {}, {} · plan {}",
                                          !options_.downstream ? "lineage"
                                          : !options_.upstream ? "what is made from it"
                                                               : "lineage, and what is made from it",
                                          plan_.workflow(), count_of(task_count_, "element"), count_of(file_count_, "file"),
                                          hexadecimal(plan_.id()).substr(0, 12)));
    graph.nodes = std::move(nodes_);
    graph.edges = std::move(edges_);
    return graph;
  }

 private:
  struct Item {
    bool is_task = false;
    std::uint32_t family = outside;  ///< outside: a hub
    std::uint32_t element = 0;
    std::uint32_t mark = 0;
  };

  [[nodiscard]] const plan::TaskRow& task(std::uint32_t id) const { return plan_.tasks()[id]; }
  [[nodiscard]] std::uint32_t file_count(std::uint32_t dataset) const { return plan_.datasets()[dataset].family.count; }
  static bool mark(Marks& marks, std::uint32_t count, std::uint32_t element, std::uint32_t value) {
    if (marks.empty()) marks.assign(count, 0);
    if (marks[element] != 0) return false;
    marks[element] = value;
    return true;
  }
  bool mark_task(ElementRef ref, std::uint32_t value) { return mark(tasks_[ref.task], task(ref.task).family.count, ref.element, value); }
  bool mark_file(std::uint32_t dataset, std::uint32_t element, std::uint32_t value) {
    return mark(files_[dataset], file_count(dataset), element, value);
  }
  template <typename Row, typename F>
  void for_each_file(const Row& port, std::uint32_t element, F&& f) const {
    plan_.for_each(port.relation, element, file_count(port.dataset), f);
  }
  void mark_outputs(ElementRef ref, std::uint32_t value) {
    for (const plan::OutputRow& output : plan_.outputs(task(ref.task)))
      for_each_file(output, ref.element, [&](std::uint32_t file) { mark_file(output.dataset, file, value); });
  }

  // ---- which elements and files

  void mark_targets() {
    for (std::uint32_t node = 0; node < targets_.tasks.size(); ++node) {
      if (targets_.tasks[node] == 0) continue;
      mark_task(plan_.element(node), mark_target);
      mark_outputs(plan_.element(node), mark_target);
    }
    for (std::uint32_t dataset = 0; dataset < targets_.datasets.size(); ++dataset)
      for (std::uint32_t file = 0; file < targets_.datasets[dataset].size(); ++file)
        if (targets_.datasets[dataset][file] != 0) mark_file(dataset, file, mark_target);
  }

  void mark_sources() {
    std::vector<ElementRef> todo;
    for (std::uint32_t t = 0; t < tasks_.size(); ++t)
      for (std::uint32_t e = 0; e < tasks_[t].size(); ++e)
        if (tasks_[t][e] == mark_target) todo.push_back({t, e});
    for (std::uint32_t dataset = 0; dataset < files_.size(); ++dataset)
      for (std::uint32_t file = 0; file < files_[dataset].size(); ++file)
        if (files_[dataset][file] == mark_target)
          if (const auto maker = plan_.producer(dataset, file); maker && mark_task(*maker, mark_upstream)) todo.push_back(*maker);
    std::set<std::pair<std::uint32_t, std::uint32_t>> whole;  // ports that read everything: looked at once
    while (!todo.empty()) {
      const ElementRef ref = todo.back();
      todo.pop_back();
      const auto inputs = plan_.inputs(task(ref.task));
      for (std::uint32_t port = 0; port < inputs.size(); ++port) {
        const plan::InputRow& input = inputs[port];
        if (input.relation.kind == plan::RelationKind::every && !whole.emplace(ref.task, port).second) continue;
        for_each_file(input, ref.element, [&](std::uint32_t file) {
          if (!mark_file(input.dataset, file, mark_upstream)) return;
          if (const auto maker = plan_.producer(input.dataset, file); maker && mark_task(*maker, mark_upstream)) todo.push_back(*maker);
        });
      }
    }
  }

  /// Elements that read a file that was asked for.
  std::vector<std::uint32_t> readers_of_targets() const {
    std::vector<std::uint32_t> readers;
    for (std::uint32_t t = 0; t < plan_.tasks().size(); ++t)
      for (const plan::InputRow& input : plan_.inputs(task(t))) {
        const Marks& marks = files_[input.dataset];
        if (std::find(marks.begin(), marks.end(), mark_target) == marks.end()) continue;
        for (std::uint32_t e = 0; e < task(t).family.count; ++e) {
          bool reads = input.relation.kind == plan::RelationKind::every;
          if (!reads) for_each_file(input, e, [&](std::uint32_t file) { reads = reads || marks[file] == mark_target; });
          if (reads) readers.push_back(plan_.global({t, e}));
        }
      }
    return readers;
  }

  void mark_results() {
    const plan::Edges edges = plan::make_edges(plan_);
    std::vector<bool> seen(edges.node_count(), false);
    std::vector<std::uint32_t> todo = readers_of_targets();
    for (const std::uint32_t node : todo) seen[node] = true;
    for (std::size_t next = 0; next < todo.size(); ++next) {
      if (todo[next] < edges.element_count && mark_task(plan_.element(todo[next]), mark_downstream))
        mark_outputs(plan_.element(todo[next]), mark_downstream);
      for (const std::uint32_t dependent : edges.of(todo[next])) {
        if (seen[dependent]) continue;
        seen[dependent] = true;
        todo.push_back(dependent);
      }
    }
  }

  // ---- items and arrows

  std::uint32_t add_item(Item item, std::uint32_t kind) {
    items_.kinds.push_back(kind);
    items_.looks_back.push_back(item.mark == mark_downstream ? 1 : 0);
    what_.push_back(item);
    return static_cast<std::uint32_t>(what_.size() - 1);
  }

  void number_items() {
    std::uint32_t kind = 0;
    const auto number = [&](bool is_task, std::vector<Marks>& families, std::uint64_t& count) {
      for (std::uint32_t family = 0; family < families.size(); ++family, kind += 2)
        for (std::uint32_t element = 0; element < families[family].size(); ++element) {
          std::uint32_t& mark = families[family][element];
          if (mark == 0) {
            mark = outside;
            continue;
          }
          ++count;
          mark = add_item({is_task, family, element, mark}, kind + (mark == mark_target ? 1 : 0));
        }
    };
    number(true, tasks_, task_count_);
    number(false, files_, file_count_);
    next_kind_ = kind;
  }

  [[nodiscard]] std::uint32_t item(const std::vector<Marks>& families, std::uint32_t family, std::uint32_t element) const {
    return families[family].empty() ? outside : families[family][element];
  }

  void connect() {
    for (std::uint32_t t = 0; t < tasks_.size(); ++t) {
      const auto inputs = plan_.inputs(task(t));
      std::vector<std::uint32_t> hubs(inputs.size(), outside);
      for (std::uint32_t e = 0; e < tasks_[t].size(); ++e) {
        const std::uint32_t own = tasks_[t][e];
        if (own == outside) continue;
        for (std::uint32_t port = 0; port < inputs.size(); ++port) connect_input(inputs[port], port, e, own, hubs[port]);
        for (const plan::OutputRow& output : plan_.outputs(task(t)))
          for_each_file(output, e, [&](std::uint32_t file) {
            if (const std::uint32_t made = item(files_, output.dataset, file); made != outside)
              items_.arrows.push_back({own, made, outside});
          });
      }
    }
  }

  /// A port by which many elements read the same files goes through a hub: files + elements arrows, not files x elements.
  void connect_input(const plan::InputRow& input, std::uint32_t port, std::uint32_t element, std::uint32_t own, std::uint32_t& hub) {
    std::uint32_t reader = own;
    if (input.relation.kind == plan::RelationKind::every) {
      const bool is_new = hub == outside;
      if (is_new) hub = add_item({false, outside, 0, what_[own].mark}, next_kind_++);
      items_.arrows.push_back({hub, own, port});
      if (!is_new) return;
      reader = hub;
    }
    for_each_file(input, element, [&](std::uint32_t file) {
      if (const std::uint32_t read = item(files_, input.dataset, file); read != outside) items_.arrows.push_back({read, reader, port});
    });
  }

  // ---- boxes and edges

  void draw_boxes(const std::vector<std::uint32_t>& boxes) {
    std::vector<std::vector<std::uint32_t>> members;
    for (std::uint32_t i = 0; i < boxes.size(); ++i) {
      if (members.size() <= boxes[i]) members.resize(boxes[i] + 1);
      members[boxes[i]].push_back(i);
    }
    for (std::uint32_t box = 0; box < members.size(); ++box) {
      first_of_.push_back(what_[members[box].front()]);
      is_many_.push_back(members[box].size() > 1);
      if (first_of_.back().family != outside) nodes_.push_back(node_of(box, members[box]));
    }
  }

  GraphNode node_of(std::uint32_t box, const std::vector<std::uint32_t>& members) {
    const Item& first = first_of_[box];
    const plan::FamilyRow& family = first.is_task ? task(first.family).family : plan_.datasets()[first.family].family;
    GraphNode node;
    node.id = fmt::format("{}", box);
    node.group = plan_.text(family.name);
    node.shape = first.is_task ? GraphNode::Shape::activity : GraphNode::Shape::entity;
    if (members.size() == 1) {
      node.lines.push_back(first.is_task ? plan::element_name(plan_, {first.family, first.element})
                                         : plan::dataset_element_name(plan_, first.family, first.element));
      if (!first.is_task) node.link = plan::dataset_path(plan_, first.family, first.element);
      if (!first.is_task) node.lines.push_back(node.link);
    } else {
      std::vector<std::uint32_t> elements;
      for (const std::uint32_t member : members) elements.push_back(what_[member].element);
      node.lines = keys_lines(plan_, family, elements);
      node.lines.insert(node.lines.begin(), counted(plan_.text(family.name), elements.size()));
      if (!first.is_task) {
        node.lines.push_back(path_pattern(plan_, first.family));
        node.link = fixed_folder(node.lines.back());
      }
    }
    const bool is_asked_for = first.mark == mark_target && (first.is_task || targets_.datasets[first.family][first.element] != 0);
    if (!first.is_task && plan_.datasets()[first.family].is_external != 0) node.mood = GraphNode::Mood::external;
    if (is_asked_for) node.mood = GraphNode::Mood::goal;
    return node;
  }

  void draw_joins(const std::vector<std::uint32_t>& boxes) {
    const std::vector<Join> joins = join_boxes(items_.arrows, boxes);
    for (const Join& join : joins) {
      if (first_of_[join.to].family == outside) continue;
      if (first_of_[join.from].family != outside) {
        draw_join(join.from, join.to, join.port, join.cardinality);
        continue;
      }
      for (const Join& into : joins)
        if (into.to == join.from)
          draw_join(into.from, join.to, join.port,
                    {into.cardinality.least_in, into.cardinality.most_in, join.cardinality.least_out, join.cardinality.most_out});
    }
  }

  void draw_join(std::uint32_t from, std::uint32_t to, std::uint32_t port, const Cardinality& cardinality) {
    GraphEdge edge{fmt::format("{}", from), fmt::format("{}", to), cardinality_text(cardinality), GraphEdge::Style::plain, {}};
    const bool is_single = cardinality.most_in == 1 && cardinality.most_out == 1;
    if (is_single && !is_many_[from] && !is_many_[to]) edge.label.clear();
    if (port != outside) {
      const plan::TaskRow& reader = task(first_of_[to].family);
      const plan::InputRow& input = plan_.inputs(reader)[port];
      edge.style = style_of(plan_, reader, input);
      if (edge.style == GraphEdge::Style::gather && cardinality.most_in == 1) edge.style = GraphEdge::Style::plain;
      if (edge.style == GraphEdge::Style::broadcast && cardinality.most_out == 1) edge.style = GraphEdge::Style::plain;
      edge.note = note_of(plan_, reader, input);
    }
    edges_.push_back(std::move(edge));
  }

  const Plan& plan_;                 // NOLINT: lives for one call
  const plan::ElementSet& targets_;  // NOLINT
  const DrawOptions& options_;       // NOLINT
  std::vector<Marks> tasks_, files_;
  std::uint64_t task_count_ = 0, file_count_ = 0;
  Items items_;
  std::vector<Item> what_;  // one an item
  std::uint32_t next_kind_ = 0;
  std::vector<Item> first_of_;  // one a box
  std::vector<bool> is_many_;   // one a box
  std::vector<GraphNode> nodes_;
  std::vector<GraphEdge> edges_;
};

}  // namespace

std::string lineage_graph(const Plan& plan, const plan::ElementSet& targets, std::string_view name, const DrawOptions& options) {
  return to_dot(Lineage(plan, targets, options).make(name));
}

}  // namespace osac::emit
