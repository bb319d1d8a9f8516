// Graphs that would be too large to look at, made smaller: of each group the first nodes, and one for the rest.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "compiler/base/text.h"
#include "compiler/emit/graph.h"

namespace osac::emit {

namespace {

using Groups = std::map<std::string, std::vector<std::size_t>>;  // places in `nodes`, those that matter most first

constexpr std::size_t groups_named = 8;

int rank_of(GraphNode::Mood mood) { return mood == GraphNode::Mood::failed ? 0 : mood == GraphNode::Mood::goal ? 1 : 2; }

std::string kind_of(const GraphNode& node) { return node.shape == GraphNode::Shape::activity ? "tasks" : "files"; }

Groups groups_of(const Graph& graph, bool by_kind) {
  Groups groups;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    groups[by_kind || node.group.empty() ? kind_of(node) : node.group].push_back(i);
  }
  for (auto& [name, nodes] : groups)
    std::stable_sort(nodes.begin(), nodes.end(),
                     [&](std::size_t a, std::size_t b) { return rank_of(graph.nodes[a].mood) < rank_of(graph.nodes[b].mood); });
  return groups;
}

/// A rest of one is no rest.
std::size_t kept_of(std::size_t size, std::size_t keep) { return size <= keep + 1 ? size : keep; }

std::size_t nodes_with(const Groups& groups, std::size_t keep) {
  std::size_t count = 0;
  for (const auto& [name, nodes] : groups) count += kept_of(nodes.size(), keep) + (nodes.size() > keep + 1 ? 1 : 0);
  return count;
}

Graph reduced(const Graph& graph, const Groups& groups, std::size_t keep) {
  Graph out{graph.title, graph.subtitles, {}, {}, graph.link_base, graph.is_lineage, graph.notes};
  std::unordered_map<std::string, std::string> now;
  std::vector<const std::string*> rest_of(graph.nodes.size(), nullptr);
  std::vector<std::string> left_out;
  std::size_t groups_cut = 0;
  for (const auto& [name, nodes] : groups) {
    const std::size_t kept = kept_of(nodes.size(), keep);
    for (std::size_t i = kept; i < nodes.size(); ++i) rest_of[nodes[i]] = &name;
    if (kept == nodes.size()) continue;
    if (++groups_cut <= groups_named) left_out.push_back(fmt::format("{} of {}", grouped(nodes.size() - kept), visible(name)));
  }
  if (groups_cut > groups_named) left_out.push_back(fmt::format("those of {} more", grouped(groups_cut - groups_named)));
  std::set<std::string> is_there;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    now[node.id] = rest_of[i] == nullptr ? node.id : "more of " + *rest_of[i];
    if (rest_of[i] == nullptr) {
      out.nodes.push_back(node);
    } else if (is_there.insert(*rest_of[i]).second) {
      const std::size_t size = groups.at(*rest_of[i]).size();
      GraphNode rest;
      rest.id = now[node.id];
      rest.lines = {fmt::format("… {} more", grouped(size - kept_of(size, keep))), *rest_of[i]};
      rest.shape = node.shape;
      rest.mood = GraphNode::Mood::faint;
      out.nodes.push_back(std::move(rest));
    }
  }
  std::set<std::pair<std::string, std::string>> known;
  for (const GraphEdge& edge : graph.edges) {
    GraphEdge drawn = edge;
    drawn.from = now[edge.from];
    drawn.to = now[edge.to];
    const bool is_same = drawn.from == edge.from && drawn.to == edge.to;
    if (!is_same) drawn.label.clear(), drawn.note.clear();
    if (drawn.from != drawn.to && (known.emplace(drawn.from, drawn.to).second || is_same)) out.edges.push_back(std::move(drawn));
  }
  out.notes.push_back("not drawn one by one: " + join_words(left_out));
  return out;
}

}  // namespace

Graph limited(Graph graph) {
  if (graph.nodes.size() <= most_nodes_drawn && graph.edges.size() <= most_edges_drawn) return graph;
  Groups groups = groups_of(graph, false);
  if (nodes_with(groups, 0) > most_nodes_drawn) groups = groups_of(graph, true);
  std::size_t keep = most_nodes_drawn;
  while (keep > 0 && nodes_with(groups, keep) > most_nodes_drawn) --keep;
  for (;;) {
    Graph smaller = reduced(graph, groups, keep);
    if (smaller.edges.size() <= most_edges_drawn || keep == 0) return smaller;
    keep /= 2;
  }
}

}  // namespace osac::emit
