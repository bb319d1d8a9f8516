// Plans that grow while they are carried out: find[run] writes how many pieces a run has, cut[run, piece] makes each, sum[run] adds them
// up.

#include "runtime/local/growth.h"

#include <map>

#include "tests/unit/local/support.h"

using namespace osac;
using namespace osac::local;
using namespace osac::local::test;
using osac::test::PlanMaker;

namespace {

/// The workflow of this file's tests, planned from the tables that `made` has. `limit` stands for what is written in the workflow.
struct Pieces {
  std::string find = "cp {raw} {found}";
  std::string cut = "echo {piece} > {part}";
  std::string limit = "limit.txt";
  std::vector<std::vector<registry::MadeFile>> asked = {};

  [[nodiscard]] plan::Plan plan(const registry::MadeFiles& made) const {
    PlanMaker m("pieces");
    const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2, 3});
    std::vector<std::pair<std::uint32_t, std::int64_t>> keys;
    std::vector<std::uint32_t> unknown;
    for (std::uint32_t i = 0; i < 3; ++i) {
      const registry::MadeFile* const file = made.find("found/" + std::to_string(i + 1));
      const auto text = file == nullptr ? std::nullopt : registry::read_made(*file, ".");
      if (!text || text->starts_with("bad")) unknown.push_back(i);
      for (std::int64_t piece = 1; text && piece <= std::atoi(text->c_str()); ++piece) keys.emplace_back(i, piece);
    }
    const auto piece = m.dimension_in(run, "piece", keys);
    const auto raw = m.external("raw", {run}, "raw/{run}");
    const auto found = m.dataset("found", {run}, "found/{run}");
    const auto part = m.dataset("part", {piece}, "part/{run}.{piece}");
    m.goal(part);
    m.task("find", {run}).in("raw", raw).out("found", found).shell(find);
    m.task("cut", {piece}).out("part", part).shell(cut);
    if (!unknown.empty()) m.stage("dimension `piece`", found, unknown, {"cut"});
    m.parameter("limit", limit);
    return m.plan();
  }

  /// As the command line would give them.
  void set_up(Bench& bench) {
    bench.options.replan = [this](const registry::MadeFiles& made) {
      asked.push_back(made.list());
      Replanned replanned;
      replanned.plan = std::make_shared<const plan::Plan>(plan(made));
      for (const registry::MadeFile& file : made.list())
        if (read(file.path).starts_with("bad")) replanned.wrong.push_back({file, "it is bad"});
      return replanned;
    };
  }
};

void write_raw(const std::map<int, std::string>& texts) {
  for (const auto& [run, text] : texts) write("raw/" + std::to_string(run), text + "\n");
}

}  // namespace

TEST_CASE("a plan grows while it is carried out, and a second execution has nothing to do") {
  Bench bench;
  Pieces pieces;
  pieces.set_up(bench);
  write_raw({{1, "2"}, {2, "0"}, {3, "3"}});
  const plan::Plan begin = pieces.plan({});
  Summary summary = bench.execute_plan(begin);
  CHECK(counts(summary) == Counts{3 + 5, 0, 0, 0, 0});
  CHECK(summary.is_complete());
  REQUIRE(summary.plan);
  CHECK(summary.plan->element_count() == 8);
  CHECK(read("part/3.3") == "3\n");
  const auto kept = plan::Plan::open(".osa/test/plan");
  REQUIRE(kept);
  CHECK(kept->id() == summary.plan->id());
  // the next one begins with the smallest plan again, and comes to the same without running anything
  summary = bench.execute_plan(begin);
  CHECK(counts(summary) == Counts{0, 8, 0, 0, 0});
  CHECK(bench.told("start").empty());
  // or with the whole one, from what is on record
  bench.options.made = {};
  for (const registry::MadeFile& file : pieces.asked.back()) bench.options.made.add(file);
  const plan::Plan whole = pieces.plan(bench.options.made);
  pieces.asked.clear();
  CHECK(counts(bench.execute_plan(whole)) == Counts{0, 8, 0, 0, 0});
  CHECK(pieces.asked.empty());
}

