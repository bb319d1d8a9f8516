#include "compiler/syntax/format_lines.h"

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/syntax/words.h"

namespace osac::syntax {

namespace {

/// Answers "is this offset in the list" for offsets that only rise.
struct Cursor {
  explicit Cursor(std::vector<std::size_t> offsets) : sorted(std::move(offsets)) { std::sort(sorted.begin(), sorted.end()); }
  bool reaches(std::size_t offset) {
    while (next < sorted.size() && sorted[next] < offset) ++next;
    return next < sorted.size() && sorted[next] == offset;
  }
  std::vector<std::size_t> sorted;
  std::size_t next = 0;
};

std::size_t end_of_number(std::string_view text, std::size_t at) {
  const auto skip_digits = [&] {
    while (at < text.size() && is_digit(text[at])) ++at;
  };
  skip_digits();
  if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
    ++at;
    skip_digits();
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const std::size_t digits = at + 1 + (at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-') ? 1 : 0);
    if (digits < text.size() && is_digit(text[digits])) {
      at = digits;
      skip_digits();
    }
  }
  return at;
}

std::size_t end_of_mark(std::string_view text, std::size_t at) {
  for (const std::string_view mark : {"...", "..<", "..", "==", "!=", "<=", ">="})
    if (text.substr(at, mark.size()) == mark) return at + mark.size();
  return at + 1;
}

struct Splitter {
  std::string_view text;
  const Layout& layout;
  Cursor items;
  Cursor clinging_to_previous;
  Cursor clinging_to_next;
  std::size_t next_text = 0;

  struct Bracket {
    char opener;
    bool is_enum;
  };
  std::vector<Bracket> brackets;
  std::size_t braces = 0;
  bool previous_clings = false;  // the last token clings to the one behind it
  std::vector<Line> lines;

  std::size_t end_of_text(std::size_t at) {
    while (next_text < layout.texts.size() && layout.texts[next_text].first < at) ++next_text;
    if (next_text < layout.texts.size() && layout.texts[next_text].first == at) return layout.texts[next_text].second;
    return skip_text(text, at);
  }

  Token read(std::size_t at) {
    if (text[at] == '#') return {TokenKind::comment, trim(text.substr(at, std::min(text.find('\n', at), text.size()) - at))};
    if (text[at] == '"') return {TokenKind::text, text.substr(at, end_of_text(at) - at)};
    if (is_digit(text[at])) return {TokenKind::number, text.substr(at, end_of_number(text, at) - at)};
    if (is_name_start(text[at])) return {TokenKind::word, word_at(text, at)};
    return {TokenKind::mark, text.substr(at, end_of_mark(text, at) - at)};
  }

  void start_line(const Token& first, bool blank_before) {
    Line line;
    line.blank_before = blank_before && !lines.empty();
    line.level = braces;
    const bool closes = first.text == "}" || first.text == ")" || first.text == "]";
    const bool is_in_enum = !brackets.empty() && brackets.back().is_enum;
    if (first.text == "}") --line.level;
    if (!first.starts_item && !closes && !is_in_enum && first.kind != TokenKind::comment) ++line.level;
    lines.push_back(std::move(line));
  }

  void count_bracket(const Token& token, const Line& line) {
    if (token.kind != TokenKind::mark) return;
    const char c = token.text.front();
    if (c == '{') ++braces;
    if (c == '}') --braces;
    if (c == '(' || c == '[' || c == '{') brackets.push_back({c, c == '{' && line.tokens.front().text == "enum"});
    if ((c == ')' || c == ']' || c == '}') && !brackets.empty()) brackets.pop_back();
  }

  /// The blanks between two tokens of a line, before anything is aligned.
  static std::size_t least_blanks(const Line& line, const Token& token, bool clings) {
    const Token& previous = line.tokens.back();
    if (token.kind == TokenKind::comment) return 2;
    if (clings) return 0;
    if (previous.text == "{") return token.text == "}" ? 0 : 1;
    if (token.starts_item) return 2;
    if (token.text == "," || token.text == ")" || token.text == "]" || previous.text == "(" || previous.text == "[") return 0;
    if (token.text == "." || previous.text == "." || token.text == ".." || previous.text == "..") return 0;
    const bool leads_input = line.tokens.size() == 1 && previous.starts_item && previous.text == "in";
    return leads_input && token.text != ":" ? 2 : 1;
  }

  void add(std::size_t at, std::size_t previous_end) {
    Token token = read(at);
    const std::string_view between = text.substr(previous_end, at - previous_end);
    const auto newlines = std::count(between.begin(), between.end(), '\n');
    if (token.kind != TokenKind::comment) token.starts_item = items.reaches(at);
    if (newlines > 0 || lines.empty()) {
      start_line(token, newlines > 1);
    } else {
      // A question mark behind a condition stands apart, behind a name it does not: as the author has it.
      const bool clings = previous_clings || clinging_to_previous.reaches(at) || (token.text == "?" && between.empty());
      token.before = least_blanks(lines.back(), token, clings);
    }
    previous_clings = clinging_to_next.reaches(at);
    lines.back().tokens.push_back(token);
    count_bracket(token, lines.back());
  }

  /// A comment line stands where the line below it does, except above a closing brace.
  void indent_comments() {
    for (std::size_t i = lines.size(); i-- > 1;) {
      const Token& below = lines[i].tokens.front();
      if (lines[i - 1].is_comment() && below.text != "}" && lines[i].level > lines[i - 1].level) lines[i - 1].level = lines[i].level;
    }
  }
};

}  // namespace

std::vector<Line> split_into_lines(std::string_view text, const Layout& layout) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  Splitter splitter{text,  layout, Cursor(layout.item_starts), Cursor(layout.clings_to_previous), Cursor(layout.clings_to_next), 0, {}, 0,
                    false, {}};
  std::size_t at = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  std::size_t previous_end = at;
  while (true) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at >= text.size()) break;
    splitter.add(at, previous_end);
    at = previous_end = at + splitter.lines.back().tokens.back().text.size();
  }
  splitter.indent_comments();
  return std::move(splitter.lines);
}

}  // namespace osac::syntax
