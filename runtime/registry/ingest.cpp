#include "runtime/registry/ingest.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "compiler/base/text.h"
#include "runtime/registry/journal_place.h"
#include "runtime/registry/parsed_journal.h"
#include "runtime/step/record_text.h"
#include "runtime/step/system.h"

namespace osac::registry {

namespace {

using Columns = std::vector<std::string>;

Blob blob(const Digest& digest) { return {{reinterpret_cast<const char*>(digest.data()), digest.size()}}; }
std::int64_t size_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? std::int64_t{info.st_size} : -1;
}

/// A journal as the tables have it.
struct KnownJournal {
  std::int64_t size = 0, records = 0, read_to = 0, checksum = 0;
};

Result<std::map<std::string, KnownJournal>> known_journals(Database& database, Origin origin) {
  std::map<std::string, KnownJournal> known;
  const std::string own = origin.number == 0 ? "" : fmt::format(" WHERE origin = {}", origin.number);
  auto statement = database.prepare("SELECT name, size, records, read_to, checksum FROM journals" + own);
  if (!statement) return tl::unexpected(statement.error());
  auto row = (*statement)->find({});
  for (; row && *row; row = (*statement)->next())
    known[(*statement)->text(0)] = {(*statement)->number(1), (*statement)->number(2), (*statement)->number(3), (*statement)->number(4)};
  if (!row) return tl::unexpected(row.error());
  return known;
}

class Ingestion {
 public:
  Ingestion(Database& database, Origin origin, RegistryReport& report) : database_(database), origin_(origin), report_(report) {}

  Status prepare() {
    const auto last = database_.number("SELECT max(id) FROM elements WHERE id BETWEEN ? AND ?", {origin_.first(), origin_.last()});
    if (!last) return tl::unexpected(last.error());
    id_ = std::max(*last, origin_.first());
    const Columns file = {"place", "port", "path", "size", "mtime", "content"};
    const auto of = [&](const char* attempt) {
      Columns columns = {attempt};
      columns.insert(columns.end(), file.begin(), file.end());
      return columns;
    };
    Columns element = {"id",        "execution",  "element", "attempt",     "outcome",     "class", "is_empty", "is_tainted",
                       "exit_code", "\"signal\"", "reason",  "fingerprint", "command",     "tool",  "env",      "log",
                       "host",      "started",    "ended",   "cpu_time",    "peak_memory", "cpus",  "memory"};
    element.insert(element.end(), {"task", "tool_version", "plan", "rung"});
    if (origin_.number != 0) element.insert(element.begin(), "origin");
    if (auto made = make(elements_, "elements", element); !made) return made;
    if (auto made = make(artifacts_, "artifacts", of("made_by")); !made) return made;
    if (auto made = make(uses_, "uses", of("used_by")); !made) return made;
    if (auto made = make(lookups_, "lookups", {"element", "port", "chosen", "runner_up"}); !made) return made;
    return make(metrics_, "metrics", {"element", "name", "value"});
  }

  /// Goes on in a journal where the tables end. Nothing of it is final before `finish`.
  Status read(const std::string& path, const KnownJournal& known, bool& index_is_sound) {
    const std::int64_t size = size_of(path);
    if (size < 0) return {};  // removed meanwhile
    ++report_.journals;
    index_is_sound = true;
    auto file = known.read_to == 0
                    ? step::JournalFile::open(path)
                    : step::JournalFile::resume(path, static_cast<std::uint64_t>(known.read_to), static_cast<std::uint64_t>(known.records));
    if (!file) return tl::unexpected(file.error());
    ParsedJournal journal(std::move(*file), static_cast<std::uint64_t>(std::max<std::int64_t>(0, size - known.read_to)));
    for (;;) {
      index_is_sound = true;
      auto records = journal.next();
      if (!records) return tl::unexpected(records.error());
      index_is_sound = false;
      if (records->empty()) break;
      for (ParsedJournal::Record& record : *records)
        if (auto done = std::visit([&](auto& one) { return put(std::move(one)); }, record); !done) return done;
    }
    report_.records += journal.record_count();
    const std::uint64_t read_to = journal.file().end_of_good();
    return put_journal(step::name_of(path),
                       {size, static_cast<std::int64_t>(journal.file().next_sequence()), static_cast<std::int64_t>(read_to),
                        static_cast<std::int64_t>(checksum_before(path, read_to))});
  }

  Status finish() {
    for (Filler* const filler : {elements_.get(), artifacts_.get(), uses_.get(), metrics_.get(), lookups_.get()})
      if (auto done = filler->finish(); !done) return done;
    for (const auto& [name, execution] : executions_)
      if (auto done = put_execution(name, execution); !done) return done;
    for (const auto& [id, plan] : plans_)
      if (auto done = put_plan(plan); !done) return done;
    return {};
  }

 private:
  /// An execution's processes may each have recorded its start; the first one counts. Ends may be in other journals than starts.
  struct Execution {
    std::optional<step::ExecutionStart> start;
    std::optional<step::ExecutionEnd> end;
  };

