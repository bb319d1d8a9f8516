#pragma once
// Where a parse goes on after a mistake, and other questions that look at lines and words rather than at structure. Works on text
// alone: skips quoted texts and comments, counts braces, knows which words lead what.

#include <cstddef>
#include <string_view>

namespace osac::syntax {

/// The start of the next clause or column behind a mistake at `error` in the item at `begin`, or the `}` that ends its block, or the end.
/// Always behind `begin`. After too many mistakes it is the end of the text.
std::size_t find_next_item(std::string_view text, std::size_t begin, std::size_t error, std::size_t error_count);
/// The start of the next declaration, or the end.
std::size_t find_next_declaration(std::string_view text, std::size_t begin, std::size_t error, std::size_t error_count);
/// The `{` behind a broken header, or npos if a declaration starts first.
std::size_t find_block(std::string_view text, std::size_t begin);

/// At `}`, at the end, or where a declaration starts a line: then a `}` is missing.
bool is_end_of_block(std::string_view text, std::size_t at);
/// Whether the word at `at` starts a line behind the token that ended at `previous_end`, and leads a declaration or clause there.
bool leads_next_line(std::string_view text, std::size_t previous_end, std::size_t at);
/// The end of the text that starts at `begin`, for a mistake at `error` inside of it.
std::size_t find_end_of_text(std::string_view text, std::size_t begin, std::size_t error);
/// Whether `expect ...` asks for a number of files (`expect 189`) and not for a condition (`expect n > 2`).
bool is_expected_count(std::string_view text);
/// A word that may stand behind the dataset of an input.
bool is_modifier_word(std::string_view word);
/// A word that may stand behind a value: of the language, and no unit.
bool may_follow_value(std::string_view word);

}  // namespace osac::syntax
