// The steps of the shell lexer (XCU 2.2 to 2.6): one token each, by what is open.

#include <algorithm>

#include "compiler/expression/shell_lexer.h"

namespace osac::expression {

namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_special_parameter(char c) { return is_digit(c) || (c != '\0' && std::string_view("@*#?-$!").find(c) != std::string_view::npos); }

}  // namespace

ShellScan ShellLexer::scan() {
  scan_.contexts.assign(text_.hole_count(), HoleContext::shell_bare);
  if (text_.has_nul) report(0, "the command holds a NUL byte", "take it out: no command line can hold one");
  push(FrameKind::command, 0);
  while (!gave_up_) {
    if (!open_documents_.empty() && at_ >= frames_[open_documents_.back()].end) {
      close_here_document();
    } else if (at_ < text_.size()) {
      step();
    } else {
      break;
    }
  }
  if (!gave_up_ && !lost_) check_closed();
  std::stable_sort(scan_.problems.begin(), scan_.problems.end(), [](const auto& a, const auto& b) { return a.part < b.part; });
  if (scan_.needs_shell) scan_.words.clear();
  return std::move(scan_);
}

void ShellLexer::step() {
  switch (top().kind) {
    case FrameKind::command:
    case FrameKind::group:
    case FrameKind::substitution:
    case FrameKind::list:
      return step_command();
    case FrameKind::double_quotes:
      return step_double_quotes();
    case FrameKind::expansion:
      return step_expansion();
    case FrameKind::arithmetic:
      return step_arithmetic();
    case FrameKind::here_document:
      return step_here_document();
  }
}

void ShellLexer::step_command() {
  if (text_.is_hole(at_)) return take_hole(HoleContext::shell_bare);
  const char c = text_.at(at_);
  switch (c) {
    case '\\':
      return take_backslash();
    case '\'':
      return take_single_quotes(false);
    case '"':
      open_word();
      top().word.is_quoted = true;
      push(FrameKind::double_quotes, at_++);
      return;
    case '`':
      return take_backquotes();
    case '$':
      return take_dollar();
    case '\n':
      return take_newline();
    case ' ':
    case '\t':
      finish_word();
      ++at_;
      return;
    case ';':
    case '&':
    case '|':
    case '<':
    case '>':
      return take_operator();
    case '(':
      return take_open_paren();
    case ')':
      return take_close_paren();
    case '#':
      if (!top().has_word) return take_comment();
      break;
    case '*':
    case '?':
    case '[':
    case '{':
    case '}':
      scan_.needs_shell = true;
      break;
    case '~':
      if (!top().has_word || top().word.text.ends_with('=') || top().word.text.ends_with(':')) scan_.needs_shell = true;
      break;
    default:
      break;
  }
  add_char(c);
  ++at_;
}

/// '' and "" are words, though nothing is in them.
void ShellLexer::end_quotes(std::size_t begin) {
  Frame* frame = word_frame();
  if (frame == nullptr || !frame->pieces.empty()) return;
  frame->pieces.push_back({text_.part_at(begin), ""});
  frame->last_piece_is_text = true;
}

void ShellLexer::take_backslash() {
  if (text_.is_hole(at_ + 1)) {
    ++at_;
    return refuse_hole("a backslash stands before this value", "leave the backslash out: values are quoted by themselves");
  }
  const char next = text_.at(at_ + 1);
  if (next == '\n' && at_ + 1 < text_.size()) {  // the line goes on
    at_ += 2;
    return;
  }
  open_word();
  top().word.is_quoted = true;
  add_char(at_ + 1 < text_.size() ? next : '\\');
  at_ += 2;
}

void ShellLexer::take_single_quotes(bool are_ansi) {
  const std::size_t begin = at_;
  scan_.needs_shell = scan_.needs_shell || are_ansi;
  open_word();
  Frame* frame = word_frame();
  if (frame != nullptr) frame->word.is_quoted = true;
  for (at_ += are_ansi ? 2 : 1; at_ < text_.size() && text_.at(at_) != '\'';) {
    if (text_.is_hole(at_)) {
      if (are_ansi)
        refuse_hole("this value stands inside `$'...'`", "close the quotes before it: `$'...'{x}`");
      else
        take_hole(HoleContext::shell_single);
      continue;
    }
    if (are_ansi && text_.at(at_) == '\\') {
      if (text_.at(at_ + 1) == '\'') lost_ = true;  // dash ends the quotes here, bash does not
      if (!text_.is_hole(at_ + 1)) ++at_;
    }
    if (at_ < text_.size()) add_char(text_.at(at_));
    ++at_;
  }
  if (at_ >= text_.size()) report(begin, "the quote `'` is never closed", "close it, or write `\\'` for the character");
  end_quotes(begin);
  ++at_;
}

