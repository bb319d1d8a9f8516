#include "tests/unit/slurm/arranged.h"

using namespace osac;
using namespace osac::slurm;
using namespace osac::slurm::test;
using osac::test::PlanMaker;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

std::vector<std::int64_t> numbers(std::int64_t count) {
  std::vector<std::int64_t> list;
  for (std::int64_t i = 0; i < count; ++i) list.push_back(i);
  return list;
}

/// Calibrations -> runs x subruns, a chain of three -> a merge a run -> the night.
PlanMaker night(std::int64_t calibrations, std::int64_t runs, std::int64_t subruns) {
  PlanMaker m("night");
  const auto calibration = m.dimension("calibration", numbers(calibrations));
  const auto run = m.dimension("run", numbers(runs));
  std::vector<std::uint32_t> of_run;
  std::vector<std::pair<std::uint32_t, std::int64_t>> keys;
  for (std::uint32_t r = 0; r < runs; ++r) {
    of_run.push_back(static_cast<std::uint32_t>(r * calibrations / runs));
    for (std::int64_t s = 0; s < subruns; ++s) keys.emplace_back(r, s);
  }
  m.implies(run, calibration, of_run);
  const auto subrun = m.dimension_in(run, "subrun", keys);
  const auto cal = m.dataset("cal", {calibration}, "cal/{calibration}");
  const auto raw = m.external("raw", {run, subrun}, "raw/{run}.{subrun}");
  const auto a = m.dataset("a", {run, subrun}, "a/{run}.{subrun}");
  const auto b = m.dataset("b", {run, subrun}, "b/{run}.{subrun}");
  const auto c = m.dataset("c", {run, subrun}, "c/{run}.{subrun}");
  const auto merged = m.dataset("merged", {run}, "merged/{run}");
  const auto all = m.dataset("all", {}, "all");
  m.task("calibrate", {calibration}).out("cal", cal).run("x {cal}");
  m.task("r0_dl1", {run, subrun}).in("raw", raw).in("cal", cal).out("a", a).run("x {raw} {cal} {a}");
  m.task("dl1_dl2", {run, subrun}).in("a", a).in("cal", cal).out("b", b).run("x {a} {cal} {b}");
  m.task("dl2_dl3", {run, subrun}).in("b", b).out("c", c).run("x {b} {c}");
  m.task("merge", {run}).gather("c", c).out("merged", merged).run("x {c} {merged}");
  m.task("close").gather("merged", merged).out("all", all).run("x {merged} {all}");
  return m;
}

Arrangement arranged(const Question& question) {
  auto made = arrange(question);
  if (!made) FAIL(made.error().what);
  return std::move(*made);
}

std::vector<std::string> names(const Arrangement& arrangement) {
  std::vector<std::string> list;
  for (const Array& array : arrangement.arrays) list.push_back(array.name + " x" + std::to_string(array.unit_count));
  return list;
}

}  // namespace

TEST_CASE("a night is fused chains in one array, with a line for each calibration and each run") {
  const plan::Plan plan = night(3, 6, 5).plan();
  const site::Site site;
  const Question question = question_of(plan, site);
  const Arrangement arrangement = arranged(question);
  CHECK(names(arrangement) == std::vector<std::string>{"01-calibrate x3", "02-r0_dl1-dl1_dl2-dl2_dl3 x30", "03-merge x6", "04-close x1"});
  CHECK(arrangement.lines.size() == 3 + 6);
  CHECK(arrangement.arrays[2].is_held);
  CHECK(arrangement.false_waits == 0);
  check_exact(question, arrangement);
}

TEST_CASE("few large groups are arrays of their own") {
  PlanMaker m("groups");
  const auto group = m.dimension("group", numbers(2));
  const auto i = m.dimension("i", numbers(300));
  std::vector<std::uint32_t> of;
  for (std::uint32_t k = 0; k < 300; ++k) of.push_back(k % 2);
  m.implies(i, group, of);
  const auto a = m.dataset("a", {group}, "a/{group}");
  const auto b = m.dataset("b", {i}, "b/{i}");
  m.task("one", {group}).out("a", a).run("x {a}");
  m.task("many", {i}).in("a", a).out("b", b).run("x {a} {b}");
  const plan::Plan plan = m.plan();
  const site::Site site;
  const Question question = question_of(plan, site);
  const Arrangement arrangement = arranged(question);
  CHECK(names(arrangement) == std::vector<std::string>{"01-one x2", "02-many x150", "03-many x150"});
  CHECK(arrangement.lines.empty());
  check_exact(question, arrangement);
}

