#include "runtime/registry/word_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace osac::registry {

namespace {

using Words = std::vector<std::string_view>;

// the table of the longest common subsequence: above this, the middle is shown as replaced
constexpr std::size_t largest_table = 4'000'000;
// words of an equal stretch that are kept beside a change
constexpr std::size_t context = 6;

Words words_of(std::string_view text) {
  Words words;
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && is_space(text[at])) ++at;
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

enum class Change : std::uint8_t { none, gone, added };
struct Piece {
  Change change;
  Words words;
};

void add(std::vector<Piece>& pieces, Change change, std::string_view word) {
  if (pieces.empty() || pieces.back().change != change) pieces.push_back({change, {}});
  pieces.back().words.push_back(word);
}

/// Lengths of the longest common subsequences of all pairs of tails.
std::vector<std::uint32_t> table_of(const Words& a, const Words& b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> table((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t j = b.size(); j-- > 0;)
      table[i * width + j] =
          a[i] == b[j] ? table[(i + 1) * width + j + 1] + 1 : std::max(table[(i + 1) * width + j], table[i * width + j + 1]);
  return table;
}

void compare(const Words& a, const Words& b, std::vector<Piece>& pieces) {
  std::size_t i = 0;
  std::size_t j = 0;
  if ((a.size() + 1) * (b.size() + 1) <= largest_table) {
    const std::vector<std::uint32_t> table = table_of(a, b);
    const std::size_t width = b.size() + 1;
    while (i < a.size() && j < b.size()) {
      if (a[i] == b[j]) {
        add(pieces, Change::none, a[i++]);
        ++j;
      } else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) {
        add(pieces, Change::gone, a[i++]);
      } else {
        add(pieces, Change::added, b[j++]);
      }
    }
  }
  for (; i < a.size(); ++i) add(pieces, Change::gone, a[i]);
  for (; j < b.size(); ++j) add(pieces, Change::added, b[j]);
}

std::string joined(const Words& words, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    if (!text.empty()) text += ' ';
    text += words[i];
  }
  return text;
}

std::string shown(const std::vector<Piece>& pieces, std::size_t at) {
  const Words& words = pieces[at].words;
  const std::string all = joined(words, 0, words.size());
  if (pieces[at].change == Change::gone) return "[-" + all + "-]";
  if (pieces[at].change == Change::added) return "{+" + all + "+}";
  const std::size_t before = at == 0 ? 0 : context;  // words kept after the change before this piece
  const std::size_t after = at + 1 == pieces.size() ? 0 : context;
  const std::size_t kept_first = at == 0 ? 1 : before;  // the program's name always
  if (words.size() <= kept_first + after + 2) return all;
  return joined(words, 0, kept_first) + " ..." + (after == 0 ? "" : " " + joined(words, words.size() - after, words.size()));
}

std::vector<Piece> pieces_of(std::string_view before, std::string_view after) {
  const Words a = words_of(before);
  const Words b = words_of(after);
  std::vector<Piece> pieces;
  std::size_t same = 0;
  while (same < a.size() && same < b.size() && a[same] == b[same]) add(pieces, Change::none, a[same++]);
  std::size_t tail = 0;
  while (tail < a.size() - same && tail < b.size() - same && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const auto middle = [&](const Words& words) {
    return Words(words.begin() + static_cast<std::ptrdiff_t>(same), words.end() - static_cast<std::ptrdiff_t>(tail));
  };
  compare(middle(a), middle(b), pieces);
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) add(pieces, Change::none, a[i]);
  return pieces;
}

}  // namespace

std::string word_diff(std::string_view before, std::string_view after) {
  const std::vector<Piece> pieces = pieces_of(before, after);
  std::string text;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) text += ' ';
    text += shown(pieces, i);
  }
  return text;
}

std::string changed_words(std::string_view before, std::string_view after) {
  const std::vector<Piece> pieces = pieces_of(before, after);
  std::string text;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    if (pieces[i].change != Change::none) text += (text.empty() ? "" : " ") + shown(pieces, i);
  return text;
}

}  // namespace osac::registry
