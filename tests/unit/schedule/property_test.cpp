// Random graphs, requests and endings: the capacity is never exceeded, parents end before their dependents start, every element ends, and
// the same input gives the same sequence.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "runtime/schedule/schedule.h"

namespace {

using namespace osac;
using schedule::Capacity;
using schedule::ElementState;
using schedule::Schedule;

struct Case {
  plan::Edges edges;
  std::vector<std::int64_t> weights;
  std::vector<plan::Resources> requests;
  Capacity capacity;
};

Case make_case(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  Case made;
  const std::uint32_t elements = 1 + below(60);
  const std::uint32_t hubs = below(3);
  made.edges.element_count = elements;
  made.edges.hub_count = hubs;
  // every node has a place in one order, and edges go forward in it: hubs lie between elements
  std::vector<std::uint32_t> order;
  for (std::uint32_t node = 0; node < elements + hubs; ++node) order.push_back(node);
  std::shuffle(order.begin(), order.end(), random);
  std::vector<std::vector<std::pair<std::uint32_t, bool>>> lists(elements + hubs);
  made.edges.parent_counts.assign(elements + hubs, 0);
  for (std::uint32_t i = 0; i < order.size(); ++i)
    for (std::uint32_t j = i + 1; j < order.size(); ++j) {
      const bool both_hubs = order[i] >= elements && order[j] >= elements;
      if (both_hubs || below(12) != 0) continue;
      lists[order[i]].emplace_back(order[j], below(4) == 0);
      ++made.edges.parent_counts[order[j]];
    }
  for (const auto& list : lists) {
    made.edges.offsets.push_back(made.edges.dependents.size());
    for (const auto& [to, survivors] : list) {
      made.edges.dependents.push_back(to);
      made.edges.is_survivors.push_back(survivors ? 1 : 0);
    }
  }
  made.edges.offsets.push_back(made.edges.dependents.size());
  made.capacity.cpus = 1 + below(6);
  made.capacity.memory = below(2) == 0 ? 0 : 100;
  made.capacity.gpus = below(2);
  made.capacity.slots = {{"a", 1 + below(2)}, {"b", 1}};
  for (std::uint32_t i = 0; i < elements; ++i) {
    made.weights.push_back(below(3) == 0 ? 0 : 1 + below(1000));
    plan::Resources request;
    request.cpus = 1 + below(4);
    request.memory = below(110);
    request.gpus = below(8) == 0 ? 1 : 0;
    if (below(4) == 0) request.slots.emplace_back("a", 1);
    if (below(6) == 0) request.slots.emplace_back("b", 1);
    made.requests.push_back(request);
  }
  return made;
}

/// What is in use, counted apart from the schedule.
struct Ledger {
  std::int64_t cpus = 0, memory = 0, gpus = 0;
  std::map<std::string, std::int64_t> slots;
  void add(const plan::Resources& request, std::int64_t sign) {
    cpus += sign * request.cpus;
    memory += sign * request.memory;
    gpus += sign * request.gpus;
    for (const auto& [name, count] : request.slots) slots[name] += sign * count;
  }
  [[nodiscard]] bool is_within(const Capacity& capacity) const {
    return cpus <= capacity.cpus && gpus <= capacity.gpus && (capacity.memory == 0 || memory <= capacity.memory) &&
           std::all_of(slots.begin(), slots.end(), [&](const auto& slot) { return slot.second <= capacity.slots.at(slot.first); });
  }
};

/// Every event as a number, so that two walks can be compared.
std::vector<std::int64_t> walk(const Case& made, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Schedule schedule(made.edges, made.weights, made.capacity);
  Ledger ledger;
  std::vector<std::uint32_t> running;
  std::vector<std::int64_t> events;
  std::vector<bool> has_ended(made.edges.element_count, false);
  std::vector<bool> has_released(made.edges.element_count, false);
  std::uint32_t guard = 0;
  while (!schedule.finished()) {
    REQUIRE(++guard < 100'000);
    for (const std::uint32_t element : schedule.newly_ready()) {
      events.push_back(element);
      if (random() % 10 == 0)
        schedule.skip(element);
      else if (random() % 20 == 0)
        schedule.fail(element);
      else if (!schedule.offer(element, made.requests[element]))
        events.push_back(-1);
    }
    while (const auto element = schedule.start_next()) {
      events.push_back(1'000 + *element);
      ledger.add(made.requests[*element], +1);
      REQUIRE(ledger.is_within(made.capacity));
      running.push_back(*element);
    }
    for (const auto& blocked : schedule.newly_blocked()) {
      events.push_back(2'000 + blocked.element);
      REQUIRE(schedule.state(blocked.root_cause) == ElementState::failed);
    }
    if (running.empty()) continue;
    const std::size_t which = random() % running.size();
    if (random() % 3 == 0 && !has_released[running[which]] && schedule.release(running[which])) {
      ledger.add(made.requests[running[which]], -1);
      has_released[running[which]] = true;
      continue;
    }
    const std::uint32_t element = running[which];
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
    if (!has_released[element]) ledger.add(made.requests[element], -1);
    has_released[element] = false;
    REQUIRE_FALSE(has_ended[element]);
    switch (random() % 8) {
      case 0:
        schedule.ended(element, Schedule::End::failed);
        break;
      case 1:
        schedule.ended(element, Schedule::End::retry);
        REQUIRE(schedule.offer(element, made.requests[element]));
        continue;
      default:
        schedule.ended(element, Schedule::End::succeeded);
    }
    has_ended[element] = true;
  }
  REQUIRE(running.empty());
  const std::uint32_t ended = schedule.count(ElementState::done) + schedule.count(ElementState::skipped) +
                              schedule.count(ElementState::failed) + schedule.count(ElementState::blocked);
  REQUIRE(ended == made.edges.element_count);
  return events;
}

}  // namespace

TEST_CASE("any graph ends within capacity, and the same way twice") {
  std::mt19937_64 random(20'261'121);
  for (int round = 0; round < 400; ++round) {
    const Case made = make_case(random);
    const std::uint64_t seed = random();
    REQUIRE(walk(made, seed) == walk(made, seed));
  }
}
