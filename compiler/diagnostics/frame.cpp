#include "compiler/diagnostics/frame.h"

#include <fmt/format.h>
#include <algorithm>
#include <optional>
#include <tuple>

#include "compiler/base/text.h"

namespace osac::diagnostics_frame {

namespace {

constexpr std::size_t widest_line = 200;  ///< columns; longer ones are cut around the mark
constexpr std::size_t cut_before = 60;    ///< characters kept before the mark of a cut line
constexpr std::size_t cut_after = 120;    ///< ... and from its begin on
constexpr std::size_t tab_width = 4;

/// A label with its line worked out; `begin` and `end` are bytes in that line.
struct Mark {
  const Label* label = nullptr;
  Position position;
  std::string_view line;
  std::size_t begin = 0;
  std::size_t end = 0;
};

Mark make_mark(const Label& label, const Sources& sources) {
  Mark mark{&label, sources.position(label.span.begin), {}, 0, 0};
  mark.line = sources.line(mark.position.source, mark.position.line);
  const std::string_view text = sources.text(mark.position.source);
  const std::size_t line_begin = mark.line.data() == nullptr ? 0 : static_cast<std::size_t>(mark.line.data() - text.data());
  const std::size_t source_begin = sources.begin(mark.position.source);
  const auto in_line = [&](std::size_t offset) {
    const std::size_t first = source_begin + line_begin;
    return std::min(offset < first ? 0 : offset - first, mark.line.size());
  };
  mark.begin = in_line(label.span.begin);
  mark.end = std::max(mark.begin, in_line(label.span.end));
  return mark;
}

/// A line as it is shown: tabs expanded, control bytes visible. `columns[i]` is where byte i (of the piece) begins.
struct Shown {
  std::string text;
  std::vector<std::size_t> columns;
};

Shown show(std::string_view piece) {
  Shown shown;
  std::size_t column = 0;
  for (std::size_t at = 0; at < piece.size();) {
    std::size_t next = at + 1;
    while (next < piece.size() && next < at + 4 && (static_cast<unsigned char>(piece[next]) & 0xc0U) == 0x80U) ++next;
    if (find_malformed_utf8(piece.substr(at, next - at))) next = at + 1;
    const std::string_view character = piece.substr(at, next - at);
    const std::string text = character == "\t" ? std::string(tab_width, ' ') : visible(character);
    shown.columns.insert(shown.columns.end(), next - at, column);
    shown.text += text;
    column += count_code_points(text);
    at = next;
  }
  shown.columns.push_back(column);
  return shown;
}

/// `count` characters back or forth from `at`, never into the middle of one.
std::size_t step(std::string_view line, std::size_t at, std::size_t count, bool is_forward) {
  const auto continues = [&](std::size_t i) { return i < line.size() && (static_cast<unsigned char>(line[i]) & 0xc0U) == 0x80U; };
  while (count-- > 0 && (is_forward ? at < line.size() : at > 0)) {
    do at = is_forward ? at + 1 : at - 1;
    while (at > 0 && continues(at));
  }
  return at;
}

bool is_long(std::string_view line) { return line.size() > 4 * widest_line || show(line).columns.back() > widest_line; }

/// The line around a mark and, under it, the columns that the mark takes.
struct Window {
  std::string text;
  std::size_t from = 0;
  std::size_t to = 0;
};

Window make_window(const Mark& mark, bool is_cut) {
  std::size_t first = 0;
  std::size_t last = mark.line.size();
  if (is_cut) {
    first = step(mark.line, mark.begin, cut_before, false);
    last = step(mark.line, mark.begin, cut_after, true);
  }
  const Shown shown = show(mark.line.substr(first, last - first));
  const std::string_view lead = first > 0 ? "..." : "";
  const std::string_view trail = last < mark.line.size() ? "..." : "";
  Window window;
  window.text = std::string(lead) + shown.text + std::string(trail);
  window.from = lead.size() + shown.columns[mark.begin - first];
  window.to = std::max(window.from + 1, lead.size() + shown.columns[std::min(mark.end, last) - first]);
  return window;
}

/// Writes the rows of one frame, all with the same gutter.
struct Writer {
  const Sources& sources;
  const Paint& paint;
  Severity severity;
  std::size_t gutter = 1;
  std::string out;

