// The schedule as exact sequences: small graphs written as lists of edges, no processes, no clock.

#include "runtime/schedule/schedule.h"

#include <catch2/catch.hpp>

namespace {

using namespace osac;
using schedule::Capacity;
using schedule::ElementState;
using schedule::Schedule;
using End = Schedule::End;
using Elements = std::vector<std::uint32_t>;

struct Edge {
  std::uint32_t from, to;
  bool takes_survivors = false;
};

plan::Edges make(std::uint32_t elements, const std::vector<Edge>& list, std::uint32_t hubs = 0) {
  plan::Edges edges;
  edges.element_count = elements;
  edges.hub_count = hubs;
  edges.parent_counts.assign(elements + hubs, 0);
  for (std::uint32_t node = 0; node < elements + hubs; ++node) {
    edges.offsets.push_back(edges.dependents.size());
    for (const Edge& edge : list) {
      if (edge.from != node) continue;
      edges.dependents.push_back(edge.to);
      edges.is_survivors.push_back(edge.takes_survivors ? 1 : 0);
      ++edges.parent_counts[edge.to];
    }
  }
  edges.offsets.push_back(edges.dependents.size());
  return edges;
}

plan::Resources cpus(std::int64_t count) {
  plan::Resources resources;
  resources.cpus = count;
  return resources;
}

Capacity machine(std::int64_t count) {
  Capacity capacity;
  capacity.cpus = count;
  return capacity;
}

void offer_all(Schedule& schedule, std::int64_t each = 1) {
  for (const std::uint32_t element : schedule.newly_ready()) REQUIRE(schedule.offer(element, cpus(each)));
}

Elements start_all(Schedule& schedule) {
  Elements started;
  while (const auto element = schedule.start_next()) started.push_back(*element);
  return started;
}

}  // namespace

TEST_CASE("a chain runs one after another") {
  const auto edges = make(3, {{0, 1}, {1, 2}});
  Schedule schedule(edges, {}, machine(4));
  for (std::uint32_t element = 0; element < 3; ++element) {
    CHECK_FALSE(schedule.finished());
    CHECK(schedule.newly_ready() == Elements{element});
    REQUIRE(schedule.offer(element, cpus(1)));
    CHECK(start_all(schedule) == Elements{element});
    schedule.ended(element, End::succeeded);
  }
  CHECK(schedule.newly_ready().empty());
  CHECK(schedule.finished());
  CHECK(schedule.count(ElementState::done) == 3);
}

TEST_CASE("the longest remaining path goes first, equals by number") {
  // 0, 1, 2 are free; 3 follows 2, so 2 has the longest way to go
  const auto edges = make(4, {{2, 3}});
  Schedule schedule(edges, {}, machine(1));
  CHECK(schedule.newly_ready() == Elements{2, 0, 1});
}

TEST_CASE("known durations decide, unknown ones count as their mean") {
  const std::vector<std::int64_t> weights = {10, 0, 40, 25};  // the unknown one: 25
  const auto edges = make(4, {});
  Schedule schedule(edges, weights, machine(1));
  CHECK(schedule.newly_ready() == Elements{2, 1, 3, 0});
}

TEST_CASE("a small element fills the gap that a large one leaves") {
  const std::vector<std::int64_t> weights = {50, 40, 30};
  const auto edges = make(3, {});
  Schedule schedule(edges, weights, machine(4));
  CHECK(schedule.newly_ready() == Elements{0, 1, 2});
  REQUIRE(schedule.offer(0, cpus(3)));
  REQUIRE(schedule.offer(1, cpus(2)));
  REQUIRE(schedule.offer(2, cpus(1)));
  CHECK(start_all(schedule) == Elements{0, 2});
  schedule.ended(2, End::succeeded);
  CHECK(start_all(schedule).empty());
  schedule.ended(0, End::succeeded);
  CHECK(start_all(schedule) == Elements{1});
}

