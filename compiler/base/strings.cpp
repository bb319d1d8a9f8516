#include "compiler/base/strings.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "compiler/base/check.h"
#include "compiler/base/hash.h"

namespace osac {

namespace {

constexpr std::size_t first_slots = 64;
constexpr std::size_t first_block = 4 * 1024;
constexpr std::size_t largest_block = 1024 * 1024;

std::uint32_t hash_of(std::string_view text) { return static_cast<std::uint32_t>(checksum(text) >> 32); }

}  // namespace

Strings::Strings() : slots_(first_slots) { intern(""); }

Strings::Strings(Strings&& other) noexcept
    : blocks_(std::move(other.blocks_)),
      free_(std::exchange(other.free_, nullptr)),
      room_(std::exchange(other.room_, 0)),
      pages_(std::move(other.pages_)),
      size_(std::exchange(other.size_, 0)),
      slots_(std::move(other.slots_)) {}

Strings& Strings::operator=(Strings&& other) noexcept {
  Strings taken(std::move(other));
  std::swap(blocks_, taken.blocks_);
  std::swap(free_, taken.free_);
  std::swap(room_, taken.room_);
  std::swap(pages_, taken.pages_);
  std::swap(size_, taken.size_);
  std::swap(slots_, taken.slots_);
  return *this;
}

/// Where `text` is, or the free slot where it would be.
std::size_t Strings::slot_of(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.number == Symbol::no_index) return at;
    if (slot.hash == hash && this->text(Symbol{slot.number}) == text) return at;
  }
}

/// Copies a text to where it stays. Blocks grow with what there is, so that small tables are small.
std::string_view Strings::keep(std::string_view text) {
  if (room_ < text.size()) {
    const std::size_t usual = std::min(largest_block, first_block << std::min<std::size_t>(blocks_.size(), 16));
    room_ = std::max(usual, text.size());
    free_ = blocks_.emplace_back(new char[room_]).get();
  }
  if (!text.empty()) std::memcpy(free_, text.data(), text.size());
  const std::string_view kept(free_, text.size());
  free_ += text.size();
  room_ -= text.size();
  return kept;
}

void Strings::grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  const std::size_t mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.number == Symbol::no_index) continue;
    std::size_t at = slot.hash & mask;
    while (larger[at].number != Symbol::no_index) at = (at + 1) & mask;
    larger[at] = slot;
  }
  slots_.swap(larger);
}

Symbol Strings::intern(std::string_view text) {
  if (slots_.empty()) slots_.resize(first_slots);  // what it held was moved away
  const std::uint32_t hash = hash_of(text);
  std::size_t at = slot_of(text, hash);
  if (slots_[at].number != Symbol::no_index) return Symbol{slots_[at].number};
  OSAC_CHECK(size_ < Symbol::no_index, "there are more texts than numbers for them");
  if (size_ >= slots_.size() / 4 * 3) {
    grow();
    at = slot_of(text, hash);
  }
  if (size_ % page_size == 0) pages_.emplace_back(new std::string_view[page_size]);
  pages_.back()[size_ % page_size] = keep(text);
  slots_[at] = {size_, hash};
  return Symbol{size_++};
}

Symbol Strings::find(std::string_view text) const {
  if (slots_.empty()) return Symbol::none();
  return Symbol{slots_[slot_of(text, hash_of(text))].number};
}

}  // namespace osac
