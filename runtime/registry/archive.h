#pragma once
// Questions to the index of the journals (schema.sql): executions, attempts, and the files that these read and made. It is brought up to
// date when it is opened. It knows what was recorded, not what is there now, and nothing of plans.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/step/journal.h"

namespace osac::registry {

struct ArchivedExecution {
  std::string id, workflow, plan, host, user, osac, arguments, site;
  std::int64_t started = 0;           ///< wall, nanoseconds, as all times here
  std::optional<std::int64_t> ended;  ///< nothing: it runs, or was killed
  std::optional<std::int64_t> exit_code;
  Digest site_content{};                   ///< of the site file; zero: there was none
  std::int64_t succeeded = 0, failed = 0;  ///< attempts
};

struct ArchivedAttempt {
  std::int64_t id = 0;  ///< within this index only
  std::string execution, element, outcome, reason, command, tool, env, log, host, tool_version, plan;
  std::int64_t attempt = 1, exit_code = 0, signal = 0;
  std::int64_t started = 0, ended = 0;
  std::int64_t cpu_time = 0;          ///< nanoseconds
  std::int64_t peak_memory = 0;       ///< bytes
  std::string cause;                  ///< step::class_name of its failure; "none" if it succeeded
  std::int64_t cpus = 0, memory = 0;  ///< as given
};

struct ArchivedFile {
  std::string port, path;
  std::int64_t size = 0, mtime = 0;
  Digest content{};  ///< zero: not hashed
};

/// What a look-up in time gave an attempt.
struct ArchivedLookup {
  std::string port, chosen;
  std::string runner_up;  ///< empty: nothing else would have done
};

/// What a plan was made of.
struct ArchivedPlan {
  std::vector<std::pair<std::string, std::string>> parameters;      ///< name, value
  std::vector<std::pair<std::string, std::string>> parameter_uses;  ///< task, parameter
  std::vector<std::pair<std::string, Digest>> sources;
};

struct ArchivedMetric {
  std::int64_t attempt = 0;  ///< its id
  std::string element, execution, name;
  std::string json;  ///< the value
};

class Archive {
 public:
  /// Usage trouble if nothing was executed; busy trouble if somebody writes to it for long; temporary trouble if its server does not
  /// answer.
  static Result<Archive> open(const std::string& state_folder);
  Archive(Archive&&) noexcept;
  ~Archive();

  /// What people should know of bringing it up to date.
  [[nodiscard]] const std::vector<std::string>& notes() const;

  /// Oldest first.
  Result<std::vector<ArchivedExecution>> executions();
  Result<std::vector<ArchivedAttempt>> attempts_of(const std::string& execution);
  Result<ArchivedAttempt> attempt(std::int64_t id);
  /// The newest success that made a file, and had ended by some time; nothing if nobody did.
  Result<std::optional<std::int64_t>> maker(const std::string& path, std::int64_t ended_by = INT64_MAX);
  /// The newest success of an element.
  Result<std::optional<std::int64_t>> success_of(const std::string& element);
  /// Paths of files that were made with a content: its SHA-256 in hexadecimal, or at least its first eight digits.
  Result<std::vector<std::string>> paths_of_content(const std::string& digits);
  Result<std::vector<ArchivedFile>> inputs(std::int64_t attempt);
  Result<std::vector<ArchivedFile>> outputs(std::int64_t attempt);
  Result<std::vector<ArchivedLookup>> lookups(std::int64_t attempt);
  /// Empty if nothing is on record of it (journals of before did not tell).
  Result<ArchivedPlan> plan(const std::string& id);
  /// Every file that a success made, oldest success first.
  Result<std::vector<ArchivedFile>> products();
  /// Successes that read a file and started at some time or later, oldest first.
  Result<std::vector<std::int64_t>> readers(const std::string& path, std::int64_t started_from = INT64_MIN);
  /// Metrics of a task's attempts that succeeded, oldest attempt first.
  Result<std::vector<ArchivedMetric>> metrics(const std::string& task);
  Result<std::vector<ArchivedMetric>> metrics_of(std::int64_t attempt);
  /// Paths on record that are most like one, for suggestions.
  Result<std::vector<std::string>> similar_paths(const std::string& path);

  struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;  ///< texts; digests in hexadecimal, NULL as ""
  };
  /// A query of the user's; on a server it sees the rows of all folders. Usage trouble if it is wrong, or would change anything.
  Result<Table> query(const std::string& sql);

 private:
  struct Inside;
  explicit Archive(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace osac::registry
