// The journal: what is written is what is read, in order, whatever the texts hold.

#include "runtime/step/journal.h"

#include <rapidcheck.h>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "runtime/step/crc32c.h"
#include "runtime/step/record_parse.h"
#include "tests/unit/step/support.h"

using namespace osac;
using namespace osac::step;
using namespace osac::step::test;

namespace {

std::unique_ptr<JournalWriter> open_journal(const std::string& folder, const runtime::Clock& clock) {
  auto journal = JournalWriter::create(folder, site::Durability::none, clock);
  REQUIRE(journal);
  return std::move(*journal);
}

template <typename Record>
Record round_trip(const Record& record) {
  Record read;
  const std::string json = "{\"seq\":1,\"t\":2,\"kind\":\"x\"" + fields_of(record) + "}";
  REQUIRE(parse_record(json, read) == "");
  return read;
}

bool same(const EndRecord& a, const EndRecord& b) { return fields_of(a) == fields_of(b); }

}  // namespace

TEST_CASE("CRC-32C has its known values, by instruction and by table") {
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xe3069283U);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aaU);  // RFC 3720, B.4
  std::string text;
  for (int i = 0; i < 100; ++i) {
    CHECK(crc32c(text) == crc32c_by_table(text));
    text += static_cast<char>(i * 37);
  }
}

TEST_CASE("Every kind of record is read as it was written, field by field") {
  const Folder folder;
  StepClock clock;
  const auto journal = open_journal(folder.path, clock);
  const ExecutionStart start{"e1", "plan", "night", "host", "user", "0.1.0", 12, 34, {"run", "night.osa", ""}, "site.yaml", sha256("s")};
  const PlanRecord plan{"plan", "night", {{"date", "2026-11-20"}, {"note", ""}}, {{"night.osa", sha256("n")}}, {{"reduce", {"date"}}}};
  const AttemptStart attempt{"e1", "reduce[exposure=1]", 2, 5, 6, 7, ".osa/scratch/x"};
  const PublishIntent intent{"e1", "reduce[exposure=1]", 2, {{"a", "b", some_state(1)}, {"c/", "d/", some_state(2)}}, full_end()};
  const Removal removal{"reduce[exposure=1]", "work/1.fits", 77};
  const ExecutionEnd end{"e1", 99, 130};
  REQUIRE(journal->append(start));
  REQUIRE(journal->append(plan));
  REQUIRE(journal->append(attempt));
  REQUIRE(journal->append(intent));
  REQUIRE(journal->append(full_end()));
  REQUIRE(journal->append(removal));
  const Closed closed{"date=2026-11-20", "p1", "night", "here", 78, 1000, 3, {{"dl1[run=1]", "no \"data\"", {"a[run=1]", "b[run=1]"}}},
                      {"c[run=1]"}};
  const Reopened reopened{"date=2026-11-20", "night", "here", "one more", 79};
  const FinalFile final_file{"date=2026-11-20", "dl2[run=1]", "work/1.h5", "final/1.h5", true, true, some_state(3), 80};
  REQUIRE(journal->append(final_file));
  REQUIRE(journal->append(closed));
  REQUIRE(journal->append(reopened));
  REQUIRE(journal->append(end));

  std::vector<std::string> read;
  JournalVisitor visitor;
  visitor.execution_start = [&](ExecutionStart&& record) { read.push_back(fields_of(record)); };
  visitor.plan = [&](PlanRecord&& record) { read.push_back(fields_of(record)); };
  visitor.attempt_start = [&](AttemptStart&& record) { read.push_back(fields_of(record)); };
  visitor.publish_intent = [&](PublishIntent&& record) { read.push_back(fields_of(record)); };
  visitor.end = [&](EndRecord&& record) { read.push_back(fields_of(record)); };
  visitor.removal = [&](Removal&& record) { read.push_back(fields_of(record)); };
  visitor.execution_end = [&](ExecutionEnd&& record) { read.push_back(fields_of(record)); };
  visitor.final_file = [&](FinalFile&& record) { read.push_back(fields_of(record)); };
  visitor.closed = [&](Closed&& record) { read.push_back(fields_of(record)); };
  visitor.reopened = [&](Reopened&& record) { read.push_back(fields_of(record)); };
  const auto report = read_journals(folder.path, visitor);
  REQUIRE(report);
  CHECK(report->records == 10);
  CHECK(report->notes.empty());
  CHECK(read == std::vector<std::string>{fields_of(start), fields_of(plan), fields_of(attempt), fields_of(intent), fields_of(full_end()),
                                         fields_of(removal), fields_of(final_file), fields_of(closed), fields_of(reopened),
                                         fields_of(end)});
}

