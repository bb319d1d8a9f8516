#pragma once
// A database behind one interface, as little of it as the index needs: statements with rows, rows by the million, errors as Results. Three
// kinds: SQLite in a file, PostgreSQL and MariaDB on servers. SQL is written once; where the kinds differ, dialect.h has the words. Texts
// may be any bytes: servers get them as dialect.h says, whoever asks gets them back as they were. Private to this room.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/base/result.h"
#include "runtime/site/registry_url.h"

namespace osac::registry {

struct Blob {
  std::string_view bytes;
};
/// Of one column; monostate is NULL.
using Value = std::variant<std::monostate, std::int64_t, std::string_view, Blob>;
using Row = std::span<const Value>;

/// A prepared statement, with a `?` for each value; its database outlives it.
class Statement {
 public:
  virtual ~Statement() = default;
  /// Carries it out. Whether there is a row: the columns are those of the first one then. Values have to live until it returns.
  virtual Result<bool> ask(Row values) = 0;
  /// The row after that one.
  virtual Result<bool> next() = 0;
  // what follows is known once it has been carried out
  [[nodiscard]] virtual int columns() const = 0;
  [[nodiscard]] virtual std::string column_name(int column) const = 0;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual bool is_blob(int column) const = 0;
  [[nodiscard]] virtual std::int64_t number(int column) const = 0;
  [[nodiscard]] virtual std::string text(int column) const = 0;   ///< numbers as the database writes them
  [[nodiscard]] virtual std::string bytes(int column) const = 0;  ///< of a blob

  Result<bool> find(std::initializer_list<Value> values) { return ask({values.begin(), values.size()}); }
  Status run(std::initializer_list<Value> values) {
    const auto done = find(values);
    return done ? Status() : tl::unexpected(done.error());
  }
};

/// New rows of one table, by the million; they are there when `finish` has been called.
class Filler {
 public:
  virtual ~Filler() = default;
  virtual Status add(Row row) = 0;
  virtual Status finish() = 0;
};

class Database {
 public:
  using Kind = site::RegistryKind;
  virtual ~Database() = default;
  [[nodiscard]] virtual Kind kind() const = 0;
  /// Statements without values and rows, one at a time.
  virtual Status run(const std::string& sql) = 0;
  virtual Result<std::unique_ptr<Statement>> prepare(const std::string& sql) = 0;
  virtual Result<std::unique_ptr<Filler>> fill(const std::string& table, const std::vector<std::string>& columns) = 0;
  /// A statement of somebody else's that may only read; usage trouble if it is wrong, or gives no rows.
  virtual Result<std::unique_ptr<Statement>> prepare_reading(const std::string& sql) = 0;

  /// The first column of the first row; 0 if there is none.
  Result<std::int64_t> number(const std::string& sql, std::initializer_list<Value> values = {});
};

/// What whoever asks for more is told.
inline constexpr const char* only_reading = "the index can only be read: give one SELECT";

enum class Access : std::uint8_t { read, write };

/// A file. What is wrong with it, if the Error says damaged: it is to be made anew.
Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, int busy_timeout_ms, Access access);
/// Servers. Temporary trouble if they do not answer, or hang up; environment trouble if they refuse.
Result<std::unique_ptr<Database>> open_postgresql(const site::RegistryUrl& url);
Result<std::unique_ptr<Database>> open_mariadb(const site::RegistryUrl& url);

}  // namespace osac::registry