void ShellLexer::take_backquotes() {
  const std::size_t begin = at_;
  add_expansion();
  for (++at_; at_ < text_.size() && text_.at(at_) != '`';) {
    if (text_.is_hole(at_)) {
      refuse_hole("this value stands inside backquotes", "write `$(...)` instead");
    } else {
      at_ += text_.at(at_) == '\\' && !text_.is_hole(at_ + 1) ? 2 : 1;
    }
  }
  if (at_ >= text_.size()) report(begin, "the backquote is never closed", "close it, or write `$(...)` instead");
  ++at_;
}

void ShellLexer::take_name() {
  while (is_name_start(text_.at(at_)) || is_digit(text_.at(at_))) ++at_;
  if (text_.is_hole(at_)) refuse_hole("this value continues the name of a variable", "write braces around the name: `${{name}}{x}`");
}

void ShellLexer::take_dollar() {
  const bool in_command = is_commands(top().kind);
  const std::size_t begin = at_;
  const char next = text_.at(at_ + 1);
  if (text_.is_hole(at_ + 1)) {
    ++at_;
    return refuse_hole("a `$` stands before this value", "write `${{name}}` for a variable of the shell, `\\$` for the character");
  }
  if (next == '\'' && in_command) return take_single_quotes(true);
  if (next == '"' && in_command) {  // "..." in the locale's language: as without the `$`
    scan_.needs_shell = true;
    ++at_;
    return;
  }
  if (next == '(' || next == '{' || next == '[') {
    add_expansion();
    const bool is_arithmetic = next == '[' || (next == '(' && text_.at(at_ + 2) == '(');
    push(is_arithmetic ? FrameKind::arithmetic : next == '{' ? FrameKind::expansion : FrameKind::substitution, begin);
    top().closer = next == '[' ? ']' : ')';
    at_ += is_arithmetic && next == '(' ? 3 : 2;
    return;
  }
  if (is_name_start(next)) {
    add_expansion();
    ++at_;
    return take_name();
  }
  if (is_special_parameter(next)) {
    add_expansion();
    at_ += 2;
    return;
  }
  add_char('$');
  ++at_;
}

void ShellLexer::step_double_quotes() {
  if (text_.is_hole(at_)) return take_hole(HoleContext::shell_double);
  const char c = text_.at(at_);
  if (c == '"') {
    const std::size_t begin = top().begin;
    pop();
    end_quotes(begin);
    ++at_;
    return;
  }
  if (c == '`') return take_backquotes();
  if (c == '$') return take_dollar();
  if (c == '\\') {
    if (text_.is_hole(at_ + 1)) {
      ++at_;
      return refuse_hole("a backslash stands before this value", "leave the backslash out: values are quoted by themselves");
    }
    const char next = text_.at(at_ + 1);
    if (next == '\n') {
      at_ += 2;
      return;
    }
    if (next == '$' || next == '`' || next == '"' || next == '\\') ++at_;
  }
  add_char(text_.at(at_));
  ++at_;
}

void ShellLexer::step_expansion() {
  if (text_.is_hole(at_)) return take_hole(HoleContext::shell_bare);
  const bool is_in_quotes = in_quotes();
  switch (text_.at(at_)) {
    case '}':
      pop();
      ++at_;
      return;
    case '\\':
      at_ += text_.is_hole(at_ + 1) ? 1 : 2;
      return;
    case '\'':
      if (is_in_quotes)
        lost_ = true;  // a quote or a character, by shell and operator
      else
        return take_single_quotes(false);
      break;
    case '"':
      push(FrameKind::double_quotes, at_);
      break;
    case '`':
      return take_backquotes();
    case '$':
      return take_dollar();
    default:
      break;
  }
  ++at_;
}

void ShellLexer::step_arithmetic() {
  if (text_.is_hole(at_)) return take_hole(HoleContext::shell_number);
  Frame& frame = top();
  const char c = text_.at(at_);
  const bool is_square = frame.closer == ']';
  if (c == '\\') {
    at_ += text_.is_hole(at_ + 1) ? 1 : 2;
    return;
  }
  if (c == '`') return take_backquotes();
  if (c == '$') return take_dollar();
  if (c == (is_square ? '[' : '(')) ++frame.brackets;
  if (c == frame.closer) {
    if (frame.brackets > 0) {
      --frame.brackets;
    } else {
      if (!is_square && text_.at(at_ + 1) != ')') lost_ = true;  // it was a command in parentheses
      at_ += is_square ? 0 : 1;
      pop();
    }
  }
  ++at_;
}

void ShellLexer::take_comment() {
  scan_.needs_shell = true;
  while (at_ < text_.size() && text_.at(at_) != '\n') {
    if (text_.is_hole(at_)) scan_.contexts[text_.hole_at(at_)] = HoleContext::shell_verbatim;
    ++at_;
  }
}

