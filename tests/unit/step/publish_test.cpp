// Publishing is all or none, and what a kill leaves in the middle of it the next start finishes.

#include "runtime/step/publish.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <sstream>

#include "runtime/step/step.h"
#include "runtime/step/system.h"
#include "tests/unit/step/support.h"

using namespace osac;
using namespace osac::step;
using namespace osac::step::test;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return file ? text.str() : "(none)";
}
void write(const std::string& path, const std::string& text) {
  REQUIRE(make_folders(folder_of(path)));
  std::ofstream(path, std::ios::trunc) << text;
}
bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// Two files and a folder, made in a scratch folder, to be published over what an earlier run left.
struct Site {
  Folder folder;
  StepClock clock;
  std::string scratch = folder.path + "/.osa/scratch/x.1.e";
  std::string journal_folder = folder.path + "/.osa/journal";
  std::vector<Publication> publications;

  Site() {
    add("a.txt", false);
    add("sub/b.txt", false);
    add("dir", true);
  }
  void add(const std::string& name, bool is_directory) {
    publications.push_back({scratch + "/out/" + name, folder.path + "/products/" + name, is_directory, false});
  }
  void make_outputs() {
    write(publications[0].from, "new a");
    write(publications[1].from, "new b");
    write(publications[2].from + "/one", "new one");
    write(publications[2].from + "/deep/two", "new two");
  }
  void make_old() {
    write(publications[0].to, "old a");
    write(publications[2].to + "/one", "old one");
    write(publications[2].to + "/gone", "old gone");
  }
  PublishIntent intent() const {
    PublishIntent intent{"e", "make", 1, {}, {}};
    intent.end.execution = "e";
    intent.end.element = "make";
    for (const Publication& publication : publications) {
      const auto state = file_state(publication.from, true);
      REQUIRE(state);
      intent.moves.push_back({publication.from, publication.to, *state});
      intent.end.outputs.push_back({"out", publication.to, *state});
    }
    return intent;
  }
  std::unique_ptr<JournalWriter> journal() const {
    auto journal = JournalWriter::create(journal_folder, site::Durability::none, clock);
    REQUIRE(journal);
    return std::move(*journal);
  }
  PublishResult run() {
    auto writer = journal();
    PublishIntent now = intent();
    return publish(publications, now, *writer, site::Durability::full);
  }
  std::string contents() const {
    return read(publications[0].to) + "|" + read(publications[1].to) + "|" + read(publications[2].to + "/one") + "|" +
           read(publications[2].to + "/deep/two") + "|" + read(publications[2].to + "/gone");
  }
  std::vector<EndRecord> ends() const {
    std::vector<EndRecord> all;
    JournalVisitor visitor;
    visitor.end = [&](EndRecord&& end) { all.push_back(std::move(end)); };
    REQUIRE(read_journals(journal_folder, visitor));
    return all;
  }
  std::vector<std::string> recover_now() {
    auto writer = journal();
    auto notes = recover({folder.path + "/.osa"}, *writer, clock);
    REQUIRE(notes);
    return *notes;
  }
  /// Publishes in a process that ends at a fail point.
  void publish_until(const char* point) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::setenv("OSAC_FAILPOINT", point, 1);
      run();
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WEXITSTATUS(status) == 137);
  }
};

const std::string all_new = "new a|new b|new one|new two|(none)";
const std::string all_old = "old a|(none)|old one|(none)|old gone";

}  // namespace

TEST_CASE("Outputs get their final names, folders are replaced whole, and the record has their states") {
  Site site;
  SECTION("where nothing was") {}
  SECTION("where the products of an earlier run are") { site.make_old(); }
  site.make_outputs();
  const PublishResult result = site.run();
  CHECK(result.problem == "");
  CHECK(result.published == Published::done);
  CHECK(site.contents() == all_new);
  const auto ends = site.ends();
  REQUIRE(ends.size() == 1);
  for (std::size_t i = 0; i < 3; ++i) CHECK(ends[0].outputs[i].state == *file_state(site.publications[i].to, true));
}

