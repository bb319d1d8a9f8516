#include "compiler/plan/query.h"

#include <fmt/format.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "compiler/plan/edges.h"
#include "compiler/plan/reach.h"
#include "compiler/plan/resolve.h"
#include "tests/unit/plan/samples.h"

using namespace osac;
using namespace osac::test;

namespace {

/// Names of a set's members: tasks' elements, then datasets'.
std::vector<std::string> names(const plan::Plan& plan, const plan::ElementSet& set) {
  std::vector<std::string> out;
  for (std::uint32_t i = 0; i < set.tasks.size(); ++i)
    if (set.tasks[i] != 0) out.push_back(plan::element_name(plan, plan.element(i)));
  for (std::uint32_t d = 0; d < set.datasets.size(); ++d)
    for (std::uint32_t i = 0; i < set.datasets[d].size(); ++i)
      if (set.datasets[d][i] != 0) out.push_back(plan::dataset_element_name(plan, d, i));
  return out;
}

std::vector<std::string> ask(const plan::Plan& plan, std::string_view expression, std::string_view folder = {}) {
  const auto set = plan::query(plan, expression, folder);
  if (!set) return {"problem: " + set.error().what};
  return names(plan, *set);
}

/// "what (the text it points at) help".
std::string problem(const plan::Plan& plan, std::string_view expression) {
  const auto set = plan::query(plan, expression);
  if (set) return "none";
  const plan::QueryProblem& found = set.error();
  const std::string_view place = expression.substr(std::min(found.begin, expression.size()), found.end - found.begin);
  return fmt::format("{} ({}){}{}", found.what, place, found.help.empty() ? "" : " ", found.help);
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a name is all elements of its family, or those for which conditions hold") {
  const plan::Plan plan = night().plan();
  CHECK(ask(plan, "make_flat") == Names{"make_flat[filter=g]", "make_flat[filter=\"r band\"]"});
  CHECK(ask(plan, "flat[filter=g]") == Names{"flat[filter=g]"});
  CHECK(ask(plan, "flat[ filter = \"r band\" ]") == Names{"flat[filter=\"r band\"]"});
  CHECK(ask(plan, "flat[filter='r band']") == Names{"flat[filter=\"r band\"]"});
  CHECK(ask(plan, "flat[filter=\"r\\u0020band\"]") == Names{"flat[filter=\"r band\"]"});
  CHECK(ask(plan, "part[exposure=1]") == Names{"part[exposure=1,detector=0]", "part[exposure=1,detector=1]"});
  CHECK(ask(plan, "part[exposure=5, detector=7]") == Names{"part[exposure=5,detector=7]"});
  CHECK(ask(plan, "raw[exposure in 2..5]") == Names{"raw[exposure=2]", "raw[exposure=5]"});
  CHECK(ask(plan, "raw[exposure in 1..<5]") == Names{"raw[exposure=1]", "raw[exposure=2]"});
  CHECK(ask(plan, "raw[exposure in [1, 16]]") == Names{"raw[exposure=1]", "raw[exposure=16]"});
  CHECK(ask(plan, "raw[exposure not in [1, 16]]") == Names{"raw[exposure=2]", "raw[exposure=5]"});
  CHECK(ask(plan, "raw[filter=g and not exposure == 1]") == Names{"raw[exposure=5]"});
  CHECK(ask(plan, "raw[airmass > 1.4 or exposure = 1]") == Names{"raw[exposure=1]", "raw[exposure=5]", "raw[exposure=16]"});
  CHECK(ask(plan, "reduce[exposure.airmass <= 1.25, (filter != g)]") == Names{"reduce[exposure=2]"});
  CHECK(ask(plan, "summarise") == Names{"summarise"});
  CHECK(ask(plan, "task summarise and dataset report").empty());
}

TEST_CASE("a file is the element that has it") {
  const plan::Plan plan = night().plan();
  CHECK(ask(plan, "file \"work/00016.fits\"") == Names{"reduced[exposure=16]"});
  CHECK(ask(plan, "file './work/00016.fits'") == Names{"reduced[exposure=16]"});
  CHECK(ask(plan, "file 'products/g/'") == Names{"stack[filter=g]"});
  CHECK(ask(plan, "file 'products/g'") == Names{"stack[filter=g]"});
  CHECK(ask(plan, "file 'products/g/a/b.fits'") == Names{"stack[filter=g]"});
  CHECK(ask(plan, "file 'nights/7/work/00016.fits'", "nights/7") == Names{"reduced[exposure=16]"});
  CHECK(problem(plan, "file 'works/00016.fits'") ==
        "no element of this plan has the file `works/00016.fits` ('works/00016.fits') did you mean `data/raw/00016.fits`?");
}

TEST_CASE("downstream and upstream leave the beginning out, and count tasks") {
  const plan::Plan plan = night().plan();
  CHECK(ask(plan, "downstream 1 flat[filter=g]") ==
        Names{"reduce[exposure=1]", "reduce[exposure=5]", "reduced[exposure=1]", "reduced[exposure=5]"});
  CHECK(ask(plan, "downstream 1 make_flat[filter=g]") ==
        Names{"reduce[exposure=1]", "reduce[exposure=5]", "flat[filter=g]", "reduced[exposure=1]", "reduced[exposure=5]"});
  CHECK(ask(plan, "upstream 1 part[exposure=2]") == Names{"split[exposure=2]", "reduced[exposure=2]"});
  CHECK(ask(plan, "upstream stack[filter=g] and raw") == Names{"raw[exposure=1]", "raw[exposure=5]"});
  CHECK(ask(plan, "downstream raw minus downstream flat") ==
        Names{"make_flat[filter=g]", "make_flat[filter=\"r band\"]", "flat[filter=g]", "flat[filter=\"r band\"]"});
  CHECK(ask(plan, "downstream report").empty());
  CHECK(ask(plan, "upstream all and report") == Names{});
  CHECK(ask(plan, "downstream all and raw").empty());
}

TEST_CASE("a path is one of the shortest, the first of equals") {
  const plan::Plan plan = night().plan();
  CHECK(ask(plan, "path raw[exposure=2] report") == Names{"reduce[exposure=2]", "coadd[filter=\"r band\"]", "summarise", "raw[exposure=2]",
                                                          "reduced[exposure=2]", "stack[filter=\"r band\"]",
                                                          "report"});  // its stacks are declared before its parts
  CHECK(ask(plan, "path flat flat[filter=g]") == Names{"flat[filter=g]"});
  CHECK(ask(plan, "path report flat").empty());
}

TEST_CASE("and binds tighter than or and minus, walks tightest of all") {
  const plan::Plan plan = night().plan();
  CHECK(ask(plan, "flat or make_flat and flat") == Names{"flat[filter=g]", "flat[filter=\"r band\"]"});
  CHECK(ask(plan, "flat minus flat[filter=g] or flat[filter=g]") == Names{"flat[filter=g]", "flat[filter=\"r band\"]"});
  CHECK(ask(plan, "flat minus (flat[filter=g] or flat)").empty());
  CHECK(ask(plan, "upstream flat and raw").size() == 4);
}

TEST_CASE("problems point at their place") {
  const plan::Plan plan = night().plan();
  CHECK(problem(plan, "downstream flta") == "this plan has no task or dataset named `flta` (flta) did you mean `flat`?");
  CHECK(problem(plan, "task flat") == "this plan has no task named `flat` (flat)");
  CHECK(problem(plan, "flat[fliter=g]") == "`flat` has no dimension or attribute `fliter` (fliter) did you mean `filter`?");
  CHECK(problem(plan, "report[run=1]") ==
        "`report` has no dimension or attribute `run` (run) `report` has no dimensions: it is one element");
  CHECK(problem(plan, "flat[filter=z]") == "there is no filter `z` (z) in this plan there are 2 of them: g .. r band");
  CHECK(problem(plan, "flat[filter='r bnd']") == "there is no filter `r bnd` ('r bnd') did you mean `r band`?");
  CHECK(problem(plan, "raw[exposure=three]") == "`three` is no value for `exposure`, which is of type `int` (three)");
  CHECK(problem(plan, "raw[exposure=7]") == "there is no exposure `7` (7) in this plan there are 4 of them: 1 .. 16");
  CHECK(problem(plan, "raw[exposure") == "`,` or `]` is missing before the end ()");
  CHECK(problem(plan, "raw[exposure=]") == "a value is missing before `]` (])");
  CHECK(problem(plan, "raw[exposure in 1]") == "`..` is missing before `]` (])");
  CHECK(problem(plan, "raw[exposure 3]") == "`=`, `<`, `in` or the like is missing after `exposure` (3)");
  CHECK(problem(plan, "raw and") == "the name of a task or dataset is missing before the end ()");
  CHECK(problem(plan, "and raw") ==
        "the name of a task or dataset is missing before `and` (and) if there is one named `and`, write `task and` or `dataset and`");
  CHECK(problem(plan, "raw raw") == "`raw` after a complete expression (raw) join sets with `and`, `or` or `minus`");
  CHECK(problem(plan, "(raw") == "`)` is missing before the end ()");
  CHECK(problem(plan, "downstream 0 raw") == "a depth is at least 1 (0)");
  CHECK(problem(plan, "file raw") == "a path in quotes is missing before `raw` (raw) write `file \"products/x.fits\"`");
  CHECK(problem(plan, "flat[filter=\"g]") ==
        "this quote has no end, or an escape in it is none (\") write `\\\"` for a quote in it, `\\\\` for a backslash");
  CHECK(problem(plan, "raw; rm") == "`;` has no meaning here (;) texts with such characters stand in quotes");
  CHECK(problem(plan, "") == "the name of a task or dataset is missing before the end ()");
}

TEST_CASE("hostile expressions are refused, not followed") {
  const plan::Plan plan = night().plan();
  const auto times = [](std::string_view text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
  };
  CHECK(problem(plan, times("(", 5000)).starts_with("this is nested more than 100 deep"));
  CHECK(problem(plan, times("downstream ", 5000) + "raw").starts_with("this is nested more than 100 deep"));
  CHECK(problem(plan, times("path ", 5000) + "raw").starts_with("this is nested more than 100 deep"));
  CHECK(problem(plan, "raw[" + times("not ", 5000)).starts_with("this is nested more than 100 deep"));
  CHECK(problem(plan, "raw[" + times("(", 5000)).starts_with("this is nested more than 100 deep"));
  CHECK(problem(plan, times("raw or ", 20000) + "raw").starts_with("the expression has 140,003 bytes"));
  CHECK(ask(plan, times("raw or ", 2000) + "raw").size() == 4);
  CHECK(ask(plan, "downstream 99999999999999999999 raw") == ask(plan, "downstream raw"));

  std::mt19937 random(7);
  const std::vector<std::string> words = {"raw", "flat", "[",   "]",   "(",   ")",     "=",          "filter",   "exposure", "1",
                                          "..",  "in",   "not", "and", "or",  "minus", "downstream", "upstream", "path",     "file",
                                          "'g'", "\"",   ",",   "\\",  "all", "\xff",  "task",       "=="};
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::size_t k = random() % 12; k-- > 0;) text += words[random() % words.size()] + (random() % 3 == 0 ? "" : " ");
    const auto set = plan::query(plan, text);
    if (set) continue;
    INFO(text);
    CHECK(set.error().begin <= text.size());
    CHECK(set.error().end <= text.size());
    CHECK_FALSE(set.error().what.empty());
  }
}

