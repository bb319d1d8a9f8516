#pragma once
// Strings: every text of a program or plan once, named by a Symbol (its number in order of first sight, so that ids are
// deterministic). Append only: a view stays valid for the life of the table. Made for millions of short texts: nothing is allocated for
// one of them, and looking one up costs a hash and, nearly always, one comparison.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "compiler/base/id.h"

namespace osac {

class Strings {
 public:
  Strings();
  Strings(const Strings&) = delete;
  Strings& operator=(const Strings&) = delete;
  Strings(Strings&& other) noexcept;
  Strings& operator=(Strings&& other) noexcept;
  ~Strings() = default;

  /// Returns the symbol of `text`, adding it when it is new. Symbol 0 is the empty text.
  Symbol intern(std::string_view text);
  /// Returns the symbol of `text`, or none() when it was never interned.
  [[nodiscard]] Symbol find(std::string_view text) const;
  [[nodiscard]] std::string_view text(Symbol symbol) const { return pages_[symbol.index / page_size][symbol.index % page_size]; }
  [[nodiscard]] std::uint32_t size() const { return size_; }

 private:
  /// Texts by number, in pages that never move.
  static constexpr std::uint32_t page_size = 1024;
  /// An entry of the hash table: a text's number and half of its hash, so that others are told apart without a look at them.
  struct Slot {
    std::uint32_t number = Symbol::no_index;
    std::uint32_t hash = 0;
  };
  [[nodiscard]] std::size_t slot_of(std::string_view text, std::uint32_t hash) const;
  std::string_view keep(std::string_view text);
  void grow();

  std::vector<std::unique_ptr<char[]>> blocks_;  // the texts, one after another
  char* free_ = nullptr;                         // what is left of the last block
  std::size_t room_ = 0;
  std::vector<std::unique_ptr<std::string_view[]>> pages_;
  std::uint32_t size_ = 0;
  std::vector<Slot> slots_;  // a power of two of them, at most 3/4 in use; the next one is tried where one is taken
};

}  // namespace osac
