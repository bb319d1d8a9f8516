// The house style: DOT text of a Graph. Labels are HTML-like (a bold name, small lines below), so every text in them is escaped for that;
// all other attributes are plain strings, escaped for those.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "compiler/base/text.h"
#include "compiler/emit/graph.h"

namespace osac::emit {

namespace {

constexpr std::size_t line_length = 44;  // code points; longer lines are broken
constexpr std::size_t most_lines = 12;   // of one line broken
constexpr double page_width = 760;       // A4 landscape without margins, in points
constexpr double page_height = 510;
constexpr int largest_side = 195;  // inches: PDF readers stop at 200 (14,400 points)

/// How a node is drawn.
struct Look {
  std::string_view shape;
  std::string_view style;
  std::string_view fill;
  std::string_view line;
  std::string_view text;
};

Look look_of(GraphNode::Shape shape, GraphNode::Mood mood) {
  Look look;
  switch (shape) {
    case GraphNode::Shape::activity:
      look = {"box", "rounded,filled", "#dbe8f6", "#2f5d8c", "#12324f"};
      break;
    case GraphNode::Shape::entity:
      look = {"note", "filled", "#fff7df", "#a8842c", "#3f3210"};
      break;
    case GraphNode::Shape::agent:
      look = {"ellipse", "filled", "#f1e6f6", "#76508a", "#3c2549"};
      break;
    case GraphNode::Shape::note:
      look = {"plaintext", "", "#ffffff", "#ffffff", "#5f6670"};
      break;
  }
  switch (mood) {
    case GraphNode::Mood::normal:
      break;
    case GraphNode::Mood::external:
      look.fill = "#f1f2f3", look.line = "#6d747c", look.text = "#30363c";
      break;
    case GraphNode::Mood::failed:
      look.fill = "#fbe2df", look.line = "#b3261e", look.text = "#5f1410";
      break;
    case GraphNode::Mood::goal:
      look.fill = "#dff1e1", look.line = "#2e7d43", look.text = "#123d1f";
      break;
    case GraphNode::Mood::faint:
      look.fill = "#fafafa", look.line = "#b6bcc2", look.text = "#7d848b";
      break;
  }
  return look;
}

std::string_view edge_attributes(GraphEdge::Style style) {
  switch (style) {
    case GraphEdge::Style::plain:
      return "";
    case GraphEdge::Style::gather:
      return "color=\"#2f5d8c\", penwidth=2.4, dir=both, arrowtail=crow";
    case GraphEdge::Style::broadcast:
      return "style=dashed";
    case GraphEdge::Style::lookup:
      return "color=\"#8a4b9c\", fontcolor=\"#6b357b\", style=dotted, penwidth=2";
    case GraphEdge::Style::faint:
      return "color=\"#c3c8cd\", fontcolor=\"#8b9299\"";
  }
  return "";
}

std::string_view edge_words(GraphEdge::Style style) {
  switch (style) {
    case GraphEdge::Style::gather:
      return "bold edge: many files into one";
    case GraphEdge::Style::broadcast:
      return "dashed edge: one file for many";
    case GraphEdge::Style::lookup:
      return "dotted edge: a look-up";
    case GraphEdge::Style::plain:
    case GraphEdge::Style::faint:
      return "";
  }
  return "";
}

/// Text for an HTML-like label.
std::string html(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '[':
        out += "&#91;";
        break;  // Graphviz takes `[` and `]` in some labels for record fields
      case ']':
        out += "&#93;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// A plain DOT string with its quotes; `\` is doubled, or Graphviz reads `\N`, `\G`, `\l` as something else.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : visible(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// Breaks a long line after `/`, `,`, `_`, `-`, `}` or a blank; in a word without them, anywhere between code points.
std::vector<std::string> broken(std::string_view line) {
  std::vector<std::string> lines;
  while (count_code_points(line) > line_length && lines.size() + 1 < most_lines) {
    std::size_t end = 0;   // of the first line_length code points
    std::size_t best = 0;  // the last good place to break
    for (std::size_t points = 0; points < line_length; ++points) {
      const char c = line[end];
      ++end;
      while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xc0U) == 0x80U) ++end;
      if (std::string_view("/, _-}").find(c) != std::string_view::npos && points > line_length / 3) best = end;
    }
    if (best == 0) best = end;
    lines.emplace_back(line.substr(0, best));
    line.remove_prefix(best);
  }
  if (count_code_points(line) > line_length) {  // far too long: its end is shown
    while (count_code_points(line) > line_length) line.remove_prefix(1);
    while (!line.empty() && (static_cast<unsigned char>(line.front()) & 0xc0U) == 0x80U) line.remove_prefix(1);
    lines.push_back("... " + std::string(line));
  } else {
    lines.emplace_back(line);
  }
  return lines;
}

std::string label_of(const GraphNode& node) {
  std::string out = "<";
  for (std::size_t i = 0; i < node.lines.size(); ++i) {
    const auto lines = broken(visible(node.lines[i]));
    for (std::size_t part = 0; part < lines.size(); ++part) {
      if (i > 0 || part > 0) out += "<br/>";
      if (lines[part].empty()) continue;  // an empty tag is an error of Graphviz
      out += i == 0 ? fmt::format("<b>{}</b>", html(lines[part])) : fmt::format("<font point-size=\"9\">{}</font>", html(lines[part]));
    }
  }
  return out.size() == 1 ? "\" \"" : out + ">";
}

/// About how large the drawing gets if ranks run down (TB) or to the right (LR), by the longest path and the widest rank.
bool reads_better_sideways(const Graph& graph) {
  std::unordered_map<std::string_view, std::size_t> numbers;
  for (const GraphNode& node : graph.nodes) numbers.emplace(node.id, numbers.size());
  std::vector<std::vector<std::size_t>> next(numbers.size());
  std::vector<std::size_t> missing(numbers.size(), 0);
  for (const GraphEdge& edge : graph.edges) {
    const auto from = numbers.find(edge.from);
    const auto to = numbers.find(edge.to);
    if (from == numbers.end() || to == numbers.end() || from == to) continue;
    next[from->second].push_back(to->second);
    ++missing[to->second];
  }
  std::vector<std::size_t> rank(numbers.size(), 0);
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < missing.size(); ++i)
    if (missing[i] == 0) ready.push_back(i);
  for (std::size_t i = 0; i < ready.size(); ++i)
    for (const std::size_t to : next[ready[i]]) {
      rank[to] = std::max(rank[to], rank[ready[i]] + 1);
      if (--missing[to] == 0) ready.push_back(to);
    }
  std::vector<std::size_t> widths;
  for (const std::size_t own : rank) {
    if (widths.size() <= own) widths.resize(own + 1, 0);
    ++widths[own];
  }
  const auto depth = static_cast<double>(widths.size());
  const auto breadth = widths.empty() ? 0.0 : static_cast<double>(*std::max_element(widths.begin(), widths.end()));
  const auto scale = [](double width, double height) { return std::min(page_width / width, page_height / height); };
  constexpr double box_width = 190;
  constexpr double box_height = 62;
  return scale(depth * (box_width + 45), breadth * box_height) >= scale(breadth * (box_width + 15), depth * (box_height + 40));
}

