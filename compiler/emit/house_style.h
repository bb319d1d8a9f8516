#pragma once
// How nodes and edges look, and the legend that says so. Colours are told apart in grey and by those who see fewer colours; shapes, borders
// and kinds of line say the same once more. Private to this room.

#include <string>
#include <string_view>

#include "compiler/emit/graph.h"

namespace osac::emit {

/// How a node is drawn.
struct Look {
  std::string_view shape;
  std::string_view style;
  std::string_view fill;
  std::string_view line;
  std::string_view text;
  std::string_view more;  ///< other attributes, with a comma before them
};
Look look_of(GraphNode::Shape shape, GraphNode::Mood mood);
std::string_view edge_attributes(GraphEdge::Style style);

/// Text for an HTML-like label.
std::string html(std::string_view text);
/// What the ways of drawing mean, as far as they occur: rows of an HTML-like table.
std::string legend_rows(const Graph& graph);

}  // namespace osac::emit
