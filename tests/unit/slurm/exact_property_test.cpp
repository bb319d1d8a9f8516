// Random plans: whatever constructs are chosen, an element waits for what it needs and for nothing else.

#include <rapidcheck.h>
#include <random>

#include "tests/unit/slurm/emitted.h"

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
    if (dice(4) == 0) task.time(std::int64_t{1 + dice(100)} * 600'000'000);
    made.push_back({out, space});
  }
  return m.plan();
}

/// Some array tasks of an arrangement are on their way already, some of the others have ended.
void make_live(Dice& dice, const Arrangement& before, Question& question) {
  for (std::uint32_t i = 0; i < before.arrays.size(); ++i) {
    const Array& array = before.arrays[i];
    if (dice(2) == 0) continue;
    const auto number = static_cast<std::uint32_t>(question.live_arrays.size());
    question.live_arrays.push_back({1, i, 1000 + 7 * i, array.unit_count, array.name});
    for (std::uint32_t index = 0; index < array.unit_count; ++index) {
      if (dice(3) == 0) continue;
      const auto unit = before.unit(array.first_unit + index);
      for (const std::uint32_t element : unit.subspan(dice(static_cast<std::uint32_t>(unit.size())))) {
        question.live.push_back({element, number, index});
        question.to_run[element] = false;
      }
    }
  }
}

void check_emitted(const Question& question, const Arrangement& arrangement) {
  const Emitted emitted(question, arrangement);
  REQUIRE(emitted.waits() == emitted.wanted(question));
}

/// Pairs of an element and one in an array task that it waits for, which it does not need.
std::uint64_t false_waits(const Arrangement& arrangement, const std::vector<Set>& needs) {
  std::uint64_t count = 0;
  const auto waits = waits_of(arrangement);
  for (std::uint32_t unit = arrangement.first_new_unit(); unit < arrangement.unit_count(); ++unit)
    for (const std::uint32_t element : arrangement.unit(unit))
      for (const std::uint32_t parent : waits[unit])
        for (const std::uint32_t one : arrangement.unit(parent)) count += needs[element].contains(one) ? 0 : 1;
  return count;
}

/// Drops or widens one thing that a call or a line waits for; false if it waits for too little for that.
bool mutate(Dice& dice, const Arrangement& arrangement, Calls& calls) {
  std::vector<std::string*> texts;
  for (std::size_t i = 1; i < calls.calls.size(); ++i) texts.push_back(&calls.calls[i].dependency);
  for (std::string& line : calls.lines) texts.push_back(&line);
  std::string& text = *texts[dice(static_cast<std::uint32_t>(texts.size()))];
  const std::size_t begin = text.find("Dependency=") == std::string::npos ? 0 : text.find("Dependency=") + 11;
  std::vector<std::pair<std::size_t, std::size_t>> jobs;  // from `:` on
  for (std::size_t at = text.find(':', begin); at != std::string::npos; at = text.find(':', at + 1)) {
    std::size_t end = at + 1;
    for (bool is_inside = false; end < text.size() && (is_inside || (text[end] != ':' && text[end] != ',')); ++end)
      is_inside = text[end] == '[' || (is_inside && text[end] != ']');
    jobs.emplace_back(at, end);
  }
  const auto [from, to] = jobs[dice(static_cast<std::uint32_t>(jobs.size()))];
  if (dice(2) == 0) {
    if (jobs.size() < 2) return false;
    text.erase(from, to - from);  // `afterok,afterany:...` is what is left where it was the only one
    for (const std::string empty : {"afterok,", "afterany,", "aftercorr,"})
      if (const auto at = text.find(empty, begin); at != std::string::npos) text.erase(at, empty.size());
    for (const std::string empty : {",afterok", ",afterany", ",aftercorr"})
      if (text.ends_with(empty)) text.resize(text.size() - empty.size());
    return true;
  }
  const std::size_t list = text.find('_', from);
  if (list < to) {
    text.erase(list, to - list);  // all of the array
    return true;
  }
  const auto another = arrangement.live_arrays.size() + dice(static_cast<std::uint32_t>(calls.calls.size() - 1));
  if (another < arrangement.live_arrays.size()) return false;
  text.insert(to, ":@" + std::to_string(another - arrangement.live_arrays.size() + 1) + "@");
  return true;
}

}  // namespace

