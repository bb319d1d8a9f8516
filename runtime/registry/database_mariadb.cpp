// MariaDB, by its Connector/C: questions as prepared statements, new rows by inserts of many.

#include <errmsg.h>
#include <fmt/format.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <algorithm>
#include <cstring>

#include "runtime/registry/client_library.h"
#include "runtime/registry/database.h"
#include "runtime/registry/dialect.h"

namespace osac::registry {

namespace {

constexpr const char* library_file = "libmariadb.so.3";
constexpr std::size_t largest_batch = std::size_t{1} << 19;  // below max_allowed_packet, whose default is 16 MiB, also with one long row
constexpr unsigned int binary_charset = 63;
constexpr const char* nothing_is_lost = "nothing is lost: the journals have it, and the next execution or question brings it in";

struct Client {
#define OSAC_FUNCTION(name) decltype(&::name) name = nullptr;
#define OSAC_FUNCTIONS(F)                                                                                                          \
  F(mysql_init)                                                                                                                    \
  F(mysql_options)                                                                                                                 \
  F(mysql_real_connect)                                                                                                            \
  F(mysql_close) F(mysql_errno) F(mysql_error) F(mysql_real_query) F(mysql_stmt_init) F(mysql_stmt_prepare) F(mysql_stmt_attr_set) \
      F(mysql_stmt_bind_param) F(mysql_stmt_execute) F(mysql_stmt_store_result) F(mysql_stmt_bind_result) F(mysql_stmt_fetch)      \
          F(mysql_stmt_fetch_column) F(mysql_stmt_result_metadata) F(mysql_stmt_field_count) F(mysql_fetch_field_direct)           \
              F(mysql_num_fields) F(mysql_free_result) F(mysql_stmt_close) F(mysql_stmt_errno) F(mysql_stmt_error)                 \
                  F(mysql_stmt_free_result)
  OSAC_FUNCTIONS(OSAC_FUNCTION)
#undef OSAC_FUNCTION
};

Result<Client> open_client() {
  const auto library = ClientLibrary::open(library_file, "libmariadb3");
  if (!library) return tl::unexpected(library.error());
  Client client;
#define OSAC_FIND(name) library->find(client.name, #name)&&
  if (OSAC_FUNCTIONS(OSAC_FIND) true) return client;
#undef OSAC_FIND
#undef OSAC_FUNCTIONS
  return failure(Trouble::environment, fmt::format("`{}` is another library than that of MariaDB", library_file));
}

Trouble trouble_of(unsigned int code) {
  switch (code) {
    case ER_LOCK_WAIT_TIMEOUT:
      return Trouble::busy;
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case ER_CON_COUNT_ERROR:
    case ER_LOCK_DEADLOCK:
    case ER_SERVER_SHUTDOWN:
    case ER_QUERY_INTERRUPTED:
    case ER_CONNECTION_KILLED:
    case ER_NEW_ABORTING_CONNECTION:
      return Trouble::temporary;
    default:
      return Trouble::environment;
  }
}

struct Connection {
  Client client;
  MYSQL* handle = nullptr;
  std::string name;  ///< of the server, for people

  [[nodiscard]] tl::unexpected<Error> error(const std::string& action, unsigned int code, const char* said) const {
    if (code == ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION) return failure(Trouble::usage, only_reading);
    const Trouble trouble = trouble_of(code);
    return failure(trouble, fmt::format("cannot {} the registry `{}`: {}", action, name, one_line(said)),
                   trouble == Trouble::environment ? "" : nothing_is_lost);
  }
  [[nodiscard]] tl::unexpected<Error> error(const std::string& action) const {
    return error(action, client.mysql_errno(handle), client.mysql_error(handle));
  }
};

class MariadbStatement final : public Statement {
 public:
  MariadbStatement(const Connection& connection, MYSQL_STMT* statement)
      : connection_(connection), client_(connection.client), statement_(statement) {
    const my_bool with_lengths = 1;
    client_.mysql_stmt_attr_set(statement_, STMT_ATTR_UPDATE_MAX_LENGTH, &with_lengths);
    described_ = client_.mysql_stmt_result_metadata(statement_);
  }
  MariadbStatement(const MariadbStatement&) = delete;
  MariadbStatement& operator=(const MariadbStatement&) = delete;
  ~MariadbStatement() override {
    if (described_ != nullptr) client_.mysql_free_result(described_);
    client_.mysql_stmt_close(statement_);
  }