void ShellLexer::take_newline() {
  finish_word();
  top().command.end();
  had_newline_ = had_newline_ || !scan_.words.empty();
  ++at_;
  if (!pending_.empty()) start_here_documents();
}

void ShellLexer::take_operator() {
  scan_.needs_shell = true;
  const char c = text_.at(at_);
  const char next = text_.at(at_ + 1);
  if (c == '<' || c == '>') return take_redirection();
  if (c == '&' && next == '>') {
    finish_word();
    ++at_;
    return take_redirection();
  }
  finish_word();
  if (c == ';' && (next == ';' || next == '&')) {
    top().command.end_branch();
    at_ += text_.at(at_ + 2) == '&' ? 3 : 2;
    return;
  }
  top().command.end();
  ++at_;
}

void ShellLexer::take_redirection() {
  const ShellWord& word = top().word;
  const bool is_descriptor = top().has_word && !word.is_quoted && !word.holes.empty() &&
                             std::all_of(word.text.begin(), word.text.end(), [](char c) { return c == hole_mark || is_digit(c); });
  if (top().has_word && word.holes.empty() && !word.is_quoted && std::all_of(word.text.begin(), word.text.end(), is_digit)) drop_word();
  if (is_descriptor) {
    report(text_.hole_position(word.holes.front()), "this value, if a number, would be taken for the file descriptor of the redirection",
           "put a blank after it");
  }
  const std::string_view rest = std::string_view(text_.text).substr(at_);
  if (rest.size() > 1 && rest[1] == '(') {  // <(...) is a word
    add_expansion();
    push(FrameKind::substitution, at_);
    at_ += 2;
    return;
  }
  finish_word();
  if (rest.substr(0, 2) == "<<" && rest.substr(0, 3) != "<<<") return announce_here_document();
  while (at_ < text_.size() && (text_.at(at_) == '<' || text_.at(at_) == '>')) ++at_;
  if (text_.at(at_) == '&' || text_.at(at_) == '|') ++at_;
  top().expects_target = true;
}

void ShellLexer::take_open_paren() {
  scan_.needs_shell = true;
  Frame& frame = top();
  if (frame.has_word && frame.word.text.ends_with('=')) {  // a=(...)
    frame.word.text += expansion_mark;
    push(FrameKind::list, at_++);
    return;
  }
  finish_word();
  if (frame.command.expects_pattern()) {
    ++at_;
    return;
  }
  const bool is_arithmetic = text_.at(at_ + 1) == '(' && (frame.command.at_start() || frame.command.is_for());
  push(is_arithmetic ? FrameKind::arithmetic : FrameKind::group, at_);
  at_ += is_arithmetic ? 2 : 1;
}

void ShellLexer::take_close_paren() {
  finish_word();
  if (top().command.expects_pattern()) {
    top().command.end_pattern();
  } else if (frames_.size() > 1 && top().kind != FrameKind::command) {
    const FrameKind kind = top().kind;
    pop();
    if (!pending_.empty() && pending_.back().depth > frames_.size()) lost_ = true;  // its body would follow the bracket
    if (kind == FrameKind::group && is_commands(top().kind)) top().command.end();   // `f() {` starts a command
  } else {
    if (!lost_) report(at_, "this `)` closes nothing", "quote it: `\\)`");
  }
  ++at_;
}

void ShellLexer::check_closed() {
  if (is_commands(top().kind)) finish_word();
  for (std::size_t i = 1; i < frames_.size(); ++i) {
    const Frame& frame = frames_[i];
    switch (frame.kind) {
      case FrameKind::double_quotes:
        report(frame.begin, "the quote `\"` is never closed", "close it, or write `\\\"` for the character");
        break;
      case FrameKind::expansion:
        report(frame.begin, "the `${` is never closed", "write a `}` (in .osa text: `}}`)");
        break;
      case FrameKind::command:
      case FrameKind::group:
      case FrameKind::substitution:
      case FrameKind::list:
      case FrameKind::arithmetic:
        report(frame.begin, "the bracket that opens here is never closed", "write the closing bracket");
        break;
      case FrameKind::here_document:
        break;  // closed by the end of the text; reported where it was announced
    }
  }
  for (const HereDocument& document : pending_) report(document.begin, "the here-document has no text", "write it on the lines below");
}

ShellScan scan_shell(const std::vector<CommandPart>& parts) {
  ShellScan scan = ShellLexer(parts).scan();
  if (scan.needs_shell) return scan;
  for (HoleContext& context : scan.contexts) context = context == HoleContext::shell_bare ? HoleContext::word : HoleContext::plain;
  return scan;
}

}  // namespace osac::expression