TEST_CASE("random plans: each element waits for exactly what it needs") {
  std::uint32_t held = 0, aligned = 0, fused = 0, bundled = 0, live = 0, loose = 0;
  const auto check_one = [&](std::uint32_t seed) {
    Dice dice{std::mt19937(seed)};
    const plan::Plan plan = random_plan(dice);
    site::Site site;
    site.slurm.max_array = 1 + dice(12);
    site.slurm.window = dice(12);
    site.slurm.max_running = 2;
    if (dice(3) == 0) site.slurm.partitions = {{"short", std::int64_t{3'600'000'000'000}, 0, 0, 0}, {"long", 0, 0, 0, 0}};
    Question question = question_of(plan, site, {dice(4) != 0, dice(2) == 0 ? 0 : std::int64_t{4'000'000'000}, false});
    question.duration = [](std::uint32_t element) { return std::int64_t{1 + element % 3} * 1'000'000'000; };
    if (dice(3) == 0)
      for (std::size_t i = 0; i < question.to_run.size(); ++i) question.to_run[i] = dice(4) != 0;
    const auto arrangement = arrange(question);
    if (!arrangement) FAIL(arrangement.error().what);
    check_exact(question, *arrangement);
    check_emitted(question, *arrangement);
    {
      Question next = question;
      make_live(dice, *arrangement, next);
      const auto later = arrange(next);
      if (!later) FAIL(later.error().what);
      check_exact(next, *later);
      check_emitted(next, *later);
      live += later->live_arrays.empty() || later->array_count() == 0 ? 0 : 1;
    }
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
    REQUIRE(looser->false_waits == false_waits(*looser, needs));
    loose += looser->false_waits > 0 ? 1 : 0;
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
  CHECK(live > 0);
  CHECK(loose > 0);
}

TEST_CASE("a clause that is dropped or widened is found, each time") {
  Dice dice{std::mt19937(4711)};
  std::uint32_t found = 0;
  for (std::uint32_t seed = 0; found < 500; ++seed) {
    REQUIRE(seed < 10'000);
    const plan::Plan plan = random_plan(dice);
    site::Site site;
    site.slurm.max_array = 1 + dice(12);
    site.slurm.window = dice(12);
    site.slurm.max_running = 2;
    Question question = question_of(plan, site, {dice(2) == 0, 0, false});
    if (dice(2) == 0) {
      const auto before = arrange(question);
      REQUIRE(before);
      make_live(dice, *before, question);
    }
    const auto arrangement = arrange(question);
    REQUIRE(arrangement);
    if (arrangement->array_count() < 2) continue;
    Emitted emitted(question, *arrangement);
    const auto waits = emitted.waits();
    if (!mutate(dice, *arrangement, emitted.calls)) continue;
    const auto mutated = emitted.waits();
    if (mutated == waits) continue;  // a second word for the same: whoever waits for success and for the end
    REQUIRE(mutated != emitted.wanted(question));
    ++found;
  }
}

TEST_CASE("a list that is longer than Slurm takes is cut into joins, and says the same") {
  PlanMaker m("long");
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < 600; ++i) keys.push_back(i);
  const auto i = m.dimension("i", keys);
  const auto group = m.dimension("group", std::vector<std::int64_t>{0, 1});
  std::vector<std::uint32_t> of;
  for (std::uint32_t k = 0; k < keys.size(); ++k) of.push_back(k / 3 % 2);
  m.implies(i, group, of);
  const auto a = m.dataset("a", {i}, "a/{i}");
  const auto b = m.dataset("b", {group}, "b/{group}");
  const auto c = m.dataset("c", {group}, "c/{group}");
  m.task("part", {i}).out("a", a).run("x {a}");
  m.task("whole", {group}).gather("a", a).out("b", b).run("x {a} {b}");
  m.task("rest", {group}).survivors("a", a).out("c", c).run("x {a} {c}").cpus(2);
  const plan::Plan plan = m.plan();
  site::Site site;
  Question question = question_of(plan, site);
  question.options.longest_list = 400;
  // they are on their way in an order that suits nobody
  question.live_arrays = {{1, 1, 4'000'000'000, 600, "01-part"}};
  for (std::uint32_t k = 0; k < keys.size(); ++k) {
    question.live.push_back({k, 0, k});
    question.to_run[k] = false;
  }
  const auto arrangement = arrange(question);
  REQUIRE(arrangement);
  check_emitted(question, *arrangement);
  const auto joins =
      std::count_if(arrangement->arrays.begin(), arrangement->arrays.end(), [](const Array& array) { return array.is_join; });
  CHECK(joins == 2 * 3);  // `whole` and `rest` of a group share theirs
  CHECK(arrangement->lines.size() == 4);
  const Calls calls = calls_of({plan, site, *arrangement, {}, {}, ".."});
  for (const Call& call : calls.calls) CHECK(call.dependency.size() < 440);
  for (const std::string& line : calls.lines) CHECK(line.size() < 440);
}
