#include "runtime/registry/schema.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

#include "compiler/base/text.h"
#include "runtime/registry/dialect.h"

namespace osac::registry {

/// The text of schema.sql.
extern const char* const schema;

namespace {

using site::RegistryKind;

constexpr std::string_view version_line = "-- version ";

/// Without comments, in one database's words, each statement a line.
std::string plain_lines(std::string_view text, RegistryKind kind) {
  std::string plain;
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view kept = trim(line.substr(0, line.find("--")));
    if (kept.empty()) continue;
    plain += kept;
    plain += kept.ends_with(';') ? '\n' : ' ';
  }
  return in_dialect(plain, kind);
}

/// `part` begins with its number.
SchemaStep step_of(std::string_view part, RegistryKind kind) {
  SchemaStep step;
  std::from_chars(part.data(), part.data() + part.size(), step.version);
  const std::string plain = plain_lines(part.substr(std::min(part.find('\n'), part.size())), kind);
  for (std::string_view statement : split(plain, '\n')) {
    if (statement.empty()) continue;
    statement.remove_suffix(1);  // its `;`
    (statement.starts_with("CREATE INDEX") ? step.indexes : step.statements).emplace_back(statement);
  }
  return step;
}

/// MariaDB ends a transaction with each table that is made: what was interrupted is gone on with.
std::string repeatable(std::string statement, RegistryKind kind) {
  if (kind != RegistryKind::mariadb) return statement;
  for (const std::string_view word : {"CREATE TABLE ", "CREATE INDEX ", "ADD COLUMN "})
    if (const auto at = statement.find(word); at != std::string::npos) statement.insert(at + word.size(), "IF NOT EXISTS ");
  return statement;
}

Status carry_out(Database& server, const SchemaStep& step) {
  for (const auto* statements : {&step.statements, &step.indexes})
    for (const std::string& statement : *statements)
      if (auto done = server.run(repeatable(statement, server.kind())); !done) return done;
  return server.run(fmt::format("UPDATE schema_version SET version = {}", step.version));
}

/// Folders whose rows are here, and the version of the tables.
Status make_common_tables(Database& server) {
  for (const std::string_view statement :
       {"CREATE TABLE IF NOT EXISTS schema_version (one {number} NOT NULL PRIMARY KEY, version {number} NOT NULL) {table}",
        "CREATE TABLE IF NOT EXISTS origins (id {number} NOT NULL PRIMARY KEY, name {name} NOT NULL UNIQUE, folder {text} NOT NULL, "
        "host {text} NOT NULL) {table}"})
    if (auto done = server.run(in_dialect(statement, server.kind())); !done) return done;
  const bool is_mariadb = server.kind() == RegistryKind::mariadb;
  return server.run(is_mariadb ? "INSERT IGNORE INTO schema_version VALUES (1, 0)"
                               : "INSERT INTO schema_version VALUES (1, 0) ON CONFLICT DO NOTHING");
}

Status bring_up(Database& server, const std::string& name) {
  if (auto made = make_common_tables(server); !made) return made;
  const auto present = server.number("SELECT version FROM schema_version WHERE one = 1");
  if (!present) return tl::unexpected(present.error());
  if (*present > schema_version()) return newer_schema(name, *present);
  for (const SchemaStep& step : schema_steps(*present, server.kind()))
    if (auto done = carry_out(server, step); !done) return done;
  return {};
}

}  // namespace

std::vector<SchemaStep> schema_steps(std::int64_t after, RegistryKind kind) {
  std::vector<SchemaStep> steps;
  std::string_view text(schema);
  for (std::size_t at = text.find(version_line); at != std::string_view::npos; at = text.find(version_line)) {
    text.remove_prefix(at + version_line.size());
    SchemaStep step = step_of(text.substr(0, text.find(version_line)), kind);
    if (step.version > after) steps.push_back(std::move(step));
  }
  return steps;
}

std::int64_t schema_version() {
  static const std::int64_t newest = schema_steps(0, RegistryKind::sqlite).back().version;
  return newest;
}

tl::unexpected<Error> newer_schema(const std::string& name, std::int64_t version) {
  return failure(
      Trouble::damaged,
      fmt::format("the registry `{}` is of a newer osac: its version is {}, this osac knows up to {}", name, version, schema_version()),
      "use the newer osac, or another registry; the journals have everything");
}

Status bring_up_schema(Database& server, const std::string& name) {
  // most often there is nothing to do, and nobody has to wait for that
  if (const auto present = server.number("SELECT version FROM schema_version WHERE one = 1"); present && *present == schema_version())
    return {};
  const bool is_mariadb = server.kind() == RegistryKind::mariadb;
  if (!is_mariadb) {
    if (auto begun = server.run("BEGIN"); !begun) return begun;
    if (auto locked = server.run("SELECT pg_advisory_xact_lock(7234017283807667301)"); !locked) return locked;
  } else if (const auto locked = server.number("SELECT coalesce(get_lock('osac schema', 60), 0)"); !locked || *locked != 1) {
    return locked ? failure(Trouble::busy, "the tables of the registry `" + name + "` are being made by somebody else, for long")
                  : tl::unexpected(locked.error());
  }
  Status done = bring_up(server, name);
  if (!done) {
    (void)server.run(is_mariadb ? "DO release_lock('osac schema')" : "ROLLBACK");
    return done;
  }
  return server.run(is_mariadb ? "DO release_lock('osac schema')" : "COMMIT");
}

}  // namespace osac::registry
