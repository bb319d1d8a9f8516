#pragma once
// A Span is a half-open range of bytes in the one address space of all sources (see source.h).

#include <cstdint>

namespace osac {

struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  [[nodiscard]] constexpr bool empty() const { return begin == end; }
  /// The smallest span that covers both.
  [[nodiscard]] constexpr Span to(Span other) const { return {begin, other.end > end ? other.end : end}; }
  friend constexpr bool operator==(Span, Span) = default;
};

}  // namespace osac
