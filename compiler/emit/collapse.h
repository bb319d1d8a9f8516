#pragma once
// What is drawn as one box: items (elements and files, as numbers) that are of one kind and lead to the same boxes by the
// same ports. And the edges between
// boxes, with how many go to how many. It knows neither plans nor records; both are drawn by it.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace osac::emit {

/// Something goes from one item into another; `port` is the caller's own.
struct Arrow {
  std::uint32_t from = 0, to = 0;
  std::uint32_t port = 0;
};
struct Items {
  std::vector<std::uint32_t> kinds;      ///< one an item; only items of one kind share a box
  std::vector<std::uint8_t> looks_back;  ///< one an item: it is like others that come from the same boxes, not like those that go into them
  std::vector<Arrow> arrows;
};

/// The box of each item, numbered by their first items. Kinds are taken apart as far as what they lead to tells them apart, step by step
/// away from the middle; a step that would give more than `most` boxes is not taken. Linear in the arrows for each step; the number of
/// steps is limited so that it stays a matter of seconds.
std::vector<std::uint32_t> alike(const Items& items, std::size_t most);

/// How many go to how many.
struct Cardinality {
  std::uint32_t least_in = 0, most_in = 0;    ///< items of the first box for one of the second
  std::uint32_t least_out = 0, most_out = 0;  ///< items of the second box for one of the first
  void add_in(std::uint32_t count);
  void add_out(std::uint32_t count);
};
/// `189 → 1`, `1 → 1`, `18..20 → 1`.
std::string cardinality_text(const Cardinality& cardinality);

struct Join {
  std::uint32_t from = 0, to = 0;  ///< boxes
  std::uint32_t port = 0;          ///< of the first of the arrows
  Cardinality cardinality;
};
/// All arrows between the same two boxes are one join, in order of boxes. Linear; arrows into one item that come from one box have to stand
/// one after another, as they do where each item's arrows are added at once.
std::vector<Join> join_boxes(const std::vector<Arrow>& arrows, const std::vector<std::uint32_t>& boxes);

}  // namespace osac::emit