TEST_CASE("what one key brings goes on while another one is still looked for") {
  Bench bench;
  Pieces pieces;
  // run 2 is found only once a piece of run 1 has been cut: only a plan that grew meanwhile can do that
  pieces.find = "if [ {run} = 2 ]; then until [ -e part/1.1 ]; do sleep 0.01; done; fi; cp {raw} {found}";
  pieces.set_up(bench);
  write_raw({{1, "1"}, {2, "1"}, {3, "1"}});
  const Summary summary = bench.execute_plan(pieces.plan({}));
  CHECK(counts(summary) == Counts{6, 0, 0, 0, 0});
  CHECK(bench.told("end").size() == 6);
  // each record has the id of the plan that its attempt was started from
  std::map<std::string, std::string> plans;
  step::JournalVisitor visitor;
  visitor.end = [&](step::EndRecord&& end) { plans[end.element] = end.plan; };
  REQUIRE(step::read_journals(".osa/test/journal", visitor));
  CHECK(plans["find[run=2]"] == hexadecimal(pieces.plan({}).id()));
  CHECK(plans["cut[run=2,piece=1]"] == hexadecimal(summary.plan->id()));
  CHECK(plans["cut[run=1,piece=1]"] != plans["find[run=2]"]);
}

TEST_CASE("a maker that fails is the root cause of what could not be planned") {
  Bench bench;
  Pieces pieces;
  pieces.find = "[ {run} != 2 ]; cp {raw} {found}";
  pieces.set_up(bench);
  write_raw({{1, "1"}, {2, "1"}, {3, "2"}});
  const Summary summary = bench.execute_plan(pieces.plan({}));
  CHECK(counts(summary) == Counts{2 + 3, 0, 1, 0, 0});
  CHECK_FALSE(summary.is_complete());
  REQUIRE(summary.failures.size() == 1);
  REQUIRE(summary.unplanned.size() == 1);
  CHECK(summary.unplanned[0].what == "dimension `piece`");
  CHECK(summary.unplanned[0].dataset == "found");
  CHECK(summary.unplanned[0].files == 1);
  CHECK(summary.unplanned[0].root_cause == summary.failures[0].element);
  CHECK(plan::element_name(*summary.plan, summary.plan->element(summary.failures[0].element)) == "find[run=2]");
}

TEST_CASE("a plan that nobody can plan again tells what it leaves out") {
  Bench bench;
  write_raw({{1, "1"}, {2, "1"}, {3, "2"}});
  const Summary summary = bench.execute_plan(Pieces{}.plan({}));
  CHECK(counts(summary) == Counts{3, 0, 0, 0, 0});
  CHECK_FALSE(summary.is_complete());
  REQUIRE(summary.unplanned.size() == 1);
  CHECK((summary.unplanned[0].files == 3 && summary.unplanned[0].root_cause == plan::no_element));
}

TEST_CASE("a made file that planning cannot use is told, and all else goes on") {
  Bench bench;
  Pieces pieces;
  pieces.set_up(bench);
  write_raw({{1, "1"}, {2, "bad"}, {3, "2"}});
  Summary summary = bench.execute_plan(pieces.plan({}));
  CHECK(counts(summary) == Counts{3 + 3, 0, 0, 0, 0});
  CHECK_FALSE(summary.is_complete());
  REQUIRE(summary.wrong.size() == 1);
  CHECK(summary.wrong[0].file.element == "find[run=2]");
  REQUIRE(bench.notes.size() == 1);
  CHECK(bench.notes[0] == "`found/2`, which `find[run=2]` made, cannot be used: what waits for it does not start\nit is bad");
  // the same again, until its maker makes another one
  summary = bench.execute_plan(pieces.plan({}));
  CHECK(counts(summary) == Counts{0, 6, 0, 0, 0});
  CHECK(summary.wrong.size() == 1);
  write_raw({{2, "1"}});
  summary = bench.execute_plan(pieces.plan({}));
  CHECK(counts(summary) == Counts{2, 5, 0, 0, 0});
  CHECK(summary.is_complete());
}

TEST_CASE("a plan made from a file whose maker has to run is made without it first") {
  Bench bench;
  Pieces pieces;
  pieces.set_up(bench);
  write_raw({{1, "2"}, {2, "1"}, {3, "1"}});
  bench.execute_plan(pieces.plan({}));
  for (const registry::MadeFile& file : pieces.asked.back()) bench.options.made.add(file);
  const plan::Plan whole = pieces.plan(bench.options.made);
  pieces.asked.clear();
  write_raw({{1, "3"}});
  const Summary summary = bench.execute_plan(whole);
  CHECK(counts(summary) == Counts{1 + 1, 2 + 2 + 2, 0, 0, 0});  // the two pieces that were there are as they were
  REQUIRE(pieces.asked.size() >= 2);
  CHECK(pieces.asked[0].size() == 2);
  CHECK(read("part/1.3") == "3\n");
}

