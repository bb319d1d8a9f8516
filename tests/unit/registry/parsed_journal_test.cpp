// A journal's records, parsed ahead in another thread where there are many.

#include "runtime/registry/parsed_journal.h"

#include <filesystem>

#include "compiler/base/files.h"
#include "tests/unit/registry/support.h"

using namespace osac;
using namespace osac::registry;
using namespace osac::registry::test;

namespace {

/// A journal of so many attempts, each with some text; its path.
std::string journal_of(std::size_t attempts) {
  auto writer = step::JournalWriter::create("journal", site::Durability::none, runtime::system_clock());
  REQUIRE(writer);
  step::ExecutionStart start;
  start.execution = "one";
  REQUIRE((*writer)->append(start));
  step::EndRecord end;
  end.execution = "one";
  end.command = std::string(400, 'x');
  for (std::size_t i = 0; i < attempts; ++i) {
    step::AttemptStart attempt;
    attempt.element = end.element = "make[i=" + std::to_string(i) + "]";
    REQUIRE((*writer)->append(attempt));
    REQUIRE((*writer)->append(end));
  }
  return (*writer)->path();
}

std::unique_ptr<ParsedJournal> parsed(const std::string& path) {
  auto file = step::JournalFile::open(path);
  REQUIRE(file);
  return std::make_unique<ParsedJournal>(std::move(*file), std::filesystem::file_size(path));
}

constexpr std::size_t few = 10, many = 12'000;  // many: more than 4 MiB, and than is read ahead

}  // namespace

TEST_CASE("all records come in their order, from long and short journals") {
  const Folder folder;
  const std::size_t count = GENERATE(few, many);
  const auto journal = parsed(journal_of(count));
  std::size_t starts = 0;
  std::size_t next = 0;
  for (;;) {
    const auto records = journal->next();
    REQUIRE(records);
    if (records->empty()) break;
    for (const auto& record : *records) {
      if (std::holds_alternative<step::ExecutionStart>(record)) ++starts;
      if (const auto* const end = std::get_if<step::EndRecord>(&record);
          end != nullptr && end->element == "make[i=" + std::to_string(next) + "]")
        ++next;
    }
  }
  CHECK(starts == 1);
  CHECK(next == count);
  CHECK(journal->record_count() == 1 + 2 * count);
  REQUIRE(journal->next());
  CHECK(journal->next()->empty());
}

TEST_CASE("whoever has enough of a long journal may leave it") {
  const Folder folder;
  const auto journal = parsed(journal_of(many));
  REQUIRE(journal->next());
}

TEST_CASE("where a journal is damaged the reader hears of it, in whichever thread") {
  const Folder folder;
  const std::size_t count = GENERATE(few, many);
  const std::string path = journal_of(count);
  std::string bytes = read_file(path).value();
  bytes[bytes.find("make[i=" + std::to_string(count - 2) + "]")] = 'M';
  REQUIRE(write_file(path, bytes));
  const auto journal = parsed(path);
  auto records = journal->next();
  while (records && !records->empty()) records = journal->next();
  REQUIRE(!records);
  CHECK(records.error().trouble == Trouble::damaged);
  CHECK(records.error().what.find(std::filesystem::path(path).filename().string()) != std::string::npos);
}
