// Executions: what runs, in which order, what is left on disk, and what a second execution does.

#include "tests/unit/local/support.h"

using namespace osac;
using namespace osac::local;
using namespace osac::local::test;
using osac::test::PlanMaker;

namespace {

/// raw[1..3] -> clean[1..3] by `command` -> total
plan::Plan chain(const std::string& command = "cat {raw} > {clean}") {
  PlanMaker maker;
  const auto run = maker.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto raw = maker.external("raw", {run}, "raw/{run}.txt");
  const auto clean = maker.dataset("clean", {run}, "clean/{run}.txt");
  const auto total = maker.dataset("total", {}, "total.txt");
  maker.task("reduce", {run}).in("raw", raw).out("clean", clean).shell(command);
  maker.task("combine").gather("parts", clean).out("total", total).shell("cat {parts} > {total}");
  maker.goal(total);
  return maker.plan();
}

void write_raw() {
  for (const char* const key : {"1", "2", "3"}) write(std::string("raw/") + key + ".txt", std::string("raw ") + key + "\n");
}

}  // namespace

TEST_CASE("a chain is carried out, and nothing of it a second time") {
  Bench bench;
  write_raw();
  const plan::Plan plan = chain();
  CHECK(counts(bench.execute_plan(plan)) == Counts{4, 0, 0, 0, 0});
  CHECK(bench.words.front() == "planned 4 0");
  CHECK(bench.words.back() == "end combine succeeded");
  CHECK(read("total.txt") == "raw 1\nraw 2\nraw 3\n");
  for (const auto& entry : fs::recursive_directory_iterator(".osa/test/scratch"))
    CHECK(entry.is_directory());  // empty ones may wait for the next
  const auto journals = std::distance(fs::directory_iterator(".osa/test/journal"), {});
  CHECK(counts(bench.execute_plan(plan)) == Counts{0, 4, 0, 0, 0});
  CHECK(bench.words == Words{"planned 0 4"});
  CHECK(std::distance(fs::directory_iterator(".osa/test/journal"), {}) == journals);
}

TEST_CASE("the plan is kept beside the state") {
  Bench bench;
  write_raw();
  const plan::Plan plan = chain();
  bench.execute_plan(plan);
  const auto kept = plan::Plan::open(".osa/test/plan");
  REQUIRE(kept);
  CHECK(kept->id() == plan.id());
}

TEST_CASE("a failure blocks what needs it and nothing else") {
  Bench bench;
  write_raw();
  write("raw/2.txt", "bad\n");
  const Summary summary = bench.execute_plan(chain("grep raw {raw} > {clean}"));
  CHECK(counts(summary) == Counts{2, 0, 1, 1, 0});
  REQUIRE(summary.failures.size() == 1);
  CHECK(summary.failures[0].element == 1);
  CHECK(summary.failures[0].blocked == 1);
  CHECK(summary.failures[0].record.reason == "exit code 1");
  CHECK(bench.told("block") == Words{"block combine by reduce[run=2]"});
  CHECK_FALSE(fs::exists("clean/2.txt"));
  CHECK_FALSE(fs::exists("total.txt"));
  SECTION("put right, only what is missing runs") {
    write("raw/2.txt", "raw two\n");
    CHECK(counts(bench.execute_plan(chain("grep raw {raw} > {clean}"))) == Counts{2, 2, 0, 0, 0});
    CHECK(read("total.txt") == "raw 1\nraw two\nraw 3\n");
  }
}

TEST_CASE("without keep-going the first failure is the last start") {
  Bench bench;
  bench.options.keep_going = false;
  bench.options.jobs = 1;
  write_raw();
  const Summary summary = bench.execute_plan(chain("exit 3"));
  CHECK(counts(summary) == Counts{0, 0, 1, 1, 2});
}

TEST_CASE("a retry may succeed, with more memory each time") {
  Bench bench;
  bench.site.memory = 1'000;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("try").out("out", out).memory(300).retry(5, 8, 2).shell("echo {memory} >> tries; test $OSA_ATTEMPT -ge 4; cp tries {out}");
  const Summary summary = bench.execute_plan(maker.plan());
  CHECK(counts(summary) == Counts{1, 0, 0, 0, 0});
  CHECK(bench.told("retry") == Words{"retry try failed", "retry try failed", "retry try failed"});
  CHECK(read("out.txt") == "300B\n600B\n1000B\n1000B\n");
}

