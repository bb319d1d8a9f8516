// Here-documents (XCU 2.7.4): announced by `<<WORD`, their bodies follow the next newline of that command, each up to a line that
// is WORD. That line is looked for in the raw text, before anything in the body is expanded; so a value could end the body early. Where a
// line of the template could turn into WORD, quoting cannot help or is told to guard it (quote.cpp).

#include <algorithm>

#include "compiler/expression/shell_lexer.h"

namespace osac::expression {

namespace {

constexpr std::string_view could_end = "with this value the line could end the here-document";

bool is_word_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

std::string_view without_tabs(std::string_view line) {
  while (!line.empty() && line[0] == '\t') line.remove_prefix(1);
  return line;
}

/// Whether values for the holes of `line` could make it `word`: the literal parts in between have to fit, in order.
bool could_become(std::string_view line, std::string_view word) {
  const auto first = line.find(hole_mark);
  const auto last = line.rfind(hole_mark);
  const std::string_view head = line.substr(0, first);
  const std::string_view tail = line.substr(last + 1);
  if (head.size() + tail.size() > word.size() || !word.starts_with(head) || !word.ends_with(tail)) return false;
  word = word.substr(head.size(), word.size() - head.size() - tail.size());
  line = line.substr(first, last - first);
  while (!line.empty()) {
    line.remove_prefix(1);  // the hole
    const std::string_view literal = line.substr(0, line.find(hole_mark));
    const auto found = word.find(literal);
    if (found == std::string_view::npos) return false;
    word.remove_prefix(found + literal.size());
    line.remove_prefix(literal.size());
  }
  return true;
}

}  // namespace

void ShellLexer::announce_here_document() {
  HereDocument document;
  document.begin = at_;
  at_ += 2;
  document.strips_tabs = text_.at(at_) == '-';
  if (document.strips_tabs) ++at_;
  while (text_.at(at_) == ' ' || text_.at(at_) == '\t') ++at_;
  document.delimiter = take_delimiter(document.is_quoted);
  document.runs_as_code = top().command.runs_input();
  document.depth = frames_.size();
  pending_.push_back(std::move(document));
}

std::string ShellLexer::take_delimiter(bool& is_quoted) {
  std::string word;
  char quote = '\0';
  for (; at_ < text_.size(); ++at_) {
    const char c = text_.at(at_);
    if (text_.is_hole(at_)) {
      report(at_, "this value stands in the delimiter of a here-document", "write the delimiter as plain text");
    } else if (quote != '\0') {
      if (c == quote)
        quote = '\0';
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      is_quoted = true;
    } else if (c == '\\' && !text_.is_hole(at_ + 1)) {
      word += text_.at(++at_);
      is_quoted = true;
    } else if (std::string_view(" \t\n;&|<>()").find(c) != std::string_view::npos) {
      break;
    } else {
      word += c;
    }
  }
  return word;
}

void ShellLexer::start_here_documents() {
  if (pending_.front().depth != frames_.size()) {
    lost_ = true;  // shells disagree on whose newline this is
    return;
  }
  waiting_.insert(waiting_.end(), pending_.rbegin(), pending_.rend());
  pending_.clear();
  const HereDocument first = waiting_.back();
  waiting_.pop_back();
  start_here_document(first);
}

void ShellLexer::start_here_document(const HereDocument& document) {
  push(FrameKind::here_document, document.begin);
  Frame& frame = top();
  frame.document = document;
  open_documents_.push_back(frames_.size() - 1);
  const std::string_view text = text_.text;
  std::size_t begin = at_;
  bool continues = false;  // the line before ends in a backslash
  while (begin < text.size()) {
    const std::size_t newline = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, newline - begin);
    if ((document.strips_tabs ? without_tabs(line) : line) == document.delimiter) {
      if (continues && !document.is_quoted) lost_ = true;  // bash joins the lines first
      frame.end = begin;
      frame.after = std::min(newline + 1, text.size());
      check_lines(frame);
      return;
    }
    continues = line.ends_with('\\');
    begin = newline + 1;
  }
  report(document.begin, "the here-document is never closed", "write its delimiter on a line of its own");
  frame.end = frame.after = text.size();
}

void ShellLexer::check_lines(const Frame& frame) {
  const HereDocument document = frame.document;
  const std::string_view text = text_.text;
  for (std::size_t begin = at_; begin < frame.end;) {
    const std::size_t newline = std::min(text.find('\n', begin), frame.end);
    if (text.substr(begin, newline - begin).find(hole_mark) != std::string_view::npos) check_line(document, begin, newline);
    begin = newline + 1;
  }
}

/// With expansion the guard before a value that is a plain word keeps it from being the delimiter (or the start of one), so that only a
/// line that begins with literal text of the delimiter, or is one without its values, remains. Without expansion there is no guard.
void ShellLexer::check_line(const HereDocument& document, std::size_t begin, std::size_t end) {
  std::string_view line = std::string_view(text_.text).substr(begin, end - begin);
  if (document.strips_tabs) line = without_tabs(line);
  if (!could_become(line, document.delimiter)) return;
  const std::size_t hole = text_.text.find(hole_mark, begin);
  const bool is_plain_word = !document.delimiter.empty() &&
                             std::all_of(document.delimiter.begin(), document.delimiter.end(), is_word_char) &&
                             (document.delimiter[0] < '0' || document.delimiter[0] > '9');
  if (document.is_quoted) return report(hole, could_end, "take the quotes off its delimiter, or write more on the line");
  if (!is_plain_word) return report(hole, could_end, "make its delimiter a plain word such as EOF");
  std::string literal(line);
  literal.erase(std::remove(literal.begin(), literal.end(), hole_mark), literal.end());
  if (line[0] != hole_mark || literal == document.delimiter) report(hole, could_end, "choose another delimiter");
}

void ShellLexer::step_here_document() {
  const HereDocument& document = top().document;
  if (text_.is_hole(at_)) {
    if (document.runs_as_code)
      return refuse_hole("this value would be run as code", "use `script` with the interpreter's name, or pass the value as an argument");
    return take_hole(document.is_quoted ? HoleContext::shell_verbatim : HoleContext::shell_heredoc);
  }
  const char c = text_.at(at_);
  if (!document.is_quoted) {
    if (c == '\\' && text_.is_hole(at_ + 1)) {
      ++at_;
      return refuse_hole("a backslash stands before this value", "leave the backslash out: values are quoted by themselves");
    }
    if (c == '\\') ++at_;
    if (c == '`') return take_backquotes();
    if (c == '$') return take_dollar();
  }
  ++at_;
}

void ShellLexer::close_here_document() {
  const std::size_t index = open_documents_.back();
  const std::size_t after = frames_[index].after;
  if (frames_.size() != index + 1 || at_ > frames_[index].end) {
    report(frames_.back().begin, "this is not closed within the here-document", "close it before the delimiter");
    lost_ = true;
  }
  frames_.resize(index);
  open_documents_.pop_back();
  at_ = after;
  if (waiting_.empty() || waiting_.back().depth != frames_.size()) return;
  const HereDocument next = waiting_.back();
  waiting_.pop_back();
  start_here_document(next);
}

}  // namespace osac::expression
