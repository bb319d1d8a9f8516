#include "compiler/syntax/resync.h"

#include <algorithm>
#include <array>

#include "compiler/syntax/words.h"

namespace osac::syntax {

namespace {

constexpr std::size_t error_limit = 200;

/// Whether only blanks stand between the start of the line and `at`.
bool starts_line(std::string_view text, std::size_t at) {
  while (at > 0 && is_blank(text[at - 1])) --at;
  return at == 0 || text[at - 1] == '\n';
}

std::size_t column(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && text[begin - 1] != '\n') --begin;
  return at - begin;
}

/// A declaration's first word, with the name behind it.
bool is_declaration_start(std::string_view text, std::size_t at) {
  const std::string_view word = word_at(text, at);
  return is_declaration_word(word) && !word_at(text, skip_blanks(text, at + word.size())).empty();
}

/// The end of the token at `at`.
std::size_t skip_token(std::string_view text, std::size_t at) {
  if (text[at] == '"') return std::max(skip_text(text, at), at + 1);
  std::size_t end = at;
  while (end < text.size() && is_name_part(text[end])) ++end;
  return std::max(end, at + 1);
}

}  // namespace

std::size_t find_next_item(std::string_view text, std::size_t begin, std::size_t error, std::size_t error_count) {
  if (error_count >= error_limit) return text.size();
  const bool begins_line = starts_line(text, begin);
  const std::size_t indentation = column(text, begin);
  std::size_t at = std::max(begin, error);
  if (at == begin && at < text.size()) at = skip_token(text, at);
  unsigned braces = 0;
  for (at = skip_trivia(text, at); at < text.size(); at = skip_trivia(text, skip_token(text, at))) {
    if (text[at] == '}') {
      if (braces == 0) return at;
      --braces;
    }
    if (text[at] == '{') ++braces;
    if (!is_name_start(text[at]) || !starts_line(text, at)) continue;
    const bool is_item = is_clause_word(word_at(text, at)) || (begins_line && column(text, at) == indentation);
    if ((braces == 0 && is_item) || is_end_of_block(text, at)) return at;
  }
  return text.size();
}

std::size_t find_next_declaration(std::string_view text, std::size_t begin, std::size_t error, std::size_t error_count) {
  if (error_count >= error_limit) return text.size();
  const bool begins_line = starts_line(text, begin);
  const std::size_t indentation = column(text, begin);
  const bool is_lost_clause = is_clause_word(word_at(text, begin)) && !is_declaration_word(word_at(text, begin));
  std::size_t at = std::max(begin, error);
  if (at == begin && at < text.size()) at = skip_token(text, at);
  for (at = skip_trivia(text, at); at < text.size(); at = skip_trivia(text, skip_token(text, at))) {
    if (!is_name_start(text[at]) || !starts_line(text, at)) continue;
    if (is_declaration_start(text, at) && column(text, at) <= indentation) return at;
    if (column(text, at) == 0 || (begins_line && column(text, at) == indentation && !is_lost_clause)) return at;
  }
  return text.size();
}

std::size_t find_block(std::string_view text, std::size_t begin) {
  for (std::size_t at = skip_trivia(text, begin); at < text.size(); at = skip_trivia(text, skip_token(text, at))) {
    if (text[at] == '{') return at;
    if (text[at] == '}' || (starts_line(text, at) && is_declaration_start(text, at))) break;
  }
  return std::string_view::npos;
}

bool is_end_of_block(std::string_view text, std::size_t at) {
  if (at >= text.size() || text[at] == '}') return true;
  return is_name_start(text[at]) && word_at(text, at) != "param" && is_declaration_start(text, at) && starts_line(text, at);
}

namespace {

/// The end of a bracketed group at `at`.
std::size_t skip_group(std::string_view text, std::size_t at) {
  unsigned depth = 0;
  for (; at < text.size(); at = skip_trivia(text, skip_token(text, at))) {
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && --depth == 0) return at + 1;
    if (text[at] == '{' || text[at] == '}') break;  // never closed
  }
  return at;
}

bool continues_condition(std::string_view text, std::size_t at) {
  const std::string_view word = word_at(text, at);
  if (word == "and" || word == "or" || word == "not") return true;
  if (word == "else") {
    const std::string_view action = word_at(text, skip_trivia(text, at + word.size()));
    return action == "warn" || action == "fail";
  }
  if (word == "in") {
    const std::size_t next = skip_blanks(text, at + word.size());
    return next < text.size() && (text[next] == '[' || is_digit(text[next]));
  }
  if (!word.empty()) return is_unit_word(word) && word != "min";
  return at < text.size() && std::string_view("=!<>+-*/%.(").find(text[at]) != std::string_view::npos;
}

}  // namespace

bool is_expected_count(std::string_view text) {
  constexpr std::string_view word = "expect";
  if (word_at(text, 0) != word) return false;
  const std::size_t begin = skip_trivia(text, word.size());
  if (begin >= text.size()) return true;
  if (text[begin] == '(') return !continues_condition(text, skip_trivia(text, skip_group(text, begin)));
  if (!is_name_part(text[begin])) return text[begin] != '-' && text[begin] != '"' && text[begin] != '[';
  const std::string_view first = word_at(text, begin);
  if (is_reserved_word(first)) return false;
  return !continues_condition(text, skip_trivia(text, skip_token(text, begin)));
}

bool leads_next_line(std::string_view text, std::size_t previous_end, std::size_t at) {
  const std::string_view word = word_at(text, at);
  const bool leads_clause = is_clause_word(word);
  if (!leads_clause && !is_declaration_word(word)) return false;
  if (text.substr(previous_end, at - std::min(previous_end, at)).find('\n') == std::string_view::npos) return false;
  const std::size_t next = skip_blanks(text, at + word.size());
  if (next >= text.size()) return false;
  const std::string_view next_word = word_at(text, next);
  if (!next_word.empty()) return !is_reserved_word(next_word) && !is_modifier_word(next_word);
  return leads_clause && (is_digit(text[next]) || text[next] == '"');
}

std::size_t find_end_of_text(std::string_view text, std::size_t begin, std::size_t error) {
  const std::size_t end = skip_text(text, begin);
  if (end > error) return end;
  return std::min(text.find('\n', error), text.size());  // quotes in a hole: the rest of the line is lost
}

bool may_follow_value(std::string_view word) {
  constexpr std::array words = {"without", "implies", "from", "until", "as",   "valid",    "query",
                                "on",      "with",    "when", "warn",  "fail", "survivors"};
  return is_reserved_word(word) || is_clause_word(word) || is_declaration_word(word) || is_modifier_word(word) ||
         std::find(words.begin(), words.end(), word) != words.end();
}

bool is_modifier_word(std::string_view word) {
  constexpr std::array words = {"via",  "where", "order", "before",    "upto", "after",  "at", "to",  "within",
                                "same", "of",    "last",  "survivors", "min",  "expect", "if", "else"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace osac::syntax