TEST_CASE("a small night waits for exactly what it needs, fused or not, bundled or not") {
  const plan::Plan plan = night(3, 5, 4).plan();
  for (const std::int64_t most : {1001, 3}) {
    for (const bool fuses : {true, false}) {
      for (const std::int64_t bundle : {std::int64_t{0}, 10 * minute}) {
        site::Site site;
        site.slurm.max_array = most;
        Question question = question_of(plan, site, {fuses, bundle, false});
        question.duration = [](std::uint32_t) { return 2 * minute; };
        check_exact(question, arranged(question));
      }
    }
  }
}

TEST_CASE("without fusing, small arrays follow each other index by index, large ones have a line an element") {
  site::Site site;
  const plan::Plan small = night(1, 1, 11).plan();
  const Arrangement few = arranged(question_of(small, site, {false, 0, false}));
  CHECK(few.lines.empty());
  CHECK(few.of(few.arrays[2].clauses)[1] == Clause{Wait::same_index, 1, 0, 10});
  const plan::Plan large = night(1, 1, 12).plan();
  const Arrangement many = arranged(question_of(large, site, {false, 0, false}));
  CHECK(many.lines.size() == 24);
  site.slurm.window = 1000;  // the site has raised correspond_after_task_cnt
  CHECK(arranged(question_of(large, site, {false, 0, false})).lines.empty());
}

TEST_CASE("chains are fused only where they ask for about the same") {
  const auto tasks_of = [](std::int64_t first_memory, std::int64_t second_memory, std::int64_t cpus, const site::Site& site) {
    PlanMaker m("chain");
    const auto i = m.dimension("i", numbers(30));
    const auto a = m.dataset("a", {i}, "a/{i}");
    const auto b = m.dataset("b", {i}, "b/{i}");
    m.task("first", {i}).out("a", a).run("x {a}").memory(first_memory).time(60 * minute);
    m.task("second", {i}).in("a", a).out("b", b).run("x {a} {b}").memory(second_memory).cpus(cpus).time(60 * minute);
    const plan::Plan plan = m.plan();
    const Question question = question_of(plan, site);
    const Arrangement arrangement = arranged(question);
    check_exact(question, arrangement);
    return arrangement.arrays.size();
  };
  site::Site site;
  CHECK(tasks_of(gibibyte, 2 * gibibyte, 1, site) == 1);
  CHECK(tasks_of(gibibyte, 3 * gibibyte, 1, site) == 2);
  CHECK(tasks_of(gibibyte, gibibyte, 4, site) == 2);
  site.slurm.partitions = {{"short", 90 * minute, 0, 0, 0}, {"long", 0, 0, 0, 0}};
  CHECK(tasks_of(gibibyte, gibibyte, 1, site) == 2);  // each fits into `short`, both would not
  site.slurm.partitions = {{"short", 120 * minute, 0, 0, 0}};
  CHECK(tasks_of(gibibyte, gibibyte, 1, site) == 1);
}

TEST_CASE("what is needed in the middle of a chain keeps it apart") {
  PlanMaker m("middle");
  const auto i = m.dimension("i", numbers(20));
  const auto a = m.dataset("a", {i}, "a/{i}");
  const auto b = m.dataset("b", {i}, "b/{i}");
  const auto c = m.dataset("c", {}, "c");
  m.task("first", {i}).out("a", a).run("x {a}");
  m.task("second", {i}).in("a", a).out("b", b).run("x {a} {b}");
  m.task("early").gather("a", a).out("c", c).run("x {a} {c}");
  const plan::Plan plan = m.plan();
  const site::Site site;
  const Question question = question_of(plan, site);
  const Arrangement arrangement = arranged(question);
  CHECK(arrangement.arrays.size() == 3);
  check_exact(question, arrangement);
}

