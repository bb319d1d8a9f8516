// A snapshot is what the journals say, or it is not used.

#include "runtime/registry/snapshot.h"

#include <atomic>
#include <random>
#include <thread>
#include <tuple>

#include "runtime/step/journal_file.h"
#include "tests/unit/registry/support.h"

using namespace osac;
using namespace osac::registry;
using namespace osac::registry::test;

namespace {

/// A clock that is set by the test.
struct SetClock final : runtime::Clock {
  std::int64_t time = 1'000'000;
  runtime::Nanoseconds monotonic() const override { return time; }
  runtime::Nanoseconds wall() const override { return time; }
};

using EndFacts = std::tuple<std::string, std::uint64_t, std::uint32_t, std::uint32_t, std::int64_t, Digest, std::vector<std::string>>;
using Facts = std::vector<std::pair<std::string, std::vector<EndFacts>>>;

/// Everything that a history says, in words that do not depend on how its rows lie.
Facts facts_of(const History& history) {
  Facts facts;
  const History::Rows rows = history.rows();
  const auto text = [&](const PastText& placed) { return rows.text.substr(placed.first, placed.size); };
  const auto end_facts = [&](std::uint32_t number) {
    const PastEnd& end = rows.ends[number];
    std::vector<std::string> outputs;
    for (std::uint32_t i = 0; i < end.output_count; ++i) {
      const PastOutput& output = rows.outputs[end.first_output + i];
      outputs.push_back(text(output.path) + " " + std::to_string(output.state.size) + " " + hexadecimal(output.state.content));
    }
    return EndFacts(history.journals[end.journal].name, end.offset, end.outcome, end.is_empty, end.duration, end.fingerprint, outputs);
  };
  for (const PastElement& element : rows.elements) {
    std::vector<EndFacts> ends = {end_facts(element.latest)};
    for (std::uint32_t at = element.success; at != PastEnd::none; at = rows.ends[at].next) ends.push_back(end_facts(at));
    facts.emplace_back(text(element.name), std::move(ends));
  }
  return facts;
}

History history_now() {
  auto history = read_history(".osa");
  INFO((history ? "" : history.error().what));
  REQUIRE(history);
  return std::move(*history);
}

History history_without_snapshot() {
  const bool is_there = fs::exists(".osa/snapshot");
  if (is_there) fs::rename(".osa/snapshot", "aside");
  History history = history_now();
  if (is_there) fs::rename("aside", ".osa/snapshot");
  return history;
}

/// Journals with random records in them.
class Past {
 public:
  explicit Past(unsigned seed) : random_(seed) {}
  Folder folder;

  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  void step() {
    if (journals_.empty() || below(12) == 0) open();
    if (below(25) == 0) close();
    if (below(30) == 0) clock_.time -= 5'000;  // the machine's clock was set back
    clock_.time += below(3) == 0 ? 0 : 1 + below(100);
    if (journals_.empty()) return;
    step::JournalWriter& journal = *journals_[static_cast<std::size_t>(below(static_cast<int>(journals_.size())))];
    if (below(4) == 0) REQUIRE(journal.append(step::AttemptStart{"x", "one", 1, clock_.time, 1, 1, ""}));
    REQUIRE(journal.append(end()));
  }
  /// As a killed osac leaves it.
  void tear() {
    if (journals_.empty()) return;
    const std::string path = journals_.back()->path();
    journals_.pop_back();
    std::ofstream(path, std::ios::app) << "0badc0de 0000ff {\"seq\":9";
  }

 private:
  void open() {
    auto journal = step::JournalWriter::create(".osa/journal", site::Durability::none, clock_);
    REQUIRE(journal);
    journals_.push_back(std::move(*journal));
  }
  void close() {
    if (!journals_.empty()) journals_.erase(journals_.begin());
  }
  step::EndRecord end() {
    step::EndRecord record;
    record.element = "task[key=" + std::to_string(below(12)) + "]";
    record.outcome = static_cast<step::Outcome>(below(3) == 0 ? below(5) : 0);
    record.is_tainted = below(10) == 0;
    record.fingerprint[0] = static_cast<std::uint8_t>(below(256));
    record.started = clock_.time;
    record.ended = clock_.time + below(1'000);
    if (record.outcome != step::Outcome::succeeded) return record;
    record.is_empty = below(8) == 0;
    if (record.is_empty) return record;
    const std::string day = std::to_string(below(3));
    for (const char* const port : {"a", "b"}) {
      step::FileState state;
      state.size = below(100);
      state.content[0] = static_cast<std::uint8_t>(1 + below(255));
      record.outputs.push_back({port, day + "/" + record.element + "." + port, state});
    }
    return record;
  }
  std::mt19937 random_;
  SetClock clock_;
  std::vector<std::unique_ptr<step::JournalWriter>> journals_;
};

std::string small_snapshot() {
  World world(small_plan());
  write_raw();
  world.carry_out();
  return read(".osa/snapshot");
}

}  // namespace

TEST_CASE("a snapshot and what came after it is the fold of all journals, for random histories") {
  std::size_t used = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    Past past(seed);
    for (int round = 0; round < 12; ++round) {
      CAPTURE(round);
      for (int i = past.below(8); i >= 0; --i) past.step();
      if (past.below(10) == 0) past.tear();
      const History quick = history_now();
      const History whole = history_without_snapshot();
      REQUIRE(facts_of(quick) == facts_of(whole));
      REQUIRE(quick.notes == whole.notes);
      used += quick.news < whole.news ? 1 : 0;
      if (past.below(3) == 0) REQUIRE(write_snapshot(".osa", quick));
    }
  }
  CHECK(used > 300);  // most readings go on from a snapshot
}

