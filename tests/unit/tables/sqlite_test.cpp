#include <sqlite3.h>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "compiler/tables/sqlite_database.h"
#include "tests/unit/tables/fixture.h"

using namespace osac;
using namespace osac::tables;
using namespace osac::tables::test;

namespace {

/// The bytes of a database made by these statements.
std::string database(const std::string& statements) {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(":memory:", &connection) == SQLITE_OK);
  char* error = nullptr;
  sqlite3_exec(connection, statements.c_str(), nullptr, nullptr, &error);
  INFO((error == nullptr ? "" : error));
  REQUIRE(error == nullptr);
  sqlite3_int64 size = 0;
  unsigned char* const bytes = sqlite3_serialize(connection, "main", &size, 0);
  std::string copy(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));  // NOLINT: bytes are bytes
  sqlite3_free(bytes);
  sqlite3_close(connection);
  return copy;
}

const std::string three_runs =
    "create table runs (seq integer, kind text, exptime real);"
    "insert into runs values (1, 'BIAS', 0.5), (2, 'FLAT', 1.5), (3, 'SCIENCE', 30.0);";

struct SqliteFixture : Fixture {
  Query query;
  SqliteFixture() : Fixture(TableFormat::sqlite) {}

  /// Asks a database; gives what was reported.
  std::string ask(const std::string& bytes, const std::string& text) {
    query.text = text;
    const SourceId source = sources.add("query.osa", "table log = sqlite \"runs.db\" query \"" + text + "\"\n");
    query.span = sources.span(source);
    data = tables::read(program, program::TableId{0}, "runs.db", bytes, sources, strings, diagnostics, query);
    return render(diagnostics, sources, {DiagnosticFormat::line, false});
  }
};

SqliteFixture runs() {
  SqliteFixture f;
  f.column("seq", Kind::integer);
  f.column("kind", f.enumeration());
  return f;
}

