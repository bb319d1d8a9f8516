// What the next submission runs.

#include "runtime/slurm/next.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "compiler/plan/resolve.h"
#include "tests/support/plan_maker.h"
#include "tests/unit/step/support.h"

using namespace osac;
using namespace osac::slurm;

namespace {

constexpr const char* execution = "20261121T050000-00000001";

/// A plan with what is known of its elements.
class Case {
 public:
  explicit Case(plan::Plan plan) : plan_(std::move(plan)), decisions(plan_.element_count()), is_live(plan_.element_count(), false) {
    for (registry::Decision& decision : decisions) decision = {registry::Verdict::run, registry::Cause::is_new};
  }

  std::uint32_t number(const std::string& name) const {
    const auto element = plan::find_element(plan_, name);
    REQUIRE(element);
    return plan_.global(*element);
  }
  void is_done(const std::string& name) { decisions[number(name)] = {}; }
  /// Records an end; times are those of the records' order.
  void ended(const std::string& name, step::Outcome outcome, step::FailureClass failure = step::FailureClass::none,
             std::uint32_t attempt = 1, const std::string& of = execution) {
    step::EndRecord record;
    record.execution = of;
    record.element = name;
    record.attempt = attempt;
    record.outcome = outcome;
    record.failure = failure;
    record.exit_code = failure == step::FailureClass::exit ? 4 : 0;
    record.started = clock_.wall();
    record.ended = record.started + 1;
    if (!made_.empty()) record.outputs.push_back({"out", made_, {}});
    for (const std::string& path : read_) record.inputs.push_back({"parts", path, {}, 0});
    if (!journal_) {
      auto made = step::JournalWriter::create(folder_.path + "/journal", site::Durability::none, clock_);
      REQUIRE(made);
      journal_ = std::move(*made);
    }
    REQUIRE(journal_->append(record));
  }
  /// Records that it was made, of these files.
  void made(const std::string& name, const std::string& output, const std::vector<std::string>& inputs = {}) {
    made_ = output;
    read_ = inputs;
    ended(name, step::Outcome::succeeded);
    made_.clear();
    read_.clear();
  }
  void failed(const std::string& name, step::FailureClass failure, std::uint32_t attempt = 1, const std::string& of = execution) {
    ended(name, failure == step::FailureClass::cancelled ? step::Outcome::cancelled : step::Outcome::failed, failure, attempt, of);
  }

  Next next(Mode mode) {
    const auto history = registry::read_history(folder_.path);
    REQUIRE(history);
    return choose_next({plan_, *history, decisions, is_live, selected.empty() ? nullptr : &selected, execution, mode});
  }
  std::vector<std::string> names(const std::vector<bool>& which) const {
    std::vector<std::string> list;
    for (std::uint32_t i = 0; i < which.size(); ++i)
      if (which[i]) list.push_back(plan::element_name(plan_, plan_.element(i)));
    return list;
  }
  void select(const std::string& name) {
    selected.resize(plan_.element_count(), false);
    selected[number(name)] = true;
  }

 private:
  step::test::Folder folder_;
  plan::Plan plan_;
  step::test::StepClock clock_;
  std::unique_ptr<step::JournalWriter> journal_;
  std::string made_;
  std::vector<std::string> read_;

 public:
  std::vector<registry::Decision> decisions;
  std::vector<bool> is_live, selected;
};

using Names = std::vector<std::string>;
using osac::test::PlanMaker;

enum Causes : std::uint32_t { on_memory = 1, on_timeout = 2, on_lost = 4, on_exit = 8 };

/// a[i] -> b[i] -> all (of every b) and some (of the surviving b).
plan::Plan chains(std::uint32_t retries = 0, std::uint32_t causes = 0) {
  PlanMaker maker;
  const auto run = maker.dimension("i", std::vector<std::int64_t>{1, 2, 3});
  const auto a = maker.dataset("da", {run}, "a/{i}");
  const auto b = maker.dataset("db", {run}, "b/{i}");
  const auto all = maker.dataset("dall", {}, "all");
  const auto some = maker.dataset("dsome", {}, "some");
  maker.task("a", {run}).out("da", a).run("make {da}").retry(retries, causes, 2);
  maker.task("b", {run}).in("da", a).out("db", b).run("make {da} {db}");
  maker.task("all").gather("parts", b).out("dall", all).shell("cat {parts} > {dall}");
  maker.task("some").survivors("parts", b).out("dsome", some).shell("cat {parts} > {dsome}");
  return maker.plan();
}

}  // namespace

TEST_CASE("what is not up to date and not on its way runs") {
  Case one(chains());
  one.is_done("a[i=1]");
  one.is_live[one.number("a[i=2]")] = true;
  const Next next = one.next(Mode::person);
  CHECK(one.names(next.to_run) == Names{"a[i=3]", "b[i=1]", "b[i=2]", "b[i=3]", "all", "some"});
  CHECK(next.count == 6);
  CHECK(next.given_up == 0);
  CHECK(next.blocked == 0);
  CHECK(next.attempts == std::vector<std::uint32_t>(8, 1));
}

