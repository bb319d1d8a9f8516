#pragma once
// Plans that several tests of this room look at.

#include "tests/support/plan_maker.h"

namespace osac::test {

/// A small night: chain, look-up, gathers by implied and over all, a finer output, a temporary, metrics; text and nested keys.
inline PlanMaker night() {
  PlanMaker m("night");
  m.parameter("sigma", "1.5");
  const auto filter = m.dimension("filter", std::vector<std::string>{"g", "r band"});
  const auto exposure = m.dimension("exposure", std::vector<std::int64_t>{1, 2, 5, 16});
  m.implies(exposure, filter, {0, 1, 0, 1});
  m.attribute(exposure, "airmass", {1, 1.25, 1.5, 2});
  const auto detector = m.dimension_in(exposure, "detector", {{0, 0}, {0, 1}, {1, 0}, {2, 0}, {2, 7}, {3, 0}});

  const auto raw = m.external("raw", {exposure}, "data/raw/{exposure:05}.fits");
  const auto flat = m.dataset("flat", {filter}, "calib/flat_{filter}.fits");
  const auto reduced = m.temp("reduced", {exposure}, "work/{exposure:05}.fits");
  const auto part = m.dataset("part", {exposure, detector}, "work/{exposure}/{detector:02}.fits");
  const auto stack = m.dataset("stack", {filter}, "products/{filter}/");
  const auto report = m.dataset("report", {}, "products/report.txt");
  m.goal(stack);
  m.goal(report);

  m.task("summarise")
      .survivors("stacks", stack, 1)
      .gather("parts", part)
      .out("report", report)
      .shell("cat {stacks} {parts:list} > {report}");
  m.task("make_flat", {filter}).gather("frames", raw, 1).out("flat", flat).run("combine {frames} -n {len(frames)} -o {flat}").cpus(2);
  m.task("reduce", {exposure})
      .in("raw", raw)
      .in("flat", flat)
      .out("reduced", reduced)
      .run("reduce --airmass={airmass} --threads={cpus} {raw} {flat} {reduced}")
      .memory(std::int64_t{2} << 30)
      .time(600'000'000'000)
      .slots("licence", 1)
      .retry(2, 1, 2)
      .metric("depth", expression::Kind::real)
      .expect("depth", ">", 20, false, "shallow exposure {exposure}")
      .expect("depth", "<", 40, true, "");
  m.task("split", {exposure})
      .in("reduced", reduced)
      .out("parts", part)
      .script("python", "print({reduced}, {parts})")
      .verify("test -s {parts}");
  m.task("coadd", {filter}).gather("frames", reduced, 1).out("stack", stack).run("swarp {frames} -d {stack}");
  return m;
}

/// Everything that is known late: records in paths and commands, an `else`, a rung, `of prev`, a certificate, a stage.
inline PlanMaker late() {
  PlanMaker m("late");
  const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto first_dark = m.external("first_dark", {}, "first.dark");
  const auto raw = m.external("raw", {run}, "raw/{run}");
  const auto clean = m.dataset("clean", {run}, "clean/{run}.json");
  m.field(clean, "picture", expression::Kind::integer, "cuts.picture", {5, 7, 9});
  const auto note = m.dataset("note", {run}, "work/{run}.txt");
  const auto image = m.dataset("image", {run}, "image/{run}_{clean.picture}.fits");
  const auto cut = m.dataset("cut", {run}, "cut/{run}");
  const auto table = m.dataset("table", {run}, "table/{run}.csv");
  m.goal(cut);
  constexpr auto none = plan::no_element;
  m.task("clean", {run})
      .in("raw", raw)
      .recurrent("dark", clean, {none, 0, 1})
      .otherwise(first_dark, {0, none, none})
      .out("clean", clean)
      .run("clean {raw} {dark} work/{run} {clean}");
  m.task("image", {run})
      .in("raw", raw)
      .implicit(clean)
      .out("image", image)
      .run("image {raw} {image}")
      .retry(1)
      .then(2, "image --all {raw} {image}");
  m.task("cut", {run}).in("clean", clean).out("cut", cut).run("cut {clean.picture:03} {clean} {cut}");
  m.task("tabulate", {run}).in("clean", clean).out("table", table).out("note", note).shell("peaks {clean} > {table}; touch {note}");
  m.certify(image, "cut", 0, expression::absent_scalar);
  m.stage("dimension `peak`", table, {2}, {"cut"});
  return m;
}

}  // namespace osac::test