void check_contains(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("a table is the answer of a query, row by row") {
  SqliteFixture f = runs();
  CHECK(f.ask(database(three_runs), "select seq, exptime, kind from runs order by seq desc").empty());
  CHECK(f.rows() == "3 SCIENCE; 2 FLAT; 1 BIAS");
  CHECK(f.cell(1, 0) == "2");
  CHECK(f.cell(1, 1) == "FLAT");
}

TEST_CASE("columns are found by name, with joins, functions and common table expressions") {
  SqliteFixture f = runs();
  CHECK(f.ask(database(three_runs + "create view good as select * from runs where exptime > 1;"),
              "with g as (select seq + 10 as seq, upper(kind) as kind from good) select kind, seq from g -- the end\n;")
            .empty());
  CHECK(f.rows() == "12 FLAT; 13 SCIENCE");
}

TEST_CASE("values are of the types that SQLite stored") {
  SqliteFixture f;
  f.column("seq", Kind::integer);
  f.column("airmass", Kind::real);
  f.column("ok", Kind::boolean);
  f.column("note", Type::of(Kind::text).optional());
  f.column("begin", Kind::time).encoding = TimeEncoding::mjd;
  f.column("exptime", Kind::duration);
  CHECK(f.ask(database(
                  "create table t (seq, airmass, ok, note, begin, exptime);"
                  "insert into t values (7, 1.25, 1, 'two' || char(10) || 'lines\\', 60000.5, '30 s'), (-1, 2, 0, null, 60001, '1 min');"),
              "select * from t")
            .empty());
  CHECK(f.rows() == "7 1.25 true two\nlines\\ 2023-02-25T12:00:00 30s; -1 2 false - 2023-02-26T00:00:00 1min");
}

TEST_CASE("what does not fit a column is shown in the row of the answer") {
  SqliteFixture f;
  f.column("seq", Kind::integer);
  f.column("note", Kind::text);
  const std::string said =
      f.ask(database("create table t (seq, note); insert into t values (1, 'a'), ('2', 'b'), (3, null), (x'00ff', 'c'), (1.5, 7);"),
            "select seq, note from t");
  check_contains(said, "runs.db (answer of the query):2:1: error[bad-cell]: `\"2\"` is no `int`");
  check_contains(said, "runs.db (answer of the query):3:3: error[empty-cell]");
  check_contains(said, "runs.db (answer of the query):4:1: error[bad-cell]: `x'00ff'` is no `int`");
  check_contains(said, "runs.db (answer of the query):5:1: error[bad-cell]: `1.5` is no `int`");
  check_contains(said, "runs.db (answer of the query):5:5: error[bad-cell]: `7` is no `text`");
}

TEST_CASE("unique columns are held to it") {
  SqliteFixture f;
  f.column("seq", Kind::integer).is_unique = true;
  check_contains(f.ask(database(three_runs), "select seq / 2 as seq from runs"), "answer of the query):3:1: error[duplicate-value]");
}

TEST_CASE("a text with a NUL or of another encoding is refused in its row") {
  SqliteFixture f;
  f.column("note", Kind::text);
  check_contains(f.ask(database("create table t (note); insert into t values ('fine'), (cast(x'610062' as text));"), "select note from t"),
                 "(answer of the query):2:2: error[not-text]");
  SqliteFixture g;
  g.column("note", Kind::text);
  check_contains(g.ask(database("create table t (note); insert into t values (cast(x'ff' as text));"), "select note from t"),
                 "(answer of the query):1:1: error[not-text]");
}

TEST_CASE("a query that lacks a column says what it gives") {
  SqliteFixture f = runs();
  const std::string bytes = database(three_runs);
  check_contains(f.ask(bytes, "select seq, kind as typ from runs"), "error[missing-column]");
  CHECK(f.data.row_count == 0);
  SqliteFixture g = runs();
  check_contains(g.ask(bytes, "select seq, kind, kind from runs"), "error[duplicate-column]");
}

TEST_CASE("bad SQL is shown where it is wrong") {
  SqliteFixture f = runs();
  check_contains(f.ask(database(three_runs), "select seq, kimd from runs"),
                 "query.osa:1:49: error[bad-query]: SQLite cannot answer this query: no such column: kimd");
  SqliteFixture g = runs();
  check_contains(g.ask(database(three_runs), "selec seq"), "query.osa:1:37: error[bad-query]");
}

TEST_CASE("nothing but one select is answered") {
  const std::string bytes = database(three_runs);
  for (const std::string text : {"delete from runs", "select 1 as seq, 2 as kind; delete from runs", "pragma user_version",
                                 "attach 'x' as y", "", "-- nothing", "explain select seq, kind from runs", "create table t (a)", "begin",
                                 "vacuum into 'x'", "insert into runs values (9, 'FLAT', 1) returning seq, kind"}) {
    SqliteFixture f = runs();
    INFO(text);
    check_contains(f.ask(bytes, text), "error[query-not-a-select]");
  }
  SqliteFixture f = runs();
  check_contains(f.ask(bytes, "select load_extension('x') as seq, 'FLAT' as kind"), "error[bad-query]");
}

TEST_CASE("a query cannot ask for the time or for chance") {
  const std::string bytes = database(three_runs);
  for (const std::string text : {"select random() as seq, kind from runs", "select strftime('%s') as seq, kind from runs",
                                 "select strftime('%s', lower('NOW')) as seq, kind from runs",
                                 "select current_timestamp as seq, kind from runs", "select seq, kind from runs order by random()"}) {
    SqliteFixture f = runs();
    INFO(text);
    check_contains(f.ask(bytes, text), "error[unsettled-query]");
  }
  SqliteFixture f = runs();
  CHECK(f.ask(bytes, "select cast(strftime('%s', '2024-01-01') as integer) as seq, kind from runs limit 1").empty());
  CHECK(f.rows() == "1704067200 BIAS");
}

TEST_CASE("a query ends after its steps") {
  Database endless(database(three_runs), 1'000'000);
  CHECK_FALSE(endless.prepare("with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n").has_value());
  std::optional<QueryFailure> failure;
  CHECK_FALSE(endless.next(failure));
  REQUIRE(failure.has_value());
  CHECK(failure->what == QueryFailure::What::too_long);
}

TEST_CASE("what is no database is refused") {
  const std::string bytes = database(three_runs);
  for (const std::string& wrong :
       {std::string(), std::string("seq,kind\n1,BIAS\n"), bytes.substr(0, 50), bytes.substr(0, 4096), bytes.substr(0, 5000)}) {
    SqliteFixture f = runs();
    check_contains(f.ask(wrong, "select seq, kind from runs"), "error[malformed-database]");
    CHECK(f.data.row_count == 0);
  }
}

TEST_CASE("damaged databases give a diagnostic or rows, never a crash") {
  const std::string bytes = database(three_runs + "create index by_kind on runs (kind);");
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    SqliteFixture f = runs();
    f.ask(damaged, "select seq, kind from runs where kind >= 'A'");
    if (f.diagnostics.error_count() == 0) REQUIRE(f.data.row_count <= 3);
  }
}

TEST_CASE("a database with a log beside it is read once the log is in it") {
  const auto folder = std::filesystem::temp_directory_path() / "osac-sqlite-test";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "wal.db").string();
  std::filesystem::remove(path);
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  REQUIRE(sqlite3_exec(connection, ("pragma journal_mode = wal;" + three_runs).c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(connection);  // the last one to go writes the log into the file
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  REQUIRE(bytes[18] == 2);
  SqliteFixture f = runs();
  CHECK(f.ask(bytes, "select seq, kind from runs limit 1").empty());
  CHECK(f.rows() == "1 BIAS");
  SqliteFixture g = runs();
  g.query.unfinished = "runs.db-wal";
  check_contains(g.ask(bytes, "select seq, kind from runs"),
                 "error[unfinished-database]: `runs.db` has changes that are only in `runs.db-wal`");
  std::filesystem::remove_all(folder);
}

TEST_CASE("the answer and its places do not depend on the order of declaration") {
  SqliteFixture f;
  f.column("kind", f.enumeration());
  f.column("seq", Kind::integer);
  CHECK(f.ask(database(three_runs), "select * from runs").empty());
  CHECK(f.rows() == "BIAS 1; FLAT 2; SCIENCE 3");
  CHECK(f.cell(2, 0) == "SCIENCE");
  CHECK(f.cell(2, 1) == "3");
}
