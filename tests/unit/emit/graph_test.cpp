#include "compiler/emit/graph.h"

#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "compiler/emit/collapse.h"
#include "compiler/emit/keys_text.h"
#include "compiler/plan/query.h"
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

/// The lineage of what a query means.
std::string lineage(const plan::Plan& plan, std::string_view name, const emit::DrawOptions& options = {}) {
  const auto set = plan::query(plan, name);
  REQUIRE(set);
  return emit::lineage_graph(plan, *set, name, options);
}

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

/// What a program says of a PDF, to standard output.
std::string said_of_pdf(const std::string& program, const std::string& pdf, const std::string& more = "") {
  const std::string path = std::filesystem::temp_directory_path() / ("osac-emit-test-" + std::to_string(getpid()) + ".pdf");
  std::ofstream(path, std::ios::binary) << pdf;
  std::string text;
  std::FILE* const pipe = popen((program + " '" + path + "' " + more).c_str(), "r");
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
  graph.subtitles = {"two boxes"};
  graph.nodes.push_back({"x", {"reduce × 6", "for exposure"}, GraphNode::Shape::activity, GraphNode::Mood::normal, "", "", ""});
  graph.nodes.push_back(
      {"y", {"raw × 6", "raw/{exposure:05}.fits"}, GraphNode::Shape::entity, GraphNode::Mood::external, "all \"raw\"", "raw/a b.fits", ""});
  graph.edges.push_back({"y", "x", "6 → 1", GraphEdge::Style::gather, "min 3"});
  graph.edges.push_back({"x", "y", "", GraphEdge::Style::plain, ""});
  CHECK(emit::to_dot(graph) == emit::to_dot(graph));
  CHECK(emit::to_dot(graph) == R"dot(digraph osac {
  graph [rankdir=LR, size="195,195", labelloc=t, label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="1"><tr><td><font point-size="17"><b>a &amp; b</b></font></td></tr><tr><td><font point-size="11" color="#4c555e">two boxes</font></td></tr><tr><td><table border="0" cellborder="0" cellspacing="5" cellpadding="2"><tr><td border="1" style="rounded" bgcolor="#bcd6ec" color="#1f4e79"><font point-size="9" color="#0b2a45"> task </font></td><td border="1" style="dashed" bgcolor="#ffffff" color="#565d65"><font point-size="9" color="#2b3137"> not made here </font></td></tr></table></td></tr><tr><td><table border="0" cellborder="0" cellspacing="5" cellpadding="2"><tr><td><font point-size="9" color="#1f4e79"><b>━━▶</b></font><font point-size="9" color="#5b646d"> many into one</font></td><td><font point-size="9" color="#2b3137">5 → 1</font><font point-size="9" color="#5b646d"> 5 into each, each into 1</font></td></tr></table></td></tr><tr><td><font point-size="6"> </font></td></tr></table>>, fontname="DejaVu Sans", fontsize=12, fontcolor="#20262c",
    bgcolor=white, pad=0.2, margin=0, nodesep=0.25, ranksep=0.4, outputorder=edgesfirst, charset="UTF-8"];
  node [fontname="DejaVu Sans", fontsize=11, margin="0.13,0.07", height=0.35, penwidth=1.2];
  edge [fontname="DejaVu Sans", fontsize=9, color="#454c54", fontcolor="#2b3137", arrowsize=0.7];
  "x" [label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="1"><tr><td><font point-size="11"><b>reduce × 6</b></font></td></tr><tr><td><font point-size="9">for exposure</font></td></tr></table>>, shape=box, style="rounded,filled", fillcolor="#bcd6ec", color="#1f4e79", fontcolor="#0b2a45", tooltip="reduce × 6"];
  "y" [label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="1"><tr><td><font point-size="11"><b>raw × 6</b></font></td></tr><tr><td><font point-size="9">raw/{exposure:05}.fits</font></td></tr></table>>, shape=note, style="filled,dashed", fillcolor="#ffffff", color="#565d65", fontcolor="#2b3137", tooltip="all \"raw\"", URL="raw/a%20b.fits"];
  "y" -> "x" [color="#1f4e79", penwidth=2.6, arrowsize=0.9, label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="1"><tr><td><font point-size="9">  6 → 1</font></td></tr><tr><td><font point-size="8">  min 3</font></td></tr></table>>];
  "x" -> "y";
}
)dot");
}

