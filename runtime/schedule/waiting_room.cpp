#include "runtime/schedule/waiting_room.h"

#include <algorithm>
#include <bit>

namespace osac::schedule {

namespace {

/// How many groups a start looks at. Groups are few (about one a task), so this is only reached when requests differ wildly.
constexpr std::size_t window = 64;
/// How often a head may be overtaken for want of cpus, memory or gpus before everything waits for it.
constexpr std::uint32_t most_overtakings = 100;

/// Requests for memory within a quarter of a power of two share a group.
std::int64_t memory_class(std::int64_t memory) {
  if (memory <= 0) return 0;
  const auto bytes = static_cast<std::uint64_t>(memory);
  const auto width = static_cast<unsigned>(std::bit_width(bytes));
  const std::uint64_t quarter = width > 3 ? (bytes >> (width - 3)) & 3U : 0;
  return static_cast<std::int64_t>(width * 4 + quarter);
}

}  // namespace

WaitingRoom::WaitingRoom(Capacity capacity, std::span<const std::int64_t> ranks)
    : capacity_(std::move(capacity)),
      ranks_(ranks),
      free_cpus_(capacity_.cpus),
      free_memory_(capacity_.memory),
      free_gpus_(capacity_.gpus),
      memory_(ranks.size(), 0),
      group_number_(ranks.size(), 0),
      waiting_(Order{this}) {
  for (const auto& [name, count] : capacity_.slots) {
    slot_places_.emplace(name, static_cast<std::uint32_t>(free_slots_.size()));
    free_slots_.push_back(count);
  }
}

bool WaitingRoom::can_ever_fit(const plan::Resources& request) const {
  if (request.cpus > capacity_.cpus || request.gpus > capacity_.gpus) return false;
  if (capacity_.memory > 0 && request.memory > capacity_.memory) return false;
  return std::all_of(request.slots.begin(), request.slots.end(), [&](const auto& slot) {
    const auto known = capacity_.slots.find(slot.first);
    return slot.second <= (known == capacity_.slots.end() ? 0 : known->second);
  });
}

std::uint32_t WaitingRoom::group_of(const plan::Resources& request) {
  Key key = {request.cpus, request.gpus, memory_class(request.memory)};
  Group group;
  group.cpus = request.cpus;
  group.gpus = request.gpus;
  for (const auto& [name, count] : request.slots) {
    if (count <= 0) continue;
    const std::uint32_t place = slot_places_.at(name);
    group.slots.emplace_back(place, count);
    key.push_back(place);
    key.push_back(count);
  }
  const auto [at, is_new] = group_numbers_.emplace(std::move(key), static_cast<std::uint32_t>(groups_.size()));
  if (is_new) groups_.push_back(std::move(group));
  return at->second;
}

void WaitingRoom::add(std::uint32_t element, const plan::Resources& request) {
  const std::uint32_t number = group_of(request);
  memory_[element] = request.memory;
  group_number_[element] = number;
  std::vector<std::uint32_t>& heap = groups_[number].heap;
  const bool changes_head = heap.empty() || is_before(element, heap[0]);
  if (changes_head && !heap.empty()) waiting_.erase(number);  // its place in the order depends on the head
  heap.push_back(element);
  std::push_heap(heap.begin(), heap.end(), [this](std::uint32_t a, std::uint32_t b) { return is_before(b, a); });
  if (changes_head) waiting_.insert(number);
}

WaitingRoom::Fit WaitingRoom::fit(const Group& group) const {
  for (const auto& [place, count] : group.slots)
    if (count > free_slots_[place]) return Fit::lacks_slots;
  const bool enough_memory = capacity_.memory <= 0 || memory_[group.heap[0]] <= free_memory_;
  return group.cpus <= free_cpus_ && group.gpus <= free_gpus_ && enough_memory ? Fit::fits : Fit::lacks_machine;
}

void WaitingRoom::account(std::uint32_t element, std::int64_t sign) {
  const Group& group = groups_[group_number_[element]];
  free_cpus_ += sign * group.cpus;
  free_gpus_ += sign * group.gpus;
  free_memory_ += sign * memory_[element];
  for (const auto& [place, count] : group.slots) free_slots_[place] += sign * count;
}

void WaitingRoom::pop_head(std::uint32_t group) {
  waiting_.erase(group);
  std::vector<std::uint32_t>& heap = groups_[group].heap;
  std::pop_heap(heap.begin(), heap.end(), [this](std::uint32_t a, std::uint32_t b) { return is_before(b, a); });
  heap.pop_back();
  groups_[group].overtaken = 0;
  if (!heap.empty()) waiting_.insert(group);
}

std::optional<std::uint32_t> WaitingRoom::take() {
  std::size_t looked_at = 0;
  for (auto at = waiting_.begin(); at != waiting_.end() && looked_at < window; ++at, ++looked_at) {
    const Fit fits = fit(groups_[*at]);
    if (fits == Fit::fits) {
      // those before it have been overtaken; only want of the machine's own resources counts: slots may be held by one long element, and
      // all others would wait for it in vain
      for (auto earlier = waiting_.begin(); earlier != at; ++earlier)
        if (fit(groups_[*earlier]) == Fit::lacks_machine) ++groups_[*earlier].overtaken;
      const std::uint32_t group = *at;
      const std::uint32_t element = groups_[group].heap[0];
      pop_head(group);
      account(element, -1);
      return element;
    }
    if (fits == Fit::lacks_machine && groups_[*at].overtaken >= most_overtakings) return std::nullopt;
  }
  return std::nullopt;
}

void WaitingRoom::occupy(std::uint32_t element, const plan::Resources& request) {
  group_number_[element] = group_of(request);
  memory_[element] = request.memory;
  account(element, -1);
}

void WaitingRoom::give_back(std::uint32_t element) { account(element, +1); }

std::optional<std::uint32_t> WaitingRoom::last_head() const {
  return waiting_.empty() ? std::nullopt : std::optional(groups_[*waiting_.rbegin()].heap[0]);
}

void WaitingRoom::clear() {
  waiting_.clear();
  for (Group& group : groups_) group.heap.clear();
}

}  // namespace osac::schedule