TEST_CASE("a large element is not overtaken for ever") {
  const std::uint32_t small = 300;
  std::vector<std::int64_t> weights(small + 1, 10);
  weights[0] = 20;
  const auto edges = make(small + 1, {});
  Schedule schedule(edges, weights, machine(2));
  for (const std::uint32_t element : schedule.newly_ready())
    if (element != 0) REQUIRE(schedule.offer(element, cpus(1)));
  const auto held = schedule.start_next();
  REQUIRE(held == 1U);  // one cpu is busy all the time
  REQUIRE(schedule.offer(0, cpus(2)));
  Elements overtakers;
  while (const auto next = schedule.start_next()) {
    overtakers.push_back(*next);
    schedule.ended(*next, End::succeeded);
  }
  CHECK(overtakers.size() == 100);
  schedule.ended(*held, End::succeeded);
  CHECK(schedule.start_next() == 0U);
}

TEST_CASE("memory, gpus and slots are counted too") {
  Capacity capacity = machine(8);
  capacity.memory = 100;
  capacity.gpus = 1;
  capacity.slots["db"] = 2;
  const auto edges = make(6, {});
  Schedule schedule(edges, {}, capacity);
  CHECK(schedule.newly_ready().size() == 6);
  plan::Resources memory = cpus(1);
  memory.memory = 60;
  plan::Resources gpu = cpus(1);
  gpu.gpus = 1;
  plan::Resources slot = cpus(1);
  slot.slots = {{"db", 2}};
  REQUIRE(schedule.offer(0, memory));
  REQUIRE(schedule.offer(1, memory));
  REQUIRE(schedule.offer(2, gpu));
  REQUIRE(schedule.offer(3, gpu));
  REQUIRE(schedule.offer(4, slot));
  REQUIRE(schedule.offer(5, slot));
  CHECK(start_all(schedule) == Elements{0, 2, 4});
  schedule.ended(4, End::succeeded);
  CHECK(start_all(schedule) == Elements{5});
}

TEST_CASE("elements that wait for a slot never hold up others") {
  Capacity capacity = machine(2);
  capacity.slots["licence"] = 1;
  const std::uint32_t many = 500;
  std::vector<std::int64_t> weights(2 * many, 10);
  for (std::uint32_t i = 0; i < many; ++i) weights[i] = 20;  // those that want the licence would go first
  const auto edges = make(2 * many, {});
  Schedule schedule(edges, weights, capacity);
  plan::Resources licensed = cpus(1);
  licensed.slots = {{"licence", 1}};
  for (const std::uint32_t element : schedule.newly_ready()) REQUIRE(schedule.offer(element, element < many ? licensed : cpus(1)));
  REQUIRE(schedule.start_next() == 0U);
  for (std::uint32_t i = many; i < 2 * many; ++i) {
    REQUIRE(schedule.start_next() == i);
    schedule.ended(i, End::succeeded);
  }
}

TEST_CASE("a request that can never fit fails at once and blocks what follows") {
  Capacity capacity = machine(2);
  capacity.memory = 10;
  const auto edges = make(5, {{0, 1}});
  Schedule schedule(edges, {}, capacity);
  CHECK(schedule.newly_ready().size() == 4);
  CHECK_FALSE(schedule.offer(0, cpus(3)));
  plan::Resources other = cpus(1);
  other.memory = 11;
  CHECK_FALSE(schedule.offer(2, other));
  other = cpus(1);
  other.gpus = 1;
  CHECK_FALSE(schedule.offer(3, other));
  other = cpus(1);
  other.slots = {{"unheard", 1}};
  CHECK_FALSE(schedule.offer(4, other));
  CHECK(schedule.count(ElementState::failed) == 4);
  CHECK(schedule.state(1) == ElementState::blocked);
  CHECK(schedule.blocked_by(0) == Elements{1});
  CHECK(schedule.finished());
}

TEST_CASE("a failure blocks what depends on it, once, with the first cause, and nothing else") {
  // 0 and 1 -> 2 -> 3; 4 is on its own
  const auto edges = make(5, {{0, 2}, {1, 2}, {2, 3}});
  Schedule schedule(edges, {}, machine(4));
  offer_all(schedule);
  CHECK(start_all(schedule) == Elements{0, 1, 4});
  schedule.ended(1, End::failed);
  CHECK(schedule.newly_blocked() == std::vector<Schedule::Blocked>{{2, 1}, {3, 1}});
  schedule.ended(0, End::failed);
  CHECK(schedule.newly_blocked().empty());
  CHECK(schedule.blocked_by(1) == Elements{2, 3});
  CHECK(schedule.blocked_by(0).empty());
  CHECK_FALSE(schedule.finished());
  schedule.ended(4, End::succeeded);
  CHECK(schedule.finished());
}

