// The index is brought up to date: in its file beside the journals, or on a server.

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>

#include "compiler/base/text.h"
#include "runtime/registry/index.h"
#include "runtime/registry/registry_place.h"
#include "runtime/registry/schema.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/system.h"

namespace osac::registry {

namespace {

using site::RegistryKind;

constexpr int busy_timeout_ms = 2'000;
constexpr int lock_patience_ms = 10'000;
constexpr int read_timeout_ms = 5'000;
// from so much on, new rows are put into a new file: sorting each index once takes less than keeping it sorted
constexpr std::uint64_t worth_a_new_file = 64U << 20;

constexpr std::uint64_t worth_a_count = 500;  // attempts

enum class Wanted { update, rebuild };

// ---- a file

/// Puts everything into a new file, which takes the place of whatever is there.
Status make_file(const std::string& path, const std::vector<std::string>& journals, RegistryReport& report) {
  const std::string fresh = path + ".new";
  for (const std::string& left : {fresh, fresh + "-journal"}) ::unlink(left.c_str());
  {
    auto opened = open_sqlite(fresh, busy_timeout_ms, Access::write);
    if (!opened) return tl::unexpected(opened.error());
    Database& database = **opened;
    const auto steps = schema_steps(0, RegistryKind::sqlite);
    // nobody else knows this file, and nobody misses it if it is not finished; threads sort what indexes are made of
    for (const char* const sql : {"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA locking_mode = EXCLUSIVE",
                                  "PRAGMA page_size = 8192", "PRAGMA cache_size = -65536", "PRAGMA threads = 2", "BEGIN"})
      if (auto done = database.run(sql); !done) return done;
    for (const SchemaStep& step : steps)
      for (const std::string& statement : step.statements)
        if (auto done = database.run(statement); !done) return done;
    bool index_is_sound = false;
    const auto ingested = ingest(database, {}, journals, report, index_is_sound);
    if (!ingested) {
      ::unlink(fresh.c_str());
      return tl::unexpected(ingested.error());
    }
    for (const SchemaStep& step : steps)
      for (const std::string& statement : step.indexes)
        if (auto done = database.run(statement); !done) return done;
    for (const std::string& sql : {fmt::format("PRAGMA user_version = {}", schema_version()), std::string("COMMIT")})
      if (auto done = database.run(sql); !done) return done;
  }
  if (auto synced = step::sync_tree(fresh); !synced) return synced;
  ::unlink((path + "-journal").c_str());  // of the old file: it would be taken for the new one's
  if (::rename(fresh.c_str(), path.c_str()) != 0) return system_failure(errno, "replace", path);
  return {};
}

enum class Update { done, from_scratch };

Result<Update> update_in_transaction(Database& database, const std::string& path, const std::vector<std::string>& journals,
                                     RegistryReport& report, bool& index_is_sound) {
  const auto present = database.number("PRAGMA user_version");
  if (!present) return tl::unexpected(present.error());
  if (*present > schema_version()) {
    index_is_sound = true;
    return newer_schema(path, *present);
  }
  if (*present != schema_version()) return Update::from_scratch;
  const auto amount = registry::amount(database, {}, journals);
  if (!amount) return tl::unexpected(amount.error());
  if (amount->all > amount->known * 2 && amount->all - amount->known > worth_a_new_file) return Update::from_scratch;
  const auto ingested = ingest(database, {}, journals, report, index_is_sound);
  if (!ingested) return tl::unexpected(ingested.error());
  return *ingested == Ingested::all ? Update::done : Update::from_scratch;
}

Result<Update> try_update(const std::string& path, const std::vector<std::string>& journals, RegistryReport& report, bool& index_is_sound) {
  auto opened = open_sqlite(path, busy_timeout_ms, Access::write);
  if (!opened) return tl::unexpected(opened.error());
  Database& database = **opened;
  // no WAL: it does not work on network file systems
  for (const char* const sql : {"PRAGMA journal_mode = DELETE", "PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE"})
    if (auto done = database.run(sql); !done) return tl::unexpected(done.error());
  auto updated = update_in_transaction(database, path, journals, report, index_is_sound);
  if (!updated || *updated == Update::from_scratch) {
    (void)database.run("ROLLBACK");
    return updated;
  }
  if (auto done = database.run("COMMIT"); !done) return tl::unexpected(done.error());
  return updated;
}

Result<RegistryReport> update_file(const std::string& state_folder, const std::vector<std::string>& journals, Wanted wanted) {
  const std::string path = registry_file(state_folder);
  const auto lock = lock_registry(state_folder, lock_patience_ms);
  if (!lock) return tl::unexpected(lock.error());
  RegistryReport report;
  bool index_is_sound = false;
  struct stat info {};
  const bool is_there = ::stat(path.c_str(), &info) == 0 && info.st_size > 0;
  if (wanted == Wanted::update && is_there) {
    const auto updated = try_update(path, journals, report, index_is_sound);
    if (updated && *updated == Update::done) return report;
    if (!updated) {
      const Error& error = updated.error();
      if (error.trouble != Trouble::damaged || index_is_sound) return tl::unexpected(error);
      report = {};
      report.notes.push_back(fmt::format("the index was damaged, and has been made anew from the journals: {}", error.what));
    } else {
      report = {};
    }
  }
  if (auto made = make_file(path, journals, report); !made) return tl::unexpected(made.error());
  return report;
}

// ---- a server

Result<std::unique_ptr<Database>> open_server(const site::RegistryUrl& url) {
  return url.kind == RegistryKind::postgresql ? open_postgresql(url) : open_mariadb(url);
}

std::string absolute(const std::string& path) {
  char* const resolved = ::realpath(path.c_str(), nullptr);
  std::string out = resolved == nullptr ? path : resolved;
  ::free(resolved);  // NOLINT: as realpath gives it
  return out;
}

/// The number of the folder's rows. Two that come first at once try the same number; one of them tries again.
Result<Origin> find_origin(Database& server, const RegistryPlace& place, const std::string& state_folder) {
  constexpr int most_tries = 100;
  const bool is_mariadb = server.kind() == RegistryKind::mariadb;
  auto add = server.prepare(
      is_mariadb ? "INSERT IGNORE INTO origins (id, name, folder, host) SELECT coalesce(max(id), 0) + 1, ?, ?, ? FROM origins"
                 : "INSERT INTO origins (id, name, folder, host) SELECT coalesce(max(id), 0) + 1, ?, ?, ? FROM origins "
                   "ON CONFLICT DO NOTHING");
  if (!add) return tl::unexpected(add.error());
  for (int tries = 0; tries < most_tries; ++tries) {
    const auto number = server.number("SELECT id FROM origins WHERE name = ?", {place.origin});
    if (!number) return tl::unexpected(number.error());
    if (*number != 0) return Origin{*number};
    const auto added = (*add)->run({place.origin, absolute(state_folder), step::host_name()});
    if (!added && added.error().trouble != Trouble::temporary) return tl::unexpected(added.error());
  }
  return failure(Trouble::temporary, "too many put new folders into the registry `" + place.url.text + "` at once");
}

Status ingest_locked(Database& server, Origin origin, const std::string& state_folder, const std::vector<std::string>& journals,
                     Wanted wanted, RegistryReport& report) {
  // whoever brings in journals of the same folder waits here, and finds them brought in
  const auto locked = server.number("SELECT id FROM origins WHERE id = ? FOR UPDATE", {origin.number});
  if (!locked) return tl::unexpected(locked.error());
  auto moved = server.prepare("UPDATE origins SET folder = ?, host = ? WHERE id = ? AND (folder <> ? OR host <> ?)");
  if (!moved) return tl::unexpected(moved.error());
  const std::string folder = absolute(state_folder);
  const std::string host = step::host_name();
  if (auto done = (*moved)->run({folder, host, origin.number, folder, host}); !done) return done;
  bool index_is_sound = false;
  Result<Ingested> ingested = Ingested::stale;
  if (wanted == Wanted::update) ingested = ingest(server, origin, journals, report, index_is_sound);
  if (ingested && *ingested == Ingested::stale) {
    if (auto cleared = clear(server, origin); !cleared) return cleared;
    ingested = ingest(server, origin, journals, report, index_is_sound);
  }
  if (!ingested) return tl::unexpected(ingested.error());
  // without a count of the new rows PostgreSQL reads whole tables for one of them, until it counts by itself
  if (server.kind() == RegistryKind::postgresql && report.attempts >= worth_a_count)
    return server.run("ANALYZE elements, artifacts, uses, metrics");
  return {};
}

Result<Index> update_server(const std::string& state_folder, const RegistryPlace& place, const std::vector<std::string>& journals,
                            Wanted wanted) {
  auto opened = open_server(place.url);
  if (!opened) return tl::unexpected(opened.error());
  Database& server = **opened;
  if (auto ready = bring_up_schema(server, place.url.text); !ready) return tl::unexpected(ready.error());
  const auto origin = find_origin(server, place, state_folder);
  if (!origin) return tl::unexpected(origin.error());
  RegistryReport report;
  if (auto begun = server.run("BEGIN"); !begun) return tl::unexpected(begun.error());
  if (auto done = ingest_locked(server, *origin, state_folder, journals, wanted, report); !done) {
    (void)server.run("ROLLBACK");
    return tl::unexpected(done.error());
  }
  if (auto done = server.run("COMMIT"); !done) return tl::unexpected(done.error());
  return Index{std::move(*opened), *origin, std::move(report)};
}

// ---- either

struct Journals {
  RegistryPlace place;
  std::vector<std::string> paths;
};

Result<Journals> find_journals(const std::string& state_folder) {
  auto paths = step::journal_files(state_folder + "/journal");
  if (!paths) return tl::unexpected(paths.error());
  auto place = registry_place(state_folder);
  if (!place) return tl::unexpected(place.error());
  return Journals{std::move(*place), std::move(*paths)};
}

Result<RegistryReport> bring_up(const std::string& state_folder, Wanted wanted) {
  const auto journals = find_journals(state_folder);
  if (!journals) return tl::unexpected(journals.error());
  if (journals->paths.empty()) return RegistryReport();
  if (journals->place.url.kind == RegistryKind::sqlite) return update_file(state_folder, journals->paths, wanted);
  auto index = update_server(state_folder, journals->place, journals->paths, wanted);
  if (!index) return tl::unexpected(index.error());
  return std::move(index->report);
}

}  // namespace

Result<RegistryReport> update_registry(const std::string& state_folder) { return bring_up(state_folder, Wanted::update); }
Result<RegistryReport> rebuild_registry(const std::string& state_folder) { return bring_up(state_folder, Wanted::rebuild); }

Result<std::string> registry_name(const std::string& state_folder) {
  const auto place = registry_place(state_folder);
  if (!place) return tl::unexpected(place.error());
  return place->url.kind == RegistryKind::sqlite ? registry_file(state_folder) : place->url.text;
}

Result<Index> open_index(const std::string& state_folder) {
  const auto journals = find_journals(state_folder);
  if (!journals) return tl::unexpected(journals.error());
  if (journals->paths.empty()) return failure(Trouble::usage, "nothing was executed in this folder yet");
  if (journals->place.url.kind != RegistryKind::sqlite)
    return update_server(state_folder, journals->place, journals->paths, Wanted::update);
  auto report = update_file(state_folder, journals->paths, Wanted::update);
  if (!report) return tl::unexpected(report.error());
  auto database = open_sqlite(registry_file(state_folder), read_timeout_ms, Access::read);
  if (!database) return tl::unexpected(database.error());
  return Index{std::move(*database), {}, std::move(*report)};
}

Result<std::vector<std::string>> check_registry(const std::string& state_folder) {
  std::vector<std::string> wrong;
  const auto place = registry_place(state_folder);
  if (!place) return tl::unexpected(place.error());
  const std::string path = registry_file(state_folder);
  if (place->url.kind != RegistryKind::sqlite || ::access(path.c_str(), F_OK) != 0) return wrong;
  const auto lock = lock_registry(state_folder, lock_patience_ms);
  if (!lock) return tl::unexpected(lock.error());
  auto opened = open_sqlite(path, read_timeout_ms, Access::read);
  if (!opened) return tl::unexpected(opened.error());
  auto statement = (*opened)->prepare("PRAGMA integrity_check");
  auto row = statement ? (*statement)->find({}) : tl::unexpected(statement.error());
  for (; row && *row; row = (*statement)->next())
    if (const std::string said = (*statement)->text(0); said != "ok") wrong.push_back(fmt::format("`{}`: {}", path, visible(said)));
  if (!row && row.error().trouble != Trouble::damaged) return tl::unexpected(row.error());
  if (!row) wrong.push_back(row.error().what);
  return wrong;
}

}  // namespace osac::registry