TEST_CASE("hostile text stays text in labels, ids and tooltips") {
  emit::Graph graph;
  graph.title = "<b>\\N\xff{|}";
  graph.nodes.push_back({"a\"]\\N",
                         {"<i> & \"q\" [x] \\n \x01", "", "{|} \\N"},
                         GraphNode::Shape::entity,
                         GraphNode::Mood::failed,
                         "\\G \"tip\"\n&lt;",
                         "a b/%\"<&\xff\\N.txt",
                         ""});
  graph.nodes.push_back({"b", {}, GraphNode::Shape::note, GraphNode::Mood::faint, "", "", ""});
  graph.edges.push_back({"a\"]\\N", "b", "-> \\E \"", GraphEdge::Style::faint, "<i>&"});
  const auto svg = emit::render_graph(emit::to_dot(graph), emit::GraphFormat::svg);
  REQUIRE(svg);
  CHECK(svg->find("&lt;i&gt; &amp; &quot;q&quot; [x] \\n \\x01") != std::string::npos);
  CHECK(svg->find(">{|} \\N<") != std::string::npos);
  CHECK(svg->find("&lt;b&gt;\\N\\xff{|}") != std::string::npos);
  CHECK(svg->find("\\G &quot;tip&quot; &amp;lt;") != std::string::npos);
  CHECK(svg->find("&#45;&gt; \\E &quot;") != std::string::npos);
  CHECK(svg->find("xlink:href=\"a%20b/%25%22%3C%26%FF%5CN.txt\"") != std::string::npos);
}

TEST_CASE("long lines are broken where a path is, and never inside a character") {
  emit::Graph graph;
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "\xc3\xa9";
  graph.nodes.push_back({"a",
                         {"name", "data/20260918/running_analysis/very_long_product_name/dl1_LST-1.Run{run:05}.{subrun:04}.h5", accents},
                         GraphNode::Shape::entity,
                         GraphNode::Mood::normal,
                         "",
                         "",
                         ""});
  const std::string dot = emit::to_dot(graph);
  CHECK(dot.find(">data/20260918/running_analysis/very_long_<") != std::string::npos);
  CHECK(dot.find(">product_name/dl1_LST-1.Run{run:05}<") != std::string::npos);
  CHECK(dot.find("\\x") == std::string::npos);
  CHECK(emit::render_graph(dot, emit::GraphFormat::svg));
}

TEST_CASE("a workflow is drawn by its families") {
  const std::string dot = emit::workflow_graph(runs().plan());
  CHECK(skeleton(dot) == std::vector<std::string>{"add -> total", "better × 20 -> add", "clean × 20 -> clean × 20",
                                                  "clean × 20 -> improve × 20", "clean × 20 -> improve × 20", "dark -> clean × 20",
                                                  "improve × 20 -> better × 20", "make_dark -> dark", "raw × 20 -> clean × 20",
                                                  "raw × 20 -> make_dark"});
}

TEST_CASE("edges say how many go to how many") {
  const std::string dot = emit::workflow_graph(runs().plan());
  const auto has_edge = [&](const std::string& ends, const std::string& text) {
    const auto begin = dot.find("  " + ends + " ");
    return begin != std::string::npos && dot.substr(begin, dot.find('\n', begin) - begin).find(text) != std::string::npos;
  };
  CHECK(has_edge("\"dataset raw\" -> \"task make_dark\"", "20 → 1<"));
  CHECK(has_edge("\"dataset raw\" -> \"task make_dark\"", "min 3"));
  CHECK(has_edge("\"dataset raw\" -> \"task clean\"", "1 → 1<"));
  CHECK(has_edge("\"dataset dark\" -> \"task clean\"", "1 → 20<"));
  CHECK(has_edge("\"dataset clean\" -> \"task improve\"", "1 → 1<"));
  CHECK(dot.find("1 → 8 per run") != std::string::npos);  // the look-up: eight of them find the element of run 103, eight that of 111
}

