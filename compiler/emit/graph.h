#pragma once
// Graphs as DOT text, written by us: deterministic and escaped, in one house style; and Graphviz to lay them out and draw them.
//
// It does not know what ran: a plan's graphs are of the plan alone, provenance brings its own nodes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/result.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/query.h"

namespace osac::emit {

/// How a picture is to be made.
struct DrawOptions {
  std::string link_base;       ///< the workflow's folder, as seen from the picture's; empty: the same. Links are relative to it
  bool with_elements = false;  ///< of a lineage: a box for each element and file, not one for those that are alike
  bool upstream = true;        ///< of a lineage: what it was made from
  bool downstream = false;     ///< of a lineage: what is made from it
};

/// The workflow: one box a task (`reduce × 6`), one note a dataset (with its template), edges with their cardinality (`20 → 1 per run`;
/// gather, broadcast and look-up are told apart). External datasets are told apart from produced ones. What is not planned yet is drawn as
/// such, between the files that it waits for and the tasks that grow. As large as the declarations, whatever the number of elements.
std::string workflow_graph(const plan::Plan& plan, const DrawOptions& options = {});

/// The lineage of some elements or files: everything upstream (and, if asked, downstream) of them. Siblings are alike if they are of one
/// family and lead to the same boxes; alike ones are one box (`raw × 40`, `exposure 1..40`). Linear in the elements of the lineage.
/// `name` is what the picture is called.
std::string lineage_graph(const plan::Plan& plan, const plan::ElementSet& targets, std::string_view name, const DrawOptions& options);

/// A general graph for those who draw something else (provenance): boxes with lines of text.
struct GraphNode {
  std::string id;
  std::vector<std::string> lines;  ///< the first one is bold
  enum class Shape : std::uint8_t { activity, entity, note } shape = Shape::entity;
  enum class Mood : std::uint8_t { normal, external, failed, goal, faint, unknown } mood = Mood::normal;
  std::string tooltip;
  std::string link;   ///< a path from the workflow's folder, as it is; empty: none
  std::string group;  ///< task or dataset that it belongs to, for pictures that would get too large
};
struct GraphEdge {
  std::string from, to;
  std::string label;  ///< the cardinality
  enum class Style : std::uint8_t { plain, gather, broadcast, lookup, faint, unknown } style = Style::plain;
  std::string note;  ///< a second line
};
struct Graph {
  std::string title;
  std::vector<std::string> subtitles;
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
  std::string link_base;           ///< as in DrawOptions
  bool is_lineage = false;         ///< of what is in the mood `goal`
  std::vector<std::string> notes;  ///< lines at the end of the legend
};
inline constexpr std::size_t most_nodes_drawn = 500;
inline constexpr std::size_t most_edges_drawn = 1'500;
/// The same with so few nodes and edges: of each group the first ones stay (failed ones and goals before others), the rest is one node
/// `… 1,204 more`; what became of them is said in `notes`.
Graph limited(Graph graph);
/// The one house style of drawing: all graphs of osac go through here. Graphs that are too large are limited.
std::string to_dot(Graph graph);
/// A reference to a file (RFC 3986) from a picture: `base`, then the path; all bytes but letters, digits and `-._~/` percent-encoded.
std::string file_reference(std::string_view base, std::string_view path);
/// The folder that a path template's files are in: what is before its first hole, up to the last `/`.
std::string fixed_folder(std::string_view path);

enum class GraphFormat : std::uint8_t { dot, svg, pdf, png };
/// Lays out and renders DOT with Graphviz (gvc). Serialised by a mutex: gvc is not thread-safe.
Result<std::string> render_graph(const std::string& dot, GraphFormat format);

}  // namespace osac::emit