  Result<bool> ask(Row values) override {
    client_.mysql_stmt_free_result(statement_);
    bind_values(values);
    if (!values.empty() && client_.mysql_stmt_bind_param(statement_, bound_.data()) != 0) return error();
    if (client_.mysql_stmt_execute(statement_) != 0) return error();
    if (described_ == nullptr) return false;
    if (client_.mysql_stmt_store_result(statement_) != 0) return error();
    bind_columns();
    if (client_.mysql_stmt_bind_result(statement_, columns_.data()) != 0) return error();
    return next();
  }
  Result<bool> next() override {
    const int code = client_.mysql_stmt_fetch(statement_);
    if (code == 1) return error();
    return code != MYSQL_NO_DATA;
  }
  [[nodiscard]] int columns() const override { return described_ == nullptr ? 0 : static_cast<int>(client_.mysql_num_fields(described_)); }
  [[nodiscard]] std::string column_name(int column) const override { return field(column).name; }
  [[nodiscard]] bool is_null(int column) const override { return cells_[static_cast<std::size_t>(column)].is_null != 0; }
  [[nodiscard]] bool is_blob(int column) const override {
    const MYSQL_FIELD& described = field(column);
    const bool is_string =
        described.type == MYSQL_TYPE_VAR_STRING || described.type == MYSQL_TYPE_STRING || described.type == MYSQL_TYPE_BLOB;
    return is_string && described.charsetnr == binary_charset;
  }
  [[nodiscard]] std::int64_t number(int column) const override {
    return is_null(column) ? 0 : std::strtoll(bytes(column).c_str(), nullptr, 10);
  }
  [[nodiscard]] std::string text(int column) const override { return bytes_of_server_text(bytes(column)); }
  [[nodiscard]] std::string bytes(int column) const override {
    const Cell& cell = cells_[static_cast<std::size_t>(column)];
    return cell.is_null != 0 ? std::string() : cell.buffer.substr(0, std::min<std::size_t>(cell.length, cell.buffer.size()));
  }

 private:
  /// One value, on its way in or out.
  struct Cell {
    std::string buffer;
    std::int64_t number = 0;
    unsigned long length = 0;
    my_bool is_null = 0;
  };
  [[nodiscard]] tl::unexpected<Error> error() const {
    return connection_.error("read", client_.mysql_stmt_errno(statement_), client_.mysql_stmt_error(statement_));
  }
  [[nodiscard]] const MYSQL_FIELD& field(int column) const {
    return *client_.mysql_fetch_field_direct(described_, static_cast<unsigned int>(column));
  }
  void bind_values(Row values) {
    values_.assign(values.size(), {});
    bound_.assign(values.size(), {});
    for (std::size_t i = 0; i < values.size(); ++i) {
      Cell& cell = values_[i];
      MYSQL_BIND& bound = bound_[i];
      bound.buffer_type = MYSQL_TYPE_NULL;
      if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
        cell.number = *number;
        bound.buffer_type = MYSQL_TYPE_LONGLONG;
        bound.buffer = &cell.number;
        continue;
      }
      if (const auto* text = std::get_if<std::string_view>(&values[i])) {
        cell.buffer = server_text(*text);
        bound.buffer_type = MYSQL_TYPE_STRING;
      }
      if (const auto* blob = std::get_if<Blob>(&values[i])) {
        cell.buffer = blob->bytes;
        bound.buffer_type = MYSQL_TYPE_BLOB;
      }
      cell.length = cell.buffer.size();
      bound.buffer = cell.buffer.data();
      bound.buffer_length = cell.length;
      bound.length = &cell.length;
    }
  }
  /// Room for the longest value of each column, as text.
  void bind_columns() {
    MYSQL_RES* const stored = client_.mysql_stmt_result_metadata(statement_);  // with the longest lengths
    const auto count = static_cast<std::size_t>(columns());
    cells_.assign(count, {});
    columns_.assign(count, {});
    for (std::size_t i = 0; i < count; ++i) {
      // numbers are kept as such, and may need more room as texts
      cells_[i].buffer.resize(client_.mysql_fetch_field_direct(stored, static_cast<unsigned int>(i))->max_length + 64);
      columns_[i].buffer_type = MYSQL_TYPE_STRING;
      columns_[i].buffer = cells_[i].buffer.data();
      columns_[i].buffer_length = cells_[i].buffer.size();
      columns_[i].length = &cells_[i].length;
      columns_[i].is_null = &cells_[i].is_null;
    }
    client_.mysql_free_result(stored);
  }

  const Connection& connection_;  // NOLINT: the database outlives it
  const Client& client_;          // NOLINT
  MYSQL_STMT* statement_;
  MYSQL_RES* described_ = nullptr;
  std::vector<Cell> values_, cells_;
  std::vector<MYSQL_BIND> bound_, columns_;
};

/// Inserts of many rows, as text; sessions take quotes for the only special characters.
class MariadbFiller final : public Filler {
 public:
  MariadbFiller(const Connection& connection, std::string begin) : connection_(connection), begin_(std::move(begin)) {}

