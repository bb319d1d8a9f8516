// What a killed osac leaves: processes that go on, attempts without an end, scratch folders.

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "runtime/step/processes.h"
#include "runtime/step/scratch.h"
#include "runtime/step/step.h"
#include "runtime/step/system.h"
#include "tests/unit/step/support.h"

using namespace osac;
using namespace osac::step;
using namespace osac::step::test;

namespace {

struct State {
  Folder folder;
  StepClock clock;
  Layout layout{folder.path + "/.osa"};

  std::unique_ptr<JournalWriter> journal() const {
    auto journal = JournalWriter::create(layout.state + "/journal", site::Durability::none, clock);
    REQUIRE(journal);
    return std::move(*journal);
  }
  std::vector<std::string> recover_now() const {
    auto writer = journal();
    auto notes = recover(layout, *writer, clock);
    REQUIRE(notes);
    REQUIRE(writer->append(ExecutionEnd{"later", 1, 0}));
    return *notes;
  }
  std::vector<EndRecord> ends() const {
    std::vector<EndRecord> all;
    JournalVisitor visitor;
    visitor.end = [&](EndRecord&& end) { all.push_back(std::move(end)); };
    REQUIRE(read_journals(layout.state + "/journal", visitor));
    return all;
  }
};

/// A process that is no child of this one any more once its shell is gone, as those of a killed osac.
std::int64_t start_orphan(const std::string& script, const std::string& execution) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) {
      ::setsid();
      ::setenv("OSA_EXECUTION", execution.c_str(), 1);
      const auto pid = static_cast<std::int64_t>(::getpid());
      (void)!::write(ends[1], &pid, sizeof pid);
      ::close(ends[1]);
      ::execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::int64_t pid = 0;
  REQUIRE(::read(ends[0], &pid, sizeof pid) == sizeof pid);
  ::close(ends[0]);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  return pid;
}

bool is_running(std::int64_t pid, std::int64_t start) {
  for (const ProcessInfo& process : list_processes())
    if (process.pid == pid) return process.start == start && !process.is_zombie;
  return false;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

TEST_CASE("Attempts that never ended are recorded as lost, once") {
  State state;
  {
    const auto journal = state.journal();
    REQUIRE(journal->append(ExecutionStart{"e1", "", "", "node7", "", "", 1, 2, {}, "", {}}));
    REQUIRE(journal->append(AttemptStart{"e1", "a", 1, 10, 0, 0, ""}));
    REQUIRE(journal->append(AttemptStart{"e1", "b", 2, 11, 0, 0, ""}));
    REQUIRE(journal->append(AttemptStart{"e1", "c", 1, 12, 0, 0, ""}));
    EndRecord end;
    end.execution = "e1";
    end.element = "a";
    REQUIRE(journal->append(end));
  }
  CHECK(state.recover_now() == std::vector<std::string>{"b and c were running when osac was killed"});
  const auto ends = state.ends();
  REQUIRE(ends.size() == 3);
  CHECK(ends[1].element == "b");
  CHECK(ends[1].attempt == 2);
  CHECK(ends[1].outcome == Outcome::lost);
  CHECK(ends[1].failure == FailureClass::lost);
  CHECK(ends[1].host == "node7");
  CHECK(ends[1].started == 11);
  CHECK(ends[2].element == "c");
  CHECK(state.recover_now().empty());
  CHECK(state.ends().size() == 3);
}

TEST_CASE("An execution that ended orderly leaves nothing to do") {
  State state;
  {
    const auto journal = state.journal();
    REQUIRE(journal->append(AttemptStart{"e1", "a", 1, 10, 0, 0, ""}));  // even if this were to happen
    REQUIRE(journal->append(ExecutionEnd{"e1", 20, 0}));
  }
  CHECK(state.recover_now().empty());
  CHECK(state.ends().empty());
}

TEST_CASE("A torn tail is told of once") {
  State state;
  {
    const auto journal = state.journal();
    REQUIRE(journal->append(AttemptStart{"e1", "a", 1, 10, 0, 0, ""}));
    std::ofstream(journal->path(), std::ios::app) << "1234";
  }
  const auto notes = state.recover_now();
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].find(" was left out") != std::string::npos);
  CHECK(notes[1] == "a was running when osac was killed");
  const auto report = read_journals(state.layout.state + "/journal", {});
  REQUIRE(report);
  CHECK(report->notes.empty());
}