// ---- walks against the definition, step by step

namespace {

/// A random plan of a few layers: chains, gathers, everything from everything.
plan::Plan random_plan(std::mt19937& random) {
  PlanMaker m;
  const auto group = m.dimension("group", std::vector<std::int64_t>{1, 2, 3});
  const auto item = m.dimension("item", std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7});
  std::vector<std::uint32_t> groups;
  for (int i = 0; i < 7; ++i) groups.push_back(static_cast<std::uint32_t>(random() % 3));
  m.implies(item, group, groups);
  const std::vector<Dimensions> shapes = {{item}, {group}, {}};
  std::vector<std::pair<DatasetId, std::size_t>> made = {{m.external("e0", {item}, "e0/{item}"), 0}, {m.external("e1", {}, "e1"), 2}};
  for (int t = 0; t < 7; ++t) {
    const std::size_t shape = random() % 3;
    const auto out = m.dataset(fmt::format("d{}", t), shapes[shape],
                               shape == 0   ? fmt::format("d{}/{{item}}", t)
                               : shape == 1 ? fmt::format("d{}/{{group}}", t)
                                            : fmt::format("d{}/x", t));
    auto task = m.task(fmt::format("t{}", t), shapes[shape]);
    std::string command = "true {out}";
    for (std::size_t k = 1 + random() % 2; k-- > 0;) {
      const auto [dataset, from] = made[random() % made.size()];
      const std::string name = fmt::format("in{}", k);
      if (from < shape || (random() % 4 == 0 && from != shape)) {
        task.gather(name, dataset);
      } else if (from >= shape) {
        task.in(name, dataset);
      }
    }
    task.out("out", out).run(command);
    made.push_back({out, shape});
  }
  return m.plan();
}

