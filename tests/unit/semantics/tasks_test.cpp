#include <catch2/catch.hpp>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

/// A task with the given clauses; it gathers three external files.
std::string make(const std::string& clauses) {
  return "workflow w\ndimension part : int from 0 ..< 3\ndataset piece for part = external \"piece_{part}\"\ndataset made = \"made\"\n"
         "task make { in pieces = all piece out made " +
         clauses + " }\n";
}
std::string body(const std::string& clauses) {
  const auto checked = check(make(clauses));
  if (!checked->lines().empty()) return checked->lines().front();
  const std::string all = checked->printed("task make");
  return all.substr(all.find("out made = made : file\n") + 23);
}
/// What comes before the command of `run "m {pieces} {made}"`.
std::string clauses(const std::string& text) {
  const std::string all = body(text + " run \"m {pieces} {made}\"");
  return all.substr(0, all.find("  command"));
}

}  // namespace

TEST_CASE("resources are typed, with units, over parameters, keys and the number of files") {
  CHECK(clauses("cpus 2 memory 4 GiB + 200 MiB * len(pieces) time 1 h 15 min disk 1 GB gpus 0") ==
        "  cpus 2\n  memory (4GiB + (200MiB * len(pieces)))\n  time 75min\n  disk 1000000000B\n  gpus 0\n");
  const auto wrong = check(make("memory 8 run \"m {pieces} {made}\""));
  CHECK(wrong->lines() == Lines{"quantity-without-unit: `memory` needs a unit: it is a `memory`"});
  CHECK(wrong->diagnostics.sorted()[0].edits.at(0).replacement == "8 GiB");
  CHECK(clauses("time 3 GiB") == "wrong-type: `time` takes `duration`, not `memory`");
  CHECK(clauses("cpus 0") == "not-a-request: a request for `cpus` starts at 1");
  CHECK(clauses("memory cpus * 1 GiB") == "unknown-name: no value named `cpus`");
}

TEST_CASE("sizes are known of external inputs only") {
  CHECK(clauses("memory size(pieces) * 2") == "  memory (size(port(pieces)) * 2)\n");
  CHECK(clauses("memory size(made)") == "unknown-yet: `size` of `made` is not known while planning");
}

TEST_CASE("retry knows causes, exit codes and growth") {
  CHECK(clauses("retry 2 on memory, timeout with memory * 2, time * 1.5") == "  retry 2 on memory timeout memory * 2 time * 1.5\n");
  CHECK(clauses("retry 3 on exit 4, 5") == "  retry 3 on exit 4 5\n");
  CHECK(clauses("retry 1") == "  retry 1 on any\n");
  CHECK(clauses("retry 2 on memory with gpus * 2") == "misplaced-modifier: `gpus` has no meaning on a retry");
  CHECK(clauses("retry 2 with memory * 0.5") == "not-a-factor: a factor of growth is a constant from 1 to 1000");
}

TEST_CASE("slots, environment, empty results and verification are carried over") {
  CHECK(body("slots licence 2 env lab empty on exit 4 verify \"check {made}\" run \"m {pieces} {made}\"") ==
        "  slots licence 2\n  env lab\n  empty on exit 4\n  command words\n    text(\"m\")\n    text({port(pieces) @word})\n    "
        "text({port(made) @word})\n"
        "  verify words\n    text(\"check\")\n    text({port(made) @word})\n");
}

TEST_CASE("metrics are typed and expectations read them") {
  CHECK(clauses("metric depth : float mag metric n : int expect depth > 20 mag and n > 3 else warn \"only {n}\" expect n > 0") ==
        "  metric depth : float mag\n  metric n : int\n  expect ((metric(depth) > 20) and (metric(n) > 3)) else warn text(\"only \" "
        "{metric(n)})\n"
        "  expect (metric(n) > 0) else fail\n");
  CHECK(clauses("metric depth : float mag expect depth > 20").starts_with("type-mismatch: "));
  CHECK(clauses("expect nothing > 0") == "unknown-name: no value named `nothing`");
  CHECK(clauses("metric a : int metric a : int") == "duplicate-declaration: metric `a` is declared twice");
}

TEST_CASE("a task has exactly one command") {
  CHECK(body("") == "no-command: task `make` has no command");
  CHECK(body("run \"m {pieces} {made}\" run \"n\"") == "several-commands: task `make` has several commands");
}

