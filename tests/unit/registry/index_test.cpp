// The lock, the word diff, and the SQLite index.

#include <sqlite3.h>
#include <sys/wait.h>

#include "runtime/registry/registry.h"
#include "runtime/registry/word_diff.h"
#include "tests/unit/registry/support.h"

using namespace osac;
using namespace osac::registry;
using namespace osac::registry::test;

namespace {

std::int64_t count(const std::string& sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open_v2(".osa/registry.sqlite", &handle, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  const std::int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return value;
}

void run_sql(const char* sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(".osa/registry.sqlite", &handle) == SQLITE_OK);
  REQUIRE(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

}  // namespace

TEST_CASE("words that differ are marked, words that agree are not") {
  CHECK(word_diff("cp a b", "cp a b") == "cp a b");
  CHECK(word_diff("cp -v a b", "cp a b") == "cp [--v-] a b");
  CHECK(word_diff("cp a b", "cp a c") == "cp a [-b-] {+c+}");
  CHECK(word_diff("", "cp") == "{+cp+}");
  CHECK(word_diff("swarp 1 2 3 -c 4", "swarp 1 3 5 -c 4") == "swarp 1 [-2-] 3 {+5+} -c 4");
  CHECK(word_diff("sum 1 2 3 4 5 6 7 8 9 10 11 12 old", "sum 1 2 3 4 5 6 7 8 9 10 11 12 new") == "sum ... 7 8 9 10 11 12 [-old-] {+new+}");
}

TEST_CASE("the lock is taken by one, and the other is told by whom") {
  Folder folder;
  auto mine = StateLock::take(".osa", "20261121T050000-1", false);
  REQUIRE(mine);
  // a lock belongs to an open file, so the same process is refused as another would be
  const auto other = StateLock::take(".osa", "20261121T050000-2", false);
  REQUIRE_FALSE(other);
  CHECK(other.error().trouble == Trouble::busy);
  const std::string expected = "another osac (pid " + std::to_string(::getpid()) + " on ";
  CHECK(other.error().what.substr(0, expected.size()) == expected);
  CHECK(other.error().what.find(") is using this folder") != std::string::npos);
  mine = StateLock::take(".osa2", "x", false);  // gives the first one back
  CHECK(StateLock::take(".osa", "20261121T050000-3", false));
}

TEST_CASE("the lock of a killed process is free, whatever is written in it") {
  Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = StateLock::take(".osa", "x", false);
    ::_exit(lock ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  write(".osa/lock", "\x01 nonsense");
  CHECK(StateLock::take(".osa", "y", false));
}

TEST_CASE("the index holds what the journals hold, and grows with them") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  REQUIRE(update_registry(".osa"));
  CHECK(count("SELECT count(*) FROM elements WHERE outcome = 'succeeded'") == 4);
  CHECK(count("SELECT count(*) FROM artifacts WHERE path = 'total.txt' AND length(content) = 32") == 1);
  REQUIRE(update_registry(".osa"));
  CHECK(count("SELECT count(*) FROM elements") == 4);
  world.carry_out({}, {0});
  REQUIRE(update_registry(".osa"));
  CHECK(count("SELECT count(*) FROM elements") == 5);
}

TEST_CASE("an index that is damaged or of another version is made anew") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  REQUIRE(update_registry(".osa"));
  SECTION("not a database") { write(".osa/registry.sqlite", std::string(5000, 'x')); }
  SECTION("cut short") { fs::resize_file(".osa/registry.sqlite", 4096 + 100); }
  SECTION("an older version") { run_sql("PRAGMA user_version = 1"); }
  SECTION("a table is missing") { run_sql("DROP TABLE uses"); }
  SECTION("empty") { write(".osa/registry.sqlite", ""); }
  world.carry_out({}, {0});
  REQUIRE(update_registry(".osa"));
  CHECK(count("SELECT count(*) FROM elements") == 5);
}

TEST_CASE("an index of a newer osac is left alone") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  REQUIRE(update_registry(".osa"));
  run_sql("PRAGMA user_version = 99");
  const auto status = update_registry(".osa");
  REQUIRE_FALSE(status);
  CHECK(status.error().trouble == Trouble::damaged);
  CHECK(
      status.error().what.starts_with("the registry `.osa/registry.sqlite` is of a newer osac: its version is 99, this osac knows up to "));
  CHECK(count("PRAGMA user_version") == 99);
  REQUIRE(rebuild_registry(".osa"));
  CHECK(count("SELECT count(*) FROM elements") == 4);
}

TEST_CASE("an index of journals that are gone is made anew") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  REQUIRE(update_registry(".osa"));
  const auto journal = fs::directory_iterator(".osa/journal")->path();
  const std::string text = read(journal);
  write(journal, text.substr(0, text.find('\n') + 1));
  REQUIRE(update_registry(".osa"));
  CHECK(count("SELECT count(*) FROM elements") == 0);
}

TEST_CASE("an index that somebody else holds is busy trouble, not damage") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  REQUIRE(update_registry(".osa"));
  world.carry_out({}, {0});
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(".osa/registry.sqlite", &handle) == SQLITE_OK);
  REQUIRE(sqlite3_exec(handle, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto status = update_registry(".osa");
  REQUIRE_FALSE(status);
  CHECK(status.error().trouble == Trouble::busy);
  REQUIRE(sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
  CHECK(update_registry(".osa"));
}
