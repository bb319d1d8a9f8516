#pragma once
// Where elements wait for capacity: groups of like requests, the ledger of what is free, and which element goes next. It knows priorities
// and amounts, nothing of parents and children.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "compiler/plan/resolve.h"
#include "runtime/schedule/schedule.h"

namespace osac::schedule {

class WaitingRoom {
 public:
  /// `ranks`: of each element, the higher the sooner; of equals the lower number. The caller keeps it.
  WaitingRoom(Capacity capacity, std::span<const std::int64_t> ranks);

  [[nodiscard]] bool can_ever_fit(const plan::Resources& request) const;
  void add(std::uint32_t element, const plan::Resources& request);
  /// Takes the next element that fits and its share of the capacity.
  std::optional<std::uint32_t> take();
  /// The share of an element that runs already.
  void occupy(std::uint32_t element, const plan::Resources& request);
  /// Gives back what a taken element had.
  void give_back(std::uint32_t element);
  void clear();
  /// Of the heads of all groups the one that goes last; nothing if nobody waits. Whoever is taken next goes no later than that one.
  [[nodiscard]] std::optional<std::uint32_t> last_head() const;
  /// Whether a goes before b.
  [[nodiscard]] bool is_before(std::uint32_t a, std::uint32_t b) const { return ranks_[a] != ranks_[b] ? ranks_[a] > ranks_[b] : a < b; }

 private:
  /// Elements whose requests agree in all but memory, and nearly in memory.
  struct Group {
    std::int64_t cpus = 0, gpus = 0;
    std::vector<std::pair<std::uint32_t, std::int64_t>> slots;  // (place in free_slots_, how many)
    std::vector<std::uint32_t> heap;
    std::uint32_t overtaken = 0;  // starts of later elements while the head had to wait
  };
  using Key = std::vector<std::int64_t>;  // cpus, gpus, memory class, then (slot, count)
  struct Order {
    const WaitingRoom* room;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return room->is_before(room->groups_[a].heap[0], room->groups_[b].heap[0]); }
  };
  enum class Fit : std::uint8_t { fits, lacks_slots, lacks_machine };
  [[nodiscard]] Fit fit(const Group& group) const;
  std::uint32_t group_of(const plan::Resources& request);
  void account(std::uint32_t element, std::int64_t sign);
  void pop_head(std::uint32_t group);

  Capacity capacity_;
  std::span<const std::int64_t> ranks_;
  std::int64_t free_cpus_, free_memory_, free_gpus_;
  std::map<std::string, std::uint32_t> slot_places_;
  std::vector<std::int64_t> free_slots_;
  std::vector<std::int64_t> memory_;         // one an element: as requested last
  std::vector<std::uint32_t> group_number_;  // one an element
  std::vector<Group> groups_;
  std::map<Key, std::uint32_t> group_numbers_;
  std::set<std::uint32_t, Order> waiting_;  // groups that are not empty
};

}  // namespace osac::schedule
