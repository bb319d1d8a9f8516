#include <catch2/catch.hpp>

#include "compiler/plan/describe.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/resolve.h"
#include "tests/unit/plan/samples.h"

using namespace osac;
using namespace osac::test;

TEST_CASE("a plan prints its declarations, and its elements if asked") {
  PlanMaker m("two");
  const auto run = m.dimension("run", std::vector<std::int64_t>{5, 7});
  const auto subrun = m.dimension_in(run, "subrun", {{0, 0}, {0, 1}, {1, 0}});
  const auto raw = m.external("raw", {run, subrun}, "raw/{run:03}.{subrun}");
  const auto sum = m.dataset("sum", {run}, "sum/{run:03}");
  m.goal(sum);
  m.task("add", {run})
      .gather("parts", raw, 1)
      .out("sum", sum)
      .shell("cat {parts} > {sum}; echo {{}}")
      .cpus(2)
      .env("conda")
      .retry_on_exit(3, {2, 75})
      .empty_on({4});
  const std::string shown = R"(plan osac-plan/2 of workflow two: 2 elements

dimension run : int: 2 records, 5 .. 7

dimension subrun : int in run: 3 records

dataset raw for run, subrun: 3 files, external
  path "raw/{run:03}.{subrun}"

dataset sum for run: 2 files, goal, made by add
  path "sum/{run:03}"

task add for run: 2 elements, level 0
  in parts = raw: grouped, 3 files, gather, min 1
  out sum = sum: identity, 2 files
  env conda
  cpus 2
  retry 3 on exit 2 75
  empty on exit 4
  run in a shell "cat {parts} > {sum}; echo {{}}"
)";
  CHECK(plan::print(m.plan(), false) == shown);
  const std::string elements = R"(    add[run=5]
      in parts raw/005.0
      in parts raw/005.1
      out sum sum/005
    add[run=7]
      in parts raw/007.0
      out sum sum/007
)";
  CHECK(plan::print(m.plan(), true).ends_with(elements));
}

TEST_CASE("a plan as JSON says the same") {
  PlanMaker m("one \"quoted\"");
  m.parameter("date", "2026-09-18");
  const auto out = m.dataset("out", {}, "out.txt");
  m.task("make").out("out", out).run("touch {out}").metric("n", expression::Kind::integer).expect("n", ">=", 1.5, true, "few");
  const plan::Plan plan = m.plan();
  CHECK(plan::print_json(plan) == R"({
  "format": "osac-plan/2",
  "id": ")" + hexadecimal(plan.id()) + R"(",
  "workflow": "one \"quoted\"",
  "elements": 1,
  "parameters": [
    {
      "name": "date",
      "type": "text",
      "value": "2026-09-18"
    }
  ],
  "sources": [],
  "dimensions": [],
  "datasets": [
    {
      "name": "out",
      "line": 1,
      "dimensions": [],
      "files": 1,
      "path": "out.txt",
      "persistence": "keep",
      "external": false,
      "optional": false,
      "directory": false,
      "goal": false,
      "made_by": ["make"]
    }
  ],
  "tasks": [
    {
      "name": "make",
      "line": 1,
      "dimensions": [],
      "elements": 1,
      "level": 0,
      "inputs": [],
      "outputs": [
        {
          "name": "out",
          "dataset": "out",
          "relation": "identity",
          "files": 1
        }
      ],
      "command": {
        "kind": "words",
        "text": "touch {out}"
      },
      "slots": [],
      "metrics": [
        {
          "name": "n",
          "type": "int"
        }
      ],
      "expects": [
        {
          "condition": "n >= 1.5",
          "else": "fail"
        }
      ]
    }
  ]
}
)");
}

TEST_CASE("holes that are the same for all elements are shown filled") {
  PlanMaker m;
  const auto run = m.dimension("run", std::vector<std::int64_t>{5, 7});
  const auto file = m.external("file", {run}, "{run:03}/{{{run}");
  m.task("read", {run}).in("file", file).run("cat {file}");
  plan::PlanData data = m.data();
  for (expression::Node& node : data.nodes)  // as planning does with parameters
    if (node.op == expression::Op::key) {
      node.op = expression::Op::constant;
      node.bits = 42;
      break;
    }
  const auto plan = plan::Plan::from_bytes(plan::serialize(data));
  REQUIRE(plan);
  CHECK(plan::template_text(*plan, plan->datasets()[0].path, nullptr) == "042/{{{run}");
  CHECK(plan::dataset_path(*plan, 0, 1) == "042/{7");
}