TEST_CASE("what failed for good blocks what needs it, and not what takes survivors") {
  Case one(chains());
  for (const char* const done : {"a[i=1]", "a[i=3]", "b[i=1]"}) one.is_done(done);
  one.failed("a[i=2]", step::FailureClass::exit);
  const Next next = one.next(Mode::automatic);
  CHECK(one.names(next.to_run) == Names{"b[i=3]", "some"});
  CHECK(next.failed == std::vector<std::uint32_t>{one.number("a[i=2]")});
  CHECK(next.given_up == 1);
  CHECK(next.blocked == 2);
  CHECK(next.root_cause[one.number("b[i=2]")] == one.number("a[i=2]"));
  CHECK(next.root_cause[one.number("all")] == one.number("a[i=2]"));
  CHECK(next.root_cause[one.number("some")] == plan::no_element);
  CHECK(next.root_cause[one.number("a[i=2]")] == plan::no_element);

  SECTION("a person tries it again, as its next attempt") {
    const Next again = one.next(Mode::person);
    CHECK(one.names(again.to_run) == Names{"a[i=2]", "b[i=2]", "b[i=3]", "all", "some"});
    CHECK(again.attempts[one.number("a[i=2]")] == 2);
    CHECK(again.given_up == 0);
  }
}

TEST_CASE("of two root causes the first is told") {
  Case one(chains());
  one.failed("a[i=3]", step::FailureClass::exit);
  one.failed("a[i=2]", step::FailureClass::exit);
  const Next next = one.next(Mode::automatic);
  CHECK(next.failed == std::vector<std::uint32_t>{one.number("a[i=2]"), one.number("a[i=3]")});
  CHECK(next.root_cause[one.number("all")] == one.number("a[i=2]"));
  CHECK(next.root_cause[one.number("b[i=3]")] == one.number("a[i=3]"));
}

TEST_CASE("retries as the task declares them, by cause and number") {
  const auto runs = [](std::uint32_t retries, std::uint32_t causes, step::FailureClass failure, std::uint32_t attempt) {
    Case one(chains(retries, causes));
    one.failed("a[i=1]", failure, attempt);
    const Next next = one.next(Mode::automatic);
    const std::uint32_t element = one.number("a[i=1]");
    CHECK(next.to_run[element] == (next.failed.empty()));
    return next.to_run[element] ? next.attempts[element] : 0;
  };
  using step::FailureClass;
  CHECK(runs(0, 0, FailureClass::exit, 1) == 0);
  CHECK(runs(2, 0, FailureClass::exit, 1) == 2);
  CHECK(runs(2, 0, FailureClass::exit, 2) == 3);
  CHECK(runs(2, 0, FailureClass::exit, 3) == 0);
  CHECK(runs(2, on_memory, FailureClass::exit, 1) == 0);
  CHECK(runs(2, on_memory | on_timeout, FailureClass::memory, 1) == 2);
  CHECK(runs(2, on_memory | on_timeout, FailureClass::timeout, 2) == 3);
  CHECK(runs(1, on_lost, FailureClass::lost, 1) == 2);
  CHECK(runs(0, 0, FailureClass::lost, 1) == 0);
  // what a person cancelled, and what the environment lacks, is not tried again by itself
  CHECK(runs(2, 0, FailureClass::cancelled, 1) == 0);
  CHECK(runs(2, 0, FailureClass::environment, 1) == 0);
}

TEST_CASE("attempts count within one execution, whoever claimed them") {
  Case one(chains(1));
  one.failed("a[i=1]", step::FailureClass::exit, 2, "20261120T000000-00000000");
  one.failed("a[i=2]", step::FailureClass::exit, 1, std::string(execution) + ".2");
  one.failed("a[i=3]", step::FailureClass::exit, 2, std::string(execution) + "0");
  const Next next = one.next(Mode::automatic);
  CHECK(next.attempts[one.number("a[i=1]")] == 1);
  CHECK(next.attempts[one.number("a[i=2]")] == 2);
  CHECK(next.attempts[one.number("a[i=3]")] == 1);
  CHECK(next.count == 8);
}

