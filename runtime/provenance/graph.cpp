#include <fmt/format.h>
#include <map>
#include <set>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/provenance/lineage.h"

namespace osac::provenance {

namespace {

using emit::Graph;
using emit::GraphEdge;
using emit::GraphNode;

std::string task_of(const std::string& element) { return element.substr(0, element.find('[')); }

/// What is drawn as one entity: a file, or all files of one dataset.
struct Entity {
  std::string label;
  std::string path;  ///< of the first file
  std::size_t files = 0;
  std::int64_t size = 0;
  std::string content;  ///< SHA-256 of a single file
  bool is_made = false;
  bool is_goal = false;
};

/// What is drawn as one activity: an attempt, or all of one task.
struct Activity {
  std::string label;
  std::size_t runs = 0;
  std::int64_t time = 0, cpu_time = 0, peak_memory = 0;
  std::string command, tool, hosts;
  std::size_t warnings = 0;
};

struct Drawing {
  const plan::Plan& plan;
  const Records& records;
  bool is_collapsed;
  std::map<std::string, Activity> activities;
  std::map<std::string, Entity> entities;
  std::set<std::string> counted_files;
  std::vector<std::string> activity_order, entity_order;
  std::map<std::pair<std::string, std::string>, std::size_t> edges;  ///< (from, to) -> number of files

  const plan::TaskRow* task(const std::string& element) const {
    const auto found = plan.find_task(task_of(element));
    return found ? &plan.tasks()[*found] : nullptr;
  }

  /// The dataset behind a port; its name is the entity's when families are collapsed.
  const plan::DatasetRow* dataset(const std::string& element, const std::string& port) const {
    const plan::TaskRow* row = task(element);
    if (row == nullptr) return nullptr;
    for (const plan::InputRow& input : plan.inputs(*row))
      if (plan.text(input.name) == port) return &plan.datasets()[input.dataset];
    for (const plan::OutputRow& output : plan.outputs(*row))
      if (plan.text(output.name) == port) return &plan.datasets()[output.dataset];
    return nullptr;
  }

  std::string add_entity(const std::string& element, const std::string& port, const std::string& path, const step::FileState& state,
                         bool is_made) {
    const plan::DatasetRow* row = dataset(element, port);
    const std::string name = row != nullptr ? std::string(plan.text(row->family.name)) : port;
    const std::string id = is_collapsed ? "entity " + name : "entity " + path;
    const auto [at, is_new] = entities.try_emplace(id);
    Entity& entity = at->second;
    if (is_new) {
      entity_order.push_back(id);
      entity.label = name;
      entity.path = path;
    }
    entity.is_made = entity.is_made || is_made;
    entity.is_goal = entity.is_goal || (row != nullptr && row->is_goal != 0);
    if (counted_files.insert(path).second) {
      ++entity.files;
      entity.size += state.size;
      entity.content = state.content == Digest{} ? "" : hexadecimal(state.content);
    }
    return id;
  }

  void add(const step::EndRecord& end) {
    const std::string id = "activity " + (is_collapsed ? task_of(end.element) : end.element);
    const auto [at, is_new] = activities.try_emplace(id);
    Activity& activity = at->second;
    if (is_new) {
      activity_order.push_back(id);
      activity.label = is_collapsed ? task_of(end.element) : end.element;
      activity.command = end.command;
      activity.tool = end.tool;
    }
    ++activity.runs;
    activity.time += end.ended - end.started;
    activity.cpu_time += end.cpu_time;
    activity.peak_memory = std::max(activity.peak_memory, end.peak_memory);
    activity.warnings += end.warnings.size();
    for (const step::InputRecord& input : end.inputs) ++edges[{add_entity(end.element, input.port, input.path, input.state, false), id}];
    for (const step::OutputRecord& output : end.outputs)
      ++edges[{id, add_entity(end.element, output.port, output.path, output.state, true)}];
  }
};

GraphNode draw(const std::string& id, const Activity& activity) {
  GraphNode node;
  node.id = id;
  node.shape = GraphNode::Shape::activity;
  node.lines.push_back(activity.label + (activity.runs > 1 ? fmt::format(" x {}", grouped(activity.runs)) : ""));
  if (!activity.tool.empty()) node.lines.push_back(activity.tool);
  node.lines.push_back(fmt::format("{}, {} at most", runtime::duration_text(activity.time), runtime::memory_text(activity.peak_memory)));
  if (activity.warnings > 0) node.lines.push_back(count_of(activity.warnings, "warning"));
  node.tooltip = activity.command;
  return node;
}

GraphNode draw(const std::string& id, const Entity& entity) {
  GraphNode node;
  node.id = id;
  node.shape = GraphNode::Shape::entity;
  if (entity.is_goal) {
    node.mood = GraphNode::Mood::goal;
  } else if (!entity.is_made) {
    node.mood = GraphNode::Mood::external;
  }
  node.lines.push_back(entity.label + (entity.files > 1 ? fmt::format(" x {}", grouped(entity.files)) : ""));
  node.lines.push_back(entity.path + (entity.files > 1 ? " ..." : ""));
  node.lines.push_back(runtime::memory_text(entity.size) +
                       (entity.files == 1 && !entity.content.empty() ? fmt::format(", sha256 {}", entity.content.substr(0, 12)) : ""));
  return node;
}

std::string subtitle(const Records& records, std::size_t shown) {
  if (records.executions.empty()) return "nothing was executed";
  const step::ExecutionStart& last = records.executions.back();
  return fmt::format("{} {} by {} on {}, last execution {}, osac {}, plan {}", grouped(shown), shown == 1 ? "activity" : "activities",
                     last.user, last.host, runtime::utc_text(last.time), last.osac_version, last.plan.substr(0, 12));
}

}  // namespace

Result<Graph> graph(const plan::Plan& plan, const Records& records, const Options& options) {
  const auto selected = select(records, options.target);
  if (!selected) return tl::unexpected(selected.error());
  const bool wants_elements = options.with_elements || !options.target.empty();
  Drawing drawing{plan, records, !wants_elements, {}, {}, {}, {}, {}, {}};
  for (const std::uint32_t place : *selected) drawing.add(records.ends[place]);

  Graph graph;
  graph.title = fmt::format("Provenance of {}", options.target.empty() ? plan.workflow() : std::string_view(options.target));
  graph.subtitle = subtitle(records, selected->size());
  for (const std::string& id : drawing.activity_order) graph.nodes.push_back(draw(id, drawing.activities.at(id)));
  for (const std::string& id : drawing.entity_order) graph.nodes.push_back(draw(id, drawing.entities.at(id)));
  for (const auto& [ends, files] : drawing.edges) {
    const bool is_use = ends.first.starts_with("entity ");
    GraphEdge edge{ends.first, ends.second, "", GraphEdge::Style::plain};
    const std::size_t runs = drawing.activities.at(is_use ? ends.second : ends.first).runs;
    if (is_use && files > runs) edge.style = GraphEdge::Style::gather;
    graph.edges.push_back(std::move(edge));
  }
  return graph;
}

}  // namespace osac::provenance
