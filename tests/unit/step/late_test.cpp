// Values that are read when an attempt begins, branches of inputs, and rungs: what the process gets and what is recorded.

#include "tests/unit/step/workbench.h"

using namespace osac;
using namespace osac::step;
using namespace osac::step::test;
using osac::test::PlanMaker;

namespace {

plan::Plan cutting() {
  PlanMaker maker;
  const auto found = maker.dataset("found", {}, "found.json");
  maker.field(found, "picture", expression::Kind::integer, "cuts.picture");
  maker.field(found, "note", expression::Kind::text, "note");
  const auto cut = maker.dataset("cut", {}, "cut.txt");
  maker.task("find").out("found", found).run("touch {found}");
  maker.task("cut").in("cleaning", found).out("cut", cut).shell("echo {cleaning.picture:04} {cleaning.note} > {cut}");
  return maker.plan();
}

}  // namespace

TEST_CASE("A field of an input's record is read when the attempt begins") {
  Workbench bench;
  write_text("found.json", R"({"cuts": {"picture": 17}, "note": "it's; $HOME"})");
  const EndRecord end = bench.run(cutting(), "cut");
  CHECK(end.reason == "");
  CHECK(read_text("cut.txt") == "0017 it's; $HOME\n");
  CHECK(end.command == "echo 0017 'it'\\''s; $HOME' > cut.txt");
  CHECK(end.plan == hexadecimal(cutting().id()));
}

TEST_CASE("A record that does not say what the command needs fails the element before anything starts") {
  Workbench bench;
  write_text("found.json", R"({"cuts": {"picture": "many"}, "note": ""})");
  EndRecord end = bench.run(cutting(), "cut");
  CHECK(end.outcome == Outcome::failed);
  CHECK(end.reason == "the command of `cut`: the record `found.json` of `found`: `cuts.picture` is \"many\", not a whole number");
  write_text("found.json", "{\"cuts\": ");
  end = bench.run(cutting(), "cut");
  CHECK(end.reason.find("the command of `cut`: the record `found.json` of `found`: ") == 0);
  write_text("found.json", "{}");
  end = bench.run(cutting(), "cut");
  CHECK(end.reason.find("`cuts.picture`") != std::string::npos);
  CHECK(bench.processes.empty());
  CHECK_FALSE(exists("cut.txt"));
}

TEST_CASE("A record tells which branch an input came by") {
  Workbench bench;
  PlanMaker maker;
  const auto first = maker.external("first", {}, "first.txt");
  const auto second = maker.external("second", {}, "second.txt");
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("take").lookup("it", first, {plan::no_element}).otherwise(second, {0}).out("out", out).run("cp {it} {out}");
  const plan::Plan plan = maker.plan();
  write_text("second.txt", "2\n");
  Request request = bench.request(plan, "take");
  REQUIRE(request.inputs.size() == 1);
  request.inputs[0].branch = request.input_uses[0].branch;
  const EndRecord end = bench.run(plan, std::move(request));
  CHECK(read_text("out.txt") == "2\n");
  REQUIRE(bench.ends().back().inputs.size() == 1);
  CHECK(bench.ends().back().inputs[0].branch == 1);
  CHECK(bench.ends().back().inputs[0].port == "it");
}

TEST_CASE("A record tells which rung made the product") {
  Workbench bench;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("make").out("out", out).run("false {out}").retry(1).then(2, "cp /dev/null {out}");
  const plan::Plan plan = maker.plan();
  CHECK(bench.run(plan, bench.request(plan, "make", 2)).rung == 0);
  const EndRecord end = bench.run(plan, bench.request(plan, "make", 3));
  CHECK(end.outcome == Outcome::succeeded);
  CHECK(end.command == "cp /dev/null out.txt");
  CHECK(bench.ends().back().rung == 1);
  CHECK(bench.ends().back().attempt == 3);
}
