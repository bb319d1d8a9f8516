#include "compiler/emit/graph.h"

#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "compiler/plan/resolve.h"
#include "tests/support/plan_maker.h"

// What Graphviz and fontconfig keep until the end (about 90 kB, once); read by the leak sanitizer, if there is one.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the sanitizer's name
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\nleak:libgvc\nleak:libgvplugin\nleak:libcgraph\nleak:libpango\nleak:libcairo\nleak:libglib\n";
}

using namespace osac;
using namespace osac::test;
using emit::GraphEdge;
using emit::GraphNode;

namespace {

/// One calibration for all of 20 runs, a look-up, a sum of all.
PlanMaker runs() {
  PlanMaker m("runs & sums");
  std::vector<std::int64_t> keys;
  std::vector<std::uint32_t> before;
  for (std::uint32_t i = 0; i < 20; ++i) {
    keys.push_back(100 + i);
    before.push_back(i < 4 ? plan::no_element : i < 12 ? 3U : 11U);
  }
  const auto run = m.dimension("run", keys);
  const auto raw = m.external("raw", {run}, "raw/{run:05}.dat");
  const auto dark = m.dataset("dark", {}, "calib/dark.dat");
  const auto clean = m.temp("clean", {run}, "work/{run:05}.dat");
  const auto better = m.dataset("better", {run}, "work/{run:05}.better");
  const auto total = m.dataset("total", {}, "products/total.txt");
  m.goal(total);
  m.task("make_dark").gather("frames", raw, 3).out("dark", dark).run("combine {frames} {dark}");
  m.task("clean", {run}).in("raw", raw).in("dark", dark).out("clean", clean).run("subtract {raw} {dark} {clean}");
  m.task("improve", {run}).in("clean", clean).lookup("before", clean, before).out("better", better).run("improve {clean} {better}");
  m.task("add").survivors("parts", better).out("total", total).shell("cat {parts} > {total}");
  return m;
}

plan::ElementRef at(const plan::Plan& plan, std::string_view name) { return plan::find_element(plan, name).value(); }

/// The nodes and edges of DOT text, without attributes: the first line of a label for a node, those of both ends for an edge.
std::vector<std::string> skeleton(const std::string& dot) {
  std::vector<std::string> out;
  std::map<std::string, std::string> names;
  std::istringstream lines(dot);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  \"")) continue;
    const auto text_of = [&](std::size_t from) {
      const std::size_t begin = line.find("<b>", from) + 3;
      return line.substr(begin, line.find("</b>", begin) - begin);
    };
    const std::string id = line.substr(2, line.find('"', 3) - 1);
    if (const auto arrow = line.find(" -> "); arrow != std::string::npos) {
      const std::string to = line.substr(arrow + 4, line.find('"', arrow + 5) - arrow - 3);
      out.push_back(names[id] + " -> " + names[to]);
    } else {
      names[id] = text_of(0);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string text_of_pdf(const std::string& pdf) {
  const std::string path = std::filesystem::temp_directory_path() / ("osac-emit-test-" + std::to_string(getpid()) + ".pdf");
  std::ofstream(path, std::ios::binary) << pdf;
  std::string text;
  std::FILE* const pipe = popen(("pdftotext '" + path + "' -").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) text.append(buffer.data(), count);
  CHECK(pclose(pipe) == 0);
  std::filesystem::remove(path);
  return text;
}

}  // namespace

