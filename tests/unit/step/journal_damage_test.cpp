// T83 for the journal: whatever happens to a file, reading it never crashes and never gives a success that was not written.

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "runtime/step/journal.h"
#include "tests/unit/step/support.h"

using namespace osac;
using namespace osac::step;
using namespace osac::step::test;

namespace {

constexpr int record_count = 9;

EndRecord numbered_end(int number) {
  EndRecord end = full_end();
  end.element = "reduce[exposure=" + std::to_string(number) + "]";
  end.outcome = number % 3 == 0 ? Outcome::failed : Outcome::succeeded;
  end.failure = number % 3 == 0 ? FailureClass::exit : FailureClass::none;
  end.inputs.resize(1);
  end.is_tainted = false;
  return end;
}

std::string sample_journal() {
  std::string text;
  append_frame(text, 0, 1, kind_header, fields_of(JournalHeader{1, "0.1.0", "host", "boot", 12, 34}));
  for (int i = 1; i <= record_count; ++i) append_frame(text, static_cast<std::uint64_t>(i), i, kind_end, fields_of(numbered_end(i)));
  return text;
}

const std::set<std::string>& written_records() {
  static const std::set<std::string> all = [] {
    std::set<std::string> records;
    for (int i = 1; i <= record_count; ++i) records.insert(fields_of(numbered_end(i)));
    return records;
  }();
  return all;
}

struct Reading {
  bool is_damaged = false;
  std::string trouble;
  int records = 0;
  std::size_t notes = 0;
};

/// Reads a journal with these bytes; every record that comes out has to be one that was written.
Reading read_bytes(const Folder& folder, const std::string& bytes) {
  const std::string path = folder.path + "/run-h-1.j1";
  std::remove(path.c_str());  // truncating a file in place makes ext4 write it to disk each time
  std::ofstream(path, std::ios::binary) << bytes;
  Reading reading;
  JournalVisitor visitor;
  visitor.end = [&](EndRecord&& record) {
    ++reading.records;
    if (!written_records().contains(fields_of(record))) FAIL("a record that was never written: " << fields_of(record));
  };
  const auto report = read_journals(folder.path, visitor);
  if (report) {
    reading.notes = report->notes.size();
  } else {
    reading.is_damaged = true;
    reading.trouble = report.error().what;
    if (report.error().trouble != Trouble::damaged) FAIL("unexpected trouble: " << report.error().what);
  }
  return reading;
}

}  // namespace

TEST_CASE("A journal cut at any byte gives its whole records and a note") {
  const Folder folder;
  const std::string whole = sample_journal();
  int complete = -1;  // records before the cut, the header not counted
  bool at_boundary = false;
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    at_boundary = cut == 0 || whole[cut - 1] == '\n';
    if (cut > 0 && at_boundary) ++complete;
    const Reading reading = read_bytes(folder, whole.substr(0, cut));
    if (reading.is_damaged || reading.records != std::max(0, complete) || reading.notes != (at_boundary ? 0U : 1U))
      FAIL("cut at byte " << cut << ": " << reading.records << " records, " << reading.notes << " notes " << reading.trouble);
  }
  CHECK(complete == record_count);
}

TEST_CASE("A note and an error name the file and the byte") {
  const Folder folder;
  const std::string whole = sample_journal();
  const auto second = whole.find('\n') + 1;
  const std::string path = folder.path + "/run-h-1.j1";
  std::ofstream(path, std::ios::trunc) << whole.substr(0, second + 5);
  const auto torn = read_journals(folder.path, {});
  REQUIRE(torn);
  CHECK(torn->notes == std::vector<std::string>{"run-h-1.j1: a torn record at byte " + std::to_string(second) + " was left out"});
  std::string flipped = whole;
  flipped[second + 30] ^= 1;
  CHECK(read_bytes(folder, flipped).trouble == "the journal `" + path + "` is damaged at byte " + std::to_string(second) +
                                                   ": the record there cannot be read, and there are good ones after it");
}

TEST_CASE("Twenty thousand random flips never make a record") {
  const Folder folder;
  const std::string whole = sample_journal();
  const auto last_record = whole.rfind('\n', whole.size() - 2) + 1;
  std::mt19937 random(83);
  int damaged = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = whole;
    std::size_t earliest = whole.size();
    for (unsigned flips = 1 + random() % 8; flips > 0; --flips) {
      const std::size_t at = random() % bytes.size();
      bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << (random() % 8)));
      if (bytes[at] != whole[at]) earliest = std::min(earliest, at);
    }
    if (bytes == whole) continue;
    const Reading reading = read_bytes(folder, bytes);
    damaged += reading.is_damaged ? 1 : 0;
    // nothing is lost silently but the tail
    if (!reading.is_damaged && reading.notes == 0) FAIL("round " << round << ": damage was not noticed");
    if (earliest < last_record && !reading.is_damaged && reading.records > record_count - 1)
      FAIL("round " << round << ": too many records");
  }
  CHECK(damaged > 10'000);
}

TEST_CASE("Blocks that are zeroed, doubled, swapped, joined or appended are noticed") {
  const Folder folder;
  const std::string whole = sample_journal();
  const auto last_record = whole.rfind('\n', whole.size() - 2) + 1;
  std::mt19937 random(84);
  const auto line = [&](int number) {
    std::size_t at = 0;
    for (int i = 0; i < number; ++i) at = whole.find('\n', at) + 1;
    return std::pair(at, whole.find('\n', at) + 1 - at);
  };
  for (int round = 0; round < 500; ++round) {
    std::string zeroed = whole;
    const std::size_t at = random() % (whole.size() - 600);
    zeroed.replace(at, 512, 512, '\0');
    const Reading reading = read_bytes(folder, zeroed);
    if (!reading.is_damaged && reading.notes == 0) FAIL("zeros at " << at);

    std::string doubled = whole;
    doubled.insert(at, whole.substr(at, 1 + random() % 3000));
    const Reading twice = read_bytes(folder, doubled);
    if (!twice.is_damaged && (at < last_record || twice.notes == 0)) FAIL("a block doubled at " << at);
  }
  for (int number = 1; number + 1 < record_count; ++number) {
    const auto [first, first_size] = line(number);
    const auto [second, second_size] = line(number + 1);
    std::string swapped =
        whole.substr(0, first) + whole.substr(second, second_size) + whole.substr(first, first_size) + whole.substr(second + second_size);
    if (!read_bytes(folder, swapped).is_damaged) FAIL("lines swapped at " << number);
    std::string removed = whole;
    removed.erase(first, first_size);
    if (!read_bytes(folder, removed).is_damaged) FAIL("a line removed at " << number);
  }
  CHECK(read_bytes(folder, whole + whole).is_damaged);
  const Reading zeros = read_bytes(folder, whole + std::string(20'000'000, '\0'));
  CHECK(zeros.records == record_count);
  CHECK(zeros.notes == 1);
  const Reading lines = read_bytes(folder, whole + std::string(2'000'000, '\n'));
  CHECK(lines.records == record_count);
  CHECK(lines.notes == 1);
}
