// What is known late: fields of records, branches of inputs, rungs, elements that need their own task's, stages.

#include <catch2/catch.hpp>

#include "compiler/plan/edges.h"
#include "compiler/plan/query.h"
#include "compiler/plan/resolve.h"
#include "tests/unit/plan/samples.h"

using namespace osac;
using namespace osac::test;

namespace {

plan::Command command_of(const plan::Plan& plan, std::string_view element, const plan::CommandContext& context = {}) {
  const auto command = plan::command(plan, *plan::find_element(plan, element), context);
  REQUIRE(command);
  return *command;
}

std::string problem(const plan::PlanData& data) {
  const auto plan = plan::Plan::from_bytes(plan::serialize(data));
  return plan ? plan::verify(*plan) : plan.error().what.substr(plan.error().what.find("`: ") + 3);
}

}  // namespace

TEST_CASE("a port's files come from whichever of its branches has them") {
  const plan::Plan plan = late().plan();
  CHECK(plan::verify(plan).empty());
  CHECK(plan::command_line(command_of(plan, "clean[run=1]")) == "clean raw/1 first.dark work/1 clean/1.json");
  CHECK(plan::command_line(command_of(plan, "clean[run=2]")) == "clean raw/2 clean/1.json work/2 clean/2.json");
  const auto files = plan::input_files(plan, *plan::find_element(plan, "clean[run=1]"));
  REQUIRE(files.size() == 2);
  CHECK((files[1].path == "first.dark" && files[1].port == 1 && files[1].branch == 1));
  CHECK(plan::input_files(plan, *plan::find_element(plan, "clean[run=3]"))[1].branch == 0);
}

TEST_CASE("fields of records are in paths, and an implicit input is one") {
  const plan::Plan plan = late().plan();
  const auto ref = *plan::find_element(plan, "image[run=2]");
  CHECK(plan::output_files(plan, ref).front().path == "image/2_7.fits");
  CHECK(plan::input_files(plan, ref).size() == 2);
  CHECK(plan::command_line(command_of(plan, "image[run=2]")) == "image raw/2 image/2_7.fits");
}

TEST_CASE("a field in a command is read when the element starts, and stands for itself before") {
  const plan::Plan plan = late().plan();
  const auto ref = *plan::find_element(plan, "cut[run=3]");
  CHECK(plan::command_line(command_of(plan, "cut[run=3]")) == "cut '{clean.picture:03}' clean/3.json cut/3");
  plan::CommandContext context;
  context.record_field = [&](const plan::FileUse& file, std::uint32_t field) -> Result<expression::Value> {
    CHECK((file.path == "clean/3.json" && field == 0));
    return expression::Value(std::int64_t{42});
  };
  CHECK(plan::command_line(command_of(plan, "cut[run=3]", context)) == "cut 042 clean/3.json cut/3");
  context.record_field = [](const plan::FileUse&, std::uint32_t) -> Result<expression::Value> {
    return failure(Trouble::damaged, "it is empty");
  };
  const auto failed = plan::command(plan, ref, context);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().what == "the command of `cut[run=3]`: it is empty");
  const std::string identity = *plan::identity_text(plan, ref);
  CHECK(identity.find("{clean.picture:03}") != std::string::npos);
  CHECK(identity == *plan::identity_text(plan, ref));
}

TEST_CASE("an attempt is made with the command of its rung") {
  PlanMaker m;
  const auto out = m.dataset("out", {}, "out");
  m.task("make").out("out", out).run("make -n 1 {out}").retry(2).then(1, "make -n 2 {out}").then(3, "make -n 3 {out}");
  const plan::Plan plan = m.plan();
  const auto line = [&](std::uint32_t attempt) {
    plan::CommandContext context;
    context.attempt = attempt;
    return plan::command_line(*plan::command(plan, {0, 0}, context));
  };
  CHECK((line(1) == "make -n 1 out" && line(3) == "make -n 1 out"));
  CHECK(line(4) == "make -n 2 out");
  CHECK((line(5) == "make -n 3 out" && line(7) == "make -n 3 out" && line(99) == "make -n 3 out"));
  CHECK(plan::retry_count(plan, plan.tasks()[0]) == 6);
  CHECK(plan::rung_of(plan, plan.tasks()[0], 5) == 2);
  const std::string identity = *plan::identity_text(plan, {0, 0});
  for (const char* number : {"1:1", "1:2", "1:3"}) CHECK(identity.find(number) != std::string::npos);
}

