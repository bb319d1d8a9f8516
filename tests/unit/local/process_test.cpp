// Processes that do not end as they should, interrupts, and two executions at once.

#include <spawn.h>
#include <sys/wait.h>
#include <chrono>
#include <csignal>
#include <thread>

#include "runtime/step/processes.h"
#include "tests/unit/local/support.h"

using namespace osac;
using namespace osac::local;
using namespace osac::local::test;
using osac::test::PlanMaker;

namespace {

constexpr std::int64_t millisecond = 1'000'000;

plan::Plan one(const std::string& shell, std::int64_t time_limit = 0) {
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  auto task = maker.task("one");
  task.out("out", out).shell(shell);
  if (time_limit > 0) task.time(time_limit);
  return maker.plan();
}

/// Whether a process with this word in its command line lives.
bool lives(const std::string& word) {
  for (const step::ProcessInfo& process : step::list_processes())
    if (!process.is_zombie && step::command_of(process.pid).find(word) != std::string::npos) return true;
  return false;
}

double seconds_of(const std::function<void()>& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 1'000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(condition());
}

/// An execution in a process of its own (this program again, with the hidden test below), so that signals hit only that.
class ChildExecution {
 public:
  ChildExecution(const Bench& bench, const plan::Plan& plan) {
    write("the.plan", std::string(plan.bytes()));
    const std::string grace = "OSAC_TEST_GRACE=" + std::to_string(bench.site.grace);
    const std::string path = "PATH=" + std::string(std::getenv("PATH"));
    std::string program = "/proc/self/exe";
    std::string test = "[child]";
    char* const arguments[] = {program.data(), test.data(), nullptr};
    char* const environment[] = {const_cast<char*>(grace.c_str()), const_cast<char*>(path.c_str()), nullptr};
    REQUIRE(::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments, environment) == 0);
  }
  void signal(int number) const { ::kill(pid_, number); }
  /// 100 + its number if a signal interrupted it, else the number of failed elements; 50 + the kind of trouble; less than 0 if a signal
  /// ended it.
  int wait() const {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = 0;
};

}  // namespace

TEST_CASE("executes the.plan, for ChildExecution", "[.][child]") {
  auto plan = plan::Plan::open("the.plan");
  REQUIRE(plan);
  site::Site site;
  site.cpus = 2;
  site.durability = site::Durability::none;
  site.grace = std::atoll(std::getenv("OSAC_TEST_GRACE"));
  Options options;
  options.layout.state = ".osa/test";
  Told told(*plan);
  const auto summary = execute(*plan, site, options, told);
  if (!summary) std::_Exit(50 + static_cast<int>(summary.error().trouble));
  std::_Exit(summary->interrupted_by != 0 ? 100 + summary->interrupted_by : static_cast<int>(summary->failed));
}

TEST_CASE("a time limit ends a whole tree that ignores TERM") {
  Bench bench;
  const plan::Plan plan =
      one("trap '' TERM; (trap '' TERM; sleep 611) & (setsid sh -c 'trap \"\" TERM; sleep 612' &) ; sleep 613", 200 * millisecond);
  const double seconds = seconds_of([&] { CHECK(counts(bench.execute_plan(plan)) == Counts{0, 0, 1, 0, 0}); });
  CHECK(seconds < 5);
  CHECK(bench.told("end") == Words{"end one timed-out"});
  CHECK_FALSE(lives("sleep 611"));
  CHECK_FALSE(lives("sleep 612"));
  CHECK_FALSE(lives("sleep 613"));
}

TEST_CASE("a process that outlives its leader for a moment is waited for") {
  Bench bench;
  const Summary summary = bench.execute_plan(one("(sleep 0.3; echo late >> {out}) & echo early > {out}"));
  CHECK(counts(summary) == Counts{1, 0, 0, 0, 0});
  CHECK(read("out.txt") == "early\nlate\n");
}

TEST_CASE("a process that escapes its session and stays is ended, and its element has failed") {
  Bench bench;
  const Summary summary = bench.execute_plan(one("echo early > {out}; (setsid sh -c 'trap \"\" HUP; exec sleep 621' > /dev/null 2>&1 &)"));
  CHECK(counts(summary) == Counts{0, 0, 1, 0, 0});
  REQUIRE(summary.failures.size() == 1);
  CHECK(summary.failures[0].record.reason.substr(0, 26) == "left 1 process behind: pid");
  CHECK(summary.failures[0].record.reason.find("`sleep 621`") != std::string::npos);
  CHECK_FALSE(lives("sleep 621"));
  CHECK_FALSE(fs::exists("out.txt"));
}