TEST_CASE("survivors wait for all members and take failed ones as ended") {
  const auto edges = make(4, {{0, 3, true}, {1, 3, true}, {2, 3, true}});
  Schedule schedule(edges, {}, machine(4));
  offer_all(schedule);
  CHECK(start_all(schedule) == Elements{0, 1, 2});
  schedule.ended(0, End::failed);
  schedule.ended(1, End::succeeded);
  CHECK(schedule.newly_ready().empty());
  schedule.ended(2, End::failed);
  CHECK(schedule.newly_ready() == Elements{3});
  CHECK(schedule.newly_blocked().empty());
}

TEST_CASE("survivors of blocked members go on") {
  const auto edges = make(3, {{0, 1}, {1, 2, true}});
  Schedule schedule(edges, {}, machine(4));
  offer_all(schedule);
  CHECK(start_all(schedule) == Elements{0});
  schedule.ended(0, End::failed);
  CHECK(schedule.state(1) == ElementState::blocked);
  CHECK(schedule.newly_ready() == Elements{2});
}

TEST_CASE("a hub stands for all edges between its two sides") {
  // 0, 1, 2 -> hub 5 -> 3, 4
  const std::vector<Edge> list = {{0, 5}, {1, 5}, {2, 5}, {5, 3}, {5, 4}};
  const auto edges = make(5, list, 1);
  SECTION("all succeed") {
    Schedule schedule(edges, {}, machine(4));
    offer_all(schedule);
    CHECK(start_all(schedule) == Elements{0, 1, 2});
    schedule.ended(2, End::succeeded);
    schedule.ended(0, End::succeeded);
    CHECK(schedule.newly_ready().empty());
    schedule.ended(1, End::succeeded);
    CHECK(schedule.newly_ready() == Elements{3, 4});
  }
  SECTION("one fails: blocked at once, by the first failure") {
    Schedule schedule(edges, {}, machine(4));
    offer_all(schedule);
    CHECK(start_all(schedule) == Elements{0, 1, 2});
    schedule.ended(1, End::failed);
    CHECK(schedule.newly_blocked() == std::vector<Schedule::Blocked>{{3, 1}, {4, 1}});
    schedule.ended(0, End::failed);
    schedule.ended(2, End::succeeded);
    CHECK(schedule.newly_blocked().empty());
    CHECK(schedule.finished());
  }
}

TEST_CASE("survivors through a hub wait for every member") {
  for (const bool flag_is_on_the_way_in : {true, false}) {
    const bool in = flag_is_on_the_way_in;
    const auto edges = make(4, {{0, 4, in}, {1, 4, in}, {4, 2, true}, {4, 3, true}}, 1);
    Schedule schedule(edges, {}, machine(4));
    offer_all(schedule);
    CHECK(start_all(schedule) == Elements{0, 1});
    schedule.ended(0, End::failed);
    CHECK(schedule.newly_ready().empty());
    schedule.ended(1, End::succeeded);
    CHECK(schedule.newly_ready() == Elements{2, 3});
  }
}

TEST_CASE("hubs without members are no obstacle") {
  const auto edges = make(1, {{1, 0}}, 1);
  Schedule schedule(edges, {}, machine(1));
  CHECK(schedule.newly_ready() == Elements{0});
}

TEST_CASE("a retry is offered again, with other resources") {
  const auto edges = make(2, {{0, 1}});
  Schedule schedule(edges, {}, machine(2));
  offer_all(schedule);
  CHECK(start_all(schedule) == Elements{0});
  schedule.ended(0, End::retry);
  CHECK_FALSE(schedule.finished());
  CHECK(schedule.newly_ready().empty());
  REQUIRE(schedule.offer(0, cpus(2)));
  CHECK(start_all(schedule) == Elements{0});
  schedule.ended(0, End::succeeded);
  CHECK(schedule.newly_ready() == Elements{1});
}

