// The workflow as families: a box a task, a note a dataset, an edge a port.

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "compiler/emit/families.h"
#include "compiler/emit/graph.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/resolve.h"

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

std::string note_of(const Plan& plan, const plan::TaskRow& task, const plan::InputRow& input) {
  std::vector<std::string> words;
  const GraphEdge::Style style = style_of(plan, task, input);
  if (style == GraphEdge::Style::lookup) words.emplace_back("look-up");
  if (style == GraphEdge::Style::gather && input.is_survivors != 0) words.emplace_back("survivors");
  if (style == GraphEdge::Style::gather && input.minimum > 0) words.push_back(fmt::format("min {}", input.minimum));
  if (input.is_recurrent != 0) words.emplace_back("of others before it");
  if (input.is_implicit != 0) words.emplace_back("in its paths");
  if (input.branch > 0) words.emplace_back("else");
  if (input.type.is_optional) words.emplace_back("optional");
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string counted(std::string_view name, std::uint64_t count) { return fmt::format("{} × {}", name, grouped(count)); }

std::string family_headline(const Plan& plan, const plan::FamilyRow& family) {
  if (family.count == 0 || (family.count == 1 && family.dimensions.count == 0)) return std::string(plan.text(family.name));
  return counted(plan.text(family.name), family.count);
}

std::string path_pattern(const Plan& plan, std::uint32_t dataset) {
  constexpr std::size_t longest_hole = 24;
  const std::string whole = plan::template_text(plan, plan.datasets()[dataset].path, nullptr);
  std::string out;
  std::size_t begin = 0;  // of the hole that is open
  int depth = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (whole[i] == '{' && depth++ == 0) begin = out.size();
    out += whole[i];
    if (whole[i] == '}' && depth > 0 && --depth == 0 && out.size() - begin > longest_hole) out.replace(begin, std::string::npos, "{…}");
  }
  return out;
}

Cardinality Counts::elements_to_files() const {
  const Cardinality& own = files_to_elements;
  return {own.least_out, own.most_out, own.least_in, own.most_in};
}

Counts counts_of(const Plan& plan, const plan::Relation& relation, std::uint32_t elements, std::uint32_t files) {
  Counts counts;
  if (elements == 0 || files == 0) return counts;
  if (relation.kind == RelationKind::identity || relation.kind == RelationKind::same || relation.kind == RelationKind::every) {
    counts.files_to_elements.add_in(relation.kind == RelationKind::every ? files : 1);
    counts.files_to_elements.add_out(relation.kind == RelationKind::identity ? 1 : elements);
    return counts;
  }
  std::vector<std::uint32_t> readers(files, 0);
  for (std::uint32_t element = 0; element < elements; ++element) {
    std::uint32_t own = 0;
    plan.for_each(relation, element, files, [&](std::uint32_t file) { ++own, ++readers[file]; });
    if (own > 0) counts.files_to_elements.add_in(own);
  }
  for (const std::uint32_t count : readers)
    if (count > 0) counts.files_to_elements.add_out(count);
  return counts;
}

std::string cardinality_label(const Plan& plan, const Cardinality& cardinality, const plan::FamilyRow& from, std::size_t from_count,
                              const plan::FamilyRow& to, std::size_t to_count) {
  if (cardinality.most_in == 0) return {};
  std::string text = cardinality_text(cardinality);
  const bool gathers = cardinality.most_in > 1 && cardinality.most_out == 1;
  const bool spreads = cardinality.most_out > 1 && cardinality.most_in == 1;
  if (!gathers && !spreads) return text;
  const plan::FamilyRow& one = gathers ? to : from;
  const auto dimensions = plan::dimension_names(plan, one);
  if ((gathers ? to_count : from_count) > 1 && !dimensions.empty()) text += fmt::format(" per {}", fmt::join(dimensions, ", "));
  return text;
}