TEST_CASE("only what was declared is tried again") {
  Bench bench;
  PlanMaker maker;
  const auto a = maker.dataset("a", {}, "a.txt");
  const auto b = maker.dataset("b", {}, "b.txt");
  const auto c = maker.dataset("c", {}, "c.txt");
  maker.task("on_four").out("a", a).retry_on_exit(2, {4}).shell("exit 4");
  maker.task("on_five").out("b", b).retry_on_exit(2, {4}).shell("exit 5");
  maker.task("on_memory").out("c", c).retry(2, 1).shell("exit 4");
  CHECK(counts(bench.execute_plan(maker.plan())) == Counts{0, 0, 3, 0, 0});
  CHECK(bench.told("retry") == Words{"retry on_four failed", "retry on_four failed"});
}

TEST_CASE("a result that is the same as before stops the wave") {
  Bench bench;
  write_raw();
  const std::string command = "tr a-z A-Z < {raw} > {clean}";
  bench.execute_plan(chain(command));
  write("raw/2.txt", "RAW 2\n");
  CHECK(counts(bench.execute_plan(chain(command))) == Counts{1, 3, 0, 0, 0});
  CHECK(bench.words == Words{"planned 2 2", "start reduce[run=2] 1", "end reduce[run=2] succeeded", "skip combine"});
  write("raw/2.txt", "other\n");
  CHECK(counts(bench.execute_plan(chain(command))) == Counts{2, 2, 0, 0, 0});
  CHECK(read("total.txt") == "RAW 1\nOTHER\nRAW 3\n");
}

TEST_CASE("survivors go on without the failed, unless they are too few") {
  for (const std::uint32_t minimum : {2U, 3U}) {
    Bench bench;
    write_raw();
    write("raw/2.txt", "bad\n");
    PlanMaker maker;
    const auto run = maker.dimension("run", std::vector<std::int64_t>{1, 2, 3});
    const auto raw = maker.external("raw", {run}, "raw/{run}.txt");
    const auto clean = maker.dataset("clean", {run}, "clean/{run}.txt");
    const auto total = maker.dataset("total", {}, "total.txt");
    maker.task("reduce", {run}).in("raw", raw).out("clean", clean).shell("grep raw {raw} > {clean}");
    maker.task("combine").survivors("parts", clean, minimum).out("total", total).shell("cat {parts} > {total}");
    const Summary summary = bench.execute_plan(maker.plan());
    if (minimum == 2) {
      CHECK(counts(summary) == Counts{3, 0, 1, 0, 0});
      CHECK(read("total.txt") == "raw 1\nraw 3\n");
    } else {
      CHECK(counts(summary) == Counts{2, 0, 2, 0, 0});
      REQUIRE(summary.failures.size() == 2);
      CHECK(summary.failures[1].record.reason == "only 2 of 3 members of input `parts` are there: it needs at least 3");
    }
  }
}

TEST_CASE("temporary files go when they have been read, and come back when they are needed") {
  Bench bench;
  write_raw();
  const auto plan_of = [](const std::string& last) {
    PlanMaker maker;
    const auto run = maker.dimension("run", std::vector<std::int64_t>{1, 2, 3});
    const auto raw = maker.external("raw", {run}, "raw/{run}.txt");
    const auto middle = maker.temp("middle", {run}, "middle/{run}.txt");
    const auto clean = maker.dataset("clean", {run}, "clean/{run}.txt");
    maker.task("first", {run}).in("raw", raw).out("middle", middle).run("cp {raw} {middle}");
    maker.task("second", {run}).in("middle", middle).out("clean", clean).shell(last);
    maker.goal(clean);
    return maker.plan();
  };
  CHECK(counts(bench.execute_plan(plan_of("cat {middle} > {clean}"))) == Counts{6, 0, 0, 0, 0});
  CHECK(bench.reasons == Words{});
  CHECK(fs::is_empty("middle"));
  std::size_t removed = 0;
  step::JournalVisitor visitor;
  visitor.removal = [&](step::Removal&&) { ++removed; };
  REQUIRE(step::read_journals(".osa/test/journal", visitor));
  CHECK(removed == 3);
  CHECK(counts(bench.execute_plan(plan_of("cat {middle} > {clean}"))) == Counts{0, 6, 0, 0, 0});
  fs::remove("clean/2.txt");
  CHECK(counts(bench.execute_plan(plan_of("cat {middle} > {clean}"))) == Counts{2, 4, 0, 0, 0});
  CHECK(fs::is_empty("middle"));
  CHECK(read("clean/2.txt") == "raw 2\n");
  SECTION("a file whose reader failed stays") {
    CHECK(counts(bench.execute_plan(plan_of("grep -v 2 {middle} > {clean}"))) == Counts{5, 0, 1, 0, 0});
    CHECK(fs::exists("middle/2.txt"));
    CHECK_FALSE(fs::exists("middle/1.txt"));
  }
}