TEST_CASE("up-to-date elements are skipped and their dependents go on") {
  const auto edges = make(3, {{0, 1}, {1, 2}});
  Schedule schedule(edges, {}, machine(1));
  for (std::uint32_t element = 0; element < 3; ++element) {
    CHECK(schedule.newly_ready() == Elements{element});
    schedule.skip(element);
  }
  CHECK(schedule.count(ElementState::skipped) == 3);
  CHECK(schedule.finished());
}

TEST_CASE("an element that cannot run fails without having run") {
  const auto edges = make(3, {{0, 1}, {1, 2}});
  Schedule schedule(edges, {}, machine(1));
  CHECK(schedule.newly_ready() == Elements{0});
  schedule.fail(0);
  CHECK(schedule.newly_blocked() == std::vector<Schedule::Blocked>{{1, 0}, {2, 0}});
  CHECK(schedule.finished());
}

TEST_CASE("cancel stops all starts; what runs may end") {
  const auto edges = make(4, {{0, 2}});
  Schedule schedule(edges, {}, machine(2));
  offer_all(schedule);
  CHECK(start_all(schedule) == Elements{0, 1});
  schedule.cancel();
  CHECK(schedule.count(ElementState::cancelled) == 2);
  CHECK_FALSE(schedule.finished());
  schedule.ended(0, End::succeeded);
  schedule.ended(1, End::cancelled);
  CHECK(schedule.newly_ready().empty());
  CHECK(start_all(schedule).empty());
  CHECK(schedule.finished());
  CHECK(schedule.state(0) == ElementState::done);
  CHECK(schedule.count(ElementState::cancelled) == 3);
}

TEST_CASE("a share that is given back early goes to another, and back only once") {
  const auto edges = make(3, {});
  Schedule schedule(edges, {}, machine(1));
  offer_all(schedule);
  CHECK(start_all(schedule) == Elements{0});
  CHECK(schedule.release(0));
  CHECK_FALSE(schedule.release(0));
  CHECK(start_all(schedule) == Elements{1});
  CHECK(schedule.state(0) == ElementState::running);
  schedule.ended(0, End::succeeded);
  CHECK(start_all(schedule).empty());  // 1 has the only cpu
  schedule.ended(1, End::succeeded);
  CHECK(start_all(schedule) == Elements{2});
  CHECK_FALSE(schedule.release(2));  // nobody waits for it
  schedule.ended(2, End::succeeded);
  CHECK(schedule.finished());
}

TEST_CASE("a share is not given away before what the element holds up, if that goes first") {
  // 1 is all that 0 holds up; 2 waits
  const auto edges = make(3, {{0, 1}});
  SECTION("the longer path waits for it") {
    Schedule schedule(edges, std::vector<std::int64_t>{10, 20, 5}, machine(1));
    offer_all(schedule);
    CHECK(start_all(schedule) == Elements{0});
    CHECK_FALSE(schedule.release(0));
    schedule.ended(0, End::succeeded);
    offer_all(schedule);
    CHECK(start_all(schedule) == Elements{1});
  }
  SECTION("the shorter path waits for it") {
    Schedule schedule(edges, std::vector<std::int64_t>{40, 20, 30}, machine(1));
    offer_all(schedule);
    CHECK(start_all(schedule) == Elements{0});
    CHECK(schedule.release(0));
    CHECK(start_all(schedule) == Elements{2});
    schedule.ended(0, End::succeeded);
    offer_all(schedule);
    CHECK(start_all(schedule).empty());
  }
}

TEST_CASE("an attempt that gave its share back and is tried again takes another one") {
  const auto edges = make(2, {});
  Schedule schedule(edges, {}, machine(1));
  offer_all(schedule);
  CHECK(start_all(schedule) == Elements{0});
  CHECK(schedule.release(0));
  CHECK(start_all(schedule) == Elements{1});
  schedule.ended(0, End::retry);
  REQUIRE(schedule.offer(0, cpus(1)));
  CHECK(start_all(schedule).empty());
  schedule.ended(1, End::succeeded);
  CHECK(start_all(schedule) == Elements{0});
  CHECK_FALSE(schedule.release(0));
  schedule.ended(0, End::succeeded);
  CHECK(schedule.finished());
}
