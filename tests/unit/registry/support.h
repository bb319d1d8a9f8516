#pragma once
// A folder with a state in it, in which elements "run" without processes: `carry_out` writes their outputs and records, as osac would.

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "runtime/registry/state.h"
#include "runtime/step/step.h"
#include "tests/support/plan_maker.h"
#include "tests/support/temporary_folder.h"

namespace osac::registry::test {

namespace fs = std::filesystem;

inline void write(const std::string& path, const std::string& text) {
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty()) fs::create_directories(folder);
  std::ofstream(path, std::ios::trunc) << text;
}

inline std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

using Folder = osac::test::TemporaryCurrentFolder;

/// Times in records lie well after those of the files, as they do when files were not made just now.
struct LateClock final : runtime::Clock {
  runtime::Nanoseconds monotonic() const override { return runtime::system_clock().monotonic(); }
  runtime::Nanoseconds wall() const override { return runtime::system_clock().wall() + 3'600'000'000'000; }
};

using Maker = std::function<std::string(const plan::FileUse&)>;

class World {
 public:
  explicit World(plan::Plan plan) : plan_(std::move(plan)) {}
  Folder folder;
  site::Site site;

  [[nodiscard]] const plan::Plan& plan() const { return plan_; }
  void replace(plan::Plan plan) { plan_ = std::move(plan); }

  std::unique_ptr<State> state() {
    auto history = read_history(".osa");
    REQUIRE(history);
    return std::make_unique<State>(plan_, site, std::move(*history));
  }
  /// From the snapshot that `carry_out` kept and from the journals alone: it has to be the same.
  std::vector<std::string> decide(const std::vector<std::uint32_t>& forced = {}) {
    const auto decided = [&] {
      const auto decisions = state()->decide(forced);
      REQUIRE(decisions);
      return words(*decisions);
    };
    const auto with_snapshot = decided();
    if (fs::exists(".osa/snapshot")) {
      fs::rename(".osa/snapshot", "aside");
      const auto without = decided();
      fs::rename("aside", ".osa/snapshot");
      CHECK(with_snapshot == without);
    }
    return with_snapshot;
  }
  /// The record of an element's success.
  static step::EndRecord success(const std::string& element) {
    const auto history = read_history(".osa");
    REQUIRE(history);
    const PastElement* const known = history->find(element);
    REQUIRE(known != nullptr);
    REQUIRE(history->success(*known) != nullptr);
    auto record = history->whole(*history->success(*known));
    REQUIRE(record);
    return *record;
  }
  /// "up to date", "run: new", "perhaps", one an element.
  static std::vector<std::string> words(const std::vector<Decision>& decisions) {
    std::vector<std::string> list;
    for (const Decision& decision : decisions)
      list.push_back(decision.verdict == Verdict::up_to_date ? "up to date"
                     : decision.verdict == Verdict::unknown  ? "perhaps"
                                                             : "run: " + std::string(cause_name(decision.cause)));
    return list;
  }

  /// Carries out all elements that have to run, in the plan's order; gives their names. What they make is named by `make`.
  std::vector<std::string> carry_out(const Maker& make = {}, const std::vector<std::uint32_t>& forced = {}) {
    auto state = this->state();
    auto decisions = state->decide(forced);
    REQUIRE(decisions);
    auto journal = step::JournalWriter::create(".osa/journal", site::Durability::none, clock_);
    REQUIRE(journal);
    for (const step::EndRecord& record : state->take_refreshed()) REQUIRE((*journal)->append(record));
    std::vector<std::string> ran;
    std::vector<bool> failed(plan_.element_count(), false);
    for (std::uint32_t element = 0; element < plan_.element_count(); ++element) {
      const auto ready = state->ready(element, failed);
      INFO(ready.problem);
      REQUIRE(ready.problem.empty());
      if (ready.decision.verdict == Verdict::up_to_date) continue;
      const step::EndRecord record = end_of(element, ready, make);
      REQUIRE((*journal)->append(record));
      state->succeeded(element, record);
      ran.push_back(record.element);
    }
    REQUIRE(state->keep(".osa", State::Keep::always));
    return ran;
  }

  step::EndRecord end_of(std::uint32_t element, const State::Ready& ready, const Maker& make) {
    const plan::ElementRef ref = plan_.element(element);
    step::EndRecord record;
    record.execution = "20261121T050000-00000001";
    record.element = plan::element_name(plan_, ref);
    record.fingerprint = ready.fingerprint;
    record.inputs = ready.inputs;
    const auto command = plan::command(plan_, ref, {});
    REQUIRE(command);
    record.command = plan::command_line(*command);
    if (plan_.tasks()[ref.task].env.exists()) record.env = plan_.text(plan_.tasks()[ref.task].env);
    record.started = clock_.wall();
    const auto ports = plan_.outputs(plan_.tasks()[ref.task]);
    for (const plan::FileUse& use : plan::output_files(plan_, ref)) {
      write(use.path + ".new", make ? make(use) : "made by " + record.element + "\n");
      fs::rename(use.path + ".new", use.path);
      const auto made = step::file_state(use.path, true);
      REQUIRE(made);
      record.outputs.push_back({std::string(plan_.text(ports[use.port].name)), use.path, *made});
    }
    record.ended = clock_.wall();
    return record;
  }

  void append(const step::EndRecord& record) {
    auto journal = step::JournalWriter::create(".osa/journal", site::Durability::none, clock_);
    REQUIRE(journal);
    REQUIRE((*journal)->append(record));
  }

 private:
  plan::Plan plan_;
  LateClock clock_;
};

/// raw[1..3] (external) -> clean[1..3] -> total, with `option` in the first command.
inline plan::Plan small_plan(const std::string& option = "-v") {
  osac::test::PlanMaker maker;
  const auto run = maker.dimension("run", std::vector<std::int64_t>{1, 2, 3});
  const auto raw = maker.external("raw", {run}, "raw/{run}.txt");
  const auto clean = maker.dataset("clean", {run}, "clean/{run}.txt");
  const auto total = maker.dataset("total", {}, "total.txt");
  maker.task("reduce", {run}).in("raw", raw).out("clean", clean).run("cp " + option + " {raw} {clean}");
  maker.task("combine").gather("parts", clean).out("total", total).shell("cat {parts} > {total}");
  maker.goal(total);
  return maker.plan();
}

inline void write_raw() {
  for (const char* const key : {"1", "2", "3"}) write(std::string("raw/") + key + ".txt", std::string("raw ") + key + "\n");
}

using Words = std::vector<std::string>;

}  // namespace osac::registry::test
