#pragma once
// Typed indices. An Id<Tag> is four bytes and names an entry of one kind of list; mixing kinds does not compile.

#include <compare>
#include <cstdint>
#include <functional>

namespace osac {

template <typename Tag>
struct Id {
  static constexpr std::uint32_t no_index = 0xffffffffU;
  std::uint32_t index = no_index;

  /// The id that names nothing.
  static constexpr Id none() { return Id{}; }
  [[nodiscard]] constexpr bool exists() const { return index != no_index; }
  friend constexpr auto operator<=>(Id, Id) = default;
};

/// A string held once in a `Strings`; equal symbols of one table are equal strings.
using Symbol = Id<struct SymbolTag>;

}  // namespace osac

template <typename Tag>
struct std::hash<osac::Id<Tag>> {
  std::size_t operator()(osac::Id<Tag> id) const noexcept { return std::hash<std::uint32_t>{}(id.index); }
};
