// What has become of a submission's elements, by records, queue and accounts; and what is made of it.

#include "runtime/slurm/collect.h"

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "compiler/base/files.h"
#include "compiler/plan/resolve.h"
#include "runtime/registry/registry.h"
#include "runtime/registry/state.h"
#include "runtime/slurm/emit.h"
#include "tests/support/plan_maker.h"
#include "tests/unit/step/support.h"

using namespace osac;
using namespace osac::slurm;
using osac::test::PlanMaker;

namespace fs = std::filesystem;

namespace {

constexpr const char* execution = "20261121T050000-00000001";
constexpr std::uint64_t first_job = 100;  // of the array called 1
constexpr std::uint64_t second_job = 101;

/// a[i] -> b[i], in arrays of their own, and some (of the surviving b).
plan::Plan chains() {
  PlanMaker maker;
  const auto i = maker.dimension("i", std::vector<std::int64_t>{1, 2, 3});
  const auto a = maker.dataset("da", {i}, "a/{i}");
  const auto b = maker.dataset("db", {i}, "b/{i}");
  const auto some = maker.dataset("dsome", {}, "some");
  maker.task("a", {i}).out("da", a).run("make {da}").retry(1);
  maker.task("b", {i}).in("da", a).out("db", b).run("make {da} {db}");
  maker.task("some").survivors("parts", b).out("dsome", some).shell("cat {parts} > {dsome}");
  return maker.plan();
}

/// A submission in a state folder, whose queue and accounts are files.
class World {
 public:
  explicit World(bool keeps_accounts = true, Progress progress = Progress::released) : plan_(chains()), keeps_accounts_(keeps_accounts) {
    state = folder_.path + "/state";
    fs::create_directories(folder_.path + "/bin");
    program("squeue", "test ! -e " + folder_.path +
                          "/silent || { echo 'squeue: error: Unable to contact slurm controller' >&2; exit 1; }\n"
                          "cat " +
                          folder_.path + "/queue");
    program("sacct", keeps_accounts_ ? "cat " + folder_.path + "/accounts" : "echo 'Slurm accounting storage is disabled' >&2; exit 1");
    queue("");
    accounts("");
    path_before_ = std::getenv("PATH");
    ::setenv("PATH", (folder_.path + "/bin:" + path_before_).c_str(), 1);
    submit(progress);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() { ::setenv("PATH", path_before_.c_str(), 1); }

  [[nodiscard]] const plan::Plan& plan() const { return plan_; }
  [[nodiscard]] std::string token(const std::string& name) const { return submission().token(name); }
  void queue(const std::string& text) const { REQUIRE(write_file(folder_.path + "/queue", text)); }
  void accounts(const std::string& text) const { REQUIRE(write_file(folder_.path + "/accounts", text)); }
  void silence() const { REQUIRE(write_file(folder_.path + "/silent", "")); }

  [[nodiscard]] Submission submission() const {
    auto all = read_submissions(state);
    REQUIRE(all);
    REQUIRE(all->size() == 1);
    return all->front();
  }
  [[nodiscard]] Overview look() const {
    auto overview = look_at(submission(), Client());
    INFO((overview ? "" : overview.error().what));
    REQUIRE(overview);
    return std::move(*overview);
  }
  /// "a[i=1]: running", one an element.
  [[nodiscard]] std::map<std::string, std::string> fates() const {
    constexpr std::array<const char*, 5> names{"waiting", "running", "ended", "gone", "unknown"};
    std::map<std::string, std::string> fates;
    const Overview overview = look();
    for (const ElementFate& fate : overview.elements)
      fates[plan::element_name(plan_, plan_.element(fate.element))] = names.at(static_cast<std::size_t>(fate.fate));
    CHECK(overview.waiting + overview.running + overview.ended + overview.gone + overview.unknown == overview.elements.size());
    return fates;
  }

  /// An array task's journal. `steps`: "+a[i=1]" an attempt begins, "=a[i=1]" it succeeds, "!a[i=1]" it fails, "." the array task ends.
  void claim(std::uint32_t array, std::uint32_t index, const std::vector<std::string>& steps, std::uint32_t number = 1) {
    const std::string folder = submission().folder;
    auto journal = step::JournalWriter::create(folder + "/journal", site::Durability::none, clock_);
    REQUIRE(journal);
    const std::string name = number == 1 ? execution : std::string(execution) + "." + std::to_string(number);
    step::ExecutionStart start;
    start.execution = name;
    start.host = "n1";
    REQUIRE((*journal)->append(start));
    for (const std::string& each : steps) {
      const std::string element = each.substr(1);
      step::EndRecord end;
      end.execution = name;
      end.element = element;
      if (each[0] == '+') {
        step::AttemptStart begin{name, element, 1, clock_.wall(), 0, 0, folder_.path + "/scratch/" + element};
        fs::create_directories(begin.scratch);
        REQUIRE((*journal)->append(begin));
      } else if (each[0] == '.') {
        REQUIRE((*journal)->append(step::ExecutionEnd{name, clock_.wall(), 0}));
      } else {
        end.outcome = each[0] == '=' ? step::Outcome::succeeded : step::Outcome::failed;
        end.failure = each[0] == '=' ? step::FailureClass::none : step::FailureClass::exit;
        end.started = end.ended = clock_.wall();
        REQUIRE((*journal)->append(end));
      }
    }
    fs::rename((*journal)->path(), folder + "/" + journal_name(array, index, number));
  }

  /// What settle records of those that are gone: "a[i=1]: lost/lost 1", sorted.
  std::vector<std::string> records() {
    const Overview overview = look();
    const auto history = registry::read_history(state, *journals_of(overview.submission));
    REQUIRE(history);
    const auto records = records_of_gone(overview, *history, Client(), clock_);
    INFO((records ? "" : records.error().what));
    REQUIRE(records);
    std::vector<std::string> list;
    for (const step::EndRecord& record : *records) {
      CHECK_FALSE(record.reason.empty());
      list.push_back(record.element + ": " + std::string(step::outcome_name(record.outcome)) + "/" +
                     std::string(step::class_name(record.failure)) + " " + std::to_string(record.attempt));
    }
    std::sort(list.begin(), list.end());
    return list;
  }
  std::vector<Overview> settle() {
    auto open = slurm::settle(state, Client(), clock_);
    INFO((open ? "" : open.error().what));
    REQUIRE(open);
    return std::move(*open);
  }
  /// Ends on record in the state's own journals: "a[i=1] succeeded".
  [[nodiscard]] std::multiset<std::string> brought_in() const {
    std::multiset<std::string> list;
    step::JournalVisitor visitor;
    visitor.end = [&](step::EndRecord&& end) { list.insert(end.element + " " + std::string(step::outcome_name(end.outcome))); };
    REQUIRE(step::read_journals(state + "/journal", visitor));
    return list;
  }
  void cancel() {
    auto journal = SubmissionJournal::open(submission(), clock_);
    REQUIRE(journal);
    REQUIRE(journal->cancelled());
  }

  std::string state;
  step::test::StepClock clock_;

 private:
  void program(const std::string& name, const std::string& text) const {
    const std::string path = folder_.path + "/bin/" + name;
    REQUIRE(write_file(path, "#!/bin/sh\n" + text + "\n"));
    fs::permissions(path, fs::perms::all);
  }
  void submit(Progress progress) {
    site::Site site;
    Question question{plan_, site, {false, 0, false}, std::vector<bool>(plan_.element_count(), true), {}};
    const auto arrangement = arrange(question);
    REQUIRE(arrangement);
    REQUIRE(arrangement->arrays.size() == 3);
    SubmissionStart start;
    start.number = 1;
    start.execution = execution;
    start.workflow = "test";
    start.time = clock_.wall();
    auto journal = SubmissionJournal::create(state, start, clock_);
    REQUIRE(journal);
    const std::string folder = journal->submission().folder;
    Settings settings;
    settings.plan = hexadecimal(plan_.id());
    settings.state = state;
    settings.envs.resize(plan_.tasks().size());
    for (const EmittedFile& file : emit({plan_, site, *arrangement, settings, {}, "../../.."}))
      REQUIRE(write_file(folder + "/" + file.name, file.bytes));
    REQUIRE(write_file(folder + "/osa-step", "a program"));
    std::uint64_t job = first_job - 1;
    REQUIRE(journal->intend("gate"));
    REQUIRE(journal->answered("gate", job));
    for (const Array& array : arrangement->arrays) {
      REQUIRE(journal->intend(array.name));
      REQUIRE(journal->answered(array.name, ++job));
    }
    for (const Progress reached : {Progress::submitted, Progress::released})
      if (reached <= progress) REQUIRE(journal->reached(reached));
  }

  step::test::Folder folder_;
  plan::Plan plan_;
  bool keeps_accounts_;
  std::string path_before_;
};

using Fates = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

/// Lines as squeue gives them: job of the line, of the array, indices, state, reason, node, name.
std::string in_queue(const World& world, std::uint64_t job, const std::string& array, const std::string& indices,
                     const std::string& state) {
  return std::to_string(job) + "|" + std::to_string(job) + "|" + indices + "|" + state + "|None|n1|" + world.token(array) + "\n";
}

}  // namespace

TEST_CASE("elements wait, run and end as the queue and their records say") {
  World world;
  CHECK(world.look().arrays == Words{"01-a", "02-b", "03-some"});
  world.queue(in_queue(world, first_job, "01-a", "1", "RUNNING") + in_queue(world, first_job, "01-a", "2", "PENDING") +
              in_queue(world, second_job, "02-b", "[0-2]", "PENDING") + in_queue(world, 102, "03-some", "0", "PENDING") +
              in_queue(world, 7, "of-another", "0", "RUNNING") + "a banner of a wrapper\n");
  world.claim(0, 0, {"+a[i=1]", "=a[i=1]", "."});
  world.claim(0, 1, {"+a[i=2]"});
  CHECK(world.fates() == Fates{{"a[i=1]", "ended"},
                               {"a[i=2]", "running"},
                               {"a[i=3]", "waiting"},
                               {"b[i=1]", "waiting"},
                               {"b[i=2]", "waiting"},
                               {"b[i=3]", "waiting"},
                               {"some", "waiting"}});
  CHECK(world.look().is_live());
  CHECK(world.records().empty());
}

TEST_CASE("a record says more than the queue, and a failure may be followed by another attempt in the same job") {
  World world;
  // still shown as running, although its array task has come to its end
  world.claim(0, 0, {"+a[i=1]", "!a[i=1]", "."});
  world.claim(0, 1, {"+a[i=2]", "!a[i=2]"});
  world.queue(in_queue(world, first_job, "01-a", "[0-1]", "RUNNING"));
  const Fates fates = world.fates();
  CHECK(fates.at("a[i=1]") == "ended");
  CHECK(fates.at("a[i=2]") == "running");
  CHECK(fates.at("a[i=3]") == "gone");
  world.queue("");
  CHECK(world.fates().at("a[i=2]") == "ended");
}

TEST_CASE("unknown is never failed") {
  World world;
  world.claim(0, 0, {"+a[i=1]", "=a[i=1]", "."});
  world.claim(0, 1, {"+a[i=2]"});
  world.silence();
  const Overview overview = world.look();
  REQUIRE(overview.silent);
  CHECK(overview.ended == 1);
  CHECK(overview.unknown == 6);
  CHECK(overview.is_live());
  CHECK(world.settle().size() == 1);
  CHECK(world.brought_in().empty());
}

TEST_CASE("what has left the queue gets a record by what Slurm says, and what waited for it none") {
  World world;
  const auto ended = [&](const std::string& state, const std::string& exit) {
    world.accounts("100_0|" + state + "|" + exit + "|n1|1795236481|1795236482\n100_1|COMPLETED|0:0|n1|1795236481|1795236482\n" +
                   "100_2|COMPLETED|0:0|n1|1795236481|1795236482\n101_[0-2]|CANCELLED|0:0|None assigned|Unknown|Unknown\n");
    return world.records().at(0);
  };
  world.claim(0, 0, {"+a[i=1]"});
  world.claim(0, 1, {"+a[i=2]", "=a[i=2]", "."});
  world.claim(0, 2, {"+a[i=3]", "=a[i=3]", "."});
  world.claim(1, 1, {"+b[i=2]", "=b[i=2]", "."});
  world.claim(1, 2, {"+b[i=3]", "=b[i=3]", "."});
  world.claim(2, 0, {"+some", "=some", "."});
  CHECK(ended("OUT_OF_MEMORY", "0:125") == "a[i=1]: failed/memory 1");
  CHECK(ended("TIMEOUT", "0:0") == "a[i=1]: timed-out/timeout 1");
  CHECK(ended("CANCELLED by 1000", "0:0") == "a[i=1]: cancelled/cancelled 1");
  CHECK(ended("NODE_FAIL", "0:0") == "a[i=1]: lost/lost 1");
  CHECK(ended("PREEMPTED", "0:0") == "a[i=1]: lost/lost 1");
  CHECK(ended("FAILED", "0:9") == "a[i=1]: failed/memory 1");
  CHECK(ended("FAILED", "4:0") == "a[i=1]: failed/environment 1");
  CHECK(ended("SOMETHING_NEW", "0:0") == "a[i=1]: lost/lost 1");
  world.accounts("");
  CHECK(world.records() == Words{"a[i=1]: lost/lost 1"});
}

TEST_CASE("what was cancelled while it waited was cancelled only if nothing that it needs had failed") {
  World world;
  world.claim(0, 0, {"+a[i=1]", "!a[i=1]", "."});
  world.claim(0, 1, {"+a[i=2]", "=a[i=2]", "."});
  world.accounts(
      "100_2|CANCELLED by 0|0:0|None assigned|Unknown|Unknown\n101_[0-2]|CANCELLED by 0|0:0|None assigned|Unknown|Unknown\n"
      "102_0|CANCELLED by 0|0:0|None assigned|Unknown|Unknown\n");
  CHECK(world.records() == Words{"a[i=3]: cancelled/cancelled 1", "b[i=2]: cancelled/cancelled 1", "some: cancelled/cancelled 1"});
}

TEST_CASE("without accounts, and after the queue has forgotten it, what was to run is lost") {
  World world(false);
  world.claim(0, 0, {"+a[i=1]"}, 1);
  world.claim(0, 1, {"+a[i=2]", "=a[i=2]", "."});
  world.claim(0, 2, {"+a[i=3]", "=a[i=3]", "."});
  world.queue(in_queue(world, first_job, "01-a", "0", "TIMEOUT"));
  CHECK(world.records() == Words{"a[i=1]: timed-out/timeout 1", "b[i=2]: lost/lost 1", "b[i=3]: lost/lost 1", "some: lost/lost 1"});
}

TEST_CASE("a job that completed and left no record is waited for: file systems show things late") {
  World world;
  world.accounts("100_[0-2]|COMPLETED|0:0|n1|1795236481|" + std::to_string(world.clock_.wall() / 1'000'000'000) + "\n");
  const auto open = slurm::settle(world.state, Client(), world.clock_);
  REQUIRE_FALSE(open);
  CHECK(open.error().trouble == Trouble::temporary);
  world.clock_.now += 130'000'000'000;
  CHECK(world.settle().empty());
  CHECK(world.brought_in().count("a[i=1] lost") == 1);
}

TEST_CASE("records are brought in once all is over, as one journal, and the submission is closed") {
  World world;
  world.claim(0, 0, {"+a[i=1]", "!a[i=1]", "."});
  world.claim(0, 0, {"+a[i=1]", "=a[i=1]", "."}, 2);
  world.claim(0, 1, {"+a[i=2]"});
  world.claim(1, 0, {"+b[i=1]", "=b[i=1]", "."});
  world.queue(in_queue(world, first_job, "01-a", "2", "RUNNING") + in_queue(world, 102, "03-some", "0", "PENDING"));
  REQUIRE(world.settle().size() == 1);
  CHECK(world.brought_in().empty());
  // what is gone is on record all the same, where those who read open submissions find it
  const auto history = registry::read_history(world.state, *journals_of(world.submission()));
  REQUIRE(history);
  REQUIRE(history->find("a[i=2]") != nullptr);
  CHECK_FALSE(history->latest(*history->find("a[i=2]"))->has_succeeded());
  CHECK_FALSE(fs::exists(fs::path(world.state).parent_path() / "scratch/a[i=2]"));

  world.claim(0, 2, {"+a[i=3]", "=a[i=3]", "."});
  world.claim(1, 2, {"+b[i=3]", "=b[i=3]", "."});
  world.claim(2, 0, {"+some", "=some", "."});
  world.queue("");
  CHECK(world.settle().empty());
  CHECK(world.brought_in() == std::multiset<std::string>{"a[i=1] failed", "a[i=1] succeeded", "a[i=2] lost", "a[i=3] succeeded",
                                                         "b[i=1] succeeded", "b[i=3] succeeded", "some succeeded"});
  CHECK(world.submission().progress == Progress::closed);
  CHECK(journals_of(world.submission())->empty());
  CHECK_FALSE(fs::exists(world.submission().folder + "/osa-step"));
  const auto files = step::journal_files(world.state + "/journal");
  REQUIRE(files);
  REQUIRE(files->size() == 1);
  CHECK(files->front() == world.state + "/journal/run-slurm-" + execution + "-0001.j1");
  // nothing is left open for whoever recovers journals of executions that were killed
  CHECK(step::ends_with_kind(files->front(), step::kind_execution_end));
  CHECK(world.settle().empty());
  CHECK(registry::update_registry(world.state));
}

TEST_CASE("killed at any moment, the same again brings in everything once") {
  const std::multiset<std::string> wanted{"a[i=1] succeeded", "a[i=2] lost", "a[i=3] lost"};
  std::size_t kills = 0;
  for (const char* const point : {"gone_recorded", "gone_recorded:2", "before_merged", "after_merged", "journal_removed",
                                  "journal_removed:2", "journal_removed:3", "before_closed"}) {
    World world;
    world.claim(0, 0, {"+a[i=1]", "=a[i=1]", "."});
    world.claim(0, 1, {"+a[i=2]"});
    world.claim(0, 2, {"+a[i=3]"});
    world.accounts("101_0|COMPLETED|0:0|n1|1795236481|1\n");
    const pid_t child = ::fork();
    if (child == 0) {
      ::setenv("OSAC_FAILPOINT", point, 1);
      (void)slurm::settle(world.state, Client(), world.clock_);
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    INFO(point);
    CHECK_FALSE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    ++kills;
    CHECK(world.settle().empty());
    const auto found = world.brought_in();
    for (const std::string& each : wanted) CHECK(found.count(each) == 1);
    CHECK(world.submission().progress == Progress::closed);
    CHECK(journals_of(world.submission())->empty());
  }
  CHECK(kills == 8);
}

TEST_CASE("a submission that was never released is left to its submitter, and one that was withdrawn is closed without records") {
  World world(true, Progress::begun);
  CHECK(world.look().waiting == 7);
  CHECK(world.settle().size() == 1);
  world.cancel();
  world.accounts("100_[0-2]|CANCELLED by 0|0:0|None assigned|Unknown|Unknown\n");
  CHECK(world.settle().empty());
  CHECK(world.brought_in().empty());
  CHECK(world.submission().progress == Progress::closed);
}
