#include "runtime/compare/compare.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "compiler/plan/resolve.h"
#include "tests/support/plan_maker.h"

using namespace osac;
using namespace osac::test;

namespace {

/// What may differ between two versions of one small workflow.
struct Text {
  std::string reduce = "reduce -t 3 {raw} {clean}";
  std::string merge = "merge {parts} > {total}";
  std::string clean_path = "clean/{run}";
  std::string env;
  std::string merge_name = "merge";
  std::vector<std::int64_t> runs = {1, 2, 3};
  bool is_clean_temp = false;
  bool with_report = true;
  std::string threshold = "3";
};

plan::Plan make(const Text& text) {
  PlanMaker m("night");
  m.parameter("threshold", text.threshold);
  const auto run = m.dimension("run", text.runs);
  const auto raw = m.external("raw", {run}, "raw/{run}");
  const auto clean = text.is_clean_temp ? m.temp("clean", {run}, text.clean_path) : m.dataset("clean", {run}, text.clean_path);
  const auto total = m.dataset("total", {}, "total.txt");
  m.task("reduce", {run}).in("raw", raw).out("clean", clean).run(text.reduce);
  auto merge = m.task(text.merge_name);
  merge.gather("parts", clean).out("total", total).shell(text.merge);
  if (!text.env.empty()) merge.env(text.env);
  m.goal(total);
  if (text.with_report) {
    const auto report = m.dataset("report", {}, "report.txt");
    m.task("report").in("total", total).out("report", report).run("report {total} {report}");
    m.goal(report);
  }
  return m.plan();
}

/// Groups as lines: "would re-run merge (command changed) x1: detail".
std::vector<std::string> lines(const Text& before, const Text& after) {
  const plan::Plan old = make(before);
  const plan::Plan now = make(after);
  const compare::Comparison comparison = compare::compare(old, now, site::detect());
  std::vector<std::string> out;
  std::size_t total = comparison.same;
  for (const compare::Group& group : comparison.groups) {
    const plan::Plan& plan = group.change == compare::Change::removed ? old : now;
    out.push_back(fmt::format("{} {} ({}) x{}: {}", compare::change_name(group.change), plan.text(plan.tasks()[group.task].family.name),
                              compare::cause_name(group.cause), group.elements.size(), group.detail));
    if (group.origin != plan::no_row) out.back() += fmt::format("from {}", plan::element_name(now, now.element(group.origin_element)));
    if (group.change != compare::Change::removed) total += group.elements.size();
  }
  CHECK(total == now.element_count());
  CHECK(comparison.is_equal() == out.empty());
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the same plan makes no difference") { CHECK(lines({}, {}).empty()); }

TEST_CASE("a changed command runs again, and what reads its output may") {
  Text after;
  after.reduce = "reduce -t 5 {raw} {clean}";
  CHECK(lines({}, after) == Lines{"would re-run reduce (command changed) x3: reduce -t [-3-] {+5+} raw/1 clean/1",
                                  "may re-run merge (upstream changed) x1: from reduce[run=1]",
                                  "may re-run report (upstream changed) x1: from reduce[run=1]"});
}

TEST_CASE("changes that read the same are one group, others apart, too many together") {
  Text before;
  Text after;
  before.reduce = "reduce {run} {raw} {clean}";
  after.reduce = "reduce {run} -v {raw} {clean}";
  CHECK(lines(before, after).front() == "would re-run reduce (command changed) x3: reduce 1 {+-v+} raw/1 clean/1");
  after.reduce = "reduce {run} {run} {raw} {clean}";
  CHECK(lines(before, after)[2] == "would re-run reduce (command changed) x1: reduce 3 {+3+} raw/3 clean/3");
  before.runs = after.runs = {1, 2, 3, 4, 5, 6};
  const compare::Comparison comparison = compare::compare(make(before), make(after), site::detect());
  CHECK(comparison.groups.front().elements.size() == 6);
  CHECK(comparison.groups.front().has_others);
}

TEST_CASE("elements come and go, and a gather reads others then") {
  Text after;
  after.runs = {1, 3, 4};
  CHECK(lines({}, after) == Lines{"added reduce () x1: ", "removed reduce () x1: ",
                                  "would re-run merge (input set changed) x1: input `parts`: clean/4 is new\n"
                                  "input `parts`: clean/2 is no longer read",
                                  "may re-run report (upstream changed) x1: from merge"});
}

TEST_CASE("outputs under other names are made again, and read under them") {
  Text after;
  after.clean_path = "work/{run}";
  const Lines found = lines({}, after);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == "would re-run reduce (output renamed) x3: clean/1 -> work/1");
  CHECK(found[1].starts_with("would re-run merge (input set changed) x1: input `parts`: work/1 is new\ninput `parts`: work/2 is new"));
  CHECK(found[1].ends_with("... and 2 more"));
}

TEST_CASE("another environment, another name") {
  Text after;
  after.env = "other";
  CHECK(lines({}, after) == Lines{"would re-run merge (environment changed) x1: environment none -> other",
                                  "may re-run report (upstream changed) x1: from merge"});
  Text renamed;
  renamed.merge_name = "combine";
  CHECK(lines({}, renamed) ==
        Lines{"added combine () x1: ", "removed merge () x1: ", "would re-run report (upstream changed) x1: from combine"});
}

TEST_CASE("temporary files that are gone are made again for those who need them") {
  Text before;
  before.is_clean_temp = true;
  Text after = before;
  after.merge = "merge -v {parts} > {total}";
  CHECK(lines(before, after) == Lines{"would re-run reduce (its temporary output is needed again) x3: ",
                                      "would re-run merge (command changed) x1: merge {+-v+} clean/1 clean/2 clean/3 > total.txt",
                                      "may re-run report (upstream changed) x1: from merge"});
  Text kept;
  CHECK(lines(before, kept).front() == "would re-run reduce (its temporary output is needed again) x3: it is kept now");
  CHECK(lines(kept, before).empty());
}

TEST_CASE("parameters are told, and change nothing by themselves") {
  Text after;
  after.threshold = "5";
  const compare::Comparison comparison = compare::compare(make({}), make(after), site::detect());
  REQUIRE(comparison.parameters.size() == 1);
  CHECK(comparison.parameters[0].name == "threshold");
  CHECK(comparison.parameters[0].before == "3");
  CHECK(comparison.parameters[0].after == "5");
  CHECK(comparison.is_equal());
}

TEST_CASE("a file that a task makes in one version only is another file by its times") {
  PlanMaker with;
  const auto a = with.dataset("a", {}, "a.txt");
  const auto b = with.dataset("b", {}, "b.txt");
  with.task("make_a").out("a", a).run("make {a}");
  with.task("make_b").in("a", a).out("b", b).run("cp {a} {b}");
  PlanMaker without;
  const auto there = without.external("a", {}, "a.txt");
  const auto made = without.dataset("b", {}, "b.txt");
  without.task("make_b").in("a", there).out("b", made).run("cp {a} {b}");
  site::Site site = site::detect();
  const compare::Comparison comparison = compare::compare(with.plan(), without.plan(), site);
  CHECK(comparison.removed == 1);
  CHECK(comparison.runs == 1);
  CHECK(comparison.groups.back().detail == "input `a`: a.txt is no longer made by a task");
  site.hash_policy = site::HashPolicy::content;
  CHECK(compare::compare(with.plan(), without.plan(), site).runs == 0);
}