TEST_CASE("a graph is DOT text, the same each time") {
  emit::Graph graph;
  graph.title = "a & b";
  graph.subtitle = "two boxes";
  graph.nodes.push_back({"x", {"reduce x 6", "for exposure"}, GraphNode::Shape::activity, GraphNode::Mood::normal, ""});
  graph.nodes.push_back({"y", {"raw x 6", "raw/{exposure:05}.fits"}, GraphNode::Shape::entity, GraphNode::Mood::external, "all \"raw\""});
  graph.edges.push_back({"y", "x", "all", GraphEdge::Style::gather});
  graph.edges.push_back({"x", "y", "", GraphEdge::Style::plain});
  CHECK(emit::to_dot(graph) == emit::to_dot(graph));
  CHECK(emit::to_dot(graph) == R"dot(digraph osac {
  graph [rankdir=LR, size="195,195", labelloc=t, label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="1"><tr><td><font point-size="17"><b>a &amp; b</b></font></td></tr><tr><td><font point-size="11" color="#5f6670">two boxes</font></td></tr><tr><td><font point-size="9" color="#8b9299">bold edge: many files into one · grey: external</font></td></tr><tr><td><font point-size="6"> </font></td></tr></table>>, fontname="DejaVu Sans", fontsize=12, fontcolor="#20262c",
    bgcolor=white, pad=0.3, nodesep=0.22, ranksep=0.36, outputorder=edgesfirst, charset="UTF-8"];
  node [fontname="DejaVu Sans", fontsize=11, margin="0.13,0.07", height=0.35, penwidth=1.2];
  edge [fontname="DejaVu Sans", fontsize=9, color="#59616a", fontcolor="#454c54", arrowsize=0.7];
  "x" [label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="1"><tr><td><font point-size="11"><b>reduce x 6</b></font></td></tr><tr><td><font point-size="9">for exposure</font></td></tr></table>>, shape=box, style="rounded,filled", fillcolor="#dbe8f6", color="#2f5d8c", fontcolor="#12324f", tooltip="reduce x 6"];
  "y" [label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="1"><tr><td><font point-size="11"><b>raw x 6</b></font></td></tr><tr><td><font point-size="9">raw/{exposure:05}.fits</font></td></tr></table>>, shape=note, style="filled,dashed", fillcolor="#f1f2f3", color="#6d747c", fontcolor="#30363c", tooltip="all \"raw\""];
  "y" -> "x" [color="#2f5d8c", penwidth=2.2, dir=both, arrowtail=crow, arrowsize=0.8, label=" all "];
  "x" -> "y";
}
)dot");
}

TEST_CASE("hostile text stays text in labels, ids and tooltips") {
  emit::Graph graph;
  graph.title = "<b>\\N\xff{|}";
  graph.nodes.push_back(
      {"a\"]\\N", {"<i> & \"q\" [x] \\n \x01", "", "{|}"}, GraphNode::Shape::entity, GraphNode::Mood::failed, "\\G \"tip\"\n&lt;"});
  graph.nodes.push_back({"b", {}, GraphNode::Shape::note, GraphNode::Mood::faint, ""});
  graph.edges.push_back({"a\"]\\N", "b", "-> \\E \"", GraphEdge::Style::faint});
  const auto svg = emit::render_graph(emit::to_dot(graph), emit::GraphFormat::svg);
  REQUIRE(svg);
  CHECK(svg->find("&lt;i&gt; &amp; &quot;q&quot; [x] \\n \\x01") != std::string::npos);
  CHECK(svg->find("&lt;b&gt;\\N\\xff{|}") != std::string::npos);
  CHECK(svg->find("\\G &quot;tip&quot; &amp;lt;") != std::string::npos);
  CHECK(svg->find("&#45;&gt; \\E &quot;") != std::string::npos);
}

TEST_CASE("long lines are broken where a path is, and never inside a character") {
  emit::Graph graph;
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "\xc3\xa9";
  graph.nodes.push_back({"a",
                         {"name", "data/20260918/running_analysis/very_long_product_name/dl1_LST-1.Run{run:05}.{subrun:04}.h5", accents},
                         GraphNode::Shape::entity,
                         GraphNode::Mood::normal,
                         ""});
  const std::string dot = emit::to_dot(graph);
  CHECK(dot.find(">data/20260918/running_analysis/very_long_<") != std::string::npos);
  CHECK(dot.find(">product_name/dl1_LST-1.Run{run:05}<") != std::string::npos);
  CHECK(dot.find("\\x") == std::string::npos);
  CHECK(emit::render_graph(dot, emit::GraphFormat::svg));
}

