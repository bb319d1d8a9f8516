#pragma once
// The words of the language by role: units, reserved words, the words that may lead a clause or a declaration. Shared by grammar,
// recovery, messages and formatter. Knows spelling only, not meaning.

#include <span>
#include <string_view>

namespace osac::syntax {

/// A word that turns the number before it into a quantity; the same closed list as expression/unit.h.
bool is_unit_word(std::string_view word);
/// One of the few words that are never names: they would make expressions ambiguous.
bool is_reserved_word(std::string_view word);
/// A word that leads a clause where one can start. It may be a name everywhere else.
bool is_clause_word(std::string_view word);
bool is_declaration_word(std::string_view word);

std::span<const std::string_view> unit_words();
std::span<const std::string_view> clause_words();
std::span<const std::string_view> declaration_words();

constexpr bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_space(char c) { return is_blank(c) || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

/// The name that starts at `at`, or an empty view.
std::string_view word_at(std::string_view text, std::size_t at);
/// The first place from `at` on that is neither blank nor tab.
std::size_t skip_blanks(std::string_view text, std::size_t at);
/// The first place from `at` on that is neither white space nor in a comment.
std::size_t skip_trivia(std::string_view text, std::size_t at);
/// The end of a quoted text that starts at `at` (short or block form), judged by its quotes alone.
std::size_t skip_text(std::string_view text, std::size_t at);

}  // namespace osac::syntax
