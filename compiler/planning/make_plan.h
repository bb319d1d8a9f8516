#pragma once
// Program x parameters x records -> plan: dimensions' records, domains, relations, look-ups, existence and disjointness. Linear in
// elements and edges. The world (files to read and to find) comes in through `World`.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/plan/plan.h"
#include "compiler/program/program.h"

namespace osac::planning {

/// Files, as planning may see them. Paths are relative to the workflow's folder or absolute.
class World {
 public:
  virtual ~World() = default;
  virtual Result<std::string> read(const std::string& path) const = 0;
  /// The size of a regular file, 0 for a directory, nothing if neither is there. Called from two threads.
  virtual std::optional<std::int64_t> size(const std::string& path) const = 0;
  /// Names in a folder, sorted by bytes; empty if there is none.
  virtual std::vector<std::string> list(const std::string& folder) const = 0;
  /// The bytes of a file that a task makes, if a success that stands is on record for it and the file is as recorded; nothing otherwise,
  /// whatever lies there. What is asked here decides how far a plan with stages reaches.
  virtual std::optional<std::string> read_made(const std::string& path) const = 0;
  /// The certificates of a dataset as a table in ECSV (docs/reference/certificates.md); nothing if none was ever given.
  virtual std::optional<std::string> certificates(std::string_view dataset) const = 0;
};

/// A parameter's value given from outside, as text, with where it came from for messages ("--date", "params.yaml:3", "site.yaml").
struct Given {
  std::string value;
  std::string origin;
};

/// The most that one job may ask for in a part of the site; 0: no limit (of gpus: none).
struct Partition {
  std::string name;
  std::int64_t cpus = 0, memory = 0, time = 0, gpus = 0;
};

struct Options {
  std::map<std::string, Given> parameters;
  std::vector<std::string> goals;  ///< dataset or task names given on the command line; empty: the program's
  std::string where;               ///< `--where` condition text; empty: none. Names targets; all they need is planned too
  std::uint64_t element_limit = 20'000'000;
  bool check_existence = true;  ///< of external files; plans for graphs and golden tests may do without
  /// How people call the workflow's folder ("nights/2026"): put before tables' names in diagnostics, so that places can be followed. Empty:
  /// none.
  std::string shown_folder;
  /// Capacities to check requests against, over all retries; 0 = unknown.
  std::int64_t most_cpus = 0, most_memory = 0, most_time = 0, most_gpus = 0;
  std::map<std::string, std::int64_t> slots;
  /// Where else elements may run: each attempt has to fit as a whole into one of these, or into the capacities above.
  std::vector<Partition> partitions;
};

/// The counts of one task's domain after each condition, for `osac why`.
struct DomainStep {
  std::string condition;  ///< "records", "image_type == FLAT", "`reduced` present", "look-up `pedestal`"
  std::uint64_t count = 0;
  std::string remark;  ///< "nearest: run 1788, 6 nights before; limit 4 nights"
};
struct Explanation {
  std::string task;
  std::vector<DomainStep> steps;
};

/// The plan holds what is known; what waits for files that tasks make is in its stages (plan::StageRow), and comes in when the same
/// program is planned again with more of them made: elements, paths and commands that were there stay as they were.
struct Planned {
  plan::PlanData data;                    ///< complete only if diagnostics have no errors
  std::vector<Explanation> explanations;  ///< one a task, in declaration order
};

/// Makes the plan. `strings` is moved into the plan (symbols of the program stay valid in it).
Planned make_plan(const program::Program& program, Strings strings, Sources& sources, const World& world, const Options& options,
                  Diagnostics& diagnostics);

}  // namespace osac::planning