TEST_CASE("Protected outputs are read-only, and a later run replaces them all the same") {
  Site site;
  for (Publication& publication : site.publications) publication.is_protected = true;
  const auto mode = [](const std::string& path) {
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 0222U;
  };
  for (int round = 0; round < 2; ++round) {
    site.make_outputs();
    CHECK(site.run().published == Published::done);
    CHECK(site.contents() == all_new);
    CHECK(mode(site.publications[0].to) == 0);
    CHECK(mode(site.publications[2].to) == 0);
    CHECK(mode(site.publications[2].to + "/deep/two") == 0);
    const auto ends = site.ends();
    CHECK(same_stat(ends.back().outputs[2].state, *file_state(site.publications[2].to, false)));
    REQUIRE(remove_tree(site.scratch));
  }
}

TEST_CASE("If one output cannot get its name, the others give theirs back") {
  Site site;
  site.make_old();
  site.make_outputs();
  REQUIRE(remove_tree(site.publications[2].to));
  REQUIRE(::mkfifo(site.publications[2].to.c_str(), 0600) == 0);
  const PublishResult result = site.run();
  CHECK(result.published == Published::failed);
  CHECK(result.problem == "cannot rename to `" + site.publications[2].to + "`: something else than a folder is there");
  CHECK(read(site.publications[0].to) == "old a");
  CHECK(!exists(site.publications[1].to));
  CHECK(read(site.publications[0].from) == "new a");
  CHECK(site.ends().empty());
}

TEST_CASE("A kill before the intent is written leaves everything as it was") {
  Site site;
  site.make_old();
  site.make_outputs();
  site.publish_until("before_intent");
  CHECK(site.contents() == all_old);
  CHECK(site.recover_now().empty());
  CHECK(site.contents() == all_old);
  CHECK(site.ends().empty());
  CHECK(!exists(site.scratch));
}

TEST_CASE("A kill anywhere after the intent is finished by the next start, once") {
  const std::string point = GENERATE("after_intent", "mid_rename", "mid_rename:2", "after_publish", "before_end");
  const bool over_old = GENERATE(false, true);
  CAPTURE(point, over_old);
  Site site;
  if (over_old) site.make_old();
  site.make_outputs();
  site.publish_until(point.c_str());
  CHECK(site.ends().empty());
  CHECK(site.recover_now() == std::vector<std::string>{"finished publishing what make had made when osac was killed"});
  CHECK(site.contents() == all_new);
  CHECK(!exists(site.scratch));
  const auto ends = site.ends();
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].outcome == Outcome::succeeded);
  for (std::size_t i = 0; i < 3; ++i) CHECK(ends[0].outputs[i].state == *file_state(site.publications[i].to, true));
  CHECK(site.recover_now().empty());
  CHECK(site.ends().size() == 1);
}

TEST_CASE("A kill after the end record needs no recovery") {
  Site site;
  site.make_outputs();
  site.publish_until("after_end");
  CHECK(site.recover_now().empty());
  CHECK(site.ends().size() == 1);
  CHECK(site.contents() == all_new);
}

TEST_CASE("An intent whose files are gone is given up, and says so") {
  Site site;
  site.make_outputs();
  site.publish_until("after_intent");
  SECTION("removed") { REQUIRE(remove_tree(site.publications[1].from)); }
  SECTION("changed") { write(site.publications[1].from, "new c"); }
  const std::string reason = "osac was killed while it published, and `" + site.publications[1].to + "` is not there any more";
  CHECK(site.recover_now() == std::vector<std::string>{"make will run again: " + reason});
  const auto ends = site.ends();
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].outcome == Outcome::lost);
  CHECK(ends[0].reason == reason);
  CHECK(ends[0].outputs.empty());
  CHECK(!exists(site.publications[0].to));
  CHECK(site.recover_now().empty());
}

TEST_CASE("A recovery that is killed itself is finished by the next one") {
  Site site;
  site.make_old();
  site.make_outputs();
  site.publish_until("mid_rename");
  // as if killed after moving one more file, before its record
  REQUIRE(move_into_place(site.publications[1].from, site.publications[1].to, false, site::Durability::none));
  CHECK(site.recover_now().size() == 1);
  CHECK(site.contents() == all_new);
  CHECK(site.ends().size() == 1);
}
