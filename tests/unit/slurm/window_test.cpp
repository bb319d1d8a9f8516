// What fits into the queue, and the jobs that go on with the rest.

#include "runtime/slurm/window.h"

#include <algorithm>

#include "runtime/slurm/emit.h"
#include "runtime/slurm/service.h"
#include "tests/unit/slurm/arranged.h"

using namespace osac;
using namespace osac::slurm;
using namespace osac::slurm::test;
using osac::test::PlanMaker;

namespace {

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

/// Chains of two that ask for different memory, so that they do not fuse, and one that waits for all.
plan::Plan chains(std::int64_t count) {
  PlanMaker m("chains");
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < count; ++i) keys.push_back(i);
  const auto item = m.dimension("item", keys);
  const auto a = m.dataset("a", {item}, "a/{item}");
  const auto b = m.dataset("b", {item}, "b/{item}");
  const auto all = m.dataset("all", {}, "all");
  m.task("one", {item}).out("a", a).run("x {a}").memory(gibibyte);
  m.task("two", {item}).in("a", a).out("b", b).run("x {a} {b}").memory(8 * gibibyte);
  m.task("collect").gather("b", b).out("all", all).run("x {b} {all}");
  return m.plan();
}

Window within(const Question& question, const std::optional<Room>& room) {
  auto window = arrange_within(question, room);
  if (!window) FAIL(window.error().what);
  return std::move(*window);
}

std::vector<std::string> texts(const Calls& calls) {
  std::vector<std::string> out;
  for (const Call& call : calls.calls) out.push_back(call.name + " " + call.dependency);
  return out;
}

Calls calls_with_service(const plan::Plan& plan, const site::Site& site, const Arrangement& arrangement, bool is_partial) {
  Calls calls = calls_of({plan, site, arrangement, {}, {}, ".."});
  add_service(calls, {plan, arrangement, "/opt/o@sac", is_partial});
  return calls;
}

}  // namespace

TEST_CASE("without a limit all is submitted at once") {
  const plan::Plan plan = chains(20);
  const site::Site site;
  const Window window = within(question_of(plan, site), std::nullopt);
  CHECK(window.later == 0);
  CHECK(window.arrangement.array_task_count() == 41);
}

TEST_CASE("windows have what they wait for before them, fit, and come to an end") {
  const plan::Plan plan = chains(20);
  const site::Site site;
  for (const std::uint64_t jobs : {1, 2, 7, 30, 41}) {
    CAPTURE(jobs);
    Question question = question_of(plan, site);
    std::uint32_t left = plan.element_count();
    for (int round = 0; left > 0; ++round) {
      REQUIRE(round < 60);
      const Window window = within(question, Room{jobs, static_cast<std::uint32_t>(std::max<std::uint64_t>(1, jobs / 4))});
      CHECK(window.arrangement.array_task_count() <= jobs);
      for (const Array& array : window.arrangement.arrays) CHECK(array.unit_count <= std::max<std::uint64_t>(1, jobs / 4));
      Question part = question;
      part.to_run = window.to_run;
      check_exact(part, window.arrangement);
      // nothing of it waits for what comes later
      for (std::uint32_t element = 0; element < plan.element_count(); ++element) {
        if (!window.to_run[element]) continue;
        plan::for_each_parent(plan, plan.element(element),
                              [&](std::uint32_t parent, bool) { CHECK((!question.to_run[parent] || window.to_run[parent])); });
      }
      const auto taken = static_cast<std::uint32_t>(std::count(window.to_run.begin(), window.to_run.end(), true));
      REQUIRE(taken > 0);
      CHECK(window.later == left - taken);
      for (std::uint32_t element = 0; element < plan.element_count(); ++element)
        if (window.to_run[element]) question.to_run[element] = false;
      left = window.later;
    }
  }
}

TEST_CASE("no room is no submission") {
  const plan::Plan plan = chains(3);
  const site::Site site;
  const Window window = within(question_of(plan, site), Room{0, 10});
  CHECK(window.arrangement.array_count() == 0);
  CHECK(window.later == 7);
}

