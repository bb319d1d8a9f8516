// Submitting under faults: whatever Slurm or the machine does, each call ends up in the queue once, and nothing starts before all are in.

#include "runtime/slurm/submit.h"

#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <csignal>

#include "fake_slurm.h"

namespace osac::slurm::test {

namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::int64_t second = 1000 * millisecond;
const std::string prefix = "osac-20261121T044800-7f3a91c2-0001-";

Calls some_calls() {
  Calls calls;
  calls.calls.push_back({"gate", {"--hold", "--chdir=@root@"}, "", {}, 1});
  calls.calls.push_back({"01-a", {}, "afterok:@0@", {"@folder@/01-a.sbatch", "@execution@"}, 3});
  calls.calls.push_back({"02-b", {}, "afterok:@1@_[0-2]", {"@folder@/02-b.sbatch"}, 3});
  calls.calls.push_back({"close", {}, "afterany:@1@,afterany:@2@", {"@folder@/close.sbatch"}, 1});
  calls.lines = {"update JobId=@2@_0 Dependency=afterok:@1@_0"};
  return calls;
}

struct Fixture {
  FakeSlurm slurm;
  std::string state = slurm.path() + "/night";
  Client client{5 * second};
  std::vector<std::string> notes;
  SubmitOptions options{30 * millisecond, 20 * millisecond, 3 * second, [this](const std::string& note) { notes.push_back(note); }};

