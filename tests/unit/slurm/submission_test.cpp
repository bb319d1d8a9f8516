// The journal of a submission: what it tells after any end of whoever wrote it.

#include "runtime/slurm/submission.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "compiler/base/files.h"
#include "tests/support/temporary_folder.h"

namespace osac::slurm::test {

namespace {

using Folder = osac::test::TemporaryFolder;

SubmissionStart some_start() {
  SubmissionStart start;
  start.execution = "20261121T044800-7f3a91c2";
  start.plan = "abc";
  start.workflow = "night";
  start.osac = "/opt/osac";
  start.root = "/data/a \"b\"";
  start.arguments = {"night.osa", "--date", "2026-11-20", "new\nline"};
  start.called_in = "/data";
  start.user = "me";
  start.host = "login1";
  return start;
}

SubmissionJournal some_journal(const std::string& state) {
  auto journal = SubmissionJournal::create(state, some_start(), runtime::system_clock());
  REQUIRE(journal);
  return std::move(*journal);
}

TEST_CASE("what was written is read again") {
  const Folder folder;
  {
    SubmissionJournal journal = some_journal(folder.path);
    CHECK(journal.submission().folder == folder.path + "/slurm/0001");
    REQUIRE(journal.intend("gate"));
    REQUIRE(journal.answered("gate", 17));
    REQUIRE(journal.intend("01-a"));
    REQUIRE(journal.refused("01-a", "no such partition"));
    REQUIRE(journal.intend("02-b"));
    REQUIRE(journal.reached(Progress::submitted));
  }
  const auto read = read_submissions(folder.path);
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  const Submission& submission = read->front();
  CHECK(submission.start.number == 1);
  CHECK(submission.start.arguments == some_start().arguments);
  CHECK(submission.start.root == some_start().root);
  CHECK(submission.start.called_in == "/data");
  CHECK(submission.start.osac == "/opt/osac");
  CHECK(submission.start.time > 0);
  CHECK(submission.progress == Progress::submitted);
  CHECK(submission.is_open());
  CHECK_FALSE(submission.is_cancelled);
  REQUIRE(submission.jobs.size() == 3);
  CHECK(submission.job("gate")->job == 17);
  CHECK(submission.job("01-a")->is_refused);
  CHECK(submission.job("01-a")->text == "no such partition");
  CHECK(submission.job("02-b")->job == 0);
  CHECK_FALSE(submission.job("02-b")->is_refused);
  CHECK(submission.job("03-c") == nullptr);
  CHECK(submission.token("gate") == "osac-20261121T044800-7f3a91c2-0001-gate");
}

TEST_CASE("an intent after an answer is in doubt again") {
  const Folder folder;
  SubmissionJournal journal = some_journal(folder.path);
  REQUIRE(journal.intend("gate"));
  REQUIRE(journal.answered("gate", 17));
  REQUIRE(journal.intend("gate"));
  CHECK(journal.submission().job("gate")->job == 0);
  CHECK(read_submissions(folder.path)->front().job("gate")->job == 0);
}

TEST_CASE("submissions follow each other by number, whatever else lies there") {
  const Folder folder;
  some_journal(folder.path);
  std::filesystem::create_directories(folder.path + "/slurm/0007");  // killed before anything was written
  std::filesystem::create_directories(folder.path + "/slurm/notes");
  REQUIRE(write_file(folder.path + "/slurm/osa-step-1", ""));
  SubmissionJournal third = some_journal(folder.path);
  CHECK(third.submission().start.number == 8);
  REQUIRE(third.cancelled());
  REQUIRE(third.reached(Progress::closed));
  const auto read = read_submissions(folder.path);
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].start.number == 1);
  CHECK((*read)[1].folder == folder.path + "/slurm/0008");
  CHECK((*read)[1].is_cancelled);
  CHECK_FALSE((*read)[1].is_open());
  CHECK(read_submissions(folder.path + "/nothing")->empty());
}

TEST_CASE("a journal cut anywhere is read up to there, and goes on") {
  const Folder folder;
  {
    SubmissionJournal journal = some_journal(folder.path);
    REQUIRE(journal.intend("gate"));
    REQUIRE(journal.answered("gate", 17));
    REQUIRE(journal.reached(Progress::submitted));
  }
  const std::string path = folder.path + "/slurm/0001/submission.j1";
  const std::string whole = *read_file(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    REQUIRE(write_file(path, whole.substr(0, size)));
    const auto read = read_submissions(folder.path);
    REQUIRE(read);
    if (read->empty()) continue;  // it had not begun
    const Submission& before = read->front();
    CHECK(before.progress == Progress::begun);
    auto journal = SubmissionJournal::open(before, runtime::system_clock());
    REQUIRE(journal);
    REQUIRE(journal->answered("gate", 18));
    REQUIRE(journal->reached(Progress::released));
    const auto after = read_submissions(folder.path);
    REQUIRE(after);
    CHECK(after->front().job("gate")->job == 18);
    CHECK(after->front().progress == Progress::released);
    CHECK(after->front().start.workflow == "night");
  }
}

TEST_CASE("damage in the middle is told") {
  const Folder folder;
  {
    SubmissionJournal journal = some_journal(folder.path);
    REQUIRE(journal.intend("gate"));
    REQUIRE(journal.answered("gate", 17));
  }
  const std::string path = folder.path + "/slurm/0001/submission.j1";
  std::string bytes = *read_file(path);
  bytes[bytes.find("submit-intent")] ^= 1;
  REQUIRE(write_file(path, bytes));
  const auto read = read_submissions(folder.path);
  REQUIRE_FALSE(read);
  CHECK(read.error().trouble == Trouble::damaged);
}

}  // namespace

}  // namespace osac::slurm::test
