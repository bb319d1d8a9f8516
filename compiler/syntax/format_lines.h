#pragma once
// A source as the formatter sees it: lines of tokens, comments among them. Quoted texts are one token each and never looked into.
// Line breaks are the author's; all other white space is thrown away and made anew by format_align.

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/syntax/layout.h"

namespace osac::syntax {

enum class TokenKind : std::uint8_t { word, number, text, mark, comment };

struct Token {
  TokenKind kind = TokenKind::mark;
  std::string_view text;
  bool starts_item = false;  ///< a declaration, clause or column
  std::size_t before = 0;    ///< blanks in front of it
};

struct Line {
  std::vector<Token> tokens;
  bool blank_before = false;  ///< the author left a blank line
  std::size_t level = 0;      ///< of indentation
  [[nodiscard]] bool is_comment() const { return tokens.front().kind == TokenKind::comment; }
  [[nodiscard]] bool has_trailing_comment() const { return tokens.size() > 1 && tokens.back().kind == TokenKind::comment; }
};

/// Splits a well-formed text into lines, with their levels and the least blanks between tokens.
std::vector<Line> split_into_lines(std::string_view text, const Layout& layout);

}  // namespace osac::syntax