TEST_CASE("processes get no descriptor of osac's, no stdin, and their own session") {
  Bench bench;
  bench.execute_plan(
      one("ls /proc/self/fd | wc -l > {out}; readlink /proc/self/fd/0 >> {out}; test $$ = $(ps -o sid= -p $$) && echo own >> {out}"));
  CHECK(read("out.txt") == "4\n/dev/null\nown\n");  // the fourth is ls' own
}

TEST_CASE("an interrupt ends what runs, records it as cancelled, and the next execution goes on") {
  Bench bench;
  PlanMaker maker;
  const auto run = maker.dimension("run", std::vector<std::int64_t>{1, 2, 3, 4});
  const auto out = maker.dataset("out", {run}, "out/{run}.txt");
  maker.task("one", {run}).out("out", out).shell("touch started.{run}; test -e go || sleep 631; echo done > {out}");
  const plan::Plan plan = maker.plan();
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    fs::remove_all(".osa");
    fs::remove("started.1");
    ChildExecution child(bench, plan);
    wait_for([] { return fs::exists("started.1") && fs::exists("started.2"); });
    const double seconds = seconds_of([&] {
      child.signal(number);
      CHECK(child.wait() == 100 + number);
    });
    CHECK(seconds < 5);
    CHECK_FALSE(lives("sleep 631"));
    CHECK_FALSE(fs::exists("started.3"));
    const auto history = registry::read_history(".osa/test");
    REQUIRE(history);
    REQUIRE(history->find("one[run=1]") != nullptr);
    CHECK(history->latest(*history->find("one[run=1]"))->was_cancelled());
  }
  write("go", "");
  CHECK(counts(bench.execute_plan(plan)) == Counts{4, 0, 0, 0, 0});
}

TEST_CASE("the second interrupt kills at once, the third ends osac itself") {
  Bench bench;
  bench.site.grace = 600'000 * millisecond;
  const plan::Plan plan = one("trap '' TERM; touch started; while true; do sleep 0.1; done");
  SECTION("two") {
    ChildExecution child(bench, plan);
    wait_for([] { return fs::exists("started"); });
    child.signal(SIGINT);
    wait_for([] { return read(".osa/test/lock").size() > 0; });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // two signals at once may be told as one
    child.signal(SIGINT);
    CHECK(child.wait() == 100 + SIGINT);
  }
  SECTION("three") {
    ChildExecution child(bench, plan);
    wait_for([] { return fs::exists("started"); });
    for (int i = 0; i < 3; ++i) {
      child.signal(SIGTERM);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const int code = child.wait();
    CHECK((code == 100 + SIGTERM || code == 128 + SIGTERM));  // the second may have been quick enough
    bench.site.grace = 300 * millisecond;
    write("go", "");
    const auto next = bench.try_execute(one("echo done > {out}"));  // ends what was left
    REQUIRE(next);
    CHECK(counts(*next) == Counts{1, 0, 0, 0, 0});
  }
}

TEST_CASE("two executions at once: one works, the other is told who does") {
  Bench bench;
  const plan::Plan plan = one("touch started; while ! test -e go; do sleep 0.02; done; echo done > {out}");
  ChildExecution child(bench, plan);
  wait_for([] { return fs::exists("started"); });
  const auto second = bench.try_execute(plan);
  REQUIRE_FALSE(second);
  CHECK(second.error().trouble == Trouble::busy);
  CHECK(second.error().what.find("another osac (pid ") == 0);
  write("go", "");
  CHECK(child.wait() == 0);
  CHECK(counts(bench.execute_plan(plan)) == Counts{0, 1, 0, 0, 0});
}

TEST_CASE("with --wait the second execution waits, and finds all done") {
  Bench bench;
  const plan::Plan plan = one("touch started; sleep 0.3; echo done > {out}");
  ChildExecution child(bench, plan);
  wait_for([] { return fs::exists("started"); });
  bench.options.wait_for_lock = true;
  CHECK(counts(bench.execute_plan(plan)) == Counts{0, 1, 0, 0, 0});
  CHECK(child.wait() == 0);
}

TEST_CASE("a killed osac leaves nothing that the next one does not put right") {
  Bench bench;
  const plan::Plan plan = one("touch started; test -e go || sleep 641; echo done > {out}");
  ChildExecution child(bench, plan);
  wait_for([] { return fs::exists("started"); });
  wait_for([] { return lives("sleep 641"); });
  child.signal(SIGKILL);
  CHECK(child.wait() == -SIGKILL);
  CHECK(lives("sleep 641"));
  write("go", "");
  CHECK(counts(bench.execute_plan(plan)) == Counts{1, 0, 0, 0, 0});
  CHECK_FALSE(lives("sleep 641"));
  CHECK(read("out.txt") == "done\n");
}