TEST_CASE("an execution makes a thing twice only if what it reads was made since") {
  Case one(chains());
  for (const char* const done : {"a[i=1]", "a[i=2]", "a[i=3]", "b[i=1]", "b[i=2]", "some"}) one.is_done(done);
  one.ended("b[i=1]", step::Outcome::succeeded);
  one.ended("all", step::Outcome::succeeded);
  one.is_done("b[i=3]");
  one.decisions[one.number("all")] = {registry::Verdict::run, registry::Cause::output_missing};
  SECTION("nothing was") {
    const Next next = one.next(Mode::automatic);
    CHECK(next.count == 0);
    CHECK(next.failed == std::vector<std::uint32_t>{one.number("all")});
    CHECK(one.names(one.next(Mode::person).to_run) == Names{"all"});
    CHECK(one.next(Mode::person).attempts[one.number("all")] == 1);
  }
  SECTION("an input was") {
    one.ended("b[i=2]", step::Outcome::succeeded);
    CHECK(one.names(one.next(Mode::automatic).to_run) == Names{"all"});
  }
  SECTION("an input is on its way") {
    one.decisions[one.number("b[i=3]")] = {registry::Verdict::run, registry::Cause::is_new};
    one.is_live[one.number("b[i=3]")] = true;
    CHECK(one.names(one.next(Mode::automatic).to_run) == Names{"all"});
  }
}

TEST_CASE("what was made of survivors is not made again because of those that did not survive") {
  Case one(chains());
  for (const char* const done : {"a[i=1]", "a[i=2]", "a[i=3]", "b[i=1]"}) one.is_done(done);
  one.failed("b[i=2]", step::FailureClass::exit);
  one.ended("some", step::Outcome::succeeded);
  one.is_done("b[i=3]");
  const Next next = one.next(Mode::automatic);
  CHECK(next.count == 0);
  CHECK(next.of_some == std::vector<std::uint32_t>{one.number("some")});
  CHECK(next.failed == std::vector<std::uint32_t>{one.number("b[i=2]")});
  CHECK(next.root_cause[one.number("all")] == one.number("b[i=2]"));
  // if one of them is tried again, it waits for that one
  CHECK(one.names(one.next(Mode::person).to_run) == Names{"b[i=2]", "all", "some"});
}

TEST_CASE("what was made of survivors is made again once one is there that was missing then") {
  // a person resubmitted b[i=2] while `some` was in the queue: `some` did not see it, although it was made before
  Case one(chains());
  for (const char* const done : {"a[i=1]", "a[i=2]", "a[i=3]"}) one.is_done(done);
  one.failed("b[i=2]", step::FailureClass::exit);
  for (const char* const i : {"1", "2", "3"}) {
    one.made(std::string("b[i=") + i + "]", std::string("b/") + i);
    one.is_done(std::string("b[i=") + i + "]");
  }
  SECTION("it was missing") {
    one.made("some", "some", {"b/1", "b/3"});
    CHECK(one.names(one.next(Mode::automatic).to_run) == Names{"all", "some"});
  }
  SECTION("it was there") {
    one.made("some", "some", {"b/1", "b/2", "b/3"});
    CHECK(one.names(one.next(Mode::automatic).to_run) == Names{"all"});
  }
  SECTION("it was made once, long ago, and has failed now") {
    one.made("some", "some", {"b/1", "b/3"});
    one.decisions[one.number("b[i=2]")] = {registry::Verdict::run, registry::Cause::failed_before};
    one.failed("b[i=2]", step::FailureClass::exit);
    CHECK(one.names(one.next(Mode::automatic).to_run).empty());
  }
}

TEST_CASE("a selection runs with what waits for it, and not with what it waits for") {
  Case one(chains());
  one.is_done("a[i=1]");
  one.is_done("a[i=3]");
  one.is_done("b[i=3]");
  SECTION("it can run") {
    one.select("b[i=1]");
    const Next next = one.next(Mode::person);
    CHECK(one.names(next.to_run) == Names{"b[i=1]", "some"});
    CHECK(next.blocked == 1);  // all: waits for b[i=2], too, which nobody asked for
    CHECK(next.root_cause[one.number("all")] == one.number("b[i=2]"));
  }
  SECTION("it cannot") {
    one.select("b[i=2]");
    const Next next = one.next(Mode::person);
    CHECK(next.count == 0);
    CHECK(next.blocked == 1);
    CHECK(next.root_cause[one.number("b[i=2]")] == one.number("a[i=2]"));
  }
}

TEST_CASE("what blocks goes through hubs: all of one task read all of another") {
  PlanMaker maker;
  const auto i = maker.dimension("i", std::vector<std::int64_t>{1, 2, 3, 4});
  const auto j = maker.dimension("j", std::vector<std::int64_t>{1, 2, 3, 4});
  const auto x = maker.dataset("x", {i}, "x/{i}");
  const auto y = maker.dataset("y", {j}, "y/{j}");
  maker.task("first", {i}).out("x", x).run("make {x}");
  maker.task("second", {j}).gather("parts", x).out("y", y).shell("cat {parts} > {y}");
  Case one(maker.plan());
  one.failed("first[i=4]", step::FailureClass::exit);
  const Next next = one.next(Mode::automatic);
  CHECK(one.names(next.to_run) == Names{"first[i=1]", "first[i=2]", "first[i=3]"});
  CHECK(next.blocked == 4);
  CHECK(next.root_cause[one.number("second[j=2]")] == one.number("first[i=4]"));
}