TEST_CASE("A damaged journal stops recovery before it changes anything") {
  State state;
  {
    const auto journal = state.journal();
    for (int i = 0; i < 3; ++i) REQUIRE(journal->append(AttemptStart{"e1", "a", 1, 10, 0, 0, ""}));
    std::fstream file(journal->path());
    file.seekp(300);
    file << "#";
  }
  const auto writer = state.journal();
  const auto notes = recover(state.layout, *writer, state.clock);
  REQUIRE(!notes);
  CHECK(notes.error().trouble == Trouble::damaged);
}

TEST_CASE("Processes of a dead execution are found by their mark and by their pid, with all their children, and ended") {
  State state;
  const std::string execution = "e-" + std::to_string(::getpid());
  const std::string other = execution + "-other";
  // ignores TERM; has a child in a session of its own that dropped the mark
  const auto marked = start_orphan("trap '' TERM; env -u OSA_EXECUTION setsid sleep 100 & while :; do sleep 1; done", execution);
  const auto recorded = start_orphan("unset OSA_EXECUTION; exec env -u OSA_EXECUTION sleep 100", "nothing");
  const auto stranger = start_orphan("exec sleep 100", other);
  const auto marked_start = process_start(marked).value();
  const auto recorded_start = process_start(recorded).value();
  const auto stranger_start = process_start(stranger).value();
  {
    const auto journal = state.journal();
    REQUIRE(journal->append(ExecutionStart{execution, "", "", "", "", "", 1, 2, {}, "", {}}));
    REQUIRE(journal->append(AttemptStart{execution, "a", 1, 10, recorded, recorded_start, ""}));
    REQUIRE(journal->append(AttemptStart{execution, "b", 1, 10, stranger, stranger_start + 1, ""}));  // the pid went to someone else
  }
  const auto notes = state.recover_now();
  CHECK(!is_running(marked, marked_start));
  CHECK(!is_running(recorded, recorded_start));
  CHECK(is_running(stranger, stranger_start));
  CHECK(find_processes({{execution}, {}}).empty());
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].find("processes of execution " + execution) != std::string::npos);
  CHECK(notes[0].find(std::to_string(recorded) + " `sleep 100`") != std::string::npos);
  ::kill(static_cast<pid_t>(stranger), SIGKILL);
}

TEST_CASE("The process that recovers and those above it are never ended, even with the mark of a dead execution") {
  State state;
  const std::string execution = "self-" + std::to_string(::getpid());
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("OSA_EXECUTION", execution.c_str(), 1);
    ::execl("/bin/sh", "sh", "-c", "sh -c 'sleep 0.2; exit 3'; exit $?", nullptr);
  }
  // this process is above the child: only the line from here upwards is spared
  Wanted wanted;
  wanted.leaders = {{::getpid(), process_start(::getpid()).value()}};
  for (const ProcessInfo& process : find_processes(wanted)) {
    CHECK(process.pid != ::getpid());
    CHECK(process.pid != ::getppid());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 3);
}

TEST_CASE("Scratch folders of killed attempts are removed, also beside targets of other file systems; what a failed attempt left stays") {
  State state;
  const std::string elsewhere = state.folder.path + "/products/" + std::string(elsewhere_prefix) + "a.1.e";
  const std::string foreign = state.folder.path + "/precious";
  const std::string scratch = state.layout.state + "/scratch";
  REQUIRE(make_folders(scratch + "/a.1.e/tmp.d"));
  REQUIRE(make_folders(scratch + "/a.failed"));
  REQUIRE(make_folders(elsewhere));
  REQUIRE(make_folders(foreign));
  std::ofstream(elsewhere + "/x") << "x";
  REQUIRE(::symlink(elsewhere.c_str(), (scratch + "/a.1.e/elsewhere-0").c_str()) == 0);
  REQUIRE(::symlink(foreign.c_str(), (scratch + "/a.1.e/elsewhere-1").c_str()) == 0);
  CHECK(state.recover_now().empty());
  CHECK(!exists(scratch + "/a.1.e"));
  CHECK(!exists(elsewhere));
  CHECK(exists(foreign));
  CHECK(exists(scratch + "/a.failed"));
}
