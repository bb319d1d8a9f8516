#pragma once
// Graphs as DOT text, written by us: deterministic and escaped, in one house style; and Graphviz to lay them out and draw them.
//
// It does not know what ran: a plan's graphs are of the plan alone, provenance brings its own nodes.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/result.h"
#include "compiler/plan/plan.h"

namespace osac::emit {

/// The workflow: one box a task ("reduce x 6"), one note a dataset ("reduced x 6", its template), edges by cardinality (gather, broadcast,
/// look-up are told apart). External datasets are told apart from produced ones. What is not planned yet is drawn as such, between the
/// files that it waits for and the tasks that grow. As large as the declarations, whatever the number of elements.
std::string workflow_graph(const plan::Plan& plan);

/// One element's lineage: everything upstream (and, if asked, downstream) of it. Siblings are alike if they are of one family and lead to
/// the same boxes; more than `collapse_above` alike ones become one box (`raw x 40`). Linear in the elements of the lineage.
struct LineageOptions {
  bool upstream = true;
  bool downstream = false;
  std::uint32_t collapse_above = 8;
};
std::string lineage_graph(const plan::Plan& plan, plan::ElementRef ref, const LineageOptions& options);

/// A general graph for those who draw something else (provenance): boxes with lines of text, in clusters.
struct GraphNode {
  std::string id;
  std::vector<std::string> lines;  ///< the first one is bold
  enum class Shape : std::uint8_t { activity, entity, agent, note } shape = Shape::entity;
  enum class Mood : std::uint8_t { normal, external, failed, goal, faint, unknown } mood = Mood::normal;
  std::string tooltip;
};
struct GraphEdge {
  std::string from, to;
  std::string label;
  enum class Style : std::uint8_t { plain, gather, broadcast, lookup, faint, unknown } style = Style::plain;
};
struct Graph {
  std::string title;
  std::string subtitle;
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
};
/// The one house style of drawing: all graphs of osac go through here.
std::string to_dot(const Graph& graph);

enum class GraphFormat : std::uint8_t { dot, svg, pdf, png };
/// Lays out and renders DOT with Graphviz (gvc); refuses above 2,000 nodes with a word on how to see less (as DOT, every graph is given
/// out). Serialised by a mutex: gvc is not thread-safe.
Result<std::string> render_graph(const std::string& dot, GraphFormat format);

}  // namespace osac::emit
