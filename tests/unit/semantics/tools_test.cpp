#include <catch2/catch.hpp>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

const std::string tools =
    "workflow w\n"
    "dataset seed = external \"seed\"\n"
    "dataset made = \"made\"\n"
    "tool copy {\n"
    "  in from : file\n  in extra : file?\n  out to : file\n"
    "  param times : int = 1 + 1\n  param label : text = \"n{times}\"\n"
    "  memory 1 GiB  cpus 2\n  retry 1\n"
    "  metric size : int\n  metric sky : float adu\n  expect size > 0 else fail\n  expect sky < 9 adu else warn\n"
    "  run \"cp -n {times} -l {label} -t {cpus} {extra} {from} {to}\"\n"
    "}\n";

}  // namespace

TEST_CASE("a tool's clauses are merged into the task; what the task says itself wins") {
  const auto checked =
      check(tools +
            "task make {\n  in seed\n  out made\n  memory 2 GiB\n  metric n : int\n  expect size > 10 else warn \"small\"\n"
            "  use copy(from: seed, to: made, times: 3)\n}\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("task make") ==
        "task make over () basis ()\n"
        "  tool copy\n"
        "  in seed = seed : file chain\n"
        "  out made = made : file\n"
        "  cpus 2\n"
        "  memory 2GiB\n"
        "  retry 1 on any\n"
        "  metric size : int\n"
        "  metric sky : float adu\n"
        "  metric n : int\n"
        "  expect (metric(sky) < 9) else warn\n"
        "  expect (metric(size) > 10) else warn \"small\"\n"
        "  command words\n"
        "    text(\"cp\")\n"
        "    text(\"-n\")\n"
        "    text({3 @word})\n"
        "    text(\"-l\")\n"
        "    text({\"n3\" @word})\n"
        "    text(\"-t\")\n"
        "    text({cpus @word})\n"
        "    text({none @word})\n"
        "    text({port(seed) @word})\n"
        "    text({port(made) @word})\n");
}

TEST_CASE("arguments may name datasets: the task gets ports for them") {
  const auto checked = check(tools + "task make { use copy(from: seed, to: made) }\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("task make")
            .starts_with("task make over () basis ()\n  tool copy\n  in seed = seed : file chain\n  out made = made : file\n"));
}

TEST_CASE("arguments are given by name, once, and all that are needed") {
  const auto use = [&](const std::string& arguments) {
    return check(tools + "task make { in seed out made use copy(" + arguments + ") }\n");
  };
  CHECK(use("from: seed")->lines() == Lines{"missing-argument: `copy` needs its output `to`"});
  CHECK(use("from: seed, to: made, tims: 3")->lines() == Lines{"unknown-name: no port or parameter named `tims`"});
  CHECK(use("from: seed, to: made, tims: 3")->help() == Lines{"did you mean `times`?"});
  CHECK(use("from: seed, to: made, to: made")->lines() == Lines{"duplicate-declaration: argument `to` is declared twice"});
  CHECK(use("from: seed, to: made, times: \"x\"")->lines() == Lines{"wrong-type: `times` takes `int`, not `text`"});
  CHECK(use("from: made, to: seed")->lines() == Lines{"argument-not-a-port: `from` of tool `copy` wants an input of the task",
                                                      "argument-not-a-port: `to` of tool `copy` wants an output of the task"});
}

TEST_CASE("a list and one file are different ports") {
  const std::string start =
      "workflow w\ndimension part : int from 0 ..< 3\ndataset piece for part = external \"{part}\"\ndataset made = \"made\"\n"
      "tool one { in x : file out y : file run \"one {x} {y}\" }\ntool many { in x : [file] out y : file run \"many {x} {y}\" }\n";
  CHECK(check(start +
              "task t { in p = all piece out made use one(x: p, y: made) }\ntask u { in p = all piece out made use many(x: p, y: made) }\n")
            ->lines() == Lines{"port-mismatch: `x` of tool `one` takes `file`, not `[file]`"});
  CHECK(check(start + "task t { in p = piece[part = 1] out made use many(x: p, y: made) }\n")->lines() ==
        Lines{"port-mismatch: `x` of tool `many` takes `[file]`, not `file`"});
}

TEST_CASE("a tool sees its own names only, and is checked even if no task uses it") {
  const std::string end = "dataset made = \"made\"\nparam p : int = 1\ntask make { out made run \"m {p} {made}\" }\n";
  CHECK(check("workflow w\ntool t { out y : file param n : int run \"t {n} {z} {y}\" }\n" + end)->lines() ==
        Lines{"unknown-name: no value named `z`"});
  CHECK(check("workflow w\ntool t { out y : file run \"t {made} {y}\" }\n" + end)->lines() == Lines{"unknown-name: no value named `made`"});
  CHECK(check("workflow w\ntool t { out y : file where 1 < 2 run \"t {y}\" }\n" + end)->lines() ==
        Lines{"clause-not-here: `where` has no place in a tool"});
  CHECK(check("tool t { in x : file out y : file param n : int run \"t {n} {x} {y}\" }\n")->lines() == Lines{});
}

TEST_CASE("an unknown tool is named with the nearest") {
  const auto checked = check(tools + "task make { in seed out made use copi(from: seed, to: made) }\n");
  CHECK(checked->lines() == Lines{"unknown-name: no tool named `copi`"});
  CHECK(checked->help() == Lines{"did you mean `copy`?"});
}