TEST_CASE("elements that need their own task's come after these") {
  const plan::Plan plan = late().plan();
  const plan::Edges edges = plan::make_edges(plan);
  const auto order = plan::topological_order(plan, edges);
  REQUIRE(order.size() == plan.element_count());
  std::vector<std::uint32_t> places(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) places[order[i]] = i;
  for (std::uint32_t node = 0; node < edges.element_count; ++node)
    for (const std::uint32_t dependent : edges.of(node)) CHECK((dependent >= edges.element_count || places[node] < places[dependent]));
  CHECK(plan::topological_order(night().plan(), plan::make_edges(night().plan())).empty());
}

TEST_CASE("rows of what is known late are checked when a plan is opened") {
  CHECK(problem(late().data()).empty());
  plan::PlanData data = late().data();
  data.stages[0].dataset = 77;
  CHECK(problem(data) == "a stage waits for no dataset");
  data = late().data();
  data.indices[data.stages[0].tasks.first] = 99;
  CHECK(problem(data) == "what waits for a stage is no task");
  data = late().data();
  data.indices[data.stages[0].elements.first] = 99;
  CHECK(problem(data) == "what waits for `table` waits for a file that is not there");
  data = late().data();
  for (auto& field : data.fields) field.values = {};
  CHECK(problem(data) == "a field that expressions name has no values");
  data = late().data();
  for (auto& node : data.nodes)
    if (node.op == expression::Op::dataset_field) node.extra = 9;
  CHECK(problem(data) == "a field is none of its dataset's");
  data = late().data();
  data.certifications[0].begin = {};
  CHECK(problem(data) == "a certificate has no begin");
  data = late().data();
  data.versions.push_back({99, data.workflow});
  CHECK(problem(data) == "a version is of no task");
  data = late().data();
  data.parameter_uses.push_back({0, 99});
  CHECK(problem(data) == "the use of a parameter is out of range");
  data = late().data();
  data.runners_up.push_back({99, 0, {}});
  CHECK(problem(data) == "a runner-up is of no input");
  data = late().data();
  for (auto& task : data.tasks) task.rung_count = 1000;
  CHECK(problem(data) == "the rungs of a task are out of range");
  data = late().data();
  for (auto& input : data.inputs)
    if (input.branch == 1) input.branch = 2;
  CHECK(problem(data) == "an `else` of an input is out of order");
  data = late().data();
  for (auto& input : data.inputs)
    if (input.branch == 1) data.indices[input.relation.map.first + 1] = 0;
  CHECK(problem(data) == "port `dark` of `clean` has files of two branches");
}

TEST_CASE("an element that is not planned yet is told from one that there is none of") {
  PlanMaker m;
  const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto found = m.dataset("found", {run}, "found/{run}");
  m.task("find", {run}).out("found", found).run("touch {found}");
  m.task_at("fit", run, {0}).out("fitted", m.dataset("fitted", {}, "fitted")).run("touch {fitted}");
  m.stage("dimension `peak`", found, {1, 2}, {"fit"});
  const plan::Plan small = m.plan();
  const auto missing = plan::find_element(small, "fit[run=3]");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().what == "`fit` has no element at run 3 in this plan");
  CHECK(missing.error().help == "not all is planned yet: dimension `peak` waits for 2 files of `found`");
  const std::optional<std::string> of_both("dimension `peak` is known once `found[run=2]` and `found[run=3]` are made");
  CHECK(plan::waiting_for(small, "fitted") == of_both);
  CHECK(plan::waiting_for(small, "fit[peak=5]") == of_both);
  CHECK(plan::waiting_for(small, "fit[run=3]") == std::optional<std::string>("dimension `peak` is known once `found[run=3]` is made"));
  CHECK_FALSE(plan::waiting_for(small, "fit[run=1]"));
  CHECK_FALSE(plan::waiting_for(small, "find[run=3]"));
  CHECK_FALSE(plan::waiting_for(small, "found/3"));
  CHECK_FALSE(plan::waiting_for(small, "fit["));
}

TEST_CASE("prints tell what is known late") {
  const std::string text = plan::print(late().plan(), true);
  for (const char* line :
       {"  field picture : int = \"cuts.picture\", used in planning", "  in dark = clean: mapped, 2 files, look-up, recurrent, optional",
        "  in dark else first_dark: mapped, 1 file, optional", "  in clean = clean: identity, 3 files, implicit",
        "  then 2 \"image --all {raw} {image}\"", "certify image when cut: 3 files", "  from 1970-01-01T00:00:00 until next",
        "stage: dimension `peak` waits for 1 file of table", "  more elements of cut", "    table[run=3]"})
    CHECK((text.find(std::string(line) + "\n") != std::string::npos ? "" : line) == std::string());
  const std::string json = plan::print_json(late().plan());
  for (const char* part : {"\"what\": \"dimension `peak`\"", "\"recurrent\": true", "\"else\": 1", "\"implicit\": true", "\"rungs\": ["})
    CHECK((json.find(part) != std::string::npos ? "" : part) == std::string());
}