std::string title_of(const Graph& graph) {
  std::string out = fmt::format("<<font point-size=\"17\"><b>{}</b></font>", html(graph.title));
  if (!graph.subtitle.empty()) out += fmt::format("<br/><font point-size=\"11\" color=\"#5f6670\">{}</font>", html(graph.subtitle));
  std::string legend;
  const auto add = [&](std::string_view words) {
    if (!words.empty()) legend += (legend.empty() ? "" : " · ") + std::string(words);
  };
  for (const auto style : {GraphEdge::Style::gather, GraphEdge::Style::broadcast, GraphEdge::Style::lookup})
    if (std::any_of(graph.edges.begin(), graph.edges.end(), [&](const GraphEdge& edge) { return edge.style == style; }))
      add(edge_words(style));
  const auto has = [&](GraphNode::Mood mood) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const GraphNode& node) { return node.mood == mood; });
  };
  if (has(GraphNode::Mood::external)) add("grey: external");
  if (has(GraphNode::Mood::goal)) add("green: goal");
  if (has(GraphNode::Mood::failed)) add("red: failed");
  if (!legend.empty()) out += fmt::format("<br/><font point-size=\"9\" color=\"#8b9299\">{}</font>", html(legend));
  return out + "<br/> >";
}

}  // namespace

std::string to_dot(const Graph& graph) {
  std::string out = "digraph osac {\n";
  const auto line = [&](std::string_view text) { out.append("  ").append(text) += '\n'; };
  line(fmt::format("graph [rankdir={}, size=\"{},{}\", labelloc=t, label={}, fontname=\"DejaVu Sans\", fontsize=12, fontcolor=\"#20262c\",",
                   reads_better_sideways(graph) ? "LR" : "TB", largest_side, largest_side, graph.title.empty() ? "\"\"" : title_of(graph)));
  line("  bgcolor=white, pad=0.3, nodesep=0.22, ranksep=0.5, outputorder=edgesfirst, charset=\"UTF-8\"];");
  line("node [fontname=\"DejaVu Sans\", fontsize=11, margin=\"0.13,0.07\", height=0.35, penwidth=1.2];");
  line("edge [fontname=\"DejaVu Sans\", fontsize=9, color=\"#59616a\", fontcolor=\"#454c54\", arrowsize=0.7];");
  for (const GraphNode& node : graph.nodes) {
    const Look look = look_of(node.shape, node.mood);
    const bool is_goal = node.mood == GraphNode::Mood::goal;
    line(fmt::format("{} [label={}, shape={}, style=\"{}{}\", fillcolor=\"{}\", color=\"{}\", fontcolor=\"{}\"{}, tooltip={}];",
                     quoted(node.id), label_of(node), look.shape, look.style,
                     node.mood == GraphNode::Mood::external && !look.style.empty() ? ",dashed" : "", look.fill, look.line, look.text,
                     is_goal ? ", penwidth=2.2" : "",
                     quoted(node.tooltip.empty() && !node.lines.empty() ? node.lines.front() : node.tooltip)));
  }
  for (const GraphEdge& edge : graph.edges) {
    std::string attributes(edge_attributes(edge.style));
    if (!edge.label.empty()) attributes += fmt::format("{}label={}", attributes.empty() ? "" : ", ", quoted(' ' + edge.label + ' '));
    line(fmt::format("{} -> {}{};", quoted(edge.from), quoted(edge.to), attributes.empty() ? "" : fmt::format(" [{}]", attributes)));
  }
  return out + "}\n";
}

}  // namespace osac::emit
