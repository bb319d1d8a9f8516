#include "compiler/emit/house_style.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/markup.h"
#include "compiler/base/text.h"

namespace osac::emit {

namespace {

using Shape = GraphNode::Shape;
using Mood = GraphNode::Mood;
using Style = GraphEdge::Style;

constexpr std::string_view faint_text = "#5b646d";

/// A small box as nodes like it are drawn.
std::string swatch(Shape shape, Mood mood, std::string_view words) {
  const Look look = look_of(shape, mood);
  const bool is_dashed = look.style.find("dashed") != std::string_view::npos;
  const bool is_dotted = look.style.find("dotted") != std::string_view::npos;
  const std::string_view style = is_dashed ? "dashed" : is_dotted ? "dotted" : shape == Shape::activity ? "rounded" : "solid";
  return fmt::format("<td border=\"{}\" style=\"{}\" bgcolor=\"{}\" color=\"{}\"><font point-size=\"9\" color=\"{}\"> {} </font></td>",
                     look.more.empty() ? 1 : 2, style, look.fill, look.line, look.text, words);
}

std::string line_sample(std::string_view line, std::string_view color, std::string_view words) {
  return fmt::format("<td><font point-size=\"9\" color=\"{}\">{}</font><font point-size=\"9\" color=\"{}\"> {}</font></td>", color, line,
                     faint_text, words);
}

std::string row(const std::string& cells) {
  if (cells.empty()) return {};
  return fmt::format("<tr><td><table border=\"0\" cellborder=\"0\" cellspacing=\"5\" cellpadding=\"2\"><tr>{}</tr></table></td></tr>",
                     cells);
}

std::string text_row(std::string_view text) {
  return fmt::format("<tr><td><font point-size=\"9\" color=\"{}\">{}</font></td></tr>", faint_text, html(text));
}

}  // namespace

Look look_of(Shape shape, Mood mood) {
  Look look;
  switch (shape) {
    case Shape::activity:
      look = {"box", "rounded,filled", "#bcd6ec", "#1f4e79", "#0b2a45", ""};
      break;
    case Shape::entity:
      look = {"note", "filled", "#fff6d9", "#8a6d1b", "#3a2f0c", ""};
      break;
    case Shape::note:
      look = {"box", "filled", "#eceef0", "#8a9198", "#3c434a", ""};
      break;
  }
  switch (mood) {
    case Mood::normal:
      break;
    case Mood::external:
      look.style = "filled,dashed", look.fill = "#ffffff", look.line = "#565d65", look.text = "#2b3137";
      break;
    case Mood::failed:
      look.fill = "#c14b12", look.line = "#6b2400", look.text = "#ffffff", look.more = ", penwidth=2.2";
      break;
    case Mood::goal:
      look.fill = "#d3ecd6", look.line = "#176638", look.text = "#0b3a1e", look.more = ", penwidth=1.6, peripheries=2";
      break;
    case Mood::unknown:
      look.style = "filled,dotted", look.fill = "#ffffff", look.line = "#8a5a00", look.text = "#5c3d00";
      break;
    case Mood::faint:
      look.style = "filled,dashed", look.fill = "#eceef0", look.line = "#8a9198", look.text = "#3c434a";
      break;
  }
  return look;
}

std::string_view edge_attributes(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::gather:
      return "color=\"#1f4e79\", penwidth=2.6, arrowsize=0.9";
    case Style::broadcast:
      return "style=dashed";
    case Style::lookup:
      return "color=\"#7a2e6b\", fontcolor=\"#5e2252\", style=dotted, penwidth=2";
    case Style::unknown:
      return "color=\"#8a5a00\", fontcolor=\"#5c3d00\", style=dotted";
    case Style::faint:
      return "color=\"#9aa1a8\", fontcolor=\"#5b646d\", arrowhead=odot";
  }
  return "";
}

std::string html(std::string_view text) {
  std::string out;
  for (const char c : markup_escaped(visible(text))) {
    if (c == '\\') out += c;  // Graphviz reads `\N`, `\G`, `\E` here, too
    out += c;
  }
  return out;
}

std::string legend_rows(const Graph& graph) {
  const auto has_edge = [&](Style style) {
    return std::any_of(graph.edges.begin(), graph.edges.end(), [&](const GraphEdge& edge) { return edge.style == style; });
  };
  const auto has_node = [&](Shape shape, Mood mood) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                       [&](const GraphNode& node) { return node.shape == shape && node.mood == mood; });
  };
  std::string boxes;
  for (const auto& [shape, mood, words] :
       {std::tuple(Shape::activity, Mood::normal, "task"), std::tuple(Shape::activity, Mood::goal, "asked for"),
        std::tuple(Shape::activity, Mood::failed, "failed"), std::tuple(Shape::entity, Mood::normal, "files"),
        std::tuple(Shape::entity, Mood::goal, graph.is_lineage ? "asked for" : "goal"),
        std::tuple(Shape::entity, Mood::external, "not made here"), std::tuple(Shape::entity, Mood::unknown, "not planned yet")})
    if (has_node(shape, mood)) boxes += swatch(shape, mood, words);
  std::string lines;
  if (has_edge(Style::gather)) lines += line_sample("<b>━━▶</b>", "#1f4e79", "many into one");
  if (has_edge(Style::broadcast)) lines += line_sample("– – ▶", "#454c54", "one for many");
  if (has_edge(Style::lookup)) lines += line_sample("· · · ▶", "#7a2e6b", "look-up");
  const bool has_counts = std::any_of(graph.edges.begin(), graph.edges.end(), [](const GraphEdge& edge) { return !edge.label.empty(); });
  if (has_counts) lines += line_sample("5 → 1", "#2b3137", "5 into each, each into 1");
  std::string rows = row(boxes) + row(lines);
  for (const std::string& note : graph.notes) rows += text_row(note);
  return rows;
}

}  // namespace osac::emit