  Status make(std::unique_ptr<Filler>& filler, const std::string& table, const Columns& columns) {
    auto made = database_.fill(table, columns);
    if (!made) return tl::unexpected(made.error());
    filler = std::move(*made);
    return {};
  }

  // ---- records

  Status put(step::ExecutionStart&& start) {
    Execution& execution = executions_[start.execution];
    if (!execution.start || start.time < execution.start->time) execution.start = std::move(start);
    return {};
  }
  Status put(step::PlanRecord&& plan) {
    plans_.emplace(plan.plan, std::move(plan));  // executions of one plan tell the same
    return {};
  }
  Status put(step::ExecutionEnd&& end) {
    Execution& execution = executions_[end.execution];
    if (!execution.end || end.time >= execution.end->time) execution.end = std::move(end);
    return {};
  }
  Status put(step::EndRecord&& end) {
    ++id_;
    ++report_.attempts;
    const std::array<Value, 28> row = {origin_.number,
                                       id_,
                                       end.execution,
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
                                       std::int64_t{end.rung}};
    if (auto done = elements_->add(Row(row).subspan(origin_.number == 0 ? 1 : 0)); !done) return done;
    if (auto done = put_files(*artifacts_, end.outputs, report_.made); !done) return done;
    if (end.outcome == step::Outcome::succeeded)
      if (auto done = put_files(*uses_, end.inputs, report_.read); !done) return done;
    if (auto done = put_lookups(end.lookups); !done) return done;
    return put_metrics(end.metrics);
  }

  template <typename File>
  Status put_files(Filler& table, const std::vector<File>& files, std::uint64_t& count) const {
    std::int64_t place = 0;
    for (const File& file : files) {
      const std::array<Value, 7> row = {id_, place++, file.port, file.path, file.state.size, file.state.mtime, blob(file.state.content)};
      if (auto done = table.add(row); !done) return done;
    }
    count += files.size();
    return {};
  }

  /// Of two with one key the later one counts.
  template <typename Record>
  static bool is_last(const std::vector<Record>& records, std::size_t place, std::string Record::*key) {
    for (std::size_t later = place + 1; later < records.size(); ++later)
      if (records[later].*key == records[place].*key) return false;
    return true;
  }

  Status put_lookups(const std::vector<step::LookupRecord>& lookups) {
    for (std::size_t i = 0; i < lookups.size(); ++i) {
      if (!is_last(lookups, i, &step::LookupRecord::port)) continue;
      if (auto done = lookups_->add(std::array<Value, 4>{id_, lookups[i].port, lookups[i].chosen, lookups[i].runner_up}); !done)
        return done;
    }
    return {};
  }

  Status put_metrics(const std::vector<step::MetricRecord>& metrics) {
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      if (!is_last(metrics, i, &step::MetricRecord::name)) continue;
      ++report_.metrics;
      if (auto done = metrics_->add(std::array<Value, 3>{id_, metrics[i].name, metrics[i].json}); !done) return done;
    }
    return {};
  }

  // ---- few rows

  [[nodiscard]] std::string own() const { return origin_.number == 0 ? "" : fmt::format(" AND origin = {}", origin_.number); }
  /// An insert, with the origin where there is one.
  [[nodiscard]] std::string insert(std::string_view table, std::string_view columns, std::string_view marks) const {
    return origin_.number == 0 ? fmt::format("INSERT INTO {} ({}) VALUES ({})", table, columns, marks)
                               : fmt::format("INSERT INTO {} (origin, {}) VALUES ({}, {})", table, columns, origin_.number, marks);
  }
  Status run(const std::string& sql, std::initializer_list<Value> values) {
    auto statement = database_.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    return (*statement)->run(values);
  }

  Status put_journal(const std::string& name, const KnownJournal& journal) {
    if (auto done = run("DELETE FROM journals WHERE name = ?" + own(), {name}); !done) return done;
    return run(insert("journals", "name, size, records, read_to, checksum", "?, ?, ?, ?, ?"),
               {name, journal.size, journal.records, journal.read_to, journal.checksum});
  }

  Status put_execution(const std::string& name, const Execution& execution) {
    if (execution.start) {
      const step::ExecutionStart& start = *execution.start;
      const auto known = database_.number("SELECT count(*) FROM executions WHERE id = ?" + own(), {name});
      if (!known) return tl::unexpected(known.error());
      std::string arguments;
      for (const std::string& argument : start.arguments) arguments += (arguments.empty() ? "" : " ") + shell_quoted(argument);
      report_.executions += *known == 0 ? 1 : 0;
      const Status done =
          *known == 0
              ? run(insert("executions", "id, workflow, plan, host, \"user\", osac, pid, arguments, started, site, site_content",
                           "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"),
                    {name, start.workflow, start.plan, start.host, start.user, start.osac_version, start.pid, arguments, start.time,
                     start.site, blob(start.site_content)})
              : run("UPDATE executions SET workflow = ?, plan = ?, host = ?, \"user\" = ?, osac = ?, pid = ?, arguments = ?, started = ?, "
                    "site = ?, site_content = ? "
                    "WHERE id = ? AND started > ?" +
                        own(),
                    {start.workflow, start.plan, start.host, start.user, start.osac_version, start.pid, arguments, start.time, start.site,
                     blob(start.site_content), name, start.time});
      if (!done) return done;
    }
    if (!execution.end) return {};
    return run("UPDATE executions SET ended = ?, exit_code = ? WHERE id = ? AND (ended IS NULL OR ended <= ?)" + own(),
               {execution.end->time, std::int64_t{execution.end->exit_code}, name, execution.end->time});
  }