  Status add(Row row) override {
    batch_ += batch_.empty() ? begin_ + "(" : ",(";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) batch_ += ',';
      append(row[i]);
    }
    batch_ += ')';
    return batch_.size() < largest_batch ? Status() : finish();
  }
  Status finish() override {
    if (batch_.empty()) return {};
    const int code = connection_.client.mysql_real_query(connection_.handle, batch_.data(), batch_.size());
    batch_.clear();
    return code == 0 ? Status() : connection_.error("write to");
  }

 private:
  void append(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      const fmt::format_int digits(*number);
      batch_.append(digits.data(), digits.size());
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      batch_ += '\'';
      for (const char c : server_text(*text)) batch_.append(c == '\'' ? 2 : 1, c);
      batch_ += '\'';
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      constexpr std::string_view digits = "0123456789abcdef";
      batch_ += "x'";
      for (const char c : blob->bytes) {
        batch_ += digits[static_cast<unsigned char>(c) >> 4];
        batch_ += digits[static_cast<unsigned char>(c) & 15];
      }
      batch_ += '\'';
    } else {
      batch_ += "NULL";
    }
  }
  const Connection& connection_;  // NOLINT: the database outlives it
  std::string begin_;
  std::string batch_;
};

class Mariadb final : public Database {
 public:
  explicit Mariadb(Connection connection) : connection_(std::move(connection)) {}
  Mariadb(const Mariadb&) = delete;
  Mariadb& operator=(const Mariadb&) = delete;
  ~Mariadb() override { connection_.client.mysql_close(connection_.handle); }

  [[nodiscard]] Kind kind() const override { return Kind::mariadb; }
  Status run(const std::string& sql) override {
    if (connection_.client.mysql_real_query(connection_.handle, sql.data(), sql.size()) != 0) return connection_.error("update");
    return {};
  }
  Result<std::unique_ptr<Statement>> prepare(const std::string& sql) override {
    MYSQL_STMT* const statement = connection_.client.mysql_stmt_init(connection_.handle);
    if (connection_.client.mysql_stmt_prepare(statement, sql.data(), sql.size()) == 0)
      return std::make_unique<MariadbStatement>(connection_, statement);
    auto error = connection_.error("read", connection_.client.mysql_stmt_errno(statement), connection_.client.mysql_stmt_error(statement));
    connection_.client.mysql_stmt_close(statement);
    return error;
  }
  Result<std::unique_ptr<Filler>> fill(const std::string& table, const std::vector<std::string>& columns) override {
    return std::make_unique<MariadbFiller>(connection_, fmt::format("INSERT INTO {} ({}) VALUES ", table, fmt::join(columns, ", ")));
  }
  Result<std::unique_ptr<Statement>> prepare_reading(const std::string& sql) override {
    if (auto begun = run("START TRANSACTION READ ONLY"); !begun) return tl::unexpected(begun.error());
    auto statement = prepare(sql);
    if (!statement) {
      Error error = statement.error();
      if (error.trouble == Trouble::environment) error.trouble = Trouble::usage;
      return tl::unexpected(std::move(error));
    }
    if ((*statement)->columns() == 0) return failure(Trouble::usage, only_reading);
    return statement;
  }

 private:
  Connection connection_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_mariadb(const site::RegistryUrl& url) {
  const auto client = open_client();
  if (!client) return tl::unexpected(client.error());
  MYSQL* const handle = client->mysql_init(nullptr);
  const unsigned int patience = 10;
  const unsigned int longest_answer = 600;  // making an index may take that long
  client->mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &patience);
  client->mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &longest_answer);
  client->mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &longest_answer);
  client->mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  client->mysql_options(handle, MYSQL_READ_DEFAULT_GROUP, "osac");  // and [client] of ~/.my.cnf: the password, TLS
  const Connection connection{*client, handle, url.text};
  const auto given = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  if (client->mysql_real_connect(handle, given(url.host), given(url.user), nullptr, url.database.c_str(),
                                 static_cast<unsigned int>(url.port), given(url.socket), 0) == nullptr) {
    auto refused = connection.error("open");
    if (refused.value().trouble == Trouble::environment)
      refused.value().help =
          "make user and database on that server, put the password into ~/.my.cnf, or correct `registry` in the site file";
    client->mysql_close(handle);
    return refused;
  }
  auto database = std::make_unique<Mariadb>(connection);
  for (const char* const setting : {"SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
                                    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET SESSION innodb_lock_wait_timeout = 60",
                                    "SET SESSION foreign_key_checks = 0"})
    if (auto set = database->run(setting); !set) return tl::unexpected(set.error());
  return database;
}

}  // namespace osac::registry
