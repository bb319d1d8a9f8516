#include <catch2/catch.hpp>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

const std::string lstchain =
    "let cleaning_name(picture : int, boundary : int) : text =\n"
    "  if boundary == 4 then \"tailcut{picture}{boundary}\" else \"tailcut{picture}{boundary:02}\"\n"
    "let prefix = \"x\"\n"
    "let both(a : int) = \"{prefix}{cleaning_name(a, 4)}\"\n";

const std::string runs =
    "workflow w\ndimension run : int from 0 ..< 3\ndimension subrun : int in run from 0 ..< 4\n"
    "dataset raw for run, subrun = external \"{run}/{subrun}\"\n";

}  // namespace

TEST_CASE("a call is the function's body with the arguments in it") {
  const auto own = check(
      "workflow w\nlet twice(x : int) = x * 2\nlet shown(x : int, t : text) : text = \"{t}{twice(x):03}\"\n"
      "dimension run : int from 0 ..< twice(2)\ndataset made for run = \"{shown(run, \"a\")}/{shown(3, \"b\")}\"\n"
      "task make for run { out made run \"m {made}\" }\n");
  REQUIRE(own->lines() == Lines{});
  CHECK(own->printed("dimension run") == "dimension run : int\n  from range 0 ..< 4\n");
  CHECK(own->printed("dataset made") ==
        "dataset made over (run) basis (run)\n  path text({text({\"a\"} {(run * 2):03})} \"/\" {\"b006\"})\n");
}

TEST_CASE("functions of modules are called through them, or by imported name") {
  const auto through = check(
      "workflow w\nimport lib.cleaning as lst\ndataset a = external \"{lst.cleaning_name(8, 4)}/{lst.both(10)}\"\n"
      "dataset b = \"b\"\ntask t { in a out b run \"m {a} {b}\" }\n",
      {{"lib.cleaning", lstchain}});
  REQUIRE(through->lines() == Lines{});
  CHECK(through->printed("dataset a") == "dataset a over () basis () external\n  path \"tailcut84/xtailcut104\"\n");
  const auto named = check(
      "workflow w\nimport lib.cleaning (cleaning_name)\ndataset a = external \"{cleaning_name(8, 14)}\"\n"
      "dataset b = \"b\"\ntask t { in a out b run \"m {a} {b}\" }\n",
      {{"lib.cleaning", lstchain}});
  REQUIRE(named->lines() == Lines{});
  CHECK(named->printed("dataset a") == "dataset a over () basis () external\n  path \"tailcut814\"\n");
  CHECK(check("workflow w\nimport lib.cleaning as lst\ndataset a = external \"{lst.cleaning_nam(8, 4)}\"\n", {{"lib.cleaning", lstchain}})
            ->lines()
            .front() == "unknown-name: no function named `cleaning_nam`");
}

TEST_CASE("what is wrong in a function is said once, at its definition") {
  const std::string wrong = "workflow w\nlet f(x : int) = x + \"a\"\nlet g(x : int) = f(x)\nparam p : int = f(1)\nparam q : int = g(2)\n";
  const auto checked = check(wrong);
  REQUIRE(checked->lines().size() == 1);
  CHECK(checked->lines().front().starts_with("type-mismatch"));
  CHECK(check("workflow w\nlet f(x : int, x : int) = x\n")->lines() == Lines{"duplicate-declaration: parameter `x` is declared twice"});
  CHECK(check("workflow w\nlet f(x : int) : text = x\n")->lines() == Lines{"wrong-type: `f` takes `text`, not `int`"});
  CHECK(check("workflow w\nlet f(x : int) = y\n")->lines() == Lines{"unknown-name: no value named `y`"});
  CHECK(check("workflow w\nlet f(x : int) = f(x - 1)\n")->lines() ==
        Lines{"circular-definition: a value is defined by itself: `f` -> `f`"});
}