  Status put_plan(const step::PlanRecord& plan) {
    const auto known = database_.number(
        "SELECT (SELECT count(*) FROM sources WHERE plan = ?" + own() + ") + (SELECT count(*) FROM parameters WHERE plan = ?" + own() + ")",
        {plan.plan, plan.plan});
    if (!known) return tl::unexpected(known.error());
    if (*known != 0) return {};
    for (std::size_t i = 0; i < plan.parameters.size(); ++i)
      if (is_last(plan.parameters, i, &step::PlanRecord::Parameter::name))
        if (auto done =
                run(insert("parameters", "plan, name, value", "?, ?, ?"), {plan.plan, plan.parameters[i].name, plan.parameters[i].value});
            !done)
          return done;
    for (std::size_t i = 0; i < plan.sources.size(); ++i)
      if (is_last(plan.sources, i, &step::PlanRecord::Source::name))
        if (auto done =
                run(insert("sources", "plan, name, content", "?, ?, ?"), {plan.plan, plan.sources[i].name, blob(plan.sources[i].content)});
            !done)
          return done;
    std::set<std::pair<std::string, std::string>> uses;
    for (const step::PlanRecord::Task& task : plan.tasks)
      for (const std::string& parameter : task.parameters) uses.emplace(task.name, parameter);
    for (const auto& [task, parameter] : uses)
      if (auto done = run(insert("parameter_uses", "plan, task, parameter", "?, ?, ?"), {plan.plan, task, parameter}); !done) return done;
    return {};
  }

  Database& database_;  // NOLINT: lives for one call
  Origin origin_;
  RegistryReport& report_;  // NOLINT
  std::int64_t id_ = 0;     // of the last attempt
  std::map<std::string, Execution> executions_;
  std::map<std::string, step::PlanRecord> plans_;
  std::unique_ptr<Filler> elements_, artifacts_, uses_, metrics_, lookups_;
};

/// Whether the tables go on from these journals: each that they know is still there, and has at most grown.
bool fits(const std::map<std::string, KnownJournal>& known, const std::vector<std::string>& journals) {
  std::size_t found = 0;
  for (const std::string& path : journals) {
    const auto before = known.find(step::name_of(path));
    if (before == known.end()) continue;
    ++found;
    const std::int64_t size = size_of(path);
    if (size == before->second.size) continue;
    const auto read_to = static_cast<std::uint64_t>(before->second.read_to);
    if (size < before->second.read_to || static_cast<std::int64_t>(checksum_before(path, read_to)) != before->second.checksum) return false;
  }
  return found == known.size();
}

}  // namespace

Result<Ingested> ingest(Database& database, Origin origin, const std::vector<std::string>& journals, RegistryReport& report,
                        bool& index_is_sound) {
  const auto known = known_journals(database, origin);
  if (!known) return tl::unexpected(known.error());
  if (!fits(*known, journals)) return Ingested::stale;
  Ingestion ingestion(database, origin, report);
  if (auto prepared = ingestion.prepare(); !prepared) return tl::unexpected(prepared.error());
  for (const std::string& path : journals) {
    const auto before = known->find(step::name_of(path));
    const KnownJournal from = before == known->end() ? KnownJournal{-1, 0, 0, 0} : before->second;
    if (size_of(path) == from.size) continue;
    if (auto done = ingestion.read(path, from, index_is_sound); !done) return tl::unexpected(done.error());
  }
  if (auto done = ingestion.finish(); !done) return tl::unexpected(done.error());
  return Ingested::all;
}

Status clear(Database& database, Origin origin) {
  const std::string attempts = fmt::format("BETWEEN {} AND {}", origin.first(), origin.last());
  for (const auto& [table, column] :
       {std::pair("metrics", "element"), {"lookups", "element"}, {"uses", "used_by"}, {"artifacts", "made_by"}, {"elements", "id"}})
    if (auto done = database.run(fmt::format("DELETE FROM {} WHERE {} {}", table, column, attempts)); !done) return done;
  for (const char* const table : {"executions", "parameters", "parameter_uses", "sources", "journals"})
    if (auto done = database.run(fmt::format("DELETE FROM {} WHERE origin = {}", table, origin.number)); !done) return done;
  return {};
}

Result<Amount> amount(Database& database, Origin origin, const std::vector<std::string>& journals) {
  const auto known = known_journals(database, origin);
  if (!known) return tl::unexpected(known.error());
  Amount amount;
  for (const std::string& path : journals) amount.all += static_cast<std::uint64_t>(std::max<std::int64_t>(size_of(path), 0));
  for (const auto& [name, journal] : *known) amount.known += static_cast<std::uint64_t>(journal.read_to);
  return amount;
}

}  // namespace osac::registry