TEST_CASE("a missing input fails its reader by name") {
  Bench bench;
  write_raw();
  fs::remove("raw/3.txt");
  const Summary summary = bench.execute_plan(chain());
  CHECK(counts(summary) == Counts{2, 0, 1, 1, 0});
  REQUIRE(summary.failures.size() == 1);
  CHECK(summary.failures[0].record.reason == "input `raw` is missing: raw/3.txt");
}

TEST_CASE("a request that this machine cannot meet fails at once") {
  Bench bench;
  bench.site.memory = 1'000;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("large").out("out", out).memory(2'048).run("touch {out}");
  const Summary summary = bench.execute_plan(maker.plan());
  CHECK(counts(summary) == Counts{0, 0, 1, 0, 0});
  REQUIRE(summary.failures.size() == 1);
  CHECK(summary.failures[0].record.reason == "it asks for more than there is: 1 cpus, 2 KiB memory, 0 gpus");
}

TEST_CASE("an environment that is not there is trouble before anything runs") {
  Bench bench;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("one").out("out", out).env("unheard").run("touch {out}");
  const auto summary = bench.try_execute(maker.plan());
  REQUIRE_FALSE(summary);
  CHECK(summary.error().what.substr(0, 12) == "task `one`: ");
  CHECK_FALSE(fs::exists(".osa/test/journal"));
}

TEST_CASE("a task that is not a program is not found") {
  Bench bench;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("one").out("out", out).run("no-such-program-anywhere {out}");
  const Summary summary = bench.execute_plan(maker.plan());
  REQUIRE(summary.failures.size() == 1);
  CHECK(summary.failures[0].record.failure == step::FailureClass::environment);
  CHECK(summary.failures[0].record.exit_code == 127);
}

TEST_CASE("verify runs after the command and decides") {
  Bench bench;
  PlanMaker maker;
  const auto good = maker.dataset("good", {}, "good.txt");
  const auto bad = maker.dataset("bad", {}, "bad.txt");
  maker.task("first").out("good", good).shell("echo fine > {good}").verify("grep -q fine {good}");
  maker.task("second").out("bad", bad).shell("echo poor > {bad}").verify("grep -q fine {bad}");
  const Summary summary = bench.execute_plan(maker.plan());
  CHECK(counts(summary) == Counts{1, 0, 1, 0, 0});
  CHECK(fs::exists("good.txt"));
  CHECK_FALSE(fs::exists("bad.txt"));
  CHECK(summary.failures[0].record.reason == "verify: exit code 1");
}

TEST_CASE("more cpus than jobs run alone") {
  Bench bench;
  bench.options.jobs = 2;
  PlanMaker maker;
  const auto run = maker.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto out = maker.dataset("out", {run}, "out/{run}.txt");
  maker.task("wide", {run}).out("out", out).cpus(8).shell("mkdir busy; sleep 0.02; rmdir busy; echo {cpus} > {out}");
  CHECK(counts(bench.execute_plan(maker.plan())) == Counts{3, 0, 0, 0, 0});
  CHECK(read("out/2.txt") == "2\n");
}

TEST_CASE("many small elements all run, two at a time") {
  Bench bench;
  std::vector<std::int64_t> keys(300);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<std::int64_t>(i);
  PlanMaker maker;
  const auto run = maker.dimension("run", keys);
  const auto first = maker.dataset("first", {run}, "first/{run}.txt");
  const auto second = maker.dataset("second", {run}, "second/{run}.txt");
  maker.task("one", {run}).out("first", first).run("touch {first}");
  maker.task("two", {run}).in("first", first).out("second", second).run("cp {first} {second}");
  const plan::Plan plan = maker.plan();
  CHECK(counts(bench.execute_plan(plan)) == Counts{600, 0, 0, 0, 0});
  CHECK(std::distance(fs::directory_iterator("second"), {}) == 300);
  CHECK(counts(bench.execute_plan(plan)) == Counts{0, 600, 0, 0, 0});
}