TEST_CASE("a workflow is drawn by its families") {
  const std::string dot = emit::workflow_graph(runs().plan());
  CHECK(skeleton(dot) == std::vector<std::string>{"add x 1 -> total x 1", "better x 20 -> add x 1", "clean x 20 -> clean x 20",
                                                  "clean x 20 -> improve x 20", "clean x 20 -> improve x 20", "dark x 1 -> clean x 20",
                                                  "improve x 20 -> better x 20", "make_dark x 1 -> dark x 1", "raw x 20 -> clean x 20",
                                                  "raw x 20 -> make_dark x 1"});
}

TEST_CASE("an element's ancestry has boxes for single files and one for many alike") {
  const plan::Plan plan = runs().plan();
  CHECK(skeleton(emit::lineage_graph(plan, at(plan, "improve[run=110]"), {})) ==
        std::vector<std::string>{"clean[run=103] -> clean[run=103]", "clean[run=103] -> improve[run=110]",
                                 "clean[run=110] -> clean[run=110]", "clean[run=110] -> improve[run=110]", "dark -> clean[run=103]",
                                 "dark -> clean[run=110]", "improve[run=110] -> better[run=110]", "make_dark -> dark",
                                 "raw x 18 -> make_dark", "raw[run=103] -> clean[run=103]", "raw[run=103] -> make_dark",
                                 "raw[run=110] -> clean[run=110]", "raw[run=110] -> make_dark"});
}

TEST_CASE("an element's descendants go through gathers") {
  const plan::Plan plan = runs().plan();
  emit::LineageOptions options;
  options.upstream = false;
  options.downstream = true;
  CHECK(skeleton(emit::lineage_graph(plan, at(plan, "clean[run=103]"), options)) ==
        std::vector<std::string>{"add -> total", "better x 9 -> add", "clean[run=103] -> clean[run=103]", "clean[run=103] -> improve x 9",
                                 "improve x 9 -> better x 9"});
}

TEST_CASE("a goal's ancestry of a million files would have as few boxes") {
  const plan::Plan plan = runs().plan();
  CHECK(skeleton(emit::lineage_graph(plan, at(plan, "add"), {})) ==
        std::vector<std::string>{"add -> total", "better x 20 -> add", "clean x 20 -> clean x 20", "clean x 20 -> improve x 20",
                                 "dark -> clean x 20", "improve x 20 -> better x 20", "make_dark -> dark", "raw x 20 -> clean x 20",
                                 "raw x 20 -> make_dark"});
}

TEST_CASE("pictures hold their names") {
  const std::string dot = emit::workflow_graph(runs().plan());
  const auto svg = emit::render_graph(dot, emit::GraphFormat::svg);
  REQUIRE(svg);
  for (const char* text : {"runs &amp; sums", "make_dark x 1", "raw/{run:05}.dat", "all, min 3", "all survivors", "look&#45;up, optional"})
    CHECK(svg->find(text) != std::string::npos);
  CHECK(*svg == emit::render_graph(dot, emit::GraphFormat::svg).value());
  const auto pdf = emit::render_graph(dot, emit::GraphFormat::pdf);
  REQUIRE(pdf);
  CHECK(pdf->starts_with("%PDF"));
  const std::string text = text_of_pdf(*pdf);
  for (const char* name : {"runs & sums", "make_dark x 1", "improve x 20", "products/total.txt"})
    CHECK(text.find(name) != std::string::npos);
  const auto png = emit::render_graph(dot, emit::GraphFormat::png);
  REQUIRE(png);
  CHECK(png->substr(1, 3) == "PNG");
  CHECK(emit::render_graph(dot, emit::GraphFormat::dot) == dot);
}

