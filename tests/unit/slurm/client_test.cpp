// What Slurm's commands say, and what follows from it. Programs of our own stand in for them.

#include "runtime/slurm/client.h"

#include <catch2/catch.hpp>

#include "fake_slurm.h"
#include "runtime/slurm/command.h"

namespace osac::slurm::test {

namespace {

constexpr std::int64_t second = 1'000'000'000;
using Ranges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Submitted answer(const FakeSlurm& slurm, const std::string& script, std::int64_t limit = 20 * second) {
  slurm.program("sbatch", script);
  return Client(limit).submit({"a.sbatch"});
}

TEST_CASE("what a command is given, says and leaves behind is seen") {
  const CommandEnd end = run_command({"sh", "-c", "cat; echo $LC_ALL $SLURM_BITSTR_LEN >&2; exit 3"}, "words", 20 * second);
  CHECK(end.how == CommandEnd::How::exited);
  CHECK(end.code == 3);
  CHECK(end.output == "words");
  CHECK(end.errors == "C 0\n");
  CHECK(run_command({"sh", "-c", "kill -9 $$"}, {}, 20 * second).how == CommandEnd::How::signalled);
  CHECK(run_command({"/no/such/program"}, {}, second).how == CommandEnd::How::missing);
  CHECK(run_command({"/"}, {}, second).how == CommandEnd::How::unstarted);
  CHECK(run_command({"sh", "-c", "echo before; sleep 100"}, {}, second / 5).how == CommandEnd::How::ended);
}

TEST_CASE("options of Slurm's commands that somebody has set do not reach them") {
  for (const char* const name : {"SBATCH_PARTITION", "SQUEUE_STATES", "SLURM_RESTART_COUNT", "SLURM_CONF", "SBATCH_ACCOUNT"})
    ::setenv(name, "x", 1);
  const CommandEnd end =
      run_command({"sh", "-c", "echo $SBATCH_PARTITION$SQUEUE_STATES$SLURM_RESTART_COUNT- $SLURM_CONF $SBATCH_ACCOUNT"}, {}, 20 * second);
  for (const char* const name : {"SBATCH_PARTITION", "SQUEUE_STATES", "SLURM_RESTART_COUNT", "SLURM_CONF", "SBATCH_ACCOUNT"})
    ::unsetenv(name);
  CHECK(end.output == "- x x\n");
}

TEST_CASE("a job's number is found whatever stands around it") {
  const FakeSlurm slurm;
  for (const char* const script : {"echo 123", "echo '123;cluster'", "echo Welcome; echo 123; echo 'sbatch: warning: x' >&2",
                                   "echo 7 nodes; echo 123; echo; echo Bye 5", "echo ' 123 '"}) {
    const Submitted got = answer(slurm, script);
    CAPTURE(script, got.text);
    CHECK(got.how == Submitted::How::accepted);
    CHECK(got.job == 123);
  }
  slurm.program("sbatch", "for word; do echo \"<$word>\" >&2; done; exit 1");
  CHECK(Client(20 * second).submit({"--a=b c", "d"}).text == "<d>");
}

TEST_CASE("an answer that can be read either way is unclear") {
  const FakeSlurm slurm;
  for (const char* const script :
       {"exit 0", "echo Submitted", "echo 12x", "exit 1",
        "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1",
        "echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)' >&2; exit 1",
        "echo 'sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying' >&2; exit 1", "kill -9 $$", "echo 0"})
    CHECK(answer(slurm, script).how == Submitted::How::unclear);
  const Submitted late = answer(slurm, "echo 'sbatch: waiting' >&2; sleep 100", second);
  CHECK(late.how == Submitted::How::unclear);
  CHECK(late.text == "sbatch did not answer within 1 s: waiting");
}

TEST_CASE("a refusal says why") {
  const FakeSlurm slurm;
  const Submitted refused = answer(slurm,
                                   "echo Welcome >&2; echo 'sbatch: error: invalid partition specified: nowhere' >&2\n"
                                   "echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1");
  CHECK(refused.how == Submitted::How::refused);
  CHECK(refused.text == "invalid partition specified: nowhere; Batch job submission failed: Invalid partition name specified");
  CHECK_FALSE(says_limit(refused.text));
  CHECK(says_limit("AssocMaxSubmitJobLimit; Batch job submission failed: Job violates accounting/QOS policy"));
  CHECK_FALSE(says_limit("Requested time limit is invalid (missing or exceeds some limit)"));
  std::filesystem::remove(slurm.path() + "/bin/sbatch");
  ::setenv("PATH", (slurm.path() + "/bin").c_str(), 1);
  CHECK(Client().submit({"x"}).how == Submitted::How::missing);
  CHECK(Client().accounts({1}, 0).error().trouble == Trouble::environment);
}

TEST_CASE("indices as Slurm writes them") {
  CHECK(*parse_indices("7") == Ranges{{7, 7}});
  CHECK(*parse_indices("[0-4,7%2]") == Ranges{{0, 4}, {7, 7}});
  CHECK(*parse_indices("0-6:3,9") == Ranges{{0, 0}, {3, 3}, {6, 6}, {9, 9}});
  for (const char* const text : {"", "[]", "N/A", "4-2", "1-", "-3", "1,,2", "[0-4,...]", "0-8:0", "5000000000"})
    CHECK_FALSE(parse_indices(text));
}

TEST_CASE("the queue is read line by line, and only what is ours") {
  const FakeSlurm slurm;
  slurm.program("squeue",
                "echo 'Welcome | to | this'\n"
                "echo '12|12|[0-3,9]|PENDING|Dependency||osac-x-0001-a|b'\n"
                "echo '13|12|4|RUNNING|None|n1|osac-x-0001-a|b'\n"
                "echo '15|15|N/A|FAILED|NonZeroExitCode|n2|osac-x-0001-close'\n"
                "echo '16|16|N/A|FUTURE_STATE|None||osac-x-0001-z'\n"
                "echo '14|14|N/A|PENDING|Priority||other'\n");
  const auto queue = Client().queue("osac-x-");
  REQUIRE(queue);
  REQUIRE(queue->size() == 4);
  CHECK((*queue)[0].job == 12);
  CHECK((*queue)[0].name == "osac-x-0001-a|b");
  CHECK((*queue)[0].indices == Ranges{{0, 3}, {9, 9}});
  CHECK((*queue)[0].is_waiting());
  CHECK((*queue)[1].job == 12);
  CHECK((*queue)[1].indices == Ranges{{4, 4}});
  CHECK((*queue)[1].is_running());
  CHECK((*queue)[1].node == "n1");
  CHECK((*queue)[2].indices.empty());
  CHECK((*queue)[2].is_over());
  CHECK((*queue)[3].is_running());
  slurm.program("squeue", "echo '12|12|[0-3,...]|PENDING|Dependency||osac-x-0001-a'\n");
  CHECK(Client().queue("osac-x-").error().trouble == Trouble::temporary);
  slurm.program("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1\n");
  const auto silent = Client().queue("");
  CHECK(silent.error().trouble == Trouble::temporary);
  CHECK(silent.error().what == "Slurm does not answer: slurm_load_jobs error: Unable to contact slurm controller (connect failure)");
}

TEST_CASE("accounts of array tasks, one by one") {
  const FakeSlurm slurm;
  slurm.program("sacct",
                "echo '7_0|COMPLETED|0:0|n1|1795260195|1795260196'\n"
                "echo '7_1|OUT_OF_MEMORY|0:125|n2|1795260195|1795260199'\n"
                "echo '7_[2-3]|CANCELLED by 1000|0:0|None assigned|Unknown|1795260199'\n"
                "echo '8|TIMEOUT|0:15|n1|1795260195|1795260196'\necho nonsense\n");
  const auto all = Client().accounts({7, 8}, 1'795'260'000 * second);
  REQUIRE(all);
  REQUIRE(all->size() == 5);
  CHECK((*all)[1].index == 1U);
  CHECK((*all)[1].state == "OUT_OF_MEMORY");
  CHECK((*all)[1].signal == 125);
  CHECK((*all)[1].ended - (*all)[1].started == 4 * second);
  CHECK((*all)[3].index == 3U);
  CHECK((*all)[3].state == "CANCELLED");
  CHECK((*all)[3].node.empty());
  CHECK((*all)[3].started == 0);
  CHECK_FALSE((*all)[4].index);
  slurm.program("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1\n");
  CHECK(Client().accounts({7}, 0).error().what == "this cluster keeps no accounts of jobs");
}

TEST_CASE("lines for scontrol, and what it refuses") {
  const FakeSlurm slurm;
  slurm.program("scontrol", "cat > \"$FAKE_SLURM/lines\"\n");
  CHECK(Client().control({"release 4", "update JobId=4_[0-3] Dependency=afterok:3"}));
  CHECK(*read_file(slurm.path() + "/lines") == "release 4\nupdate JobId=4_[0-3] Dependency=afterok:3\n");
  slurm.program("scontrol", "cat > \"$FAKE_SLURM/lines\"; echo 'Invalid job id specified for job 9' >&2; echo more >&2; exit 1\n");
  CHECK(Client().control({"release 9"}).error().what == "scontrol refused: Invalid job id specified for job 9");
  slurm.program("scontrol", "echo 'slurm_update error: Unable to contact slurm controller (connect failure)' >&2; exit 1\n");
  CHECK(Client().control({"release 9"}).error().trouble == Trouble::temporary);
}

TEST_CASE("jobs that are gone are no trouble to cancel") {
  const FakeSlurm slurm;
  slurm.program("scancel", "echo \"$@\" >> \"$FAKE_SLURM/cancelled\"\n");
  CHECK(Client().cancel({"1", "2_[0-4]"}));
  CHECK(*read_file(slurm.path() + "/cancelled") == "1 2_[0-4]\n");
  slurm.program("scancel", "echo 'scancel: error: Kill job error on job id 3: Invalid job id specified' >&2; exit 1\n");
  CHECK(Client().cancel({"3"}));
  slurm.program("scancel", "echo 'scancel: error: Kill job error on job id 3: Access/permission denied' >&2; exit 1\n");
  CHECK(Client().cancel({"3"}).error().trouble == Trouble::environment);
}

TEST_CASE("the configuration as scontrol shows it") {
  const FakeSlurm slurm;
  slurm.program(
      "scontrol",
      "case \"$*\" in *config) echo 'Configuration data as of 1'; echo 'BOOT_TIME               = 1795260192'\n"
      "  echo 'SchedulerParameters     = a=1,correspond_after_task_cnt=100';;\n"
      "*) echo 'PartitionName=short MaxTime=04:00:00 TRES=cpu=16,mem=32000M'; echo 'PartitionName=long MaxTime=UNLIMITED';; esac\n");
  const auto config = Client().config();
  REQUIRE(config);
  CHECK(config->start_time == 1'795'260'192 * second);
  CHECK(config->values.at("SchedulerParameters") == "a=1,correspond_after_task_cnt=100");
  REQUIRE(config->partitions.size() == 2);
  CHECK(config->partitions[0].at("MaxTime") == "04:00:00");
  CHECK(config->partitions[0].at("TRES") == "cpu=16,mem=32000M");
}

}  // namespace

}  // namespace osac::slurm::test