TEST_CASE("commands without shell syntax are words; others know how each value is quoted") {
  CHECK(body("run \"m -n {len(pieces)} {pieces} '{made}.x'\"") ==
        "  command words\n    text(\"m\")\n    text(\"-n\")\n    text({len(pieces) @word})\n    text({port(pieces) @word})\n    "
        "text({port(made)} \".x\")\n");
  CHECK(body("run \"m {pieces} > {made}\"") ==
        "  command shell\n    text(\"m \" {port(pieces) @shell_bare} \" > \" {port(made) @shell_bare})\n");
  CHECK(body("run \"m {pieces:list} {made}\"") ==
        "  command words\n    text(\"m\")\n    text({port(pieces) @word list})\n    text({port(made) @word})\n");
  CHECK(body("script python \"\"\"print({pieces}, '{made}')\"\"\"") ==
        "  command script python\n    text(\"print(\" {port(pieces) @literal} \", '\" {port(made) @literal_single} \"')\")\n");
}

TEST_CASE("raw values are a warning and need a shell; unknown names and formats are errors") {
  const auto raw = check(make("run \"m {pieces:raw} {made}\""));
  CHECK(raw->lines() == Lines{"raw-interpolation: `:raw` puts a value into the command without quoting"});
  CHECK(raw->printed("task make").find("command shell\n    text(\"m \" {port(pieces) @shell_bare raw} \" \" {port(made) @shell_bare})") !=
        std::string::npos);
  const auto unknown = check(make("run \"m {peces} {made}\""));
  CHECK(unknown->lines() == Lines{"unknown-name: no value named `peces`"});
  CHECK(unknown->help() == Lines{"did you mean `pieces`?"});
  CHECK(body("run \"m {made:05d} {pieces}\"").starts_with("format-mismatch: "));
  CHECK(body("run \"m --all={pieces} {made}\"") == "list-inside-word: this is `[file]`, a word for each item, but it stands inside a word");
}

TEST_CASE("an output that the command never names is a warning, but not in a script") {
  CHECK(body("run \"m {pieces}\"") == "unmentioned-output: the command of task `make` never mentions its output `made`");
  CHECK(body("script python \"\"\"...\"\"\"").starts_with("  command script python\n"));
}

TEST_CASE("conditions are boolean and see keys and columns") {
  const auto checked = check(night +
                             "dataset made for exposure = \"{exposure}\"\n"
                             "task make for exposure where kind in [FLAT, BIAS] and exptime > 3 s and exposure % 2 == 0 { in raw out "
                             "made run \"m {raw} {made}\" }\n");
  CHECK(checked->lines() == Lines{});
  CHECK(
      check(
          night +
          "dataset made for exposure = \"{exposure}\"\ntask make for exposure where exposure { in raw out made run \"m {raw} {made}\" }\n")
          ->lines() == Lines{"wrong-type: a `where` takes `bool`, not `int`"});
}

TEST_CASE("goals are datasets or tasks; without any, what no task reads") {
  const std::string start =
      "workflow w\ndataset a = \"a\"\ndataset b = \"b\"\ndataset c = \"c\"\n"
      "task one { out a, b run \"m {a} {b}\" }\ntask two { in a out c run \"m {a} {c}\" }\n";
  CHECK(check(start)->printed("goal") == "goal b, c\n");
  CHECK(check(start + "goal two, a\n")->printed("goal") == "goal c, a\n");
  CHECK(check(start + "goal d\n")->lines() == Lines{"unknown-name: no dataset or task named `d`"});
}

TEST_CASE("a dataset is external or made; several tasks may make parts of it") {
  CHECK(check("workflow w\ndataset a = \"a\"\ndataset b = \"b\"\ntask t { in a out b run \"m {a} {b}\" }\n")->lines() ==
        Lines{"made-by-nobody: no task makes `a`, and it is not external"});
  CHECK(check("workflow w\ndataset a = external \"a\"\ntask t { out a run \"m {a}\" }\n")->lines() ==
        Lines{"output-is-external: `a` is external, but task `t` makes it"});
  CHECK(check("workflow w\nparam x : bool\ndataset a = \"a\"\ntask s where x { out a run \"m {a}\" }\ntask t where not x { out a run \"n "
              "{a}\" }\n")
            ->lines() == Lines{});
}

TEST_CASE("what a mistake took away is not missed again") {
  const auto kinds = [](const std::string& text) {
    std::string all;
    for (const std::string& line : check(text)->lines()) all += line.substr(0, line.find(':')) + " ";
    return all;
  };
  CHECK(kinds(night + "dataset made for exposure = \"{exposure}\"\ntask make for exposure, { in raw out made run \"m {raw} {made}\" }\n") ==
        "expected-syntax ");
  CHECK(kinds(night + "dataset made = \"{lst.name(1)}/{lst.name(2)}\"\ntask make { in x = all raw out made use lst.make(...) }\n") ==
        "unknown-name ");
  CHECK(kinds("workflow w\ntable log = csv \"l.csv\" { seq : int  begin : time utc }\ndimension e : int from log.seq order by start\n"
              "dataset raw for e = external \"{e}\"\ndataset made for e = \"m{e}\"\n"
              "task make for e { in x = latest raw before begin out made run \"m {x} {made}\" }\n") == "unknown-name ");
}