TEST_CASE("an element's lineage has one box for those that are alike") {
  const plan::Plan plan = runs().plan();
  const std::string dot = lineage(plan, "improve[run=110]");
  CHECK(skeleton(dot) == std::vector<std::string>{"clean[run=103] -> clean[run=103]", "clean[run=103] -> improve[run=110]",
                                                  "clean[run=110] -> clean[run=110]", "clean[run=110] -> improve[run=110]",
                                                  "dark -> clean[run=103]", "dark -> clean[run=110]", "improve[run=110] -> better[run=110]",
                                                  "make_dark -> dark", "raw × 18 -> make_dark", "raw[run=103] -> clean[run=103]",
                                                  "raw[run=103] -> make_dark", "raw[run=110] -> clean[run=110]",
                                                  "raw[run=110] -> make_dark"});
}

TEST_CASE("with all elements each file has its box") {
  const plan::Plan plan = runs().plan();
  emit::DrawOptions options;
  options.with_elements = true;
  const auto edges = skeleton(lineage(plan, "improve[run=110]", options));
  CHECK(edges.size() == 1 + 2 + 2 + 2 + 2 + 1 + 20);
  CHECK(std::count(edges.begin(), edges.end(), "raw[run=104] -> make_dark") == 1);
}

TEST_CASE("ranges of keys are put together") {
  const plan::Plan plan = runs().plan();
  CHECK(lineage(plan, "add").find(">run 100..119<") != std::string::npos);
  const plan::FamilyRow& family = plan.datasets()[*plan.find_dataset("raw")].family;
  const auto keys = [&](std::vector<std::uint32_t> elements) { return emit::keys_text(plan, family, 0, elements); };
  CHECK(keys({16, 18, 19, 15}) == "run 115, 116, 118, 119");
  CHECK(keys({6, 8, 9, 10}) == "run 106, 108..110");
  CHECK(keys({0, 2, 4, 6, 8, 10, 12, 14}) == "run 100, 102, 104, 106, 108, … 114 (8 keys)");
}

TEST_CASE("a file's lineage is that of its maker, without what else that made") {
  const plan::Plan plan = runs().plan();
  CHECK(skeleton(lineage(plan, "dark")) == std::vector<std::string>{"make_dark -> dark", "raw × 20 -> make_dark"});
}

TEST_CASE("an element's descendants go through gathers") {
  const plan::Plan plan = runs().plan();
  emit::DrawOptions options;
  options.upstream = false;
  options.downstream = true;
  CHECK(skeleton(lineage(plan, "clean[run=103] and clean", options)) ==
        std::vector<std::string>{"add -> total", "better × 8 -> add", "better[run=103] -> add", "clean[run=103] -> clean[run=103]",
                                 "clean[run=103] -> improve × 8", "clean[run=103] -> improve[run=103]", "improve × 8 -> better × 8",
                                 "improve[run=103] -> better[run=103]"});
}

TEST_CASE("a goal's lineage of a million files would have as few boxes") {
  const plan::Plan plan = runs().plan();
  CHECK(skeleton(lineage(plan, "add")) ==
        std::vector<std::string>{"add -> total", "better × 20 -> add", "clean × 18 -> clean × 18", "clean × 18 -> improve × 20",
                                 "clean × 2 -> clean × 2", "clean × 2 -> improve × 20",  // these two were found by look-ups, too
                                 "dark -> clean × 18", "dark -> clean × 2", "improve × 20 -> better × 20", "make_dark -> dark",
                                 "raw × 18 -> clean × 18", "raw × 18 -> make_dark", "raw × 2 -> clean × 2", "raw × 2 -> make_dark"});
}

TEST_CASE("pictures hold their names") {
  const std::string dot = emit::workflow_graph(runs().plan());
  const auto svg = emit::render_graph(dot, emit::GraphFormat::svg);
  REQUIRE(svg);
  for (const char* text :
       {"runs &amp; sums", ">make_dark<", "raw/{run:05}.dat", "min 3", "survivors", "look&#45;up, optional", "many into one"})
    CHECK(svg->find(text) != std::string::npos);
  CHECK(*svg == emit::render_graph(dot, emit::GraphFormat::svg).value());
  const auto pdf = emit::render_graph(dot, emit::GraphFormat::pdf);
  REQUIRE(pdf);
  CHECK(pdf->starts_with("%PDF"));
  const std::string text = said_of_pdf("pdftotext", *pdf, "-");
  for (const char* name : {"runs & sums", "make_dark", "improve × 20", "products/total.txt"}) CHECK(text.find(name) != std::string::npos);
  const auto png = emit::render_graph(dot, emit::GraphFormat::png);
  REQUIRE(png);
  CHECK(png->substr(1, 3) == "PNG");
  CHECK(emit::render_graph(dot, emit::GraphFormat::dot) == dot);
}