TEST_CASE("the last job waits for all arrays, whatever becomes of them") {
  const plan::Plan plan = chains(5);
  const site::Site site;
  const Window window = within(question_of(plan, site), std::nullopt);
  const Calls calls = calls_with_service(plan, site, window.arrangement, false);
  REQUIRE(calls.calls.size() == 5);
  const Call& close = calls.calls.back();
  CHECK(close.name == "close");
  CHECK(close.dependency == "afterany:@1@:@2@:@3@");
  CHECK(close.command == std::vector<std::string>{"@folder@/close.sbatch", "@root@", "@folder@", "/opt/o@@sac"});
  CHECK(std::find(close.options.begin(), close.options.end(), "--kill-on-invalid-dep=yes") == close.options.end());
}

TEST_CASE("the rest of a window goes on after its first half") {
  const plan::Plan plan = chains(20);
  const site::Site site;
  const Window window = within(question_of(plan, site), Room{16, 4});
  const auto found = texts(calls_with_service(plan, site, window.arrangement, true));
  REQUIRE(found.size() == 1 + 4 + 2);
  CHECK(found[5] == "continue-1 afterany:@1@:@2@");
  CHECK(found[6] == "close afterany:@1@:@2@:@3@:@4@");
}

TEST_CASE("what planning waits for has a task of one array after each of its makers") {
  PlanMaker m("stages");
  const auto item = m.dimension("item", {0, 1, 2});
  const auto a = m.dataset("a", {item}, "a/{item}");
  const auto all = m.dataset("all", {}, "all");
  m.task("one", {item}).out("a", a).run("x {a}");
  m.task("collect").gather("a", a).out("all", all).run("x {a} {all}");
  m.stage("records of rows", a, {0, 2}, {"collect"});
  const plan::Plan plan = m.plan();
  site::Site site;
  const Window window = within(question_of(plan, site), std::nullopt);

  Calls calls = calls_with_service(plan, site, window.arrangement, true);
  auto found = texts(calls);
  REQUIRE(found.size() == 1 + 2 + 3);
  CHECK(found[4] == "continue-2 afterok:@0@");
  CHECK(calls.calls[4].options.back() == "--array=0-1");
  CHECK(calls.calls[4].tasks == 2);
  CHECK(calls.lines ==
        std::vector<std::string>{"update JobId=@4@_0 Dependency=afterok:@1@_0", "update JobId=@4@_1 Dependency=afterok:@1@_2"});
  CHECK(found[5] == "close afterany:@1@:@2@");

  calls = calls_of({plan, site, window.arrangement, {}, {}, ".."});
  add_service(calls, {plan, window.arrangement, "/opt/osac", false, 100, 2});  // an array would be too large
  found = texts(calls);
  REQUIRE(found.size() == 1 + 2 + 3);
  CHECK(found[3] == "continue-1 afterok:@1@_0");
  CHECK(found[4] == "continue-2 afterok:@1@_2");
  CHECK(calls.lines.empty());

  calls = calls_of({plan, site, window.arrangement, {}, {}, ".."});
  add_service(calls, {plan, window.arrangement, "/opt/osac", false, 1});  // too many
  CHECK(texts(calls)[3] == "continue-1 afterany:@1@");
}

TEST_CASE("the job that watches the time waits for the gate alone, and nothing waits for it") {
  const plan::Plan plan = chains(3);
  const site::Site site;
  const Window window = within(question_of(plan, site), std::nullopt);
  Calls calls = calls_of({plan, site, window.arrangement, {}, {}, ".."});
  add_service(calls, {plan, window.arrangement, "/opt/osac", false, 100, 1001, std::int64_t{1'700'000'000'900'000'000}});
  const Call& late = calls.calls.back();
  CHECK(late.name == "late");
  CHECK(late.dependency == "afterok:@0@");
  CHECK(late.options.back() == "--begin=uts1700000000");
  CHECK(late.command == std::vector<std::string>{"@folder@/late.sbatch", "@root@", "@folder@", "/opt/osac"});
  const std::string place = "@" + std::to_string(calls.calls.size() - 1) + "@";
  for (const Call& call : calls.calls) CHECK(call.dependency.find(place) == std::string::npos);
}
