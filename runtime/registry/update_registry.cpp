// Journals into SQLite. Of each journal file it is remembered how far it has been read; only what is new goes in, in one transaction.

#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/text.h"
#include "runtime/registry/database.h"
#include "runtime/registry/state.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/record_parse.h"
#include "runtime/step/record_text.h"
#include "runtime/step/system.h"

namespace osac::registry {

namespace {

constexpr std::int64_t version = 3;
constexpr int busy_timeout_ms = 2'000;

Blob blob(const Digest& digest) { return {{reinterpret_cast<const char*>(digest.data()), digest.size()}}; }

class Ingestion {
 public:
  explicit Ingestion(Database& database)
      : database_(database),
        find_journal_(database, "SELECT size, records FROM journals WHERE name = ?"),
        put_journal_(database, "INSERT OR REPLACE INTO journals VALUES (?, ?, ?)"),
        put_execution_(database, "INSERT OR IGNORE INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?)"),
        end_execution_(database, "UPDATE executions SET ended = ?, exit_code = ? WHERE id = ?"),
        put_element_(database,
                     "INSERT INTO elements VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        put_artifact_(database, "INSERT INTO artifacts VALUES (?, ?, ?, ?, ?, ?)"),
        put_use_(database, "INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?)"),
        put_metric_(database, "INSERT OR REPLACE INTO metrics VALUES (?, ?, ?)"),
        put_lookup_(database, "INSERT OR REPLACE INTO lookups VALUES (?, ?, ?, ?)"),
        put_parameter_(database, "INSERT OR IGNORE INTO parameters VALUES (?, ?, ?)"),
        put_parameter_use_(database, "INSERT OR IGNORE INTO parameter_uses VALUES (?, ?, ?)"),
        put_source_(database, "INSERT OR IGNORE INTO sources VALUES (?, ?, ?)") {}

  Status ingest(const std::string& path) {
    const std::string name = step::name_of(path);
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return {};  // removed meanwhile
    const auto known = find_journal_.find({name});
    if (!known) return tl::unexpected(known.error());
    if (*known && find_journal_.number(0) == info.st_size) return {};
    const std::int64_t old_records = *known ? find_journal_.number(1) : 0;
    auto file = step::JournalFile::open(path);
    if (!file) return tl::unexpected(file.error());
    std::int64_t records = 0;
    while (true) {
      const auto record = file->next();
      if (!record) return tl::unexpected(record.error());
      if (!*record) break;
      if (++records <= old_records) continue;
      if (auto done = put(**record); !done) return done;
    }
    return put_journal_.run({name, std::int64_t{info.st_size}, std::max(records, old_records)});
  }

 private:
  template <typename Record>
  Status parsed(const step::RawRecord& raw, Status (Ingestion::*put_it)(const Record&)) {
    Record record;
    if (const std::string wrong = step::parse_record(raw.json, record); !wrong.empty()) return failure(Trouble::damaged, wrong);
    return (this->*put_it)(record);
  }

  Status put(const step::RawRecord& raw) {
    if (raw.kind == step::kind_end) return parsed<step::EndRecord>(raw, &Ingestion::put_end);
    if (raw.kind == step::kind_execution_start) return parsed<step::ExecutionStart>(raw, &Ingestion::put_start);
    if (raw.kind == step::kind_plan) return parsed<step::PlanRecord>(raw, &Ingestion::put_plan);
    if (raw.kind == step::kind_execution_end) return parsed<step::ExecutionEnd>(raw, &Ingestion::put_execution_end);
    return {};
  }

  Status put_start(const step::ExecutionStart& start) {
    std::string arguments;
    for (const std::string& argument : start.arguments) arguments += (arguments.empty() ? "" : " ") + shell_quoted(argument);
    // array tasks of one execution tell its start again, each its own: the first one stands
    return put_execution_.run({start.execution, start.workflow, start.plan, start.host, start.user, start.osac_version, start.pid,
                               arguments, start.time, start.site, blob(start.site_content)});
  }

  /// Executions of one plan tell the same.
  Status put_plan(const step::PlanRecord& plan) {
    for (const step::PlanRecord::Parameter& parameter : plan.parameters)
      if (auto done = put_parameter_.run({plan.plan, parameter.name, parameter.value}); !done) return done;
    for (const step::PlanRecord::Source& source : plan.sources)
      if (auto done = put_source_.run({plan.plan, source.name, blob(source.content)}); !done) return done;
    for (const step::PlanRecord::Task& task : plan.tasks)
      for (const std::string& parameter : task.parameters)
        if (auto done = put_parameter_use_.run({plan.plan, task.name, parameter}); !done) return done;
    return {};
  }

  Status put_execution_end(const step::ExecutionEnd& end) {
    return end_execution_.run({end.time, std::int64_t{end.exit_code}, end.execution});
  }

  Status put_end(const step::EndRecord& end) {
    auto done = put_element_.run({end.execution,
                                  end.element,
                                  std::int64_t{end.attempt},
                                  step::outcome_name(end.outcome),
                                  step::class_name(end.failure),
                                  std::int64_t{end.is_empty},
                                  std::int64_t{end.is_tainted},
                                  std::int64_t{end.exit_code},
                                  std::int64_t{end.signal},
                                  end.reason,
                                  blob(end.fingerprint),
                                  end.command,
                                  end.tool,
                                  end.env,
                                  end.log,
                                  end.host,
                                  end.started,
                                  end.ended,
                                  end.cpu_time,
                                  end.peak_memory,
                                  end.cpus,
                                  end.memory,
                                  std::string_view(end.element).substr(0, end.element.find('[')),
                                  end.tool_version,
                                  end.plan,
                                  std::int64_t{end.rung}});
    if (!done) return done;
    const std::int64_t id = database_.last_id();
    for (const step::OutputRecord& output : end.outputs) {
      done = put_artifact_.run({id, output.port, output.path, output.state.size, output.state.mtime, blob(output.state.content)});
      if (!done) return done;
    }
    if (end.outcome == step::Outcome::succeeded)
      for (const step::InputRecord& input : end.inputs) {
        done = put_use_.run({id, input.port, input.path, input.state.size, input.state.mtime, blob(input.state.content)});
        if (!done) return done;
      }
    for (const step::MetricRecord& metric : end.metrics)
      if (done = put_metric_.run({id, metric.name, metric.json}); !done) return done;
    for (const step::LookupRecord& lookup : end.lookups)
      if (done = put_lookup_.run({id, lookup.port, lookup.chosen, lookup.runner_up}); !done) return done;
    return {};
  }

  Database& database_;
  Statement find_journal_, put_journal_, put_execution_, end_execution_, put_element_, put_artifact_, put_use_, put_metric_, put_lookup_,
      put_parameter_, put_parameter_use_, put_source_;
};

Status fill(Database& database, const std::vector<std::string>& journals) {
  const auto present = database.number("PRAGMA user_version");
  if (!present) return tl::unexpected(present.error());
  if (*present == 0) {
    if (auto made = database.run(schema); !made) return made;
  } else if (*present != version) {
    return failure(Trouble::damaged, "it is of another version");
  }
  Ingestion ingestion(database);
  for (const std::string& path : journals)
    if (auto done = ingestion.ingest(path); !done) return done;
  return {};
}

Status try_update(const std::string& path, const std::vector<std::string>& journals) {
  auto database = Database::open(path, busy_timeout_ms);
  if (!database) return tl::unexpected(database.error());
  // no WAL: it does not work on network file systems
  for (const char* const sql : {"PRAGMA journal_mode = DELETE", "PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE"})
    if (auto done = database->run(sql); !done) return done;
  if (auto done = fill(*database, journals); !done) {
    (void)database->run("ROLLBACK");
    return done;
  }
  return database->run("COMMIT");
}

}  // namespace

Status update_registry(const std::string& state_folder) {
  const std::string path = state_folder + "/registry.sqlite";
  auto journals = step::journal_files(state_folder + "/journal");
  if (!journals) return tl::unexpected(journals.error());
  if (journals->empty()) return {};
  const Status first = try_update(path, *journals);
  if (first || first.error().trouble != Trouble::damaged) return first;
  // damaged, of another version, or of other journals: it is only an index
  for (const char* const suffix : {"", "-journal"}) ::unlink((path + suffix).c_str());
  return try_update(path, *journals);
}

}  // namespace osac::registry