  Fixture() {
    SubmissionStart start;
    start.execution = "20261121T044800-7f3a91c2";
    start.root = "/data";
    REQUIRE(SubmissionJournal::create(state, start, runtime::system_clock()));
  }
  [[nodiscard]] Submission submission() const {
    auto all = read_submissions(state);
    REQUIRE(all);
    REQUIRE(all->size() == 1);
    return all->front();
  }
  Status go() {
    auto journal = SubmissionJournal::open(submission(), runtime::system_clock());
    REQUIRE(journal);
    return submit(some_calls(), *journal, client, options);
  }
  /// In a process of its own; whether it lived.
  bool go_in_child(const std::string& fail_point = "") {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      if (!fail_point.empty()) ::setenv("OSAC_FAILPOINT", fail_point.c_str(), 1);
      options.note = nullptr;
      auto all = read_submissions(state);
      auto journal = SubmissionJournal::open(all->front(), runtime::system_clock());
      const bool is_good = journal && submit(some_calls(), *journal, client, options);
      ::_exit(is_good ? 0 : 1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  /// All four in the queue, once each, with the dependencies of those that are there, and the gate open.
  void check_whole() const {
    const auto live = slurm.live();
    REQUIRE(live.size() == 4);
    const auto job = [&](const std::string& name) { return live.at(prefix + name); };
    const auto id = [&](const std::string& name) { return std::to_string(job(name).id); };
    CHECK(job("gate").reason == "Priority");
    CHECK(job("01-a").dependency == "afterok:" + id("gate"));
    CHECK(job("02-b").dependency == "afterok:" + id("01-a") + "_[0-2]");
    CHECK(job("close").dependency == "afterany:" + id("01-a") + ",afterany:" + id("02-b"));
    const Submission told = submission();
    CHECK(told.progress == Progress::released);
    CHECK_FALSE(told.is_cancelled);
    for (const char* const name : {"gate", "01-a", "02-b", "close"}) CHECK(std::to_string(told.job(name)->job) == id(name));
    const std::string lines = *read_file(slurm.path() + "/state");
    CHECK(lines.find("JobId=" + id("02-b") + "_0 Dependency=afterok:" + id("01-a") + "_0") != std::string::npos);
  }
};

TEST_CASE_METHOD(Fixture, "calls in their order, with the numbers of those before") {
  REQUIRE(go());
  check_whole();
  const std::string calls = slurm.calls();
  CHECK(calls.find("sbatch --parsable --hold --chdir=/data --job-name=" + prefix + "gate\n") != std::string::npos);
  CHECK(calls.find("sbatch --parsable --job-name=" + prefix + "01-a --dependency=afterok:100 /data/" + submission().folder +
                   "/01-a.sbatch 20261121T044800-7f3a91c2\n") != std::string::npos);
  CHECK(slurm.jobs().size() == 4);
  CHECK(notes.size() == 1);
  // again: nothing but a look
  REQUIRE(go());
  CHECK(slurm.jobs().size() == 4);
}

TEST_CASE_METHOD(Fixture, "an answer that is not clear, at each call") {
  const std::string fault = GENERATE("1 socket", "2 unheard", "3 noid", "1 banner", "2 cluster", "4 socket");
  CAPTURE(fault);
  slurm.faults(fault);
  REQUIRE(go());
  check_whole();
  CHECK(slurm.jobs().size() == 4);
}

TEST_CASE_METHOD(Fixture, "a call that hangs is ended, and its job found") {
  client = Client(second);
  slurm.faults("2 hang");
  REQUIRE(go());
  check_whole();
  CHECK(slurm.jobs().size() == 4);
}

TEST_CASE_METHOD(Fixture, "every call goes wrong") {
  slurm.faults("* socket");
  REQUIRE(go());
  check_whole();
  CHECK(slurm.jobs().size() == 4);
}

TEST_CASE_METHOD(Fixture, "a job that the controller forgets is submitted again, with all that waits for it") {
  const std::string fault = GENERATE("1 lose", "3 lose", "1 amnesia", "2 amnesia", "4 amnesia");
  CAPTURE(fault);
  slurm.faults(fault);
  REQUIRE(go());
  check_whole();
}

TEST_CASE_METHOD(Fixture, "a submitter killed anywhere, and started again") {
  const std::string where = GENERATE("submission-intent:1", "submission-answer:1", "submission-accepted:2", "submission-answer:4",
                                     "submission-lines", "submission-submitted", "submission-release", "submission-released");
  CAPTURE(where);
  CHECK_FALSE(go_in_child(where));
  REQUIRE(go());
  check_whole();
  CHECK(slurm.jobs().size() == 4);
}

TEST_CASE_METHOD(Fixture, "killed by each call in turn") {
  slurm.faults("1 killed\n2 killed\n3 killed\n4 killed");
  int deaths = 0;
  while (!go_in_child() && deaths < 10) ++deaths;
  CHECK(deaths == 4);
  check_whole();
  CHECK(slurm.jobs().size() == 4);
}

TEST_CASE_METHOD(Fixture, "a refusal leaves nothing in the queue") {
  slurm.faults("3 refuse");
  const Status status = go();
  REQUIRE_FALSE(status);
  CHECK(status.error().trouble == Trouble::usage);
  CHECK(status.error().what ==
        "Slurm refuses job `02-b`: invalid partition specified: nowhere; Batch job submission failed: Invalid partition name specified; "
        "nothing "
        "was submitted");
  CHECK(slurm.live().empty());
  CHECK(slurm.jobs().size() == 2);
  CHECK(submission().is_cancelled);
  CHECK(submission().job("02-b")->is_refused);
  CHECK_FALSE(go());
  CHECK(slurm.live().empty());
}

TEST_CASE_METHOD(Fixture, "a limit is trouble for now") {
  slurm.faults("2 limit");
  const Status status = go();
  REQUIRE_FALSE(status);
  CHECK(status.error().trouble == Trouble::temporary);
  CHECK(slurm.live().empty());
}

TEST_CASE_METHOD(Fixture, "a controller that is silent for a while is waited for, and no longer") {
  slurm.write("down", "3");
  slurm.faults("1 socket");
  REQUIRE(go());
  check_whole();
  CHECK_FALSE(notes.empty());
}

TEST_CASE_METHOD(Fixture, "a controller that stays silent ends it, and the same again goes on") {
  options.patience = 500 * millisecond;
  slurm.write("down", "1000");
  slurm.faults("2 socket");
  const Status status = go();
  REQUIRE_FALSE(status);
  CHECK(status.error().trouble == Trouble::temporary);
  CHECK(status.error().what == "Slurm does not answer: slurm_load_jobs: error: Unable to contact slurm controller (connect failure)");
  CHECK(submission().progress == Progress::begun);
  slurm.write("down", "0");
  REQUIRE(go());
  check_whole();
  CHECK(slurm.jobs().size() == 4);
}

TEST_CASE_METHOD(Fixture, "a call that nobody ever takes ends it, with nothing running") {
  options.patience = 500 * millisecond;
  slurm.faults("2 unheard\n3 unheard\n4 unheard\n5 unheard\n6 unheard");
  const Status status = go();
  REQUIRE_FALSE(status);
  CHECK(status.error().trouble == Trouble::temporary);
  CHECK(slurm.live().size() == 1);
  CHECK(slurm.live().begin()->second.reason == "JobHeldUser");
  slurm.faults("");
  REQUIRE(go());
  check_whole();
}

TEST_CASE_METHOD(Fixture, "withdrawing cancels what is on record and what is not") {
  slurm.faults("3 killed");
  CHECK_FALSE(go_in_child());
  CHECK(slurm.live().size() == 3);
  CHECK(submission().job("02-b")->job == 0);
  auto journal = SubmissionJournal::open(submission(), runtime::system_clock());
  REQUIRE(journal);
  REQUIRE(withdraw(*journal, client, options));
  CHECK(slurm.live().empty());
  CHECK(submission().is_cancelled);
}

TEST_CASE_METHOD(Fixture, "a job of somebody else with our number is left alone") {
  // the controller forgets our second job; its number is given to a stranger
  slurm.faults("4 amnesia");
  REQUIRE(go());
  check_whole();
  for (const FakeSlurm::Job& job : slurm.jobs()) CHECK(job.name.starts_with(prefix));
  slurm.program("squeue", "echo '100|100|N/A|PENDING|Dependency||somebody-elses'");
  auto journal = SubmissionJournal::open(submission(), runtime::system_clock());
  REQUIRE(withdraw(*journal, client, options));
  for (const FakeSlurm::Job& job : slurm.jobs()) CHECK(job.state == "PENDING");
}

}  // namespace

}  // namespace osac::slurm::test