/// All elements as one row of numbers, with the edges between them.
struct Graph {
  std::vector<std::vector<std::size_t>> next;  ///< downstream
  std::vector<bool> is_task;
  std::vector<std::size_t> first;  ///< of each dataset

  explicit Graph(const plan::Plan& plan) {
    std::size_t count = plan.element_count();
    is_task.assign(count, true);
    for (const plan::DatasetRow& dataset : plan.datasets()) {
      first.push_back(count);
      count += dataset.family.count;
    }
    is_task.resize(count, false);
    next.resize(count);
    for (std::uint32_t number = 0; number < plan.element_count(); ++number) {
      for (const plan::FileUse& use : plan::input_files(plan, plan.element(number)))
        next[first[use.dataset] + use.element].push_back(number);
      for (const plan::FileUse& use : plan::output_files(plan, plan.element(number)))
        next[number].push_back(first[use.dataset] + use.element);
    }
    for (auto& list : next) {  // a file may be read through two ports
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
    }
  }
  [[nodiscard]] Graph reversed() const {
    Graph other = *this;
    for (auto& list : other.next) list.clear();
    for (std::size_t from = 0; from < next.size(); ++from)
      for (const std::size_t to : next[from]) other.next[to].push_back(from);
    return other;
  }
  /// Tasks entered on the way, by relaxing all edges until nothing changes; only by at least one step.
  [[nodiscard]] std::vector<std::uint32_t> reach(const std::vector<bool>& from) const {
    constexpr std::uint32_t far = 1'000'000;
    std::vector<std::uint32_t> reached(next.size(), far);
    for (bool is_changed = true; is_changed;) {
      is_changed = false;
      for (std::size_t a = 0; a < next.size(); ++a) {
        const std::uint32_t here = from[a] ? 0 : reached[a];
        for (const std::size_t b : next[a])
          if (here != far && here + (is_task[b] ? 1U : 0U) < reached[b]) {
            reached[b] = here + (is_task[b] ? 1U : 0U);
            is_changed = true;
          }
      }
    }
    return reached;
  }
};

