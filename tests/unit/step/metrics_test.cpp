// Metrics are checked against what the task declares, and what is expected of them decides between success, warning and failure.

#include "tests/unit/step/workbench.h"

using namespace osac;
using namespace osac::step;
using namespace osac::step::test;
using expression::Kind;
using osac::test::PlanMaker;

namespace {

/// A task with an int `count`, a float `depth`, a text `name` and a bool `good` that writes these lines.
plan::Plan task_that_writes(const std::string& lines) {
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("make")
      .out("out", out)
      .metric("count", Kind::integer)
      .metric("depth", Kind::real)
      .metric("name", Kind::text)
      .metric("good", Kind::boolean)
      .expect("depth", ">", 20, false, "shallow")
      .expect("count", ">", 0, true, "nothing found")
      .shell("echo x > {out}; cat > $OSA_METRICS <<'END'\n" + lines + "\nEND\n");
  return maker.plan();
}

}  // namespace

TEST_CASE("Metrics are recorded in declared order, as JSON") {
  Workbench bench;
  const EndRecord end = bench.run(task_that_writes(R"({{"good": true, "name": "a \"b\" é"}}
{{"depth":24.5}}

{{"count": 3}})"),
                                  "make");
  CHECK(end.reason == "");
  std::string all;
  for (const MetricRecord& metric : end.metrics) all += metric.name + "=" + metric.json + " ";
  CHECK(all == R"(count=3 depth=24.5 name="a \"b\" é" good=true )");
  CHECK(end.warnings.empty());
}

TEST_CASE("Missing, undeclared and wrong metrics are a failure that names them, and nothing is published") {
  struct Case {
    std::string lines, reason;
  };
  const Case one = GENERATE(values<Case>({
      {"",
       "metric `count` was not written to $OSA_METRICS; metric `depth` was not written to $OSA_METRICS; metric `name` was not written to "
       "$OSA_METRICS; metric `good` was not written to $OSA_METRICS"},
      {R"({{"count":1,"depth":24,"name":"n","good":true,"dept":3}})", "metric `dept` is not declared"},
      {R"({{"count":1.5,"depth":24,"name":"n","good":true}})",
       "metric `count` is 1.5, not a whole number; metric `count` was not written to $OSA_METRICS"},
      {R"({{"count":1,"depth":"deep","name":"n","good":true}})",
       "metric `depth` is \"deep\", not a number; metric `depth` was not written to $OSA_METRICS"},
      {R"({{"count":1,"depth":24,"name":["n"],"good":true}})",
       "metric `name` is [\"n\"], not a text; metric `name` was not written to $OSA_METRICS"},
      {"{{\"count\":1,\"depth\":24,\"name\":\"n\",\"good\":true}}\n{{\"count\":2}}", "metric `count` was written twice"},
      {"{{\"count\":1,\"depth\":24,\"name\":\"n\",\"good\":true}}\nend", "line 2 of $OSA_METRICS is no JSON object"},
      {"{{\"count\":1,\"depth\":NaN,\"name\":\"n\",\"good\":true}}\n",
       "line 1 of $OSA_METRICS is no JSON object; metric `count` was not written to $OSA_METRICS; metric `depth` was not written to "
       "$OSA_METRICS; metric `name` was not written to $OSA_METRICS; and more of the kind"},
  }));
  CAPTURE(one.lines);
  Workbench bench;
  const EndRecord end = bench.run(task_that_writes(one.lines), "make");
  CHECK(end.reason == one.reason);
  CHECK(end.outcome == Outcome::failed);
  CHECK(end.failure == FailureClass::output);
  CHECK(!exists("out.txt"));
}

TEST_CASE("A broken expectation warns or fails, as the task says") {
  Workbench bench;
  const EndRecord warned = bench.run(task_that_writes(R"({{"count":1,"depth":12,"name":"n","good":true}})"), "make");
  CHECK(warned.outcome == Outcome::succeeded);
  CHECK(warned.warnings == std::vector<std::string>{"shallow"});
  CHECK(exists("out.txt"));
  REQUIRE(::unlink("out.txt") == 0);
  const EndRecord failed = bench.run(task_that_writes(R"({{"count":0,"depth":24,"name":"n","good":true}})"), "make");
  CHECK(failed.outcome == Outcome::failed);
  CHECK(failed.failure == FailureClass::expect);
  CHECK(failed.reason == "nothing found");
  CHECK(!exists("out.txt"));
}

TEST_CASE("A task without metrics that writes some is told that they are not declared") {
  Workbench bench;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("make").out("out", out).shell("echo x > {out}; echo '{{\"a\":1}}' > $OSA_METRICS");
  CHECK(bench.run(maker.plan(), "make").reason == "metric `a` is not declared");
}
