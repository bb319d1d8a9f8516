// Questions to the index of the journals.

#include "runtime/registry/archive.h"

#include "tests/unit/registry/support.h"

using namespace osac;
using namespace osac::registry;
using namespace osac::registry::test;

namespace {

std::vector<std::string> paths_of(const std::vector<ArchivedFile>& files) {
  std::vector<std::string> paths;
  for (const ArchivedFile& file : files) paths.push_back(file.path);
  return paths;
}

}  // namespace

TEST_CASE("the archive finds who made a file, from what, and who read it") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  auto archive = Archive::open(".osa");
  REQUIRE(archive);
  const auto maker = archive->maker("total.txt").value();
  REQUIRE(maker);
  const auto attempt = archive->attempt(*maker).value();
  CHECK(attempt.outcome == "succeeded");
  CHECK(paths_of(archive->outputs(*maker).value()) == std::vector<std::string>{"total.txt"});
  const auto inputs = archive->inputs(*maker).value();
  CHECK(inputs.size() == 3);
  for (const ArchivedFile& input : inputs) CHECK(archive->readers(input.path).value() == std::vector<std::int64_t>{*maker});
  CHECK(archive->success_of(attempt.element).value() == maker);
  CHECK_FALSE(archive->maker("total.txt", attempt.started).value());
  CHECK_FALSE(archive->maker("no.txt").value());
  CHECK(archive->readers("total.txt").value().empty());
}

TEST_CASE("a file is found by the digits of its content, too") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  auto archive = Archive::open(".osa");
  REQUIRE(archive);
  const auto maker = archive->maker("total.txt").value();
  const std::string digits = hexadecimal(archive->outputs(*maker).value().front().content);
  for (const std::size_t count : {8U, 9U, 32U, 64U})
    CHECK(archive->paths_of_content(digits.substr(0, count)).value() == std::vector<std::string>{"total.txt"});
  CHECK(archive->paths_of_content(digits.substr(0, 7)).value().empty());  // too few to mean one
  CHECK(archive->paths_of_content("total.txt").value().empty());
  std::string other = digits;
  other.back() = other.back() == '0' ? '1' : '0';
  CHECK(archive->paths_of_content(other).value().empty());
}

TEST_CASE("executions are listed with what came of them, queries read and change nothing") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  step::ExecutionStart start;
  start.execution = "20261121T050000-00000001";
  start.workflow = "night";
  start.arguments = {"osac", "run", "night.osa", "--date", "2026 11"};
  REQUIRE((*step::JournalWriter::create(".osa/journal", site::Durability::none, runtime::system_clock()))->append(start));
  auto archive = Archive::open(".osa");
  REQUIRE(archive);
  const auto executions = archive->executions().value();
  REQUIRE(executions.size() == 1);
  CHECK(executions[0].succeeded == 4);
  CHECK(executions[0].failed == 0);
  CHECK(executions[0].arguments == "osac run night.osa --date '2026 11'");
  CHECK_FALSE(executions[0].ended);
  CHECK(archive->attempts_of(executions[0].id).value().size() == 4);
  const auto table = archive->query("SELECT count(*) AS n, NULL AS missing FROM elements").value();
  CHECK(table.columns == std::vector<std::string>{"n", "missing"});
  CHECK(table.rows == std::vector<std::vector<std::string>>{{"4", ""}});
  for (const char* const bad : {"DELETE FROM elements", "SELECT nonsense", "", "ATTACH 'made.sqlite' AS other"}) {
    const auto refused = archive->query(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().trouble == Trouble::usage);
  }
  CHECK(archive->query("SELECT count(*) FROM elements").value().rows.front().front() == "4");
}