TEST_CASE("a graph too large to look at is refused with advice, but given out as text") {
  emit::Graph graph;
  for (int i = 0; i < 2001; ++i) graph.nodes.push_back({std::to_string(i), {"x"}, GraphNode::Shape::activity, GraphNode::Mood::normal, ""});
  const std::string dot = emit::to_dot(graph);
  const auto svg = emit::render_graph(dot, emit::GraphFormat::svg);
  REQUIRE_FALSE(svg);
  CHECK(svg.error().what == "a graph of 2,001 nodes is nothing to look at");
  CHECK(svg.error().help == "draw the workflow, or one element's lineage; with --format dot it is written as text");
  CHECK(emit::render_graph(dot, emit::GraphFormat::dot) == dot);
}

TEST_CASE("what Graphviz calls an error is one") {
  const auto broken = emit::render_graph("digraph {", emit::GraphFormat::svg);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().what.starts_with("Graphviz cannot read the graph: "));
  const auto label = emit::render_graph("digraph { a [label=<<b>x>] }", emit::GraphFormat::svg);
  REQUIRE_FALSE(label);
  CHECK(label.error().what.starts_with("Graphviz cannot "));
}

TEST_CASE("threads may draw at the same time") {
  const std::string dot = emit::workflow_graph(runs().plan());
  const std::string expected = emit::render_graph(dot, emit::GraphFormat::svg).value();
  std::array<bool, 4> is_same{};
  std::vector<std::thread> threads;
  for (bool& same : is_same) threads.emplace_back([&] { same = emit::render_graph(dot, emit::GraphFormat::svg) == expected; });
  for (std::thread& thread : threads) thread.join();
  CHECK(is_same == std::array<bool, 4>{true, true, true, true});
}

TEST_CASE("what is not planned yet is drawn between the files it waits for and the tasks that grow") {
  PlanMaker m("peaks");
  const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto raw = m.external("raw", {run}, "raw/{run}");
  const auto table = m.dataset("table", {run}, "table/{run}.csv");
  const auto part = m.dataset("part", {run}, "part/{run}");
  m.task("find", {run}).in("raw", raw).out("table", table).run("find {raw} {table}");
  m.task("fit", {run})
      .recurrent("before", part, {plan::no_element, 0, 1})
      .otherwise(raw, {0, plan::no_element, plan::no_element})
      .out("part", part)
      .run("fit {before} {part}");
  m.stage("dimension `peak`", table, {1, 2}, {"fit"});
  m.certify(part, "find", 0, expression::absent_scalar);
  const std::string dot = emit::workflow_graph(m.plan());
  for (const char* const part_of_it : {"\"dataset table\" -> \"stage dimension `peak` of table\" [color=\"#9a6a12\"",
                                       "\"stage dimension `peak` of table\" -> \"task fit\"", "waits for 2 files of table", "filled,dashed",
                                       "dashed brown: not planned yet", "\"task find\" -> \"dataset part\" [color=\"#c3c8cd\"",
                                       "label=\" certifies \"", "of others before it", "else, optional"})
    CHECK((dot.find(part_of_it) == std::string::npos ? part_of_it : "") == std::string());
}

TEST_CASE("a lineage through elements of later tasks is whole") {
  PlanMaker m("calibration");
  const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto image = m.dataset("image", {run}, "image/{run}");
  const auto flaws = m.dataset("flaws", {run}, "flaws/{run}");
  m.task("clean", {run}).recurrent("known", flaws, {plan::no_element, 0, 1}).out("image", image).run("clean {known} {image}");
  m.task("inspect", {run}).in("image", image).out("flaws", flaws).run("inspect {image} {flaws}");
  const plan::Plan plan = m.plan();
  const std::string dot = emit::lineage_graph(plan, *plan::find_element(plan, "clean[run=3]"), {});
  for (const char* const name : {"clean[run=1]", "inspect[run=1]", "clean[run=2]", "inspect[run=2]", "clean[run=3]", "flaws[run=1]"})
    CHECK((dot.find(name) == std::string::npos ? name : "") == std::string());
  CHECK(dot.find("inspect[run=3]") == std::string::npos);
}
