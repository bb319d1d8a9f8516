#include "compiler/syntax/format_align.h"

#include <algorithm>
#include <array>
#include <optional>

#include "compiler/base/text.h"

namespace osac::syntax {

namespace {

/// Lines of one sort are aligned with each other.
enum class Sort : std::uint8_t { none, import, param, let, table, dimension, dataset, task, port, metric, column };

constexpr std::size_t ranks = 5;
/// A token that stands in a column, or one that only has to stand clear of it.
struct Mark {
  std::size_t index = 0;
  bool moves = true;
};
/// The marks of a line by rank: columns from left to right.
using Marks = std::array<std::optional<Mark>, ranks>;

bool has_lines(const Line& line) {
  return std::any_of(line.tokens.begin(), line.tokens.end(),
                     [](const Token& token) { return token.text.find('\n') != std::string_view::npos; });
}

bool ends_with_brace(const Line& line) {
  const std::size_t last = line.tokens.size() - (line.has_trailing_comment() ? 2 : 1);
  return line.tokens[last].text == "}";
}

Sort sort_of(const Line& line) {
  const Token& first = line.tokens.front();
  if (!first.starts_item || has_lines(line)) return Sort::none;
  if (line.tokens.size() > 1 && line.tokens[1].text == ":") return Sort::column;
  if (first.text == "import") return Sort::import;
  if (first.text == "param") return Sort::param;
  const bool is_function = line.tokens.size() > 2 && line.tokens[2].text == "(";
  if (first.text == "let") return is_function ? Sort::none : Sort::let;
  if (first.text == "dimension" || first.text == "relation") return Sort::dimension;
  if (first.text == "dataset") return Sort::dataset;
  if (first.text == "in" || first.text == "out") return Sort::port;
  if (first.text == "metric") return Sort::metric;
  if (first.text == "table" && ends_with_brace(line)) return Sort::table;
  if (first.text == "task" || first.text == "tool") return Sort::task;
  return Sort::none;
}

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The rank of a token of a line; brackets around it make it none.
std::optional<std::size_t> rank_of(Sort sort, const Line& line, std::size_t index) {
  const Token& token = line.tokens[index];
  const std::string_view text = token.text;
  switch (sort) {
    case Sort::none:
      return std::nullopt;
    case Sort::import:
      if (text == "(" || text == "as") return 0;
      break;
    case Sort::param:
    case Sort::let:
    case Sort::metric:
    case Sort::column:
      if (text == ":") return 0;
      if (text == "=") return 1;
      break;
    case Sort::table:
      if (text == "=") return 0;
      if (text == "{") return 1;
      break;
    case Sort::dimension:
      if (index == 1) return 0;
      if (text == ":") return 1;
      if (line.tokens[2].text == ":" && is_any_of(text, {"in", "from", "without", "implies", "order"})) return 2;
      break;
    case Sort::dataset:
      if (text == "for" && index == 2) return 0;
      if (text == "=") return 1;
      break;
    case Sort::task:
      if (text == "for" && index == 2) return 0;
      if (text == "{" && ends_with_brace(line)) return 1;
      if (token.starts_item && text == "out") return 2;
      if (token.starts_item && is_any_of(text, {"run", "script", "use"})) return 3;
      break;
    case Sort::port:
      if (text == ":") return 0;
      if (text == "=") return 1;
      if (index > 3 && is_any_of(text, {"before", "upto", "after"})) return 2;
      break;
  }
  return std::nullopt;
}

Marks marks_of(Sort sort, const Line& line) {
  Marks marks;
  unsigned depth = 0;
  std::optional<std::size_t> highest;
  for (std::size_t i = 1; i < line.tokens.size() && line.tokens[i].kind != TokenKind::comment; ++i) {
    const Token& token = line.tokens[i];
    const auto rank = depth == 0 ? rank_of(sort, line, i) : std::nullopt;
    if (rank && (!highest || *rank > *highest)) {
      marks[*rank] = Mark{i};
      highest = rank;
    }
    const bool is_task_brace = sort == Sort::task && (token.text == "{" || token.text == "}");
    if (is_any_of(token.text, {"(", "[", "{"}) && !is_task_brace) ++depth;
    if (is_any_of(token.text, {")", "]", "}"}) && !is_task_brace && depth > 0) --depth;
  }
  // The parts of a dimension stand clear of every type of the group, and `for` of every name.
  const std::size_t end = line.tokens.size() - (line.has_trailing_comment() ? 1 : 0);
  if (sort == Sort::dimension && marks[1] && !marks[2]) marks[2] = Mark{end, false};
  if ((sort == Sort::dataset || sort == Sort::task) && !marks[0] && end > 2) marks[0] = Mark{2, false};
  return marks;
}

/// The column where a token starts; that of the index behind the last one is where another token would start.
std::size_t column_of(const Line& line, std::size_t index) {
  std::size_t column = line.level * indentation_width;
  for (std::size_t i = 0; i <= index; ++i) {
    if (i == line.tokens.size() || (i == index && line.tokens[i].kind == TokenKind::comment)) return column + 1;
    column += line.tokens[i].before;
    if (i == index) break;
    const std::string_view text = line.tokens[i].text;
    const std::size_t newline = text.rfind('\n');
    column = newline == std::string_view::npos ? column + count_code_points(text) : count_code_points(text.substr(newline + 1));
  }
  return column;
}

struct Member {
  Line* line;
  Marks marks;
};

void align_group(std::vector<Member>& group) {
  if (group.size() > 1) {
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      std::size_t target = 0;
      for (const Member& member : group)
        if (member.marks[rank]) target = std::max(target, column_of(*member.line, member.marks[rank]->index));
      for (const Member& member : group) {
        if (!member.marks[rank] || !member.marks[rank]->moves) continue;
        const std::size_t index = member.marks[rank]->index;
        member.line->tokens[index].before += target - column_of(*member.line, index);
      }
    }
  }
  group.clear();
}

/// Aligns the items of one level. Groups end at blank lines, at lines of another sort and at other levels; comment lines do not end
/// one, nor do the fields of a dataset's record.
void align_marks(std::vector<Line>& lines, std::size_t level) {
  std::vector<Member> group;
  Sort sort_of_group = Sort::none;
  for (Line& line : lines) {
    const bool is_in_record = sort_of_group == Sort::dataset && (line.level > level || line.tokens.front().text == "}");
    if (is_in_record || (line.is_comment() && !line.blank_before)) continue;
    const Sort sort = line.level == level ? sort_of(line) : Sort::none;
    if (line.blank_before || sort != sort_of_group) align_group(group);
    sort_of_group = sort;
    if (sort != Sort::none) group.push_back({&line, marks_of(sort, line)});
  }
  align_group(group);
}

void align_comments(std::vector<Line>& lines) {
  const auto is_member = [](const Line& line) { return line.has_trailing_comment() && !has_lines(line); };
  const auto start = [](const Line& line) {
    return column_of(line, line.tokens.size() - 2) + count_code_points(line.tokens[line.tokens.size() - 2].text) + 2;
  };
  for (std::size_t begin = 0; begin < lines.size();) {
    if (!is_member(lines[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin + 1;
    while (end < lines.size() && is_member(lines[end]) && !lines[end].blank_before && lines[end].level == lines[begin].level) ++end;
    std::size_t target = 0;
    for (std::size_t i = begin; i < end; ++i) target = std::max(target, start(lines[i]));
    for (std::size_t i = begin; i < end; ++i) lines[i].tokens.back().before += target - start(lines[i]);
    begin = end;
  }
}

}  // namespace

void align(std::vector<Line>& lines) {
  for (const std::size_t level : {0U, 1U}) align_marks(lines, level);  // declarations, then clauses and columns
  align_comments(lines);
}

}  // namespace osac::syntax
