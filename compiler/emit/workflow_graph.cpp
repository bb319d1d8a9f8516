// The workflow as families: a box a task, a note a dataset, an edge a port.

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "compiler/emit/families.h"
#include "compiler/emit/graph.h"
#include "compiler/plan/describe.h"

namespace osac::emit {

using plan::Plan;
using plan::RelationKind;

GraphEdge::Style style_of(const Plan& plan, const plan::TaskRow& task, const plan::InputRow& input) {
  if (input.is_lookup != 0) return GraphEdge::Style::lookup;
  if (input.type.is_list) return GraphEdge::Style::gather;
  const std::uint32_t files = plan.datasets()[input.dataset].family.count;
  const bool is_shared =
      input.relation.kind == RelationKind::same || input.relation.kind == RelationKind::every || files < task.family.count;
  return task.family.count > 1 && is_shared ? GraphEdge::Style::broadcast : GraphEdge::Style::plain;
}

std::string label_of(const Plan& plan, const plan::TaskRow& task, const plan::InputRow& input) {
  std::vector<std::string> words;
  switch (style_of(plan, task, input)) {
    case GraphEdge::Style::gather:
      words.emplace_back(input.is_survivors != 0 ? "all survivors" : "all");
      if (input.minimum > 0) words.push_back(fmt::format("min {}", input.minimum));
      break;
    case GraphEdge::Style::lookup:
      words.emplace_back("look-up");
      break;
    default:
      break;
  }
  if (input.is_recurrent != 0) words.emplace_back("of others before it");
  if (input.is_implicit != 0) words.emplace_back("in its paths");
  if (input.branch > 0) words.emplace_back("else");
  if (input.type.is_optional) words.emplace_back("optional");
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string counted(std::string_view name, std::uint64_t count) { return fmt::format("{} x {}", name, grouped(count)); }

namespace {

GraphNode task_node(const Plan& plan, std::uint32_t id) {
  const plan::TaskRow& row = plan.tasks()[id];
  GraphNode node;
  node.id = fmt::format("task {}", plan.text(row.family.name));
  node.shape = GraphNode::Shape::activity;
  node.lines.push_back(counted(plan.text(row.family.name), row.family.count));
  if (const auto dimensions = plan::dimension_names(plan, row.family); !dimensions.empty())
    node.lines.push_back(fmt::format("for {}", fmt::join(dimensions, ", ")));
  if (row.pending_count > 0) node.lines.push_back(fmt::format("{} more, not planned yet", grouped(row.pending_count)));
  if (row.tool.exists() && !plan.text(row.tool).empty()) node.lines.emplace_back(plan.text(row.tool));
  if (row.doc.exists()) node.tooltip = plan.text(row.doc);
  return node;
}

std::string dataset_id(const Plan& plan, std::uint32_t dataset) {
  return fmt::format("dataset {}", plan.text(plan.datasets()[dataset].family.name));
}

GraphNode dataset_node(const Plan& plan, std::uint32_t id) {
  const plan::DatasetRow& row = plan.datasets()[id];
  GraphNode node;
  node.id = dataset_id(plan, id);
  node.mood = row.is_external != 0 ? GraphNode::Mood::external : row.is_goal != 0 ? GraphNode::Mood::goal : GraphNode::Mood::normal;
  node.lines.push_back(counted(plan.text(row.family.name), row.family.count));
  node.lines.push_back(plan::template_text(plan, row.path, nullptr));
  if (row.persistence == plan::Persistence::temp) node.lines.emplace_back("temporary");
  if (row.persistence == plan::Persistence::protect) node.lines.emplace_back("protected");
  if (row.is_certified != 0) node.lines.emplace_back("certified before");
  if (row.doc.exists()) node.tooltip = plan.text(row.doc);
  return node;
}

/// What is not planned yet, the files it waits for, and the tasks that have more elements then.
void add_stages(const Plan& plan, Graph& graph, std::vector<bool>& is_used) {
  for (const plan::StageRow& stage : plan.stages()) {
    GraphNode node;
    node.id = fmt::format("stage {} of {}", plan.text(stage.what), plan.text(plan.datasets()[stage.dataset].family.name));
    node.mood = GraphNode::Mood::unknown;
    node.lines.emplace_back(plan.text(stage.what));
    node.lines.push_back(
        fmt::format("waits for {} of {}", count_of(stage.elements.count, "file"), plan.text(plan.datasets()[stage.dataset].family.name)));
    is_used[stage.dataset] = true;
    graph.edges.push_back({dataset_id(plan, stage.dataset), node.id, "", GraphEdge::Style::unknown});
    for (const std::uint32_t task : plan.indices(stage.tasks))
      graph.edges.push_back({node.id, fmt::format("task {}", plan.text(plan.tasks()[task].family.name)), "", GraphEdge::Style::unknown});
    graph.nodes.push_back(std::move(node));
  }
}

/// Who certifies what.
void add_certifications(const Plan& plan, Graph& graph, std::vector<bool>& is_used) {
  for (const plan::CertifyRow& row : plan.certifications()) {
    is_used[row.dataset] = true;
    graph.edges.push_back({fmt::format("task {}", plan.text(plan.tasks()[row.task].family.name)), dataset_id(plan, row.dataset),
                           "certifies", GraphEdge::Style::faint});
  }
}

}  // namespace

std::string workflow_graph(const Plan& plan) {
  Graph graph;
  graph.title = plan.workflow();
  std::uint64_t files = 0;
  std::vector<bool> is_used(plan.datasets().size(), false);
  for (std::uint32_t t = 0; t < plan.tasks().size(); ++t) {
    const plan::TaskRow& task = plan.tasks()[t];
    graph.nodes.push_back(task_node(plan, t));
    const std::string id = graph.nodes.back().id;
    for (const plan::InputRow& input : plan.inputs(task)) {
      is_used[input.dataset] = true;
      graph.edges.push_back({dataset_id(plan, input.dataset), id, label_of(plan, task, input), style_of(plan, task, input)});
    }
    for (const plan::OutputRow& output : plan.outputs(task)) {
      is_used[output.dataset] = true;
      graph.edges.push_back({id, dataset_id(plan, output.dataset), output.type.is_list ? "many" : "", GraphEdge::Style::plain});
    }
  }
  add_stages(plan, graph, is_used);
  add_certifications(plan, graph, is_used);
  for (std::uint32_t d = 0; d < plan.datasets().size(); ++d) {
    files += plan.datasets()[d].family.count;
    if (is_used[d]) graph.nodes.push_back(dataset_node(plan, d));
  }
  graph.subtitle =
      fmt::format("{} elements of {}, {} files", grouped(plan.element_count()), count_of(plan.tasks().size(), "task"), grouped(files));
  return to_dot(graph);
}

}  // namespace osac::emit