namespace {

GraphNode task_node(const Plan& plan, std::uint32_t id) {
  const plan::TaskRow& row = plan.tasks()[id];
  GraphNode node;
  node.id = fmt::format("task {}", plan.text(row.family.name));
  node.shape = GraphNode::Shape::activity;
  node.lines.push_back(family_headline(plan, row.family));
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

/// The path of the only file, or the folder that all of them are in as far as it is written down.
std::string link_of(const Plan& plan, std::uint32_t dataset) {
  const plan::DatasetRow& row = plan.datasets()[dataset];
  if (row.family.count == 1) return plan::dataset_path(plan, dataset, 0);
  return fixed_folder(path_pattern(plan, dataset));
}

GraphNode dataset_node(const Plan& plan, std::uint32_t id) {
  const plan::DatasetRow& row = plan.datasets()[id];
  GraphNode node;
  node.id = dataset_id(plan, id);
  node.mood = row.is_external != 0 ? GraphNode::Mood::external : row.is_goal != 0 ? GraphNode::Mood::goal : GraphNode::Mood::normal;
  node.link = link_of(plan, id);
  node.lines.push_back(family_headline(plan, row.family));
  node.lines.push_back(path_pattern(plan, id));
  if (row.persistence == plan::Persistence::temp) node.lines.emplace_back("temporary");
  if (row.persistence == plan::Persistence::protect) node.lines.emplace_back("protected");
  if (row.publication == plan::Publication::move) node.lines.emplace_back("published");
  if (row.publication == plan::Publication::link) node.lines.emplace_back("published by a link");
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
    graph.edges.push_back({dataset_id(plan, stage.dataset), node.id, "", GraphEdge::Style::unknown, ""});
    for (const std::uint32_t task : plan.indices(stage.tasks))
      graph.edges.push_back(
          {node.id, fmt::format("task {}", plan.text(plan.tasks()[task].family.name)), "", GraphEdge::Style::unknown, ""});
    graph.nodes.push_back(std::move(node));
  }
}

/// Who certifies what.
void add_certifications(const Plan& plan, Graph& graph, std::vector<bool>& is_used) {
  for (const plan::CertifyRow& row : plan.certifications()) {
    is_used[row.dataset] = true;
    graph.edges.push_back({fmt::format("task {}", plan.text(plan.tasks()[row.task].family.name)), dataset_id(plan, row.dataset), "",
                           GraphEdge::Style::faint, "certifies"});
  }
}

}  // namespace

std::string workflow_graph(const Plan& plan, const DrawOptions& options) {
  Graph graph;
  graph.title = plan.workflow();
  graph.link_base = options.link_base;
  std::uint64_t files = 0;
  std::vector<bool> is_used(plan.datasets().size(), false);
  for (std::uint32_t t = 0; t < plan.tasks().size(); ++t) {
    const plan::TaskRow& task = plan.tasks()[t];
    graph.nodes.push_back(task_node(plan, t));
    const std::string id = graph.nodes.back().id;
    for (const plan::InputRow& input : plan.inputs(task)) {
      is_used[input.dataset] = true;
      const plan::FamilyRow& files_read = plan.datasets()[input.dataset].family;
      const Counts counts = counts_of(plan, input.relation, task.family.count, files_read.count);
      graph.edges.push_back(
          {dataset_id(plan, input.dataset), id,
           cardinality_label(plan, counts.files_to_elements, files_read, files_read.count, task.family, task.family.count),
           style_of(plan, task, input), note_of(plan, task, input)});
    }
    for (const plan::OutputRow& output : plan.outputs(task)) {
      is_used[output.dataset] = true;
      const plan::FamilyRow& files_made = plan.datasets()[output.dataset].family;
      const Counts counts = counts_of(plan, output.relation, task.family.count, files_made.count);
      graph.edges.push_back(
          {id, dataset_id(plan, output.dataset),
           cardinality_label(plan, counts.elements_to_files(), task.family, task.family.count, files_made, files_made.count),
           GraphEdge::Style::plain, ""});
    }
  }
  add_stages(plan, graph, is_used);
  add_certifications(plan, graph, is_used);
  for (std::uint32_t d = 0; d < plan.datasets().size(); ++d) {
    files += plan.datasets()[d].family.count;
    if (is_used[d]) graph.nodes.push_back(dataset_node(plan, d));
  }
  graph.subtitles.push_back(fmt::format("{} elements of {}, {} files · plan {}", grouped(plan.element_count()),
                                        count_of(plan.tasks().size(), "task"), grouped(files), hexadecimal(plan.id()).substr(0, 12)));
  return to_dot(graph);
}

}  // namespace osac::emit
