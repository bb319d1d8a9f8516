#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "runtime/closing/finals.h"
#include "runtime/closing/missing.h"
#include "runtime/step/step.h"
#include "tests/support/temporary_folder.h"

using namespace osac;
using closing::Final;
namespace fs = std::filesystem;

namespace {

void write(const std::string& path, const std::string& text) {
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty()) fs::create_directories(folder);
  std::ofstream(path, std::ios::trunc) << text;
}
std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Bench {
  test::TemporaryCurrentFolder folder;
  const std::string key = "all";

  static Final final(const std::string& element, const std::string& from, const std::string& to, bool is_link = false) {
    return {element, from, to, is_link, step::file_state(from, true).value()};
  }
  [[nodiscard]] std::vector<std::string> obstacles(const std::vector<Final>& finals) const {
    return closing::find_obstacles(finals, closing::read_published("state").value());
  }
  [[nodiscard]] std::map<std::string, step::FileState> publish(const std::vector<Final>& finals) const {
    const auto published = closing::read_published("state").value();
    REQUIRE(closing::find_obstacles(finals, published).empty());
    const auto journal = step::JournalWriter::create("state/journal", site::Durability::none, runtime::system_clock()).value();
    const auto done = closing::publish_finals({finals, published, key, *journal, runtime::system_clock()});
    REQUIRE(done);
    return *done;
  }
};

}  // namespace

TEST_CASE("A file is moved, a link stays, and both are the file; once more changes nothing") {
  const Bench bench;
  const std::string name = "dl2 100% \"q\" \xff.h5";
  write("work/" + name, "one");
  const auto changed = bench.publish({Bench::final("dl2[run=1]", "work/" + name, "final/a/" + name)});
  CHECK(fs::is_symlink("work/" + name));
  CHECK(fs::read_symlink("work/" + name) == "../final/a/" + name);
  CHECK(read("work/" + name) == "one");
  CHECK(changed.at("work/" + name).content == sha256("one"));
  CHECK(changed.at("work/" + name) == [&] {
    auto now = step::file_state("final/a/" + name, true).value();
    return now;
  }());
  CHECK(bench.publish({Bench::final("dl2[run=1]", "work/" + name, "final/a/" + name)}).empty());
}

TEST_CASE("Links are right where a folder on the way is a link itself") {
  const Bench bench;
  fs::create_directories("disk/deep/er/work");
  fs::create_directory_symlink("disk/deep/er/work", "work");
  write("work/x", "one");
  (void)bench.publish({Bench::final("x", "work/x", "final/x"), Bench::final("x", "work/x", "final/other/y", true)});
  CHECK(read("work/x") == "one");
  CHECK(read("disk/deep/er/work/x") == "one");
  CHECK(read("final/other/y") == "one");
}

TEST_CASE("What was not published from the same element is in the way, whatever it is") {
  const Bench bench;
  write("work/x", "one");
  write("work/y", "two");
  const Final move = Bench::final("x", "work/x", "final/x");
  SECTION("a file") { write("final/x", "one"); }
  SECTION("a folder") { fs::create_directories("final/x"); }
  SECTION("a link to something else") {
    fs::create_directories("final");
    fs::create_symlink("../work/y", "final/x");
  }
  SECTION("a dangling link") {
    fs::create_directories("final");
    fs::create_symlink("nowhere", "final/x");
  }
  SECTION("what came from another element") { (void)bench.publish({Bench::final("y", "work/y", "final/x")}); }
  CHECK(bench.obstacles({move}) == std::vector<std::string>{"final/x: something is there that was not published from x"});
}

TEST_CASE("What was published from the element is replaced, unless somebody has changed it") {
  const Bench bench;
  write("work/x", "one");
  (void)bench.publish({Bench::final("x", "work/x", "final/x")});
  fs::remove("work/x");
  write("work/x", "made again");
  SECTION("by a file") {
    (void)bench.publish({Bench::final("x", "work/x", "final/x")});
    CHECK_FALSE(fs::is_symlink("final/x"));
    CHECK(read("final/x") == "made again");
    CHECK(read("work/x") == "made again");
  }
  SECTION("not if it was changed") {
    write("final/x", "by hand");
    CHECK(bench.obstacles({Bench::final("x", "work/x", "final/x")}) ==
          std::vector<std::string>{"final/x: it has been changed since it was published from x"});
  }
  SECTION("a link put there by somebody is no file of ours") {
    fs::remove("final/x");
    fs::create_symlink("elsewhere", "final/x");
    CHECK(bench.obstacles({Bench::final("x", "work/x", "final/x")}).size() == 1);
  }
}

TEST_CASE("Another published path takes the file along") {
  const Bench bench;
  write("work/x", "one");
  write("work/d/in", "two");
  (void)bench.publish({Bench::final("x", "work/x", "final/x"), Bench::final("d", "work/d", "final/d")});
  (void)bench.publish({Bench::final("x", "work/x", "better/x"), Bench::final("d", "work/d", "better/d")});
  CHECK_FALSE(fs::is_symlink("better/x"));
  CHECK_FALSE(fs::is_symlink("better/d"));
  CHECK(read("better/x") == "one");
  CHECK(read("work/x") == "one");
  CHECK(read("work/d/in") == "two");
  CHECK(fs::read_symlink("work/d") == "../better/d");
}

TEST_CASE("A published file is on record under the path it was made at") {
  const Bench bench;
  write("work/x", "one");
  (void)bench.publish({Bench::final("x", "work/x", "final/x")});
  const auto published = closing::read_published("state").value();
  CHECK(closing::path_on_record(published, "final/x") == "work/x");
  CHECK(closing::path_on_record(published, "./final/../final/x") == "work/x");
  CHECK(closing::path_on_record(published, fs::current_path() / "final/x") == "work/x");
  CHECK(closing::path_on_record(published, "work/x") == "work/x");
  CHECK(closing::path_on_record(published, "dl1[run=1]") == "dl1[run=1]");
}

TEST_CASE("Of many causes the first are told") {
  std::vector<closing::Missing> missing(53, {"a[i=1]", 0, 1, "never run", "", "", 1, {"dimension `peak`"}});
  missing[1] = {"b[i=3..7]", 1, 5, "not made: exit\ncode 1", "", "logs/b", 1'000, {}};
  missing[2] = {"c", 2, 1, "file gone", "work/c", "", 0, {}};
  CHECK(closing::missing_text(missing, "night/", 3) ==
        "a[i=1]: never run; 1 element could not run because of it; dimension `peak` could not be planned because of it\n"
        "b[i=3..7]: not made: exit\\ncode 1; log: night/logs/b; 1,000 elements could not run because of them\n"
        "c: file gone: night/work/c\n"
        "and 50 more\n");
}
