// The house style: DOT text of a Graph. Labels are HTML-like (a bold name, small lines below), so every text in them is escaped for that;
// all other attributes are plain strings, escaped for those.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "compiler/base/markup.h"
#include "compiler/base/text.h"
#include "compiler/emit/graph.h"
#include "compiler/emit/house_style.h"

namespace osac::emit {

namespace {

constexpr std::size_t line_length = 44;  // code points; longer lines are broken
constexpr std::size_t most_lines = 12;   // of one line broken
constexpr double page_long = 760;        // A4 without margins, in points
constexpr double page_short = 510;
constexpr int largest_side = 195;  // inches: PDF readers stop at 200 (14,400 points)

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
  void add_rows(const std::string& rows) { rows_ += rows; }
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

std::string title_of(const Graph& graph) {
  HtmlLines lines;
  lines.add(graph.title, "17", true);
  for (const std::string& subtitle : graph.subtitles) lines.add(subtitle, "11", false, "#4c555e");
  lines.add_rows(legend_rows(graph));
  lines.add(" ", "6", false);
  return lines.label();
}

/// The cardinality and a note below it; a plain one (`1 → 1`) is said more quietly.
std::string edge_label(const GraphEdge& edge) {
  if (edge.label.empty() && edge.note.empty()) return {};
  HtmlLines lines;
  const std::string gap = "\u00a0\u00a0";  // or the text touches the line
  lines.add(edge.label.empty() ? "" : gap + edge.label, edge.label == "1 → 1" ? "8" : "9", false, edge.label == "1 → 1" ? "#7d858d" : "");
  lines.add(edge.note.empty() ? "" : gap + edge.note, "8", false);
  return lines.label();
}

}  // namespace

std::string file_reference(std::string_view base, std::string_view path) {
  std::string whole(path.starts_with('/') || base == "." ? "" : base);
  if (!whole.empty() && !whole.ends_with('/')) whole += '/';
  whole += path;
  if (whole.starts_with("//")) whole.erase(0, whole.find_first_not_of('/') - 1);  // or a host would be read
  return percent_encoded(whole, "-._~/");
}

std::string fixed_folder(std::string_view path) {
  const std::string_view before = path.substr(0, path.find('{'));
  return std::string(before.substr(0, before.rfind('/') == std::string_view::npos ? 0 : before.rfind('/') + 1));
}

std::string to_dot(Graph whole) {
  const Graph graph = limited(std::move(whole));
  std::string out = "digraph osac {\n";
  const auto line = [&](std::string_view text) { out.append("  ").append(text) += '\n'; };
  line(fmt::format("graph [rankdir={}, size=\"{},{}\", labelloc=t, label={}, fontname=\"DejaVu Sans\", fontsize=12, fontcolor=\"#20262c\",",
                   reads_better_sideways(graph) ? "LR" : "TB", largest_side, largest_side, title_of(graph)));
  line("  bgcolor=white, pad=0.2, margin=0, nodesep=0.25, ranksep=0.4, outputorder=edgesfirst, charset=\"UTF-8\"];");
  line("node [fontname=\"DejaVu Sans\", fontsize=11, margin=\"0.13,0.07\", height=0.35, penwidth=1.2];");
  line("edge [fontname=\"DejaVu Sans\", fontsize=9, color=\"#454c54\", fontcolor=\"#2b3137\", arrowsize=0.7];");
  for (const GraphNode& node : graph.nodes) {
    const Look look = look_of(node.shape, node.mood);
    line(fmt::format("{} [label={}, shape={}, style=\"{}\", fillcolor=\"{}\", color=\"{}\", fontcolor=\"{}\"{}, tooltip={}{}];",
                     quoted(node.id), label_of(node), look.shape, look.style, look.fill, look.line, look.text, look.more, tooltip_of(node),
                     node.link.empty() ? "" : fmt::format(", URL={}", quoted(file_reference(graph.link_base, node.link)))));
  }
  for (const GraphEdge& edge : graph.edges) {
    std::string attributes(edge_attributes(edge.style));
    if (const std::string label = edge_label(edge); !label.empty())
      attributes += fmt::format("{}label={}", attributes.empty() ? "" : ", ", label);
    line(fmt::format("{} -> {}{};", quoted(edge.from), quoted(edge.to), attributes.empty() ? "" : fmt::format(" [{}]", attributes)));
  }
  return out + "}\n";
}

}  // namespace osac::emit
