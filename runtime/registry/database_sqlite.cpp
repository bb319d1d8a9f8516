// SQLite: a file beside the journals.

#include <sqlite3.h>

#include "runtime/registry/database.h"

namespace osac::registry {

namespace {

struct Connection {
  sqlite3* handle = nullptr;
  std::string path;

  [[nodiscard]] tl::unexpected<Error> error(const std::string& action) const {
    const int code = ::sqlite3_errcode(handle);
    const bool is_busy = code == SQLITE_BUSY || code == SQLITE_LOCKED;
    const bool is_damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR || code == SQLITE_CONSTRAINT;
    return failure(is_busy      ? Trouble::busy
                   : is_damaged ? Trouble::damaged
                                : Trouble::environment,
                   "cannot " + action + " `" + path + "`: " + ::sqlite3_errmsg(handle));
  }
};

Status bind(const Connection& connection, sqlite3_stmt* statement, Row values) {
  int place = 0;
  for (const Value& value : values) {
    ++place;
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      code = ::sqlite3_bind_int64(statement, place, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      // an empty view may have no address, which SQLite would take for NULL
      code = ::sqlite3_bind_text(statement, place, text->empty() ? "" : text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      const std::string_view bytes = blob->bytes;
      code = ::sqlite3_bind_blob(statement, place, bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
    } else {
      code = ::sqlite3_bind_null(statement, place);
    }
    if (code != SQLITE_OK) return connection.error("update");
  }
  return {};
}

class SqliteStatement final : public Statement {
 public:
  SqliteStatement(const Connection& connection, sqlite3_stmt* statement) : connection_(connection), statement_(statement) {}
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;
  ~SqliteStatement() override { ::sqlite3_finalize(statement_); }

  Result<bool> ask(Row values) override {
    ::sqlite3_reset(statement_);
    if (auto bound = bind(connection_, statement_, values); !bound) return tl::unexpected(bound.error());
    return next();
  }
  Result<bool> next() override {
    const int code = ::sqlite3_step(statement_);
    if (code != SQLITE_DONE && code != SQLITE_ROW) return connection_.error("read");
    if (code == SQLITE_DONE) ::sqlite3_reset(statement_);  // what it wrote is done, what it read is free
    return code == SQLITE_ROW;
  }
  [[nodiscard]] int columns() const override { return ::sqlite3_column_count(statement_); }
  [[nodiscard]] std::string column_name(int column) const override {
    const char* const name = ::sqlite3_column_name(statement_, column);
    return name == nullptr ? "" : name;
  }
  [[nodiscard]] bool is_null(int column) const override { return ::sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  [[nodiscard]] bool is_blob(int column) const override { return ::sqlite3_column_type(statement_, column) == SQLITE_BLOB; }
  [[nodiscard]] std::int64_t number(int column) const override { return ::sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::string text(int column) const override {
    const auto* const text = reinterpret_cast<const char*>(::sqlite3_column_text(statement_, column));
    return text == nullptr ? "" : std::string(text, static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column)));
  }
  [[nodiscard]] std::string bytes(int column) const override {
    const auto* const bytes = static_cast<const char*>(::sqlite3_column_blob(statement_, column));
    return bytes == nullptr ? "" : std::string(bytes, static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column)));
  }
  [[nodiscard]] bool is_read_only() const { return ::sqlite3_stmt_readonly(statement_) != 0; }

 private:
  const Connection& connection_;  // NOLINT: the database outlives it
  sqlite3_stmt* statement_;
};

class SqliteFiller final : public Filler {
 public:
  explicit SqliteFiller(std::unique_ptr<SqliteStatement> statement) : statement_(std::move(statement)) {}
  Status add(Row row) override {
    const auto done = statement_->ask(row);
    return done ? Status() : tl::unexpected(done.error());
  }
  Status finish() override { return {}; }

 private:
  std::unique_ptr<SqliteStatement> statement_;
};

class Sqlite final : public Database {
 public:
  explicit Sqlite(Connection connection) : connection_(std::move(connection)) {}
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;
  ~Sqlite() override { ::sqlite3_close(connection_.handle); }

  [[nodiscard]] Kind kind() const override { return Kind::sqlite; }
  Status run(const std::string& sql) override {
    if (::sqlite3_exec(connection_.handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return connection_.error("update");
    return {};
  }
  Result<std::unique_ptr<Statement>> prepare(const std::string& sql) override { return prepare_sqlite(sql); }
  Result<std::unique_ptr<Filler>> fill(const std::string& table, const std::vector<std::string>& columns) override {
    std::string names;
    std::string marks;
    for (const std::string& column : columns) {
      names += (names.empty() ? "" : ", ") + column;
      marks += marks.empty() ? "?" : ", ?";
    }
    auto statement = prepare_sqlite("INSERT INTO " + table + " (" + names + ") VALUES (" + marks + ")");
    if (!statement) return tl::unexpected(statement.error());
    return std::make_unique<SqliteFiller>(std::move(*statement));
  }
  Result<std::unique_ptr<Statement>> prepare_reading(const std::string& sql) override {
    auto statement = prepare_sqlite(sql);
    if (!statement) return failure(Trouble::usage, statement.error().what);
    if ((*statement)->columns() == 0 || !(*statement)->is_read_only()) return failure(Trouble::usage, only_reading);
    return statement;
  }

 private:
  Result<std::unique_ptr<SqliteStatement>> prepare_sqlite(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (::sqlite3_prepare_v2(connection_.handle, sql.c_str(), static_cast<int>(sql.size() + 1), &statement, nullptr) != SQLITE_OK)
      return connection_.error("read");
    return std::make_unique<SqliteStatement>(connection_, statement);
  }
  Connection connection_;
};

}  // namespace

Result<std::int64_t> Database::number(const std::string& sql, std::initializer_list<Value> values) {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  const auto found = (*statement)->find(values);
  if (!found) return tl::unexpected(found.error());
  return *found ? (*statement)->number(0) : 0;
}

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, int busy_timeout_ms, Access access) {
  Connection connection{nullptr, path};
  const int flags = access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = ::sqlite3_open_v2(path.c_str(), &connection.handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  auto database = std::make_unique<Sqlite>(connection);
  if (code != SQLITE_OK) return connection.error("open");
  ::sqlite3_busy_timeout(connection.handle, busy_timeout_ms);
  return database;
}

}  // namespace osac::registry
