#pragma once
// Strings: every text of a program or plan once, named by a Symbol (its number in order of first sight, so that ids are
// deterministic). Append only: a view stays valid for the life of the table.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "compiler/base/id.h"

namespace osac {

class Strings {
 public:
  Strings();
  Strings(const Strings&) = delete;
  Strings& operator=(const Strings&) = delete;
  Strings(Strings&&) = default;
  Strings& operator=(Strings&&) = default;

  /// Returns the symbol of `text`, adding it when it is new. Symbol 0 is the empty text.
  Symbol intern(std::string_view text);
  /// Returns the symbol of `text`, or none() when it was never interned.
  [[nodiscard]] Symbol find(std::string_view text) const;
  [[nodiscard]] std::string_view text(Symbol symbol) const { return views_[symbol.index]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(views_.size()); }

 private:
  std::deque<std::string> blocks_;  // storage in blocks of growing size: no text ever moves
  std::deque<std::string_view> views_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace osac