TEST_CASE("forced elements run once, however often the plan grows") {
  Bench bench;
  Pieces pieces;
  pieces.set_up(bench);
  write_raw({{1, "1"}, {2, "1"}, {3, "1"}});
  bench.execute_plan(pieces.plan({}));
  bench.options.forced_in = [](const plan::Plan& plan) {
    std::vector<std::uint32_t> all(plan.element_count());
    for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  };
  const plan::Plan begin = pieces.plan({});
  bench.options.forced = bench.options.forced_in(begin);
  CHECK(counts(bench.execute_plan(begin)) == Counts{6, 0, 0, 0, 0});
  CHECK(bench.told("start").size() == 6);
}

TEST_CASE("attempts go on across growth") {
  Bench bench;
  Pieces pieces;
  // each fails once after the plan has grown under it
  pieces.find =
      "if [ {run} = 2 ] && [ ! -e once ]; then until [ -e part/1.1 ]; do sleep 0.01; done; touch once; exit 3; fi; cp {raw} {found}";
  pieces.set_up(bench);
  write_raw({{1, "1"}, {2, "1"}, {3, "1"}});
  const plan::Plan begin = pieces.plan({});
  const Summary summary = bench.execute_plan(begin);
  CHECK(counts(summary) == Counts{2 + 2, 0, 1, 0, 0});
  CHECK(summary.unplanned.size() == 1);
  CHECK(counts(bench.execute_plan(begin)) == Counts{2, 4, 0, 0, 0});
}

TEST_CASE("files that change under an execution end its growth, not it") {
  Bench bench;
  Pieces pieces;
  pieces.set_up(bench);
  const auto replan = bench.options.replan;
  SECTION("a source") {
    bench.options.replan = [&](const registry::MadeFiles& made) {
      Replanned replanned;
      PlanMaker m("pieces");
      m.task("other").out("x", m.dataset("x", {}, "x")).shell("touch {x}");
      replanned.plan = std::make_shared<const plan::Plan>(m.plan());
      (void)made;
      return replanned;
    };
  }
  SECTION("planning fails") {
    bench.options.replan = [&](const registry::MadeFiles&) { return Replanned{nullptr, {}, "there is no `find[run=1]` any more, or so"}; };
  }
  write_raw({{1, "1"}, {2, "1"}, {3, "1"}});
  const Summary summary = bench.execute_plan(pieces.plan({}));
  CHECK(counts(summary) == Counts{3, 0, 0, 0, 0});
  CHECK(summary.growth_trouble.find("there is no `find[run=1]` any more") == 0);
  CHECK_FALSE(summary.is_complete());
}

TEST_CASE("planning takes a tenth of the time, but lets nothing idle") {
  constexpr std::int64_t second = 1'000'000'000;
  Growth growth(true, {}, 2 * second);
  CHECK_FALSE(growth.is_due(true, 100 * second));  // nothing new
  const auto file = [](const char* path, std::int64_t size) {
    registry::MadeFile made{path, "make", {}};
    made.state.size = size;
    return made;
  };
  growth.add(file("a", 1));
  CHECK(growth.is_due(true, second));
  CHECK_FALSE(growth.is_due(false, 19 * second));
  CHECK(growth.is_due(false, 20 * second));
  CHECK(growth.begin(20 * second).find("a") != nullptr);
  growth.add(file("b", 1));
  CHECK_FALSE(growth.is_due(true, 30 * second));  // it is being planned
  growth.ended(25 * second);
  CHECK_FALSE(growth.is_due(false, 74 * second));
  CHECK(growth.is_due(false, 75 * second));
  growth.begin(75 * second);
  growth.ended(75 * second);
  growth.add(file("b", 1));
  CHECK_FALSE(growth.is_due(true, 200 * second));  // known
  growth.add(file("b", 2));
  CHECK(growth.is_due(true, 200 * second));
  growth.set_aside(file("b", 2));
  growth.begin(200 * second);
  growth.ended(200 * second);
  growth.add(file("b", 2));
  CHECK_FALSE(growth.is_due(true, 300 * second));  // of no use
  growth.add(file("b", 3));
  growth.stop();
  CHECK_FALSE(growth.is_due(true, 400 * second));
}
