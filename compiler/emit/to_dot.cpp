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
constexpr double page_long = 760;        // A4 without margins, in points
constexpr double page_short = 510;
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
    case GraphNode::Mood::unknown:
      look.fill = "#ffffff", look.line = "#9a6a12", look.text = "#6b4a0d";
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
      return "color=\"#2f5d8c\", penwidth=2.2, dir=both, arrowtail=crow, arrowsize=0.8";
    case GraphEdge::Style::broadcast:
      return "style=dashed";
    case GraphEdge::Style::lookup:
      return "color=\"#8a4b9c\", fontcolor=\"#6b357b\", style=dotted, penwidth=2";
    case GraphEdge::Style::unknown:
      return "color=\"#9a6a12\", fontcolor=\"#6b4a0d\", style=dashed";
    case GraphEdge::Style::faint:
      return "color=\"#c3c8cd\", fontcolor=\"#8b9299\"";
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
      default:
        out += c;
    }
  }
  return out;
}

/// A plain DOT string with its quotes; `\` is doubled, or Graphviz reads `\N`, `\G`, `\l` as something else.
std::string quoted(std::string_view text, std::string_view backslash = "\\\\", std::string_view ampersand = "&amp;") {
  std::string out = "\"";
  for (const char c : visible(text)) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += backslash;
        break;
      case '&':
        out += ampersand;
        break;  // `&lt;` would be read as `<`
      default:
        out += c;
    }
  }
  return out + '"';
}

std::string tooltip_of(const GraphNode& node) {
  std::string text = node.tooltip.empty() && !node.lines.empty() ? node.lines.front() : node.tooltip;
  std::replace(text.begin(), text.end(), '\n', ' ');
  return quoted(text, "\\\\\\\\");  // Graphviz 2.42 reads escapes in nodes' tooltips twice
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

/// Lines below one another: a table, since Graphviz sets lines of different sizes on top of each other otherwise.
class HtmlLines {
 public:
  void add(std::string_view text, std::string_view size, bool is_bold, std::string_view color = {}) {
    if (text.empty()) return;  // an empty tag is an error of Graphviz
    rows_ += fmt::format("<tr><td><font point-size=\"{}\"{}>{}{}{}</font></td></tr>", size,
                         color.empty() ? "" : fmt::format(" color=\"{}\"", color), is_bold ? "<b>" : "", html(text), is_bold ? "</b>" : "");
  }
  [[nodiscard]] std::string label() const {
    if (rows_.empty()) return "\"\"";
    return fmt::format("<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"1\">{}</table>>", rows_);
  }

 private:
  std::string rows_;
};

std::string label_of(const GraphNode& node) {
  HtmlLines lines;
  for (std::size_t i = 0; i < node.lines.size(); ++i)
    for (const std::string& part : broken(visible(node.lines[i]))) lines.add(part, i == 0 ? "11" : "9", i == 0);
  return lines.label();
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
  const auto scale = [](double width, double height) {
    return std::max(std::min(page_long / width, page_short / height), std::min(page_short / width, page_long / height));
  };
  constexpr double box_width = 190;
  constexpr double box_height = 52;
  return scale(depth * (box_width + 45), breadth * box_height) >= scale(breadth * (box_width + 15), depth * (box_height + 28));
}

/// What the ways of drawing mean, as far as they occur.
std::string legend_of(const Graph& graph) {
  std::string legend;
  const auto add = [&](bool occurs, std::string_view words) {
    if (occurs) legend += (legend.empty() ? "" : " · ") + std::string(words);
  };
  const auto has_edge = [&](GraphEdge::Style style) {
    return std::any_of(graph.edges.begin(), graph.edges.end(), [&](const GraphEdge& edge) { return edge.style == style; });
  };
  const auto has_node = [&](GraphNode::Shape shape, GraphNode::Mood mood) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                       [&](const GraphNode& node) { return node.shape == shape && node.mood == mood; });
  };
  add(has_edge(GraphEdge::Style::gather), "bold edge: many files into one");
  add(has_edge(GraphEdge::Style::broadcast), "dashed edge: one file for many");
  add(has_edge(GraphEdge::Style::lookup), "dotted edge: a look-up");
  add(has_node(GraphNode::Shape::entity, GraphNode::Mood::external), "grey: external");
  add(has_node(GraphNode::Shape::entity, GraphNode::Mood::goal), "green: goal");
  add(has_node(GraphNode::Shape::activity, GraphNode::Mood::failed), "red: failed");
  add(has_edge(GraphEdge::Style::unknown), "dashed brown: not planned yet");
  return legend;
}

std::string title_of(const Graph& graph) {
  HtmlLines lines;
  lines.add(graph.title, "17", true);
  lines.add(graph.subtitle, "11", false, "#5f6670");
  lines.add(legend_of(graph), "9", false, "#8b9299");
  lines.add(" ", "6", false);
  return lines.label();
}

}  // namespace

std::string to_dot(const Graph& graph) {
  std::string out = "digraph osac {\n";
  const auto line = [&](std::string_view text) { out.append("  ").append(text) += '\n'; };
  line(fmt::format("graph [rankdir={}, size=\"{},{}\", labelloc=t, label={}, fontname=\"DejaVu Sans\", fontsize=12, fontcolor=\"#20262c\",",
                   reads_better_sideways(graph) ? "LR" : "TB", largest_side, largest_side, title_of(graph)));
  line("  bgcolor=white, pad=0.3, nodesep=0.22, ranksep=0.36, outputorder=edgesfirst, charset=\"UTF-8\"];");
  line("node [fontname=\"DejaVu Sans\", fontsize=11, margin=\"0.13,0.07\", height=0.35, penwidth=1.2];");
  line("edge [fontname=\"DejaVu Sans\", fontsize=9, color=\"#59616a\", fontcolor=\"#454c54\", arrowsize=0.7];");
  for (const GraphNode& node : graph.nodes) {
    const Look look = look_of(node.shape, node.mood);
    const bool is_goal = node.mood == GraphNode::Mood::goal;
    line(fmt::format(
        "{} [label={}, shape={}, style=\"{}{}\", fillcolor=\"{}\", color=\"{}\", fontcolor=\"{}\"{}, tooltip={}];", quoted(node.id),
        label_of(node), look.shape, look.style,
        (node.mood == GraphNode::Mood::external || node.mood == GraphNode::Mood::unknown) && !look.style.empty() ? ",dashed" : "",
        look.fill, look.line, look.text, is_goal ? ", penwidth=2.2" : "", tooltip_of(node)));
  }
  for (const GraphEdge& edge : graph.edges) {
    std::string attributes(edge_attributes(edge.style));
    if (!edge.label.empty()) attributes += fmt::format("{}label={}", attributes.empty() ? "" : ", ", quoted(' ' + edge.label + ' '));
    line(fmt::format("{} -> {}{};", quoted(edge.from), quoted(edge.to), attributes.empty() ? "" : fmt::format(" [{}]", attributes)));
  }
  return out + "}\n";
}

}  // namespace osac::emit
