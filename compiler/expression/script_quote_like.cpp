// What else can hold quote characters: regular expressions, here-documents, q(...) and %w[...], documentation blocks. Values in
// them are refused; they are read so that quotes in them do not turn the rest of the script inside out.

#include <algorithm>
#include <array>

#include "compiler/expression/script_lexer.h"

namespace osac::expression {

namespace {

constexpr std::string_view regex_refusal = "this value stands in a regular expression or a quoting operator";
constexpr std::string_view here_document_refusal = "this value stands in a here-document";
constexpr std::string_view help = "assign it to a variable first, outside quotes: `name = {x}`";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word_char(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_one_of(char c, std::string_view set) { return c != '\0' && set.find(c) != std::string_view::npos; }

char closer_of(char open) {
  switch (open) {
    case '(':
      return ')';
    case '[':
      return ']';
    case '{':
      return '}';
    case '<':
      return '>';
    default:
      return open;
  }
}

}  // namespace

bool ScriptLexer::take_quote_like() {
  if (is(Language::javascript)) return take_regex();
  if (!is(Language::perl) && !is(Language::ruby)) return false;
  return take_documentation() || take_here_document() || (is(Language::perl) ? take_perl_operator() : take_ruby_percent()) || take_regex();
}

/// Whether a value, not an operator, would stand here: after an operator, an opening bracket, a line's start, or some words.
bool ScriptLexer::starts_operand() const {
  std::size_t end = at_;
  while (end > 0 && is_blank(at(end - 1))) --end;
  if (end == 0) return true;
  if (text_.is_hole(end - 1)) return false;
  const char before = at(end - 1);
  if (!is_word_char(before)) return is_one_of(before, "(,=:[!&|?{};~<>+-*%\n");
  std::size_t begin = end;
  while (begin > 0 && is_word_char(at(begin - 1))) --begin;
  constexpr std::array<std::string_view, 14> words = {"return", "split", "if",   "unless", "and",  "or",    "not",
                                                      "grep",   "map",   "when", "while",  "case", "until", "typeof"};
  return std::find(words.begin(), words.end(), std::string_view(text_.text).substr(begin, end - begin)) != words.end();
}

/// Up to the closing delimiter; brackets nest, a backslash escapes.
void ScriptLexer::take_delimited(char open) {
  const char close = closer_of(open);
  const std::size_t begin = at_++;
  for (std::size_t brackets = 1; brackets > 0 && at_ < text_.size();) {
    if (text_.is_hole(at_)) {
      refuse_hole(regex_refusal, help);
      continue;
    }
    const char c = at(at_);
    if (c == '\\' && !text_.is_hole(at_ + 1)) {
      at_ += 2;
      continue;
    }
    if (c == close)
      --brackets;
    else if (c == open)
      ++brackets;
    ++at_;
    if (brackets == 0) return;
  }
  report(begin, "this quoting is never closed", "close it");
}

bool ScriptLexer::take_regex() {
  if (at(at_) != '/' || !starts_operand()) return false;
  const std::size_t begin = at_++;
  bool in_class = false;  // `/` within [...] ends nothing
  while (at_ < text_.size() && at(at_) != '\n') {
    if (text_.is_hole(at_)) {
      refuse_hole(regex_refusal, help);
      continue;
    }
    const char c = at(at_++);
    if (c == '\\' && !text_.is_hole(at_) && at(at_) != '\n') ++at_;
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (c == '/' && !in_class) return true;
  }
  report(begin, "the regular expression that starts here is never closed", "close it, or put blanks around a `/` that divides");
  return true;
}

/// q qq qw qx m qr, and s tr y with two parts.
bool ScriptLexer::take_perl_operator() {
  if (!is_letter(at(at_)) || (at_ > 0 && (is_word_char(at(at_ - 1)) || is_one_of(at(at_ - 1), "$@%&>-")))) return false;
  std::size_t end = at_;
  while (is_word_char(at(end))) ++end;
  const std::string_view word = std::string_view(text_.text).substr(at_, end - at_);
  constexpr std::array<std::string_view, 9> operators = {"m", "q", "qq", "qr", "qw", "qx", "s", "tr", "y"};
  const bool is_operator = std::find(operators.begin(), operators.end(), word) != operators.end();
  const std::size_t word_end = end;
  while (is_blank(at(end))) ++end;
  const char open = at(end);
  const bool is_delimiter = open != '\0' && !is_word_char(open) && open != '\n' && !is_one_of(open, ",;)") &&
                            !(open == '=' && (end > word_end || at(end + 1) == '>')) && !(open == '#' && end > word_end) &&
                            !(open == '}' && at_ > 0 && at(at_ - 1) == '{');
  if (!is_operator || !is_delimiter) {
    at_ = word_end;  // the word is passed whole, so that its end is not taken for an operator
    return true;
  }
  at_ = end;
  take_delimited(open);
  if (word != "s" && word != "tr" && word != "y") return true;
  if (closer_of(open) == open) {
    --at_;  // the middle delimiter opens the second part
    take_delimited(open);
    return true;
  }
  while (is_blank(at(at_)) || at(at_) == '\n') ++at_;
  if (at_ < text_.size() && !text_.is_hole(at_)) take_delimited(at(at_));
  return true;
}

bool ScriptLexer::take_ruby_percent() {
  if (at(at_) != '%' || !starts_operand()) return false;
  const std::size_t open = at_ + (is_one_of(at(at_ + 1), "qQwWiIrsx") ? 2 : 1);
  if (!is_one_of(at(open), "([{<|!/")) return false;
  at_ = open;
  take_delimited(at(open));
  return true;
}

/// `<<EOF`, `<<"EOF"`, `<<~EOF`, with nothing in between and no operand before.
bool ScriptLexer::take_here_document() {
  if (!starts_with("<<") || (at_ > 0 && (is_word_char(at(at_ - 1)) || is_one_of(at(at_ - 1), ")]}")))) return false;
  std::size_t begin = at_ + 2;
  HereDocument document;
  document.may_be_indented = is_one_of(at(begin), "~-");
  if (document.may_be_indented) ++begin;
  const char quote = is_one_of(at(begin), "\"'`") ? at(begin) : '\0';
  if (quote != '\0') ++begin;
  if (!is_letter(at(begin))) return false;
  std::size_t end = begin;
  while (quote == '\0' ? is_word_char(at(end)) : at(end) != quote && at(end) != '\n' && at(end) != '\0') ++end;
  document.delimiter = text_.text.substr(begin, end - begin);
  here_documents_.push_back(std::move(document));
  at_ = end + (quote == '\0' ? 0 : 1);
  return true;
}

void ScriptLexer::take_here_document_bodies() {
  const std::size_t newline = at_;
  ++at_;
  for (const HereDocument& document : here_documents_) {
    bool is_closed = false;
    while (!is_closed && at_ < text_.size()) {
      const std::size_t end = std::min(text_.text.find('\n', at_), text_.size());
      std::string_view line = std::string_view(text_.text).substr(at_, end - at_);
      while (document.may_be_indented && !line.empty() && is_blank(line[0])) line.remove_prefix(1);
      is_closed = line == document.delimiter;
      skip_to(end, here_document_refusal, help);
      if (at_ < text_.size()) ++at_;
    }
    if (!is_closed)
      report(newline, "the here-document that starts in this line is never closed", "write its delimiter on a line of its own");
  }
  here_documents_.clear();
}

/// `=pod` to `=cut`, `=begin` to `=end`, and all after `__END__`: as comments.
bool ScriptLexer::take_documentation() {
  if (!at_line_start()) return false;
  const bool is_end = starts_with("__END__") || (is(Language::perl) && starts_with("__DATA__"));
  const bool is_block = is(Language::perl) ? at(at_) == '=' && is_letter(at(at_ + 1)) : starts_with("=begin");
  if (!is_end && !is_block) return false;
  const std::size_t close = is_block ? text_.text.find(is(Language::perl) ? "\n=cut" : "\n=end", at_) : std::string::npos;
  const std::size_t end = close == std::string::npos ? text_.size() : close + 5;
  while (at_ < end) {
    if (text_.is_hole(at_))
      take_hole(HoleContext::shell_verbatim);
    else
      ++at_;
  }
  return true;
}

}  // namespace osac::expression
