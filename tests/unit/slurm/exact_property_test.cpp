// Random plans: whatever constructs are chosen, an element waits for what it needs and for nothing else.

#include <rapidcheck.h>
#include <random>

#include "tests/unit/slurm/arranged.h"

using namespace osac;
using namespace osac::slurm;
using namespace osac::slurm::test;
using osac::test::PlanMaker;

namespace {

struct Dice {
  std::mt19937 engine;
  std::uint32_t operator()(std::uint32_t below) { return static_cast<std::uint32_t>(engine() % below); }
};

/// Some tasks over one of three nested or implied dimensions, each reading a few datasets made before, in whatever way their dimensions
/// allow: chain, broadcast, gather, survivors, look-up.
plan::Plan random_plan(Dice& dice) {
  PlanMaker m("random");
  std::vector<std::int64_t> outer_keys, other_keys;
  for (std::uint32_t i = 0; i < 1 + dice(4); ++i) outer_keys.push_back(i);
  for (std::uint32_t i = 0; i < 1 + dice(3); ++i) other_keys.push_back(i);
  const auto outer = m.dimension("outer", outer_keys);
  const auto other = m.dimension("other", other_keys);
  std::vector<std::uint32_t> implied;
  for (std::size_t i = 0; i < outer_keys.size(); ++i) implied.push_back(dice(static_cast<std::uint32_t>(other_keys.size())));
  m.implies(outer, other, implied);
  std::vector<std::pair<std::uint32_t, std::int64_t>> inner_keys;
  for (std::uint32_t o = 0; o < outer_keys.size(); ++o)
    for (std::uint32_t i = 0; i < dice(6); ++i) inner_keys.emplace_back(o, i);
  if (inner_keys.empty()) inner_keys.emplace_back(0, 0);
  const auto inner = m.dimension_in(outer, "inner", inner_keys);
  const std::vector<osac::test::Dimensions> spaces = {{}, {other}, {outer}, {outer, inner}};
  const std::vector<std::size_t> sizes = {1, other_keys.size(), outer_keys.size(), inner_keys.size()};
  struct Made {
    osac::test::DatasetId id;
    std::uint32_t space;
  };
  std::vector<Made> made;
  const std::uint32_t count = 2 + dice(7);
  for (std::uint32_t t = 0; t < count; ++t) {
    const std::uint32_t space = dice(3) == 0 ? dice(4) : 3 - dice(2);
    std::string path = "t" + std::to_string(t);
    for (const std::string key : {"other", "outer", "inner"})
      if ((space == 1 && key == "other") || (space >= 2 && key == "outer") || (space == 3 && key == "inner")) path += "/{" + key + "}";
    const auto out = m.dataset("d" + std::to_string(t), spaces[space], path);
    auto task = m.task("t" + std::to_string(t), spaces[space]);
    std::string command = "x";
    for (std::uint32_t p = 0; p < 1 + dice(3) && !made.empty(); ++p) {
      const Made& from = dice(2) == 0 ? made.back() : made[dice(static_cast<std::uint32_t>(made.size()))];
      const std::string name = "p" + std::to_string(p);
      if (dice(8) == 0) {
        std::vector<std::uint32_t> targets;
        for (std::size_t i = 0; i < sizes[space]; ++i)
          targets.push_back(dice(5) == 0 ? plan::no_element : dice(static_cast<std::uint32_t>(sizes[from.space])));
        task.lookup(name, from.id, targets);
      } else if (from.space > space) {
        if (dice(4) == 0)
          task.survivors(name, from.id);
        else
          task.gather(name, from.id);
      } else {
        task.in(name, from.id);
      }
    }
    task.out("out", out).run(command + " {out}");
    if (dice(4) == 0) task.cpus(2);
    if (dice(4) == 0) task.time(std::int64_t{1 + dice(100)} * 60'000'000'000);
    made.push_back({out, space});
  }
  return m.plan();
}

}  // namespace

TEST_CASE("random plans: each element waits for exactly what it needs") {
  std::uint32_t held = 0, aligned = 0, fused = 0, bundled = 0;
  const auto check_one = [&](std::uint32_t seed) {
    Dice dice{std::mt19937(seed)};
    const plan::Plan plan = random_plan(dice);
    site::Site site;
    site.slurm.max_array = 1 + dice(12);
    site.slurm.window = dice(12);
    if (dice(3) == 0) site.slurm.partitions = {{"short", std::int64_t{3'600'000'000'000}, 0, 0, 0}, {"long", 0, 0, 0, 0}};
    Question question = question_of(plan, site, {dice(4) != 0, dice(2) == 0 ? 0 : std::int64_t{4'000'000'000}, false});
    question.duration = [](std::uint32_t element) { return std::int64_t{1 + element % 3} * 1'000'000'000; };
    if (dice(3) == 0)
      for (std::size_t i = 0; i < question.to_run.size(); ++i) question.to_run[i] = dice(4) != 0;
    const auto arrangement = arrange(question);
    if (!arrangement) FAIL(arrangement.error().what);
    check_exact(question, *arrangement);
    for (const Array& array : arrangement->arrays) {
      held += array.is_held ? 1 : 0;
      fused += array.tasks.size() > 1 ? 1 : 0;
      for (const Clause& clause : arrangement->of(array.clauses)) aligned += clause.wait == Wait::same_index ? 1 : 0;
      for (std::uint32_t i = 0; i < array.unit_count; ++i)
        bundled += arrangement->unit(array.first_unit + i).size() > array.tasks.size() ? 1 : 0;
    }
    // leave to wait may only add
    question.options.allows_waits = true;
    const auto looser = arrange(question);
    if (!looser) FAIL(looser.error().what);
    check_invariants(question, *looser);
    const auto needs = needs_by_plan(question);
    const auto waits = waits_by_units(*looser, waits_of(*looser), needs);
    for (std::size_t i = 0; i < needs.size(); ++i) REQUIRE(std::ranges::includes(waits[i], needs[i]));
  };
  const bool holds = rc::check([&](std::uint32_t seed) {
    for (std::uint32_t i = 0; i < 20; ++i) check_one(seed + i);
  });
  CHECK(holds);
  // the plans are such that everything happens
  CHECK(held > 0);
  CHECK(aligned > 0);
  CHECK(fused > 0);
  CHECK(bundled > 0);
}
