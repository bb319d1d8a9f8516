#pragma once
// SQLite, as little of it as the index needs: a connection, prepared statements, errors as Results. Private to this room.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "compiler/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace osac::registry {

/// The text of schema.sql.
extern const char* const schema;

/// What is wrong with the file, if its Error says damaged: it is to be made anew.
class Database {
 public:
  enum class Access : std::uint8_t { read, write };
  static Result<Database> open(const std::string& path, int busy_timeout_ms, Access access = Access::write);
  Database(Database&& other) noexcept;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  Status run(const char* sql);
  Result<std::int64_t> number(const char* sql);
  [[nodiscard]] std::int64_t last_id() const;
  /// The last error, as trouble: busy, damaged or environment.
  [[nodiscard]] tl::unexpected<Error> error(const std::string& action) const;

 private:
  friend class Statement;
  Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  sqlite3* handle_;
  std::string path_;
};

struct Blob {
  std::string_view bytes;
};
using Value = std::variant<std::int64_t, std::string_view, Blob>;

/// A prepared statement; the database outlives it. A statement that could not be prepared gives its error when it is run.
class Statement {
 public:
  Statement(Database& database, const char* sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();
  /// Runs it once, to its end; texts have to live until then.
  Status run(std::initializer_list<Value> values);
  /// Binds and gives the first row's columns through number(): false if there is none.
  Result<bool> find(std::initializer_list<Value> values);
  /// Its error if it could not be prepared; runs nothing.
  [[nodiscard]] Status check() const;
  /// The row after that one.
  Result<bool> next();
  [[nodiscard]] int columns() const;
  [[nodiscard]] std::string column_name(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::string text(int column) const;   ///< numbers as SQLite writes them
  [[nodiscard]] std::string bytes(int column) const;  ///< of a blob
  [[nodiscard]] bool is_blob(int column) const;
  /// Whether it changes nothing.
  [[nodiscard]] bool is_read_only() const;

 private:
  Status bind(std::initializer_list<Value> values);
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace osac::registry