TEST_CASE("A record is one line that people can read") {
  std::string frame;
  append_frame(frame, 3, 17, kind_removal, fields_of(Removal{"a", "b \"c\"", 5}));
  CHECK(frame == "7ce02503 000049 {\"seq\":3,\"t\":17,\"kind\":\"removal\",\"element\":\"a\",\"path\":\"b \\\"c\\\"\",\"time\":5}\n");
}

TEST_CASE("Texts survive whatever bytes they hold") {
  EndRecord end;
  end.element = "e";
  end.attempt = 1;
  for (const std::string& hostile :
       {std::string("\"\\/\b\f\n\r\t"), std::string("a\0b", 3), std::string("\x7f\x01\x1f"), std::string("\xc3\xa9 \xf0\x9f\x94\xad"),
        std::string("\xff\xfe not UTF-8"), std::string("\xed\xa0\x80"), std::string("{\"seq\":0,\"t\":1"),
        std::string("\n00000000 000000 {}\n"), std::string(100'000, 'x')}) {
    end.reason = end.command = hostile;
    end.warnings = {hostile, "", hostile};
    end.outputs = {{hostile, hostile, some_state(3)}};
    end.metrics = {{hostile, hostile}};
    end.tool_version = hostile;
    end.lookups = {{hostile, hostile, hostile}};
    CHECK(same(round_trip(end), end));
    CHECK(round_trip(end).command == hostile);
  }
}

TEST_CASE("A record of an older osac lacks what it did not know") {
  EndRecord end;
  CHECK(parse_record(R"({"seq":1,"t":2,"kind":"end","element":"e","outcome":"succeeded"})", end) == "");
  CHECK(end.tool_version.empty());
  CHECK(end.lookups.empty());
  ExecutionStart start;
  CHECK(parse_record(R"({"seq":1,"t":2,"kind":"execution-start","execution":"e1"})", start) == "");
  CHECK(start.site.empty());
  CHECK(start.site_content == Digest{});
  PlanRecord plan;
  CHECK(parse_record(R"({"seq":1,"t":2,"kind":"plan","workflow":"w"})", plan) == "it names no plan");
}

TEST_CASE("Any record of any values makes the round trip") {
  rc::check([](const std::string& element, const std::string& path, std::int64_t size, std::uint64_t inode, std::int32_t code) {
    EndRecord end;
    end.element = element + "x";
    end.attempt = 7;
    end.exit_code = code;
    end.started = size;
    end.inputs = {{"in", path, {std::max<std::int64_t>(-1, size), size, size, inode, inode, sha256(path), (inode & 1U) != 0}}};
    const EndRecord read = round_trip(end);
    RC_ASSERT(read.element == end.element);
    RC_ASSERT(read.inputs.size() == 1U);
    RC_ASSERT(read.inputs[0].path == path);
    RC_ASSERT(read.inputs[0].state == end.inputs[0].state);
    RC_ASSERT(same(read, end));
  });
}

TEST_CASE("Fields that are not known are skipped, values out of range are refused") {
  EndRecord end;
  CHECK(parse_record(R"({"new":[1,{"a":[true,null,-1.5e3]},"x\"y"],"element":"e","outcome":"lost","newer":{}})", end) == "");
  CHECK(end.element == "e");
  CHECK(end.outcome == Outcome::lost);
  CHECK(parse_record(R"({"element":"e"})", end) == "it names no element or no outcome");
  CHECK(parse_record(R"({"element":"e","outcome":"won"})", end) == "the outcome is none that this osac knows");
  CHECK(parse_record(R"({"element":"e","outcome":"lost","attempt":-1})", end) == "the number -1 is out of its range");
  CHECK(parse_record(R"({"element":"e","outcome":"lost","exit":99999999999})", end) == "a number is missing or out of its range");
  CHECK(parse_record(R"({"element":"e","outcome":"lost","outputs":[{"size":-2}]})", end) == "the number -2 is out of its range");
  CHECK(parse_record(R"({"element":"e","outcome":"lost","fingerprint":"12"})", end) == "a digest is not 64 hexadecimal digits");
  CHECK(parse_record(R"({"element":"\ud800"})", end) == "a surrogate stands alone");
  CHECK(parse_record(R"({"element":"e","outcome":"lost"}x)", end) == "there is something after its end");
  CHECK(parse_record(R"({"element":"e)", end) == "a text does not end");
  CHECK(parse_record("{\"x\":" + std::string(10'000, '['), end) == "it is nested too deeply");
}

TEST_CASE("Journals of a folder are read in the order of time, each file in its own order") {
  const Folder folder;
  StepClock clock;
  clock.step = 0;
  const auto write = [](JournalWriter& journal, const char* name) { REQUIRE(journal.append(Removal{name, "p", 0})); };
  clock.now = 100;
  const auto first = open_journal(folder.path, clock);
  const auto second = open_journal(folder.path, clock);
  write(*first, "a1");
  clock.now = 300;
  write(*second, "b1");
  write(*first, "a2");
  clock.now = 200;  // the clock was set back: file order still holds
  write(*first, "a3");
  clock.now = 400;
  write(*second, "b2");
  write(*first, "a4");
  std::vector<std::string> order;
  JournalVisitor visitor;
  visitor.removal = [&](Removal&& record) { order.push_back(record.element); };
  REQUIRE(read_journals(folder.path, visitor));
  // names end in "-2.j1" and ".j1": the second file sorts first
  const std::vector<std::string> expected = {"a1", "b1", "a2", "a3", "b2", "a4"};
  CHECK(order == expected);
}

TEST_CASE("Threads that append at the same time lose nothing and share their writes") {
  const Folder folder;
  StepClock clock;
  auto journal = JournalWriter::create(folder.path, site::Durability::full, clock);
  REQUIRE(journal);
  constexpr int threads = 8;
  constexpr int each = 100;
  std::atomic<int> failed = 0;
  {
    std::vector<std::jthread> running;
    for (int thread = 0; thread < threads; ++thread)
      running.emplace_back([&, thread] {
        for (int i = 0; i < each; ++i)
          if (!(*journal)->append(Removal{std::to_string(thread), std::to_string(i), i})) ++failed;
      });
  }
  CHECK(failed == 0);
  std::vector<int> next(threads, 0);
  JournalVisitor visitor;
  visitor.removal = [&](Removal&& record) {
    int& expected = next[static_cast<std::size_t>(std::stoi(record.element))];
    CHECK(record.path == std::to_string(expected));
    ++expected;
  };
  const auto report = read_journals(folder.path, visitor);
  REQUIRE(report);
  CHECK(report->records == threads * each);
  CHECK(next == std::vector<int>(threads, each));
}

TEST_CASE("A folder without journals has no records; other files in it are none of the journal's business") {
  const Folder folder;
  CHECK(read_journals(folder.path + "/missing", {})->records == 0);
  std::ofstream(folder.path + "/notes.txt") << "x";
  std::ofstream(folder.path + "/run-h.j1.settled") << "";
  std::ofstream(folder.path + "/run-empty.j1") << "";
  const auto report = read_journals(folder.path, {});
  REQUIRE(report);
  CHECK(report->records == 0);
  CHECK(report->notes.empty());
}

TEST_CASE("A journal of a newer version is refused by name and by header") {
  const Folder folder;
  SECTION("by name") {
    std::ofstream(folder.path + "/run-h-1.j2") << "anything";
    const auto report = read_journals(folder.path, {});
    REQUIRE(!report);
    CHECK(report.error().trouble == Trouble::damaged);
    CHECK(report.error().what == "cannot read `" + folder.path + "/run-h-1.j2`: written by osac journal 2, this osac reads up to 1");
  }
  SECTION("by header") {
    JournalHeader header;
    header.version = 2;
    std::string frame;
    append_frame(frame, 0, 1, kind_header, fields_of(header));
    std::ofstream(folder.path + "/run-h-1.j1") << frame;
    const auto report = read_journals(folder.path, {});
    REQUIRE(!report);
    CHECK(report.error().what == "cannot read `" + folder.path + "/run-h-1.j1`: written by osac journal 2, this osac reads up to 1");
  }
}

TEST_CASE("Records of a kind that is not known are skipped") {
  const Folder folder;
  std::string text;
  append_frame(text, 0, 1, kind_header, fields_of(JournalHeader{}));
  append_frame(text, 1, 2, "comet", ",\"tail\":[1,2]");
  append_frame(text, 2, 3, kind_removal, fields_of(Removal{"a", "b", 5}));
  std::ofstream(folder.path + "/run-h-1.j1") << text;
  int removals = 0;
  JournalVisitor visitor;
  visitor.removal = [&](Removal&&) { ++removals; };
  const auto report = read_journals(folder.path, visitor);
  REQUIRE(report);
  CHECK(report->records == 2);
  CHECK(removals == 1);
}