TEST_CASE("a fan-in of short elements is bundled into few array tasks, all of which succeed or the gather does not run") {
  PlanMaker m("fan");
  const auto i = m.dimension("i", numbers(1'000));
  const auto a = m.dataset("a", {i}, "a/{i}");
  const auto all = m.dataset("all", {}, "all");
  m.task("part", {i}).out("a", a).run("x {a}");
  m.task("whole").gather("a", a).out("all", all).run("x {a} {all}");
  const plan::Plan plan = m.plan();
  const site::Site site;
  Question question = question_of(plan, site, {true, 10 * minute, false});
  question.duration = [](std::uint32_t) { return 7 * second; };
  const Arrangement arrangement = arranged(question);
  CHECK(names(arrangement) == std::vector<std::string>{"01-part x12", "02-whole x1"});
  CHECK(arrangement.of(arrangement.arrays[1].clauses)[0] == Clause{Wait::succeeded, 0, 0, 11});
  CHECK(arrangement.critical_path == 85 * 7 * second + 7 * second);
  check_exact(question, arrangement);
}

TEST_CASE("bundles across groups need leave, and say what it costs") {
  const plan::Plan plan = night(1, 4, 3).plan();
  const site::Site site;
  Question question = question_of(plan, site, {true, 10 * minute, false});
  question.duration = [](std::uint32_t) { return minute; };  // a chain takes three
  const Arrangement exact = arranged(question);
  CHECK(exact.false_waits == 0);
  check_exact(question, exact);
  question.options.allows_waits = true;
  const Arrangement merged = arranged(question);
  check_invariants(question, merged);
  CHECK(merged.unit_count() < exact.unit_count());
  // the merge of run 0 needs 3 chains of 3; each of the others reads a part of up to two bundles of 3 chains
  const auto needs = needs_by_plan(question);
  const auto waits = waits_by_units(merged, waits_of(merged), needs);
  bool has_more = false;
  for (std::size_t i = 0; i < needs.size(); ++i) {
    CHECK(std::ranges::includes(waits[i], needs[i]));
    has_more = has_more || waits[i].size() > needs[i].size();
  }
  CHECK(has_more == (merged.false_waits > 0));
}

TEST_CASE("a gather of scattered elements is a range once they are in its order") {
  PlanMaker m("scattered");
  const auto group = m.dimension("group", numbers(3));
  const auto i = m.dimension("i", numbers(60));
  std::vector<std::uint32_t> of;
  for (std::uint32_t k = 0; k < 60; ++k) of.push_back(k * 7 % 3);
  m.implies(i, group, of);
  const auto a = m.dataset("a", {i}, "a/{i}");
  const auto b = m.dataset("b", {group}, "b/{group}");
  m.task("part", {i}).out("a", a).run("x {a}");
  m.task("whole", {group}).gather("a", a).out("b", b).run("x {a} {b}");
  const plan::Plan plan = m.plan();
  const site::Site site;
  const Question question = question_of(plan, site);
  const Arrangement arrangement = arranged(question);
  CHECK(arrangement.lines.size() == 3);
  for (const Line& line : arrangement.lines) CHECK(line.clauses.count == 1);
  check_exact(question, arrangement);
}

TEST_CASE("survivors wait for the end, others for success") {
  PlanMaker m("survivors");
  const auto i = m.dimension("i", numbers(4));
  const auto a = m.dataset("a", {i}, "a/{i}");
  const auto b = m.dataset("b", {}, "b");
  const auto c = m.dataset("c", {}, "c");
  m.task("part", {i}).out("a", a).run("x {a}");
  m.task("some").survivors("a", a).out("b", b).run("x {a} {b}");
  m.task("every").gather("a", a).out("c", c).run("x {a} {c}");
  const plan::Plan plan = m.plan();
  const site::Site site;
  const Question question = question_of(plan, site);
  const Arrangement arrangement = arranged(question);
  for (const Array& array : arrangement.arrays) {
    if (array.name.ends_with("some")) CHECK(arrangement.of(array.clauses)[0] == Clause{Wait::ended, 0, 0, 3});
    if (array.name.ends_with("every")) CHECK(arrangement.of(array.clauses)[0] == Clause{Wait::succeeded, 0, 0, 3});
  }
  check_exact(question, arrangement);
}

TEST_CASE("what no partition has room for is refused, and named") {
  const plan::Plan plan = night(1, 1, 1).plan();
  site::Site site;
  site.origin = "site.yaml";
  site.default_memory = 4 * gibibyte;
  site.slurm.partitions = {{"small", 0, gibibyte, 0, 0}};
  const auto made = arrange(question_of(plan, site));
  REQUIRE(!made);
  CHECK(made.error().what == "no partition of site.yaml has room for `calibrate[calibration=0]`: 1 cpus, 4 GiB memory, 0.0 s time, 0 gpus");
}

TEST_CASE("what has run already is no part of it") {
  const plan::Plan plan = night(2, 4, 3).plan();
  const site::Site site;
  Question question = question_of(plan, site);
  for (std::uint32_t element = 0; element < plan.element_count(); element += 2) question.to_run[element] = false;
  check_exact(question, arranged(question));
}

TEST_CASE("later attempts ask for more, up to what a partition gives") {
  PlanMaker m("growth");
  const auto i = m.dimension("i", numbers(4));
  const auto a = m.dataset("a", {i}, "a/{i}");
  m.task("part", {i}).out("a", a).run("x {a}").memory(gibibyte).time(10 * minute).retry(3, 0, 2, 3);
  const plan::Plan plan = m.plan();
  site::Site site;
  site.slurm.partitions = {{"small", 60 * minute, 2 * gibibyte, 0, 0}, {"large", 60 * minute, 6 * gibibyte, 0, 0}};
  Question question = question_of(plan, site);
  question.attempts = {1, 2, 3, 4};
  const Arrangement arrangement = arranged(question);
  std::vector<Request> asked;
  for (const std::uint32_t unit : arrangement.unit_of)
    asked.push_back(arrangement.requests[arrangement.arrays[arrangement.place(unit).first].request]);
  CHECK(asked == std::vector<Request>{{1, gibibyte, 10 * minute, 0, 0},
                                      {1, 2 * gibibyte, 30 * minute, 0, 0},
                                      {1, 4 * gibibyte, 60 * minute, 0, 1},
                                      {1, 6 * gibibyte, 60 * minute, 0, 1}});
  site.slurm.partitions.pop_back();
  site.slurm.partitions[0].time = 5 * minute;  // not even the first attempt would fit
  CHECK(!arrange(question));
}

TEST_CASE("slots that the cluster counts are asked for as licences, the others are remarked") {
  PlanMaker m("slots");
  const auto i = m.dimension("i", numbers(2));
  const auto a = m.dataset("a", {i}, "a/{i}");
  const auto b = m.dataset("b", {i}, "b/{i}");
  m.task("fetch", {i}).out("a", a).run("x {a}").slots("archive", 2).slots("desk", 1);
  m.task("use", {i}).in("a", a).out("b", b).run("y {a} {b}");
  const plan::Plan plan = m.plan();
  site::Site site;
  site.slots = {{"archive", 4}, {"desk", 1}};
  site.slurm.licenses = {"archive"};
  const Question question = question_of(plan, site);
  const Arrangement arrangement = arranged(question);
  check_exact(question, arrangement);
  CHECK(arrangement.remarks == std::vector<std::string>{"Slurm does not count the slots `desk` of `fetch`"});
  REQUIRE(arrangement.arrays.size() == 2);  // no chains of both: `use` would hold the licences for nothing
  CHECK(arrangement.requests[arrangement.arrays[0].request].licenses == "archive:2");
  CHECK(arrangement.requests[arrangement.arrays[1].request].licenses.empty());
}

TEST_CASE("what is on its way is waited for by its job's number, behind the gate like everything else") {
  const plan::Plan plan = night(1, 2, 2).plan();
  const site::Site site;
  Question question = question_of(plan, site);
  question.live_arrays = {{3, 2, 4711, 9, "02-chains"}};
  const std::uint32_t first = plan.tasks()[1].first_element;  // r0_dl1[0,0]
  question.to_run[0] = question.to_run[first] = false;        // its calibration has ended
  question.live = {{first, 0, 5}};
  const Arrangement arrangement = arranged(question);
  check_exact(question, arrangement);
  CHECK(arrangement.arrays[0].unit_count == 9);
  CHECK(arrangement.unit_of[first] == 5);
  CHECK(arrangement.array_task_count() == arrangement.unit_count() - 9);
  // the rest of that chain is no longer part of one
  const auto [array, index] = arrangement.place(arrangement.unit_of[first + 4]);
  CHECK(arrangement.arrays[array].name.ends_with("dl1_dl2-dl2_dl3"));
  bool waits = false;
  for (const Clause& clause : arrangement.clauses) waits = waits || clause == Clause{Wait::ended, 0, 5, 5};
  CHECK(waits);
}
