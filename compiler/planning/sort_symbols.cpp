// Texts are the costly values to sort: tables mostly have them in order, so that is looked for first; what is
// not in order is sorted by eight bytes after what all have in common, and compared as a whole only where those are equal.

#include "compiler/planning/sort_symbols.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace osac::planning {

namespace {

std::string_view text_of(const Context& context, Scalar value) { return context.text(Symbol{static_cast<std::uint32_t>(value)}); }

/// Numbers neighbours that differ, if no value is absent and none is less than the one before; nothing otherwise.
template <typename Compare>
std::optional<std::vector<std::int64_t>> number_sorted(std::span<const Scalar> values, Compare compare) {
  std::vector<std::int64_t> numbers(values.size());
  std::int64_t number = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == expression::absent_scalar) return std::nullopt;
    if (i > 0 && values[i] != values[i - 1]) {
      if (compare(values[i - 1], values[i]) > 0) return std::nullopt;
      ++number;
    }
    numbers[i] = number;
  }
  return numbers;
}

/// The distinct values but absent_scalar, ascending by symbol.
std::vector<std::uint32_t> distinct_symbols(std::span<const Scalar> values) {
  std::vector<std::uint32_t> symbols;
  symbols.reserve(values.size());
  for (const Scalar value : values)
    if (value != expression::absent_scalar) symbols.push_back(static_cast<std::uint32_t>(value));
  if (!std::is_sorted(symbols.begin(), symbols.end())) std::sort(symbols.begin(), symbols.end());
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  return symbols;
}

std::size_t common_prefix(const Context& context, const std::vector<std::uint32_t>& symbols) {
  const std::string_view first = context.text(Symbol{symbols.front()});
  std::size_t length = first.size();
  for (const std::uint32_t symbol : symbols) {
    const std::string_view text = context.text(Symbol{symbol});
    length = std::min(length, text.size());
    while (std::memcmp(first.data(), text.data(), length) != 0) --length;
  }
  return length;
}

/// Up to eight bytes of a text from `from` on, as a number that sorts as they do.
std::uint64_t head_of(std::string_view text, std::size_t from) {
  std::uint64_t head = 0;
  std::memcpy(&head, text.data() + from, std::min<std::size_t>(sizeof head, text.size() - from));
  return std::endian::native == std::endian::little ? __builtin_bswap64(head) : head;
}

/// The place of each distinct text among all of them.
std::vector<std::uint32_t> places_of_texts(const Context& context, const std::vector<std::uint32_t>& symbols) {
  struct Entry {
    std::uint64_t head;
    std::uint32_t index;
  };
  const std::size_t common = symbols.empty() ? 0 : common_prefix(context, symbols);
  std::vector<Entry> entries(symbols.size());
  for (std::uint32_t i = 0; i < symbols.size(); ++i) entries[i] = {head_of(context.text(Symbol{symbols[i]}), common), i};
  std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    if (a.head != b.head) return a.head < b.head;
    return context.text(Symbol{symbols[a.index]}) < context.text(Symbol{symbols[b.index]});
  });
  std::vector<std::uint32_t> places(symbols.size());
  for (std::uint32_t place = 0; place < entries.size(); ++place) places[entries[place].index] = place;
  return places;
}

std::vector<std::uint32_t> places_of_members(const Context& context, const std::vector<std::uint32_t>& symbols, Type type) {
  std::vector<std::uint32_t> order(symbols.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return compare_keys(context, symbols[a], symbols[b], type) < 0; });
  std::vector<std::uint32_t> places(symbols.size());
  for (std::uint32_t place = 0; place < order.size(); ++place) places[order[place]] = place;
  return places;
}

/// Replaces symbols by places. Symbols of one column are mostly near each other: then a list finds them, else a search.
void replace_symbols(std::vector<std::int64_t>& values, const std::vector<std::uint32_t>& symbols,
                     const std::vector<std::uint32_t>& places) {
  if (symbols.empty()) return;
  const std::uint32_t lowest = symbols.front();
  const std::size_t range = std::size_t{symbols.back()} - lowest + 1;
  std::vector<std::uint32_t> by_symbol;
  if (range <= 8 * values.size()) {
    by_symbol.resize(range);
    for (std::size_t i = 0; i < symbols.size(); ++i) by_symbol[symbols[i] - lowest] = places[i];
  }
  for (auto& value : values) {
    if (value == expression::absent_scalar) continue;
    const auto symbol = static_cast<std::uint32_t>(value);
    if (!by_symbol.empty())
      value = by_symbol[symbol - lowest];
    else
      value = places[static_cast<std::size_t>(std::lower_bound(symbols.begin(), symbols.end(), symbol) - symbols.begin())];
  }
}

}  // namespace

std::vector<std::int64_t> sort_symbols(const Context& context, std::span<const Scalar> values, Type type) {
  const bool is_member = type.kind == Kind::enumeration;
  if (!is_member) {
    const auto compare = [&](Scalar a, Scalar b) { return text_of(context, a).compare(text_of(context, b)); };
    if (auto sorted = number_sorted(values, compare)) return std::move(*sorted);
  }
  const auto symbols = distinct_symbols(values);
  std::vector<std::int64_t> result(values.begin(), values.end());
  replace_symbols(result, symbols, is_member ? places_of_members(context, symbols, type) : places_of_texts(context, symbols));
  return result;
}

}  // namespace osac::planning