TEST_CASE("a graph too large to look at is drawn in part, and says so") {
  emit::Graph graph;
  for (int i = 0; i < 1'700; ++i) {
    const auto mood = i == 1'600 ? GraphNode::Mood::failed : GraphNode::Mood::normal;
    graph.nodes.push_back({std::to_string(i), {"fit " + std::to_string(i)}, GraphNode::Shape::activity, mood, "", "", "fit"});
    if (i > 0) graph.edges.push_back({std::to_string(i - 1), std::to_string(i), "1 → 1", GraphEdge::Style::plain, ""});
  }
  graph.nodes.push_back({"last", {"last"}, GraphNode::Shape::entity, GraphNode::Mood::goal, "", "", "last"});
  const emit::Graph drawn = emit::limited(graph);
  CHECK(drawn.nodes.size() == emit::most_nodes_drawn);
  CHECK(drawn.notes == std::vector<std::string>{"not drawn one by one: 1,202 of fit"});
  const auto named = [&](const std::string& line) {
    return std::count_if(drawn.nodes.begin(), drawn.nodes.end(), [&](const GraphNode& node) { return node.lines.front() == line; });
  };
  CHECK(named("… 1,202 more") == 1);
  CHECK(named("fit 1600") == 1);  // what failed is always drawn
  CHECK(named("last") == 1);
  const std::string dot = emit::to_dot(graph);
  CHECK(dot.find("not drawn one by one: 1,202 of fit") != std::string::npos);
  CHECK(emit::render_graph(dot, emit::GraphFormat::svg));
}

TEST_CASE("a graph with too many edges is made smaller until it has few") {
  emit::Graph graph;
  for (int i = 0; i < 400; ++i)
    graph.nodes.push_back({std::to_string(i), {"x"}, GraphNode::Shape::activity, GraphNode::Mood::normal, "", "", i < 200 ? "a" : "b"});
  for (int i = 0; i < 200; ++i)
    for (int k = 200; k < 400; ++k) graph.edges.push_back({std::to_string(i), std::to_string(k), "", GraphEdge::Style::plain, ""});
  const emit::Graph drawn = emit::limited(graph);
  CHECK(drawn.edges.size() <= emit::most_edges_drawn);
  CHECK(drawn.nodes.size() > 20);
}

TEST_CASE("boxes are told apart in grey") {
  const std::string dot = emit::to_dot([] {
    emit::Graph graph;
    for (const auto mood : {GraphNode::Mood::normal, GraphNode::Mood::external, GraphNode::Mood::goal, GraphNode::Mood::faint})
      graph.nodes.push_back({std::to_string(graph.nodes.size()), {"x"}, GraphNode::Shape::entity, mood, "", "", ""});
    for (const auto mood : {GraphNode::Mood::normal, GraphNode::Mood::failed})
      graph.nodes.push_back({std::to_string(graph.nodes.size()), {"x"}, GraphNode::Shape::activity, mood, "", "", ""});
    return graph;
  }());
  std::vector<double> lightness;
  for (auto at = dot.find("fillcolor=\"#"); at != std::string::npos; at = dot.find("fillcolor=\"#", at + 1)) {
    double luminance = 0;
    const std::array<double, 3> weights = {0.2126, 0.7152, 0.0722};
    for (std::size_t i = 0; i < 3; ++i)
      luminance += weights[i] * std::pow(std::stoi(dot.substr(at + 12 + 2 * i, 2), nullptr, 16) / 255.0, 2.2);
    lightness.push_back(116 * std::cbrt(luminance) - 16);  // CIE L*
  }
  REQUIRE(lightness.size() == 6);
  std::sort(lightness.begin(), lightness.end());
  for (std::size_t i = 1; i < lightness.size(); ++i) CHECK(lightness[i] - lightness[i - 1] > 2.3);  // a difference that is just seen
}

