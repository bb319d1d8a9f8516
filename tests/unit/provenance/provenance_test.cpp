#include "runtime/provenance/provenance.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/plan_maker.h"

using namespace osac;

namespace {

plan::Plan small_plan() {
  test::PlanMaker maker("night");
  const auto run = maker.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto raw = maker.external("raw", {run}, "raw/{run}.txt");
  const auto clean = maker.dataset("clean", {run}, "clean/{run}.txt");
  const auto total = maker.dataset("total", {}, "total.txt");
  maker.task("reduce", {run}).in("raw", raw).out("clean", clean).run("cp {raw} {clean}");
  maker.task("combine").gather("parts", clean).out("total", total).shell("cat {parts} > {total}");
  maker.goal(total);
  return maker.plan();
}

step::FileState state(std::int64_t size, const std::string& content) {
  step::FileState made;
  made.size = size;
  made.content = sha256(content);
  return made;
}

step::EndRecord reduced(int run) {
  step::EndRecord end;
  end.execution = "e1";
  end.element = "reduce[run=" + std::to_string(run) + "]";
  end.command = "cp raw/" + std::to_string(run) + ".txt clean/" + std::to_string(run) + ".txt";
  end.host = "here";
  end.started = 1'000'000'000;
  end.ended = 3'000'000'000;
  step::FileState external;
  external.size = 5;  // looked at, not hashed
  end.inputs.push_back({"raw", "raw/" + std::to_string(run) + ".txt", external});
  end.outputs.push_back({"clean", "clean/" + std::to_string(run) + ".txt", state(5, std::to_string(run))});
  return end;
}

provenance::Records records(const std::vector<int>& runs, bool with_total) {
  provenance::Records made;
  made.executions.push_back({"e1", "abcdef0123456789", "night", "here", "anna", "0.1", {}, 0, {}, "", {}});
  for (const int run : runs) made.ends.push_back(reduced(run));
  if (with_total) {
    step::EndRecord end = reduced(0);
    end.element = "combine";
    end.command = "cat ...";
    end.inputs.clear();
    for (const int run : runs) end.inputs.push_back({"parts", "clean/" + std::to_string(run) + ".txt", state(5, std::to_string(run))});
    end.outputs = {{"total", "total.txt", state(15, "total")}};
    end.metrics = {{"n", "3"}};
    made.ends.push_back(end);
  }
  for (std::uint32_t i = 0; i < made.ends.size(); ++i)
    for (const auto& output : made.ends[i].outputs) made.makers.emplace(output.path, i);
  return made;
}

std::vector<std::string> headlines(const emit::Graph& graph) {
  std::vector<std::string> lines;
  for (const emit::GraphNode& node : graph.nodes) lines.push_back(node.lines.front());
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("families are drawn as one box each, with how many there were") {
  const auto graph = provenance::graph(small_plan(), records({1, 2, 3}, true), {}).value();
  CHECK(headlines(graph) == std::vector<std::string>{"clean × 3", "combine", "raw × 3", "reduce × 3", "total"});
  CHECK(graph.edges.size() == 4);
  const auto gather = std::find_if(graph.edges.begin(), graph.edges.end(), [](const auto& edge) { return edge.style == emit::GraphEdge::Style::gather; });
  REQUIRE(gather != graph.edges.end());
  CHECK(gather->label == "3 → 1");
}

TEST_CASE("only what was executed is drawn") {
  const auto graph = provenance::graph(small_plan(), records({2}, false), {}).value();
  CHECK(headlines(graph) == std::vector<std::string>{"clean × 1", "raw × 1", "reduce × 1"});
}

TEST_CASE("a file's lineage is what it came from, element by element") {
  const auto one = provenance::graph(small_plan(), records({1, 2, 3}, true), {"clean/2.txt", false, ""}).value();
  CHECK(headlines(one) == std::vector<std::string>{"clean", "raw", "reduce[run=2]"});
  const auto all = provenance::graph(small_plan(), records({1, 2, 3}, true), {"combine", true, ""}).value();
  CHECK(all.nodes.size() == 4 + 7);
}

TEST_CASE("alike sources are one box, with the ranges of their keys") {
  const auto graph = provenance::graph(small_plan(), records({1, 2, 3}, true), {"total", false, ".."}).value();
  CHECK(headlines(graph) == std::vector<std::string>{"clean × 3", "combine", "raw × 3", "reduce × 3", "total"});
  for (const emit::GraphNode& node : graph.nodes) {
    if (node.lines.front() == "raw × 3") CHECK(node.lines == std::vector<std::string>{"raw × 3", "run 1..3", "raw/{run}.txt", "15 B"});
    if (node.lines.front() == "raw × 3") CHECK(node.link == "raw/");
    if (node.lines.front() == "total") CHECK(node.link == "total.txt");
    if (node.lines.front() == "total") CHECK(node.mood == emit::GraphNode::Mood::goal);
    if (node.lines.front() == "reduce × 3")
      CHECK(node.lines == std::vector<std::string>{"reduce × 3", "run 1..3", "6.0 s, 2.0 s at most each", "0 B at most"});
  }
  for (const emit::GraphEdge& edge : graph.edges)
    if (edge.style == emit::GraphEdge::Style::gather) CHECK(edge.label == "3 → 1");
}

TEST_CASE("what failed is drawn in its family, with its log") {
  provenance::Records made = records({1, 2}, false);
  step::EndRecord failed = reduced(3);
  failed.outcome = step::Outcome::failed;
  failed.reason = "exit code 2";
  failed.log = ".osa/night/log/a b.log";
  failed.outputs.clear();
  made.failures.push_back(failed);
  const auto graph = provenance::graph(small_plan(), made, {}).value();
  const auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(), [](const auto& one) { return one.lines.front() == "reduce × 3"; });
  REQUIRE(node != graph.nodes.end());
  CHECK(node->mood == emit::GraphNode::Mood::failed);
  CHECK(std::count(node->lines.begin(), node->lines.end(), "1 failed") == 1);
  CHECK(node->link == ".osa/night/log/a b.log");
  CHECK(node->tooltip == "reduce[run=3]: exit code 2");
  CHECK(graph.subtitles.at(1) == "2 elements, 4.0 s in all, 1 failed");
}

TEST_CASE("what has no record is refused") {
  const auto graph = provenance::graph(small_plan(), records({1}, false), {"nothing.txt", false, ""});
  REQUIRE_FALSE(graph.has_value());
  CHECK(graph.error().what == "`nothing.txt` is no element or file of which there is a record");
}

TEST_CASE("PROV-JSON has an entity for each file and an activity for each attempt, joined at both ends") {
  const std::string text = provenance::prov_json(small_plan(), records({1, 2, 3}, true), {}).value();
  CHECK(count(text, "prov:startTime") == 4);
  CHECK(count(text, "\"osac:path\"") == 7);  // three raw, three clean (made and used: one entity), one total
  CHECK(count(text, "\"_:used") == 6);
  CHECK(count(text, "\"_:generated") == 4);
  CHECK(count(text, "\"_:associated") == 4);
  CHECK(count(text, "prov:Person") == 1);
  CHECK(count(text, "\"osac:metric.n\": 3") == 1);
  CHECK(text == provenance::prov_json(small_plan(), records({1, 2, 3}, true), {}).value());
}