TEST_CASE("a snapshot with any byte cut off, added or changed is as none") {
  const std::string bytes = small_snapshot();
  REQUIRE(parse_snapshot(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(parse_snapshot(std::string_view(bytes).substr(0, size)));
  CHECK_FALSE(parse_snapshot(bytes + '\0'));
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const int bit : {0, 3, 7}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      accepted += parse_snapshot(changed) ? 1 : 0;
    }
  CHECK(accepted == 0);
}

TEST_CASE("a snapshot that cannot be used changes no decision") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  const Words all_done = {"up to date", "up to date", "up to date", "up to date"};
  const std::string good = read(".osa/snapshot");
  SECTION("empty") { write(".osa/snapshot", ""); }
  SECTION("cut") { write(".osa/snapshot", good.substr(0, good.size() / 2)); }
  SECTION("of another version") { write(".osa/snapshot", "osac-snapshot/9\n" + good.substr(16)); }
  SECTION("a folder") {
    fs::remove(".osa/snapshot");
    fs::create_directory(".osa/snapshot");
  }
  CHECK(world.decide() == all_done);
}

TEST_CASE("a snapshot is not used when its journals are not as they were") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  const std::string path = fs::directory_iterator(".osa/journal")->path().string();
  SECTION("gone") { fs::remove(path); }
  SECTION("cut short") { fs::resize_file(path, fs::file_size(path) / 2); }
  SECTION("another file with that name") {
    const std::string text = read(path);
    fs::remove(path);
    write(path, text);
  }
  SECTION("written to in the middle") {
    std::fstream file(path, std::ios::in | std::ios::out);
    file.seekp(20);
    file << "?";
  }
  const auto quick = read_history(".osa");
  fs::remove(".osa/snapshot");
  const auto whole = read_history(".osa");
  REQUIRE(quick.has_value() == whole.has_value());
  if (!quick) {
    CHECK(quick.error().what == whole.error().what);
    return;
  }
  CHECK(facts_of(*quick) == facts_of(*whole));
  CHECK(quick->news == whole->news);
}

TEST_CASE("what was found out for a plan holds for that plan, these environments and these inputs") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  CHECK(world.decide() == Words{"up to date", "up to date", "up to date", "up to date"});
  SECTION("another input") {
    write("raw/3.txt", "another raw 3\n");
    CHECK(world.decide() == Words{"up to date", "up to date", "run: input changed", "perhaps"});
  }
  SECTION("another plan, and back") {
    world.replace(small_plan("-x"));
    CHECK(world.decide() == Words{"run: command changed", "run: command changed", "run: command changed", "perhaps"});
    world.carry_out();
    CHECK(world.decide() == Words{"up to date", "up to date", "up to date", "up to date"});
    world.replace(small_plan());
    CHECK(world.decide() == Words{"run: command changed", "run: command changed", "run: command changed", "perhaps"});
  }
  SECTION("a newer success with another fingerprint") {
    step::EndRecord record = World::success("reduce[run=2]");
    record.fingerprint[5] ^= 1;
    world.append(record);
    CHECK(world.decide()[1] != "up to date");
  }
}