TEST_CASE("functions that double themselves end with an error, quickly") {
  std::string text = "workflow w\nlet f0(x : int) = x + x\n";
  for (int i = 1; i < 60; ++i) {
    const std::string below = "f" + std::to_string(i - 1);
    text += "let f" + std::to_string(i) + "(x : int) = " + below + "(x) + " + below + "(x + 1)\n";
  }
  const auto checked = check(text);
  REQUIRE(checked->lines().size() == 1);
  CHECK(checked->lines().front() == "expression-too-large: this expression is too large to work out");
}

TEST_CASE("three dots bind a tool's ports and parameters by name") {
  const std::string tool =
      "tool clean { in raw : file  in mask : file?  out image : file  param run : int  param sigma : float  param fast : bool = true\n"
      "  run \"clean {raw} {mask} {run} {sigma} {fast} {image}\" }\n";
  const auto checked = check(runs + tool +
                             "param fast : bool = false\nparam s : float = 2.0\ndataset image for run, subrun = \"{run}.{subrun}\"\n"
                             "task t for run, subrun { in raw out image use clean(sigma: s, ...) }\n");
  REQUIRE(checked->lines() == Lines{});
  const std::string printed = checked->printed("task t");
  CHECK(printed.find("text({run @word})\n    text({s @word})\n    text({fast @word})\n") != std::string::npos);
  const auto missing = check(runs + tool +
                             "dataset image for run, subrun = \"{run}.{subrun}\"\n"
                             "task t for run, subrun { out image use clean(...) }\n");
  CHECK(missing->lines() == Lines{"rest-finds-nothing: `...` finds nothing for `raw` and `sigma` of `clean`"});
  CHECK(check(runs + tool +
              "param sigma : text = \"a\"\ndataset image for run, subrun = \"{run}.{subrun}\"\n"
              "task t for run, subrun { in raw out image use clean(...) }\n")
            ->lines() == Lines{"wrong-type: `sigma` takes `float`, not `text`"});
  CHECK(check(runs + tool +
              "param sigma : float = 1.0\ndataset image for run = \"{run}\"\n"
              "task t for run { in raw = all raw out image use clean(...) }\n")
            ->lines() == Lines{"port-mismatch: `raw` of tool `clean` takes `file`, not `[file]`"});
}

TEST_CASE("then makes further attempts with other parameters, and defaults that use them follow") {
  const std::string tool =
      "tool clean { in raw : file  out image : file  param level : int = 4  param name : text = \"l{level}\"\n"
      "  run \"clean {raw} {level} {name} {image}\"  retry 1 then 2 with level = 7 }\n"
      "dataset image for run, subrun = \"{run}.{subrun}\"\n";
  const auto words = [](const Checked& checked, const std::string& head) {
    const std::string printed = checked.printed("task t");
    const auto begin = printed.find("  " + head);
    return begin == std::string::npos ? std::string{} : printed.substr(begin, printed.find("{port(image)", begin) - begin);
  };
  const auto own = check(runs + tool +
                         "task t for run, subrun { in raw out image retry 2 on exit then 3 with level = 5 then 1 with level = 6, "
                         "name = \"x\" use clean(...) }\n");
  REQUIRE(own->lines() == Lines{});
  CHECK(own->printed("task t").find("  retry 2 on exit\n") != std::string::npos);
  CHECK(words(*own, "then 3 words") ==
        "  then 3 words\n    text(\"clean\")\n    text({port(raw) @word})\n    text({5 @word})\n    text({\"l5\" @word})\n    text(");
  CHECK(words(*own, "then 1 words") ==
        "  then 1 words\n    text(\"clean\")\n    text({port(raw) @word})\n    text({6 @word})\n    text({\"x\" @word})\n    text(");
  const auto of_tool = check(runs + tool + "task t for run, subrun { in raw out image use clean(raw: raw, image: image, level: 3) }\n");
  REQUIRE(of_tool->lines() == Lines{});
  CHECK(words(*of_tool, "then 2 words").find("{7 @word}") != std::string::npos);
  const auto without = check(runs + tool + "task t for run, subrun { in raw out image retry 1 use clean(...) }\n");
  CHECK(without->printed("task t").find("then") == std::string::npos);
}