TEST_CASE("references to files are relative and percent-encoded") {
  CHECK(emit::file_reference("", "raw/a.fits") == "raw/a.fits");
  CHECK(emit::file_reference("../night", "raw/a b:c.fits") == "../night/raw/a%20b%3Ac.fits");
  CHECK(emit::file_reference("../night", "/data/\xff") == "/data/%FF");
  CHECK(emit::file_reference("x", "//data/a") == "/data/a");
  CHECK(emit::fixed_folder("raw/{night}/a{run}.fits") == "raw/");
  CHECK(emit::fixed_folder("{night}.fits") == "");
  CHECK(emit::fixed_folder("a/b.fits") == "a/");
}

TEST_CASE("links are in SVG and PDF") {
  emit::DrawOptions options;
  options.link_base = "..";
  const std::string dot = emit::workflow_graph(runs().plan(), options);
  const auto svg = emit::render_graph(dot, emit::GraphFormat::svg);
  REQUIRE(svg);
  CHECK(svg->find("xlink:href=\"../calib/dark.dat\"") != std::string::npos);
  CHECK(svg->find("xlink:href=\"../raw/\"") != std::string::npos);
  const auto pdf = emit::render_graph(dot, emit::GraphFormat::pdf);
  REQUIRE(pdf);
  const std::string links = said_of_pdf("pdfinfo -url", *pdf);
  CHECK(links.find("../calib/dark.dat") != std::string::npos);
}

TEST_CASE("items are alike if they lead to the same boxes, step by step") {
  // 0 is the middle; 1 and 2 go into it, 3 goes into 1 and 2, 4 only into 1
  const emit::Items items{{0, 1, 1, 2, 2}, {0, 0, 0, 0, 0}, {{1, 0, 0}, {2, 0, 0}, {3, 1, 0}, {3, 2, 0}, {4, 1, 0}}};
  CHECK(emit::alike(items, 100) == std::vector<std::uint32_t>{0, 1, 1, 2, 2});
  const emit::Items chain{{0, 1, 1, 1}, {0, 0, 0, 0}, {{1, 0, 0}, {2, 1, 0}, {3, 2, 0}}};
  CHECK(emit::alike(chain, 100) == std::vector<std::uint32_t>{0, 1, 2, 3});
  CHECK(emit::alike(chain, 3) == std::vector<std::uint32_t>{0, 1, 2, 2});  // the nearest ones stay
  const emit::Items forth{{0, 1, 1, 2, 2}, {0, 1, 1, 1, 1}, {{0, 1, 0}, {1, 3, 0}, {2, 4, 0}}};
  CHECK(emit::alike(forth, 100) == std::vector<std::uint32_t>{0, 1, 2, 3, 4});
}

TEST_CASE("arrows between the same boxes are one edge with its counts") {
  const auto joins = emit::join_boxes({{0, 3, 7}, {1, 3, 7}, {1, 3, 8}, {2, 4, 7}}, {0, 0, 0, 1, 1});
  REQUIRE(joins.size() == 1);
  CHECK(emit::cardinality_text(joins.front().cardinality) == "1..2 → 1");
  CHECK(joins.front().port == 7);
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
  for (const char* const part_of_it :
       {"\"dataset table\" -> \"stage dimension `peak` of table\" [color=\"#8a5a00\"",
        "\"stage dimension `peak` of table\" -> \"task fit\"", "waits for 2 files of table", "filled,dotted", "not planned yet",
        "\"task find\" -> \"dataset part\" [color=\"#9aa1a8\"", "certifies", "of others before it", "else, optional"})
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
  const std::string dot = lineage(plan, "clean[run=3]");
  for (const char* const name : {"clean[run=1]", "inspect[run=1]", "clean[run=2]", "inspect[run=2]", "clean[run=3]", "flaws[run=1]"})
    CHECK((dot.find(name) == std::string::npos ? name : "") == std::string());
  CHECK(dot.find("inspect[run=3]") == std::string::npos);
}
