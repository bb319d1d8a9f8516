#pragma once
// Small text functions that several rooms need: counting, suggesting, quoting. They know nothing of the language.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace osac {

/// Counts code points; a byte that is no part of well-formed UTF-8 counts as one.
std::size_t count_code_points(std::string_view text);
/// Returns the offset of the first byte that is not well-formed UTF-8, or nothing.
std::optional<std::size_t> find_malformed_utf8(std::string_view text);

/// Damerau-Levenshtein distance (adjacent swaps count one), in bytes; gives `limit + 1` as soon as it exceeds `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);
/// The candidate nearest to `name` within max(1, length / 3) edits; the first of equals. Nothing when none is that near.
std::optional<std::string_view> nearest_name(std::string_view name, std::span<const std::string_view> candidates);

/// "a", "a and b", "a, b and c".
std::string join_words(std::span<const std::string> words, std::string_view last = "and");
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);

/// `count` with its noun: "1 file", "3 files".
std::string count_of(std::size_t count, std::string_view noun);
/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

/// Replaces control bytes and malformed UTF-8 by \xNN, newline and tab by \n and \t: safe to show on a terminal.
std::string visible(std::string_view text);
/// One word for a POSIX shell: unchanged if it needs no quotes, else in single quotes.
std::string shell_quoted(std::string_view text);
/// A JSON string with its quotes; malformed UTF-8 becomes U+FFFD. All non-ASCII is kept as it is.
std::string json_quoted(std::string_view text);

}  // namespace osac
