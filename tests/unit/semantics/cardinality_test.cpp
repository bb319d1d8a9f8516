#include <catch2/catch.hpp>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

const std::string axes =
    "workflow rule\n"
    "dimension run    : int from 0 ..< 3\n"
    "dimension subrun : int in run from 0 ..< 4\n"
    "dimension sample : text from [\"a\", \"b\"]\n"
    "dataset raw   for run, subrun = external \"raw/{run}.{subrun}\"\n"
    "dataset night                 = external \"night\"\n"
    "dataset level for run         = external \"level/{run}\"\n"
    "dataset reads for sample      = external \"reads/{sample}\"\n";

/// A task over `over` with one input; it makes a dataset of its own.
std::string task(const std::string& over, const std::string& input) {
  const std::string clause = over.empty() ? "" : " for " + over;
  std::string path;
  for (const char* dimension : {"run", "subrun", "sample"}) {
    if ((" " + over).find(std::string(" ") + dimension) != std::string::npos) path += std::string("{") + dimension + "}.";
  }
  return axes + "dataset made" + clause + " = \"made/" + path + "txt\"\ntask make" + clause + " { in " + input +
         " out made run \"make {x} {made}\" }\n";
}

/// The line of print() about the input.
std::string verdict(const std::string& over, const std::string& input) {
  const auto checked = check(task(over, input));
  if (checked->diagnostics.has_errors()) return checked->lines().front();
  const std::string printed = checked->printed("task make");
  const auto begin = printed.find("in x = ");
  return printed.substr(begin + 7, printed.find('\n', begin) - begin - 7);
}

}  // namespace

TEST_CASE("the cardinality rule says chain, broadcast or gather") {
  CHECK(verdict("run, subrun", "x = raw") == "raw : file chain");
  CHECK(verdict("run, subrun", "x = level") == "level : file broadcast");
  CHECK(verdict("run", "x = level") == "level : file chain");
  CHECK(verdict("run", "x = night") == "night : file broadcast");
  CHECK(verdict("", "x = night") == "night : file chain");
  CHECK(verdict("run", "x = all raw") == "raw : [file] gather");
  CHECK(verdict("", "x = all raw") == "raw : [file] gather");
  CHECK(verdict("", "x = all reads survivors min 1") == "reads : [file] gather survivors");
}

TEST_CASE("a fixed key takes its dimension out of the rule") {
  CHECK(verdict("run", "x = raw[subrun = 0]") == "raw : file chain");
  CHECK(verdict("", "x = raw[run = 1, subrun = 0]") == "raw : file chain");
  CHECK(verdict("", "x = all raw[subrun = 0]") == "raw : [file] gather");
  CHECK(verdict("run", "x = all raw[subrun = 0]") == "one-file-where-list: `all`, but `raw` is one file for each element of task `make`");
}

TEST_CASE("a list where one file is written, and the reverse, is an error with proposals") {
  const auto list = check(task("run", "x = raw"));
  CHECK(list->lines() == Lines{"needs-all: `raw` has an element for each `subrun`, but `make` runs once for each `run`"});
  CHECK(list->help() == Lines{"read all of them: `in x = all raw`", "or one: `in x = raw[subrun = 0]`"});
  CHECK(verdict("", "x = raw") == "needs-all: `raw` has an element for each `run` and `subrun`, but `make` runs once");
  CHECK(verdict("run", "x = all night") == "one-file-where-list: `all`, but `night` is one file for each element of task `make`");
}

TEST_CASE("dimensions that have nothing in common are an error, gathered or not") {
  const std::string message =
      "unrelated-input: `reads` and the task have nothing in common that picks files: it is over `sample`, the task over `run`";
  CHECK(verdict("run", "x = reads") == message);
  CHECK(verdict("run", "x = all reads") == message);
  CHECK(verdict("run", "x = reads[sample = \"a\"]") == "reads : file broadcast");
}

TEST_CASE("an implied dimension gathers and broadcasts like a parent") {
  const auto checked =
      check(night +
            "dataset bias = external \"bias.fits\"\n"
            "dataset flat for filter = \"flat_{filter}.fits\"\n"
            "dataset reduced for exposure = \"reduced/{exposure}.fits\"\n"
            "task make_flat for filter { in frames = all raw where kind == FLAT min 3 in bias out flat run \"f {frames} {bias} {flat}\" }\n"
            "task reduce for exposure where kind == SCIENCE { in raw, bias, flat out reduced run \"r {raw} {bias} {flat} {reduced}\" }\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("task make_flat") ==
        "task make_flat over (filter) basis (filter)\n"
        "  in frames = raw : [file] gather\n"
        "    where (exposure.kind == FLAT)\n"
        "    min 3\n"
        "  in bias = bias : file broadcast\n"
        "  out flat = flat : file\n"
        "  command words\n"
        "    text(\"f\")\n"
        "    text({port(frames) @word})\n"
        "    text({port(bias) @word})\n"
        "    text({port(flat) @word})\n");
  CHECK(checked->printed("task reduce").find("in flat = flat : file broadcast") != std::string::npos);
  CHECK(checked->printed("goal") == "goal reduced\n");
}

TEST_CASE("presence: optional and conditional inputs may be absent") {
  CHECK(verdict("run", "x = level?") == "level : file? chain optional");
  const auto checked = check(
      "workflow c\nparam wanted : bool = true\ndataset a = external \"a\"\ndataset made = \"made\"\n"
      "task make { in a if wanted out made run \"make {a} {made}\" }\n");
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("task make").find("in a = a : file? chain\n    if wanted\n") != std::string::npos);
}

TEST_CASE("outputs are over the task's dimensions, or finer where it says so") {
  const std::string start = night + "dataset header for exposure = \"h/{exposure}\"\ndataset stack for filter = \"s/{filter}\"\n";
  const auto finer =
      check(start +
            "task solve for filter { in x = all raw out header for exposure where kind == SCIENCE run \"solve {x} {header}\" }\n"
            "task coadd for filter { in headers = all header out stack run \"coadd {headers} {stack}\" }\n");
  REQUIRE(finer->lines() == Lines{});
  CHECK(finer->printed("task solve").find("  out header = header : [file] finer\n    where (exposure.kind == SCIENCE)\n") !=
        std::string::npos);
  CHECK(check(start + "task solve for filter { in x = all raw out header run \"solve {x} {header}\" }\ngoal header\n")->lines() ==
        Lines{"finer-output: `header` has many files for each element of task `solve`: one for each `exposure`"});
  CHECK(check(start + "task coadd for exposure { in raw out stack run \"coadd {raw} {stack}\" }\n")->lines() ==
        Lines{"coarser-output: several elements of task `coadd` would write one file of `stack`: the task runs over `exposure`, too"});
}

TEST_CASE("a cross product is written as one") {
  const std::string start = "workflow cross\ndimension run : int from 0 ..< 3\ndimension sample : text from [\"a\", \"b\"]\n";
  const auto product = check(start +
                             "dataset made for run * sample = \"{run}/{sample}\"\n"
                             "task make for run * sample { out made run \"make {made}\" }\n");
  CHECK(product->lines() == Lines{});
  CHECK(product->printed("task make").starts_with("task make over (run, sample) basis (run, sample) cross\n"));
  CHECK(check(start + "dataset made for run, sample = \"{run}/{sample}\"\ntask make for run, sample { out made run \"make {made}\" }\n")
            ->printed("task make")
            .starts_with("task make over (run, sample) basis (run, sample)\n"));
}