  void place(std::string_view arrow, const Position& at) {
    const std::string words = fmt::format("{}:{}:{}\n", visible(sources.name(at.source)), at.line, at.column);
    out += std::string(gutter, ' ') + paint.faint(arrow) + " " + words;
  }

  void source_line(const Mark& mark, const Window& window) {
    out += paint.faint(fmt::format("{:>{}} |", mark.position.line, gutter)) + (window.text.empty() ? "" : " ") + window.text + "\n";
  }

  void marks(const Mark& mark, const Window& window) {
    const bool is_primary = mark.label->is_primary;
    std::string words(window.to - window.from, is_primary ? '^' : '-');
    if (!mark.label->text.empty()) words += " " + mark.label->text;
    out += paint.faint(std::string(gutter, ' ') + " |") + " " + std::string(window.from, ' ') +
           (is_primary ? paint.severity(severity, words) : paint.faint(words)) + "\n";
  }

  /// The marks of one line, `row[0]` to `row[count - 1]`.
  void line(const Mark* row, std::size_t count) {
    const bool is_cut = is_long(row[0].line);
    for (std::size_t i = 0; i < count; ++i) {
      const Window window = make_window(row[i], is_cut);
      if (i == 0 || is_cut) source_line(row[i], window);  // a cut line is shown again around each mark
      marks(row[i], window);
    }
  }

  /// The lines of one file, in order.
  void file(const Mark* mark, const Mark* end) {
    while (mark != end) {
      const Mark* next = std::find_if(mark, end, [&](const Mark& m) { return m.position.line != mark->position.line; });
      line(mark, static_cast<std::size_t>(next - mark));
      mark = next;
    }
  }
};

}  // namespace

std::string Paint::severity(Severity value, std::string_view text) const {
  if (!is_on) return std::string(text);
  const int colour = value == Severity::error ? 31 : value == Severity::warning ? 33 : 36;
  return fmt::format("\x1b[1;{}m{}\x1b[0m", colour, text);
}

std::string Paint::strong(std::string_view text) const { return is_on ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text); }

std::string Paint::faint(std::string_view text) const { return is_on ? fmt::format("\x1b[34m{}\x1b[0m", text) : std::string(text); }

std::string frame(const Diagnostic& diagnostic, const Sources& sources, const Paint& paint) {
  if (diagnostic.labels.empty()) return "";
  std::vector<Mark> marks;
  for (const Label& label : diagnostic.labels) marks.push_back(make_mark(label, sources));
  const Mark primary = marks.front();
  // The primary label's file comes first; in a file by line, on a line the primary mark and then from left to right.
  std::stable_sort(marks.begin(), marks.end(), [&](const Mark& a, const Mark& b) {
    const auto key = [&](const Mark& m) {
      return std::make_tuple(m.position.source != primary.position.source, m.position.source, m.position.line, !m.label->is_primary,
                             m.begin);
    };
    return key(a) < key(b);
  });
  std::uint32_t largest = 1;
  for (const Mark& mark : marks) largest = std::max(largest, mark.position.line);
  Writer writer{sources, paint, diagnostic.severity, std::to_string(largest).size(), {}};
  for (auto at = marks.begin(); at != marks.end();) {
    const auto next = std::find_if(at, marks.end(), [&](const Mark& m) { return m.position.source != at->position.source; });
    const bool is_first = at == marks.begin();
    writer.place(is_first ? "-->" : ":::", is_first ? primary.position : at->position);
    writer.file(&*at, &*at + (next - at));
    at = next;
  }
  return writer.out;
}

}  // namespace osac::diagnostics_frame
