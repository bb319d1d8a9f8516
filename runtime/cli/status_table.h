#pragma once
// The table of `osac status`: a row is a key of one dimension, with what its record says, how far its elements are, and what was tried for
// them. It is made from a plan and from what records and Slurm tell; it looks at nothing itself. And that table as text, JSON and a page.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/registry/state.h"
#include "runtime/slurm/collect.h"

namespace osac::cli {

/// Elements, by how far they are: of one task in one row, or of all.
struct StatusCell {
  std::uint32_t all = 0, done = 0, failed = 0, running = 0, queued = 0, unknown = 0;
};

/// What the journals tell of an element's attempts.
struct Tries {
  std::uint32_t count = 0;                      ///< that have ended
  std::int64_t started = 0, ended = 0;          ///< the first start and the last end; wall, nanoseconds, 0: none
  std::int64_t pid = 0;                         ///< of an attempt that has not ended on record
  step::Outcome outcome = step::Outcome::lost;  ///< of the last one, as the rest
  std::string exit;                             ///< "exit code 3", "memory", "timeout"; empty if it succeeded
  std::string reason, log;
};
using TriesByElement = std::unordered_map<std::string, Tries>;

struct StatusRow {
  std::string key;
  std::vector<std::string> attributes;  ///< as StatusTable::attributes
  std::vector<StatusCell> cells;        ///< as StatusTable::tasks
  std::vector<bool> is_awaited;         ///< the same: a stage holds back all that the task has here
  StatusCell total;
  std::vector<std::string> exits;   ///< of what failed, each once, sorted
  std::uint32_t tries = 0;          ///< the most that one of its elements took
  std::vector<std::uint64_t> jobs;  ///< of Slurm, each once, ascending
  std::int64_t started = 0, ended = 0;
  /// "failed", "running", "queued", "unknown", "done", "begun" or "to do": the first of these that holds for an element. What runs goes
  /// before what failed, since it may yet be tried again.
  [[nodiscard]] std::string_view state() const;
};

/// An element that failed and is not on its way again.
struct FailedElement {
  std::string name, reason, log;
};

struct StatusTable {
  /// It tells what is to come: states are "up to date", "not planned yet" and "to be made" unless something is on its way.
  bool is_ahead = false;
  std::string workflow, plan;           ///< name; id, hexadecimal
  std::string dimension;                ///< what the rows are keys of; empty: there is one row for all
  std::vector<std::string> attributes;  ///< of the dimension: its words and flags, and how many keys of others lie in each of its keys
  std::vector<std::string> tasks;       ///< those that have something to do, or may have once more is planned; in the plan's order
  std::vector<StatusRow> rows;          ///< keys in the plan's order, then "all" for elements that no single key has; none is empty
  StatusRow all;                        ///< of all elements
  std::vector<FailedElement> failures;  ///< in the plan's order
};

struct StatusQuestion {
  const plan::Plan& plan;
  const std::vector<registry::Decision>& decisions;  ///< one an element
  const TriesByElement& tries;
  const std::vector<slurm::Fate>& fates;                ///< one an element: `ended` if it is not on its way on Slurm
  const std::vector<std::vector<std::uint64_t>>& jobs;  ///< each one an element, 0: none; one for each submission
  std::string dimension;                                ///< of the rows; empty: the first one that some task's elements stand on
};
/// Usage trouble if there is no such dimension. Linear in elements.
Result<StatusTable> make_status_table(const StatusQuestion& question);

/// A row's state in the words of its table.
std::string_view state_of(const StatusTable& table, const StatusRow& row);

/// What is said beside the table.
struct StatusLines {
  std::vector<std::string> stages;       ///< what is not planned yet
  std::vector<std::string> submissions;  ///< those that are open, and what waits to start
};
/// `is_long`: with attributes, state, exit, tries, jobs and times.
std::string status_text(const StatusTable& table, bool is_long);
/// The rows as members of a JSON list.
std::string status_rows_json(const StatusTable& table);
/// A page of its own: no scripts, nothing loaded. `refresh`: seconds after which a browser asks for it again; 0: never. Links are relative
/// to the workflow's folder.
std::string status_page(const StatusTable& table, const StatusLines& lines, std::int64_t now, int refresh);

}  // namespace osac::cli
