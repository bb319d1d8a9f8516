#pragma once
// Executions of small plans with real processes, in a folder of their own.

#include <unistd.h>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "runtime/local/execute.h"
#include "tests/support/plan_maker.h"
#include "tests/support/temporary_folder.h"

namespace osac::local::test {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

inline void write(const std::string& path, const std::string& text) {
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty()) fs::create_directories(folder);
  std::ofstream(path, std::ios::trunc) << text;
}
inline std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

using Folder = osac::test::TemporaryCurrentFolder;

/// Keeps what it is told, in words.
class Told final : public Progress {
 public:
  explicit Told(const plan::Plan& plan) : plan_(&plan) {}
  void planned(std::uint32_t to_run, std::uint32_t up_to_date) override {
    words.push_back("planned " + std::to_string(to_run) + " " + std::to_string(up_to_date));
  }
  void started(std::uint32_t element, std::uint32_t attempt) override {
    words.push_back("start " + name(element) + " " + std::to_string(attempt));
  }
  void ended(std::uint32_t element, const step::EndRecord& record, bool will_retry) override {
    words.push_back(std::string(will_retry ? "retry " : "end ") + name(element) + " " + std::string(step::outcome_name(record.outcome)));
    if (!record.reason.empty()) reasons.push_back(record.reason);
  }
  void skipped(std::uint32_t element) override { words.push_back("skip " + name(element)); }
  void blocked(std::uint32_t element, std::uint32_t root) override { words.push_back("block " + name(element) + " by " + name(root)); }
  void note(const std::string& text) override { notes.push_back(text); }
  void grown(const plan::Plan& plan, std::span<const std::uint32_t>, std::uint32_t left) override {
    plan_ = &plan;
    words.push_back("grown " + std::to_string(left));
  }
  Words words, reasons, notes;

 private:
  [[nodiscard]] std::string name(std::uint32_t element) const { return plan::element_name(*plan_, plan_->element(element)); }
  const plan::Plan* plan_;
};

struct Bench {
  Folder folder;
  site::Site site;
  Options options;
  Words words, reasons, notes;

  Bench() {
    site.cpus = 2;
    site.durability = site::Durability::none;
    site.grace = 300'000'000;
    options.layout.state = ".osa/test";
  }
  Result<Summary> try_execute(const plan::Plan& plan) {
    Told told(plan);
    auto summary = execute(plan, site, options, told);
    words = told.words;
    reasons = told.reasons;
    notes = told.notes;
    return summary;
  }
  Summary execute_plan(const plan::Plan& plan) {
    auto summary = try_execute(plan);
    if (!summary) INFO(summary.error().what);
    REQUIRE(summary);
    return *summary;
  }
  /// Words that begin so.
  [[nodiscard]] Words told(const std::string& prefix) const {
    Words found;
    for (const std::string& word : words)
      if (word.starts_with(prefix)) found.push_back(word);
    return found;
  }
};

/// Numbers of a summary: succeeded, up to date, failed, blocked, cancelled.
inline std::vector<std::uint32_t> counts(const Summary& summary) {
  return {summary.succeeded, summary.up_to_date, summary.failed, summary.blocked, summary.cancelled};
}
using Counts = std::vector<std::uint32_t>;

}  // namespace osac::local::test
