#include "compiler/tables/json_scanner.h"

#include <fmt/format.h>

namespace osac::tables {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

}  // namespace

bool JsonScanner::fail(std::string why, std::size_t length) {
  if (!failure_) failure_ = Failure{span(at_, std::min(at_ + length, text_.size())), std::move(why)};
  return false;
}

char JsonScanner::peek() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
  return current();
}

bool JsonScanner::take(char c) {
  if (peek() != c || at_ >= text_.size()) return false;
  ++at_;
  return true;
}

bool JsonScanner::expect(char c) {
  if (take(c)) return true;
  return fail(at_ < text_.size() ? fmt::format("here belongs a `{}`", c) : fmt::format("it ends where a `{}` belongs", c));
}

bool JsonScanner::expect_end() {
  peek();
  return at_ == text_.size() || fail("there is more text after its end");
}

bool JsonScanner::value(Cell& cell) {
  const char c = peek();
  const std::size_t first = at_;
  if (c == '"') return string(cell);
  if (c == '-' || is_digit(c)) return number(cell);
  if (c != '[' && c != '{') return word(cell);
  if (!skip_nested(1)) return false;
  cell = {text_.substr(first, at_ - first), span(first, at_), Form::nested, Escapes::none};
  return true;
}

bool JsonScanner::check_escape() {
  const char c = current();
  if (c == 'u') {
    for (std::size_t i = 1; i <= 4; ++i)
      if (at_ + i >= text_.size() || !is_hex(text_[at_ + i])) return fail("`\\u` needs four hexadecimal digits");
    at_ += 5;
    return true;
  }
  if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) return fail("there is no such escape in JSON");
  ++at_;
  return true;
}

bool JsonScanner::string(Cell& cell) {
  if (peek() != '"') return fail("here belongs a text in quotes");
  const std::size_t open = at_++;
  Escapes escapes = Escapes::none;
  while (true) {
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' && static_cast<unsigned char>(text_[at_]) >= 0x20) ++at_;
    if (current() == '"') break;
    if (current() == '\\') {
      ++at_;
      escapes = Escapes::json;
      if (!check_escape()) return false;
      continue;
    }
    if (at_ < text_.size() && current() != '\n') return fail("a control character in a text is written with `\\`");
    at_ = open;
    return fail("this text is never closed");
  }
  ++at_;
  cell = {text_.substr(open + 1, at_ - open - 2), span(open, at_), Form::string, escapes};
  return true;
}

std::size_t JsonScanner::digits() {
  const std::size_t first = at_;
  while (is_digit(current())) ++at_;
  return at_ - first;
}

bool JsonScanner::number(Cell& cell) {
  const std::size_t first = at_;
  if (current() == '-') ++at_;
  const bool leads_with_zero = current() == '0';
  const std::size_t whole = digits();
  bool is_fine = whole > 0 && !(leads_with_zero && whole > 1);
  if (current() == '.') {
    ++at_;
    is_fine = digits() > 0 && is_fine;
  }
  if (current() == 'e' || current() == 'E') {
    ++at_;
    if (current() == '+' || current() == '-') ++at_;
    is_fine = digits() > 0 && is_fine;
  }
  const std::size_t last = at_;
  cell = {text_.substr(first, last - first), span(first, last), Form::number, Escapes::none};
  if (is_fine) return true;
  at_ = first;
  return fail("this is no number of JSON", last - first);
}

bool JsonScanner::word(Cell& cell) {
  std::size_t length = 0;
  while (at_ + length < text_.size() && (text_[at_ + length] | 0x20) >= 'a' && (text_[at_ + length] | 0x20) <= 'z') ++length;
  const std::string_view text = text_.substr(at_, length);
  cell = {text, span(at_, at_ + length), text == "null" ? Form::nothing : Form::boolean, Escapes::none};
  if (text != "null" && text != "true" && text != "false") {
    if (at_ >= text_.size()) return fail("it ends where a value belongs");
    return fail("here belongs a value", std::max<std::size_t>(length, 1));
  }
  at_ += length;
  return true;
}

bool JsonScanner::skip_value(int depth) {
  const char c = peek();
  if (c == '[' || c == '{') return skip_nested(depth + 1);
  Cell ignored;
  return value(ignored);
}

bool JsonScanner::skip_nested(int depth) {
  if (depth > deepest) return fail("it is nested too deeply");
  const bool is_object = current() == '{';
  const char close = is_object ? '}' : ']';
  ++at_;
  if (take(close)) return true;
  do {
    Cell key;
    if (is_object && (!string(key) || !expect(':'))) return false;
    if (!skip_value(depth)) return false;
  } while (take(','));
  return expect(close);
}

}  // namespace osac::tables
