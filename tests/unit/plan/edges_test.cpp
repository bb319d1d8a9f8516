#include "compiler/plan/edges.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "compiler/plan/resolve.h"
#include "tests/unit/plan/samples.h"

using namespace osac;
using namespace osac::test;

namespace {

/// Edges as lines "a -> b" with element names; hubs are `hub0`, ...; survivors edges end in " (survivors)".
std::vector<std::string> lines(const plan::Plan& plan) {
  const plan::Edges edges = plan::make_edges(plan);
  const auto name = [&](std::uint32_t node) {
    return node < edges.element_count ? plan::element_name(plan, plan.element(node)) : "hub" + std::to_string(node - edges.element_count);
  };
  std::vector<std::string> out;
  std::vector<std::uint32_t> parents(edges.node_count(), 0);
  for (std::uint32_t node = 0; node < edges.node_count(); ++node)
    for (std::uint64_t i = edges.offsets[node]; i < edges.offsets[node + 1]; ++i) {
      ++parents[edges.dependents[i]];
      out.push_back(name(node) + " -> " + name(edges.dependents[i]) + (edges.is_survivors[i] != 0 ? " (survivors)" : ""));
    }
  CHECK(parents == edges.parent_counts);
  return out;
}

}  // namespace

TEST_CASE("edges follow inputs, one for each pair of elements") {
  CHECK(lines(night().plan()) == std::vector<std::string>{
                                     "make_flat[filter=g] -> reduce[exposure=1]",
                                     "make_flat[filter=g] -> reduce[exposure=5]",
                                     "make_flat[filter=\"r band\"] -> reduce[exposure=2]",
                                     "make_flat[filter=\"r band\"] -> reduce[exposure=16]",
                                     "reduce[exposure=1] -> split[exposure=1]",
                                     "reduce[exposure=1] -> coadd[filter=g]",
                                     "reduce[exposure=2] -> split[exposure=2]",
                                     "reduce[exposure=2] -> coadd[filter=\"r band\"]",
                                     "reduce[exposure=5] -> split[exposure=5]",
                                     "reduce[exposure=5] -> coadd[filter=g]",
                                     "reduce[exposure=16] -> split[exposure=16]",
                                     "reduce[exposure=16] -> coadd[filter=\"r band\"]",
                                     "split[exposure=1] -> summarise",  // two files, one edge
                                     "split[exposure=2] -> summarise",
                                     "split[exposure=5] -> summarise",
                                     "split[exposure=16] -> summarise",
                                     "coadd[filter=g] -> summarise (survivors)",
                                     "coadd[filter=\"r band\"] -> summarise (survivors)",
                                 });
}

TEST_CASE("an edge is of survivors only if every file along it is") {
  PlanMaker m;
  const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2});
  const auto a = m.dataset("a", {run}, "a{run}");
  const auto b = m.dataset("b", {run}, "b{run}");
  const auto all = m.dataset("all", {}, "all");
  m.task("make", {run}).out("a", a).out("b", b).run("make {a} {b}");
  m.task("gather").survivors("x", a).gather("y", b).survivors("z", a).out("all", all).run("cat {x} {y} {z}");
  CHECK(lines(m.plan()) == std::vector<std::string>{"make[run=1] -> gather", "make[run=2] -> gather"});
}

TEST_CASE("what every element reads of every other goes through one hub") {
  PlanMaker m;
  const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto night = m.dimension("night", std::vector<std::int64_t>{7, 8});
  const auto a = m.dataset("a", {run}, "a{run}");
  const auto b = m.dataset("b", {night}, "b{night}");
  const auto c = m.dataset("c", {night}, "c{night}");
  m.task("make", {run}).out("a", a).run("make {a}");
  m.task("read", {night}).gather("x", a).out("b", b).run("cat {x}");
  m.task("watch", {night}).survivors("x", a).gather("y", a).out("c", c).run("cat {x}");
  CHECK(lines(m.plan()) == std::vector<std::string>{"make[run=1] -> hub0", "make[run=1] -> hub1 (survivors)", "make[run=2] -> hub0",
                                                    "make[run=2] -> hub1 (survivors)", "make[run=3] -> hub0",
                                                    "make[run=3] -> hub1 (survivors)", "hub0 -> read[night=7]", "hub0 -> read[night=8]",
                                                    "hub0 -> watch[night=7]", "hub0 -> watch[night=8]",
                                                    "hub1 -> watch[night=7] (survivors)", "hub1 -> watch[night=8] (survivors)"});
}

TEST_CASE("consumers are counted once for each element that reads") {
  const plan::Plan plan = night().plan();
  const auto counts = plan::count_consumers(plan);
  const auto of = [&](std::string_view name) { return counts[*plan.find_dataset(name)]; };
  CHECK(of("raw").empty());  // external
  CHECK(of("flat") == std::vector<std::uint32_t>{2, 2});
  CHECK(of("reduced") == std::vector<std::uint32_t>{2, 2, 2, 2});
  CHECK(of("part") == std::vector<std::uint32_t>{1, 1, 1, 1, 1, 1});
  CHECK(of("report") == std::vector<std::uint32_t>{0});
}

TEST_CASE("an element that reads a file through two inputs is one consumer") {
  PlanMaker m;
  const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto a = m.dataset("a", {run}, "a{run}");
  const auto b = m.dataset("b", {run}, "b{run}");
  const auto c = m.dataset("c", {run}, "c{run}");
  m.task("make", {run}).out("a", a).run("make {a}");
  m.task("twice", {run}).in("x", a).lookup("before", a, {plan::no_element, 1, 1}).out("b", b).run("cat {x}");
  m.task("every", {run}).in("x", a).lookup("y", a, {0, 0, 0}).out("c", c).run("cat {x}");
  CHECK(plan::count_consumers(m.plan())[0] == std::vector<std::uint32_t>{1 + 3, 2 + 1, 1 + 1});
}