TEST_CASE("journals elsewhere are read beside the state's own, and no snapshot is made of them") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  const auto before = read_history(".osa");
  REQUIRE(before);
  step::EndRecord record = World::success("reduce[run=2]");
  record.outcome = step::Outcome::failed;
  record.reason = "of an array task";
  LateClock clock;
  {
    auto journal = step::JournalWriter::create("jobs/journal", site::Durability::none, clock);
    REQUIRE(journal);
    REQUIRE((*journal)->append(record));
    std::ofstream((*journal)->path(), std::ios::app) << "0badc0de 0000ff {\"seq\":9";  // it is being written to
  }
  const auto more = step::journal_files("jobs/journal");
  REQUIRE(more);
  const auto with_snapshot = read_history(".osa", *more);
  REQUIRE(with_snapshot);
  CHECK(with_snapshot->news == 1);
  CHECK(with_snapshot->notes.empty());
  CHECK(with_snapshot->has_journals_elsewhere());
  const PastElement* const known = with_snapshot->find("reduce[run=2]");
  REQUIRE(known != nullptr);
  CHECK_FALSE(with_snapshot->latest(*known)->has_succeeded());
  REQUIRE(with_snapshot->success(*known) != nullptr);
  const auto whole = with_snapshot->whole(*with_snapshot->latest(*known));
  REQUIRE(whole);
  CHECK(whole->reason == "of an array task");
  CHECK(with_snapshot->whole(*with_snapshot->success(*known)));

  fs::rename(".osa/snapshot", "aside");
  const auto without = read_history(".osa", *more);
  REQUIRE(without);
  CHECK(facts_of(*without) == facts_of(*with_snapshot));

  // a state with these records keeps a snapshot of its own journals alone
  State state(world.plan(), world.site, std::move(*read_history(".osa", *more)));
  REQUIRE(state.decide({}));
  REQUIRE(state.keep(".osa", State::Keep::always));
  const auto after = read_history(".osa");
  REQUIRE(after);
  CHECK(after->news == 0);
  CHECK(facts_of(*after) == facts_of(*before));

  // what is gone when it is read has been brought in by somebody
  const auto others = read_history(".osa", {"jobs/journal/run-gone.j1"});
  REQUIRE(others);
  CHECK(facts_of(*others) == facts_of(*before));
}

TEST_CASE("a record of an array task that is older than the snapshot's newest takes its place by its time") {
  Folder folder;
  SetClock clock;
  step::EndRecord record;
  record.execution = "one";
  record.element = "reduce[run=1]";
  const auto append = [&](const std::string& journals, std::int64_t time, step::Outcome outcome) {
    clock.time = time;
    record.outcome = outcome;
    auto journal = step::JournalWriter::create(journals, site::Durability::none, clock);
    REQUIRE(journal);
    REQUIRE((*journal)->append(record));
  };
  append("jobs", 1'000, step::Outcome::failed);
  append(".osa/journal", 2'000, step::Outcome::succeeded);
  REQUIRE(write_snapshot(".osa", history_now()));
  const auto history = read_history(".osa", *step::journal_files("jobs"));
  REQUIRE(history);
  const PastElement* const known = history->find("reduce[run=1]");
  REQUIRE(known != nullptr);
  CHECK(history->latest(*known)->has_succeeded());
}

TEST_CASE("a snapshot is written when enough is new, and says so only once") {
  World world(small_plan());
  write_raw();
  world.carry_out();
  fs::remove(".osa/snapshot");
  auto state = world.state();
  REQUIRE(state->decide({}));
  REQUIRE(state->keep(".osa"));
  CHECK_FALSE(fs::exists(".osa/snapshot"));  // four elements are read faster than a snapshot is written
  CHECK(is_worth_a_snapshot(history_now(), 10'000));
}

TEST_CASE("who reads while another writes sees a state that was") {
  Folder folder;
  SetClock clock;
  std::atomic<bool> is_over{false};
  std::atomic<int> readings{0};
  std::string wrong;
  std::thread reader([&] {
    std::size_t before = 0;
    while (!is_over || readings < 3) {
      const auto history = read_history(".osa");
      if (!history) {
        wrong = history.error().what;
        return;
      }
      if (history->elements().size() < before) wrong = "elements are gone";
      before = history->elements().size();
      ++readings;
    }
  });
  for (int round = 0; round < 40; ++round) {
    auto journal = step::JournalWriter::create(".osa/journal", site::Durability::none, clock);
    REQUIRE(journal);
    for (int i = 0; i < 20; ++i) {
      step::EndRecord record;
      record.element = "task[key=" + std::to_string(round * 20 + i) + "]";
      ++clock.time;
      REQUIRE((*journal)->append(record));
    }
    REQUIRE(write_snapshot(".osa", history_now()));
  }
  is_over = true;
  reader.join();
  CHECK(wrong.empty());
  CHECK(history_now().elements().size() == 800);
}

TEST_CASE("a history that is handed on has what was told since it was read") {
  World world(small_plan());
  write_raw();
  const auto state = world.state();
  REQUIRE(state->decide({}));
  const std::vector<bool> failed(4, false);
  CHECK_FALSE(state->last_success(0));
  const step::EndRecord made = world.end_of(0, state->ready(0, failed), {});
  state->succeeded(0, made);
  CHECK(state->last_success(0)->execution == made.execution);
  CHECK(state->last_success(0)->ended == made.ended);
  REQUIRE(state->standing(1, 0) != nullptr);
  CHECK(*state->standing(1, 0) == made.outputs[0].state);

  State larger(world.plan(), world.site, state->take_history());
  const auto decisions = larger.decide({});
  REQUIRE(decisions);
  CHECK(World::words(*decisions) == Words{"up to date", "run: new", "run: new", "run: new"});
  CHECK(larger.last_success(0)->execution == made.execution);
  // it is not read from journals: what is kept is
  fs::create_directory(".osa");
  REQUIRE(larger.keep(".osa", State::Keep::always));
  CHECK(history_now().elements().empty());
}
