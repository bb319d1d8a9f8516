#include "runtime/registry/database.h"

#include <sqlite3.h>
#include <utility>

namespace osac::registry {

Result<Database> Database::open(const std::string& path, int busy_timeout_ms, Access access) {
  sqlite3* handle = nullptr;
  const int flags = access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = ::sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle, path);
  if (code != SQLITE_OK) return database.error("open");
  ::sqlite3_busy_timeout(handle, busy_timeout_ms);
  return database;
}

Database::Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)), path_(std::move(other.path_)) {}
Database::~Database() { ::sqlite3_close(handle_); }

tl::unexpected<Error> Database::error(const std::string& action) const {
  const int code = ::sqlite3_errcode(handle_);
  const bool is_busy = code == SQLITE_BUSY || code == SQLITE_LOCKED;
  const bool is_damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR || code == SQLITE_CONSTRAINT;
  return failure(is_busy      ? Trouble::busy
                 : is_damaged ? Trouble::damaged
                              : Trouble::environment,
                 "cannot " + action + " `" + path_ + "`: " + ::sqlite3_errmsg(handle_));
}

Status Database::run(const char* sql) {
  if (::sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error("update");
  return {};
}

Result<std::int64_t> Database::number(const char* sql) {
  Statement statement(*this, sql);
  const auto found = statement.find({});
  if (!found) return tl::unexpected(found.error());
  return *found ? statement.number(0) : 0;
}

std::int64_t Database::last_id() const { return ::sqlite3_last_insert_rowid(handle_); }

Statement::Statement(Database& database, const char* sql) : database_(database) {
  ::sqlite3_prepare_v2(database.handle_, sql, -1, &statement_, nullptr);
}
Statement::~Statement() { ::sqlite3_finalize(statement_); }

Status Statement::bind(std::initializer_list<Value> values) {
  if (statement_ == nullptr) return database_.error("update");
  ::sqlite3_reset(statement_);
  int place = 0;
  for (const Value& value : values) {
    ++place;
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      code = ::sqlite3_bind_int64(statement_, place, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      // an empty view may have no address, which SQLite would take for NULL
      code = ::sqlite3_bind_text(statement_, place, text->empty() ? "" : text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
    } else {
      const std::string_view bytes = std::get<Blob>(value).bytes;
      code = ::sqlite3_bind_blob(statement_, place, bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
    }
    if (code != SQLITE_OK) return database_.error("update");
  }
  return {};
}

Status Statement::run(std::initializer_list<Value> values) {
  if (auto bound = bind(values); !bound) return bound;
  const int code = ::sqlite3_step(statement_);
  if (code != SQLITE_DONE && code != SQLITE_ROW) return database_.error("update");
  ::sqlite3_reset(statement_);
  return {};
}

Result<bool> Statement::find(std::initializer_list<Value> values) {
  if (auto bound = bind(values); !bound) return tl::unexpected(bound.error());
  const int code = ::sqlite3_step(statement_);
  if (code != SQLITE_DONE && code != SQLITE_ROW) return database_.error("read");
  return code == SQLITE_ROW;
}

Status Statement::check() const {
  if (statement_ == nullptr) return database_.error("read");
  return {};
}

Result<bool> Statement::next() {
  const int code = ::sqlite3_step(statement_);
  if (code != SQLITE_DONE && code != SQLITE_ROW) return database_.error("read");
  return code == SQLITE_ROW;
}

int Statement::columns() const { return ::sqlite3_column_count(statement_); }
std::string Statement::column_name(int column) const {
  const char* const name = ::sqlite3_column_name(statement_, column);
  return name == nullptr ? "" : name;
}
bool Statement::is_null(int column) const { return ::sqlite3_column_type(statement_, column) == SQLITE_NULL; }
bool Statement::is_blob(int column) const { return ::sqlite3_column_type(statement_, column) == SQLITE_BLOB; }
bool Statement::is_read_only() const { return statement_ != nullptr && ::sqlite3_stmt_readonly(statement_) != 0; }

std::string Statement::text(int column) const {
  const auto* const text = reinterpret_cast<const char*>(::sqlite3_column_text(statement_, column));
  return text == nullptr ? "" : std::string(text, static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column)));
}

std::string Statement::bytes(int column) const {
  const auto* const bytes = static_cast<const char*>(::sqlite3_column_blob(statement_, column));
  return bytes == nullptr ? "" : std::string(bytes, static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column)));
}

std::int64_t Statement::number(int column) const { return ::sqlite3_column_int64(statement_, column); }

}  // namespace osac::registry
