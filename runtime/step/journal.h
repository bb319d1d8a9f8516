#pragma once
// The journal: append-only, one writer a file, a CRC a record; the truth about what ran. Everything else (registry, state) is rebuilt from
// it. Design: docs/explanation/state.md; a record is `crc32c SP length SP json LF` with hexadecimal crc (8 digits) and length (6, more if
// it is that long).

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/hash.h"
#include "compiler/base/result.h"
#include "runtime/base/clock.h"
#include "runtime/site/site.h"

namespace osac::step {

enum class Outcome : std::uint8_t { succeeded, failed, timed_out, cancelled, lost };
enum class FailureClass : std::uint8_t { none, memory, timeout, lost, exit, output, expect, environment, cancelled };
std::string_view outcome_name(Outcome outcome);     // "succeeded", "failed", "timed-out", "cancelled", "lost"
std::string_view class_name(FailureClass failure);  // "memory", "timeout", ...

/// A file as it was recorded: enough to see at once whether it is still the same.
struct FileState {
  std::int64_t size = -1;             ///< bytes; of a directory the sum; -1: not there
  std::int64_t mtime = 0, ctime = 0;  ///< nanoseconds
  std::uint64_t inode = 0, device = 0;
  Digest content{};  ///< SHA-256; of a directory that of its sorted manifest; zero if not hashed
  bool is_directory = false;
  friend bool operator==(const FileState&, const FileState&) = default;
};

struct OutputRecord {
  std::string port;
  std::string path;  ///< final
  FileState state;
};
struct InputRecord {
  std::string port;
  std::string path;
  FileState state;
  std::uint32_t branch = 0;  ///< which `else` of the port it came by; 0: none
};
/// What a look-up in time gave.
struct LookupRecord {
  std::string port;
  std::string chosen;     ///< the dataset's element: "bias[night=2026-11-20]"
  std::string runner_up;  ///< the key of what it would have been otherwise: "night=2026-11-18"; empty: nothing else would have done
};
struct MetricRecord {
  std::string name;
  std::string json;  ///< the value as JSON
};

/// How an attempt ended: the record of it.
struct EndRecord {
  std::string execution;      ///< id of the `osac run`
  std::string element;        ///< "reduce[exposure=16]"
  std::uint32_t attempt = 1;  ///< from 1 in this execution
  Outcome outcome = Outcome::succeeded;
  FailureClass failure = FailureClass::none;
  bool is_empty = false;    ///< `empty on exit`: succeeded without outputs
  bool is_tainted = false;  ///< an input changed while it ran
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  std::string reason;    ///< one sentence for people; empty on success unless tainted
  Digest fingerprint{};  ///< the element's identity (state.h)
  std::string command;   ///< as a person could paste it
  std::string tool, env;
  std::string log;  ///< path of its log file, relative to the workflow's folder
  std::string host;
  std::int64_t started = 0, ended = 0;  ///< wall, nanoseconds
  std::int64_t cpu_time = 0;            ///< user + system, nanoseconds
  std::int64_t peak_memory = 0;         ///< bytes
  std::int64_t cpus = 0, memory = 0;    ///< as given
  std::vector<InputRecord> inputs;
  std::vector<OutputRecord> outputs;
  std::vector<MetricRecord> metrics;
  std::vector<std::string> warnings;  ///< broken `expect ... else warn`
  std::string plan;                   ///< id of the plan that the attempt was started from
  std::uint32_t rung = 0;             ///< which rung of the retries its command is of; 0: the task's own
  std::string tool_version;           ///< as its program gave it when asked; empty: nobody asked, or it gave none
  std::vector<LookupRecord> lookups;
};

/// Other records, each with its own callback when read.
struct ExecutionStart {
  std::string execution, plan, workflow, host, user, osac_version;
  std::int64_t pid = 0, time = 0;
  std::vector<std::string> arguments;
  std::string site;            ///< the site file as it was named, or "this machine"
  Digest site_content{};       ///< zero: there is no file
  std::string called_in = {};  ///< the folder in which the arguments were given, absolute; empty: not on record
};
/// What a plan was made of; once an execution for each plan that it carries out.
struct PlanRecord {
  std::string plan, workflow;
  struct Parameter {
    std::string name, value;
  };
  struct Source {
    std::string name;  ///< as the plan has it: "night.osa", "std/gnuastro.osa", "nights/2026-11-20.ecsv"
    Digest content{};
  };
  struct Task {
    std::string name;
    std::vector<std::string> parameters;  ///< that its commands, paths and conditions are made with
  };
  std::vector<Parameter> parameters;
  std::vector<Source> sources;
  std::vector<Task> tasks;  ///< those that use any
};
struct ExecutionEnd {
  std::string execution;
  std::int64_t time = 0;
  std::int32_t exit_code = 0;
};
struct AttemptStart {
  std::string execution, element;
  std::uint32_t attempt = 1;
  std::int64_t time = 0, pid = 0, pid_start = 0;
  std::string scratch;
};
struct PublishIntent {
  std::string execution, element;
  std::uint32_t attempt = 1;
  struct Move {
    std::string from, to;
    FileState state;
  };
  std::vector<Move> moves;
  EndRecord end;  ///< what will be recorded once all moves are done
};
struct Removal {
  std::string element, path;
  std::int64_t time = 0;
};  ///< a temporary file deleted on purpose
/// A night was closed (docs/reference/journal.md): all that is expected of it is there, but for what was accepted.
struct Closed {
  std::string key, plan, user, host;
  std::int64_t time = 0;
  std::uint64_t elements = 0;   ///< that stand
  std::uint64_t published = 0;  ///< files and links at final paths
  struct Accepted {
    std::string query, reason;
    std::vector<std::string> elements;
  };
  std::vector<Accepted> accepted;
  std::vector<std::string> missing;  ///< elements that are missing only because of accepted ones
};
struct Reopened {
  std::string key, user, host, reason;
  std::int64_t time = 0;
};
/// A file of a night on its way to its final path (not done: the intent), or there.
struct FinalFile {
  std::string key;
  std::string element;   ///< the dataset's: "dl2[run=1808]"
  std::string from, to;  ///< relative to the workflow's folder, or absolute; without a final '/'
  bool is_link = false;  ///< only a link is made at `to`
  bool is_done = false;
  FileState state;  ///< of the file
  std::int64_t time = 0;
};

/// Appends records. Thread-safe. `append` returns once the record is written (and, if `sync`, on disk: group commit).
class JournalWriter {
 public:
  /// Creates `<folder>/run-<host>-<boot8>-<pid>-<start>.j1` with its header record.
  static Result<std::unique_ptr<JournalWriter>> create(const std::string& folder, site::Durability durability, const runtime::Clock& clock);
  virtual ~JournalWriter() = default;
  virtual Status append(const ExecutionStart& record) = 0;
  virtual Status append(const PlanRecord& record) = 0;
  virtual Status append(const ExecutionEnd& record) = 0;
  virtual Status append(const AttemptStart& record) = 0;
  virtual Status append(const PublishIntent& record) = 0;
  virtual Status append(const EndRecord& record) = 0;
  virtual Status append(const Removal& record) = 0;
  virtual Status append(const Closed& record) = 0;
  virtual Status append(const Reopened& record) = 0;
  virtual Status append(const FinalFile& record) = 0;
  [[nodiscard]] virtual const std::string& path() const = 0;
};

/// What a reader wants to hear; unset callbacks are skipped.
struct JournalVisitor {
  std::function<void(ExecutionStart&&)> execution_start;
  std::function<void(PlanRecord&&)> plan;
  std::function<void(ExecutionEnd&&)> execution_end;
  std::function<void(AttemptStart&&)> attempt_start;
  std::function<void(PublishIntent&&)> publish_intent;
  std::function<void(EndRecord&&)> end;
  std::function<void(Removal&&)> removal;
  std::function<void(Closed&&)> closed;
  std::function<void(Reopened&&)> reopened;
  std::function<void(FinalFile&&)> final_file;
};
struct JournalReport {
  std::uint64_t records = 0;
  std::vector<std::string> notes;  ///< "run-....j1: a torn record at byte 1234 was left out"
};
/// Reads all journals of a folder, merged in the order of their records' times (files are each in order). A bad tail is left out with a
/// note; a bad record with good ones after it is damaged trouble, naming file and offset.
Result<JournalReport> read_journals(const std::string& folder, const JournalVisitor& visitor);
/// The same for some files.
Result<JournalReport> read_journals(const std::vector<std::string>& paths, const JournalVisitor& visitor);

}  // namespace osac::step