std::vector<bool> flat(const plan::ElementSet& set) {
  std::vector<bool> flags(set.tasks.begin(), set.tasks.end());
  for (const auto& dataset : set.datasets) flags.insert(flags.end(), dataset.begin(), dataset.end());
  return flags;
}

}  // namespace

TEST_CASE("walks reach what the edges reach, in random plans") {
  std::mt19937 random(11);
  std::size_t members = 0;
  for (int round = 0; round < 300; ++round) {
    const plan::Plan plan = random_plan(random);
    const Graph graph(plan);
    plan::ElementSet from(plan);
    plan::ElementSet to(plan);
    for (plan::ElementSet* set : {&from, &to}) {
      for (auto& flag : set->tasks) flag = random() % 8 == 0;
      for (auto& dataset : set->datasets)
        for (auto& flag : dataset) flag = random() % 8 == 0;
    }
    const std::uint32_t depth = random() % 3 == 0 ? plan::any_depth : static_cast<std::uint32_t>(random() % 3);
    const auto expected = [&](const Graph& edges) {
      std::vector<bool> flags;
      for (const std::uint32_t distance : edges.reach(flat(from))) flags.push_back(distance < 1'000'000 && distance <= depth);
      return flags;
    };
    CHECK(flat(plan::downstream(plan, from, depth)) == expected(graph));
    CHECK(flat(plan::upstream(plan, from, depth)) == expected(graph.reversed()));

    // a path goes from member to member by edges, and has no member of its beginning or end but its ends
    const std::vector<bool> path = flat(plan::shortest_path(plan, from, to));
    const std::vector<bool> begin = flat(from);
    const std::vector<bool> end = flat(to);
    std::size_t steps = 0;
    std::size_t ends = 0;
    bool can_reach = false;
    const auto reached = graph.reach(begin);
    for (std::size_t i = 0; i < path.size(); ++i) {
      can_reach = can_reach || (end[i] && (begin[i] || reached[i] < 1'000'000));
      if (!path[i]) continue;
      ++members;
      for (const std::size_t next : graph.next[i]) steps += path[next] ? 1 : 0;
      ends += end[i] ? 1 : 0;
    }
    const auto count = static_cast<std::size_t>(std::count(path.begin(), path.end(), true));
    CHECK((count > 0) == can_reach);
    if (count > 0) {
      CHECK(steps == count - 1);
      CHECK(ends == 1);
    }
  }
  CHECK(members > 300);
}

TEST_CASE("of what each reads of itself, parents come first") {
  PlanMaker m;
  const auto run = m.dimension("run", std::vector<std::int64_t>{1, 2, 3, 4});
  const auto drift = m.dataset("drift", {run}, "drift/{run}");
  const auto other = m.external("other", {run}, "other/{run}");
  m.task("follow", {run}).lookup("before", other, {1, 2, 3, plan::no_element}).out("drift", drift).run("follow {drift}");
  plan::PlanData data = m.data();
  for (plan::InputRow& input : data.inputs) {  // the maker knows no circles
    input.dataset = drift.index;
    input.is_recurrent = 1;
  }
  auto plan = plan::Plan::from_bytes(plan::serialize(data));
  REQUIRE(plan);
  CHECK(plan::topological_order(*plan, plan::make_edges(*plan)) == std::vector<std::uint32_t>{3, 2, 1, 0});
  CHECK(ask(*plan, "downstream follow[run=4] and task follow") == Names{"follow[run=1]", "follow[run=2]", "follow[run=3]"});
  CHECK(ask(*plan, "upstream 1 follow[run=1]") == Names{"follow[run=2]", "drift[run=2]", "drift[run=3]"});
  CHECK(plan::topological_order(night().plan(), plan::make_edges(night().plan())).empty());
}
