// PostgreSQL, by libpq: questions as prepared statements, new rows by COPY.

#include <fmt/format.h>
#include <libpq-fe.h>
#include <array>
#include <charconv>
#include <cstring>

#include "compiler/base/text.h"
#include "runtime/registry/client_library.h"
#include "runtime/registry/database.h"
#include "runtime/registry/dialect.h"

namespace osac::registry {

namespace {

constexpr const char* library_file = "libpq.so.5";
constexpr Oid bytea = 17;
constexpr std::size_t largest_batch = std::size_t{1} << 20;

struct Client {
#define OSAC_FUNCTION(name) decltype(&::name) name = nullptr;
#define OSAC_FUNCTIONS(F)                                                                                                          \
  F(PQconnectdbParams)                                                                                                             \
  F(PQstatus)                                                                                                                      \
  F(PQerrorMessage)                                                                                                                \
  F(PQfinish) F(PQexec) F(PQprepare) F(PQexecPrepared) F(PQdescribePrepared) F(PQresultStatus) F(PQresultErrorField) F(PQclear)    \
      F(PQntuples) F(PQnfields) F(PQgetvalue) F(PQgetlength) F(PQgetisnull) F(PQfname) F(PQftype) F(PQputCopyData) F(PQputCopyEnd) \
          F(PQgetResult) F(PQpingParams) F(PQconnectionNeedsPassword) F(PQsetNoticeProcessor)
  OSAC_FUNCTIONS(OSAC_FUNCTION)
#undef OSAC_FUNCTION
};

Result<Client> open_client() {
  const auto library = ClientLibrary::open(library_file, "libpq5");
  if (!library) return tl::unexpected(library.error());
  Client client;
#define OSAC_FIND(name) library->find(client.name, #name)&&
  if (OSAC_FUNCTIONS(OSAC_FIND) true) return client;
#undef OSAC_FIND
#undef OSAC_FUNCTIONS
  return failure(Trouble::environment, fmt::format("`{}` is another library than that of PostgreSQL", library_file));
}

constexpr const char* nothing_is_lost = "nothing is lost: the journals have it, and the next execution or question brings it in";

/// What a server's complaint means, by the first characters of its SQLSTATE (PostgreSQL, appendix A).
Trouble trouble_of(std::string_view state) {
  if (state == "55P03") return Trouble::busy;         // somebody else has it locked for long
  if (state == "53100") return Trouble::environment;  // its disk is full
  for (const std::string_view temporary : {"08", "40", "53", "57"})
    if (state.starts_with(temporary)) return Trouble::temporary;
  return Trouble::environment;
}

struct Connection {
  Client client;
  PGconn* handle = nullptr;
  std::string name;  ///< of the server, for people

  [[nodiscard]] tl::unexpected<Error> error(const std::string& action, const PGresult* result) const {
    const char* const said = result == nullptr ? nullptr : client.PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char* const state = result == nullptr ? nullptr : client.PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const bool is_gone = client.PQstatus(handle) != CONNECTION_OK;
    if (state != nullptr && std::string_view(state) == "25006") return failure(Trouble::usage, only_reading);  // a read-only transaction
    const Trouble trouble = is_gone || state == nullptr ? Trouble::temporary : trouble_of(state);
    return failure(
        trouble,
        fmt::format("cannot {} the registry `{}`: {}", action, name, one_line(said != nullptr ? said : client.PQerrorMessage(handle))),
        trouble == Trouble::temporary || trouble == Trouble::busy ? nothing_is_lost : "");
  }
};

/// A result with one owner.
class Answer {
 public:
  Answer(const Connection& connection, PGresult* result) : client_(&connection.client), result_(result) {}
  Answer(Answer&& other) noexcept : client_(other.client_), result_(std::exchange(other.result_, nullptr)) {}
  Answer& operator=(Answer&& other) noexcept {
    std::swap(client_, other.client_);
    std::swap(result_, other.result_);
    return *this;
  }
  ~Answer() { clear(); }
  void clear() {
    if (result_ != nullptr) client_->PQclear(result_);
    result_ = nullptr;
  }
  [[nodiscard]] const PGresult* get() const { return result_; }
  [[nodiscard]] bool is(ExecStatusType status) const { return client_->PQresultStatus(result_) == status; }

 private:
  const Client* client_;
  PGresult* result_;
};

/// `?` as PostgreSQL writes them: $1, $2. SQL of our own, without any in texts.
std::string numbered(std::string_view sql) {
  std::string out;
  int place = 0;
  for (const char c : sql) out += c == '?' ? "$" + std::to_string(++place) : std::string(1, c);
  return out;
}

class PostgresStatement final : public Statement {
 public:
  PostgresStatement(const Connection& connection, std::string name)
      : connection_(connection), name_(std::move(name)), answer_(connection, nullptr) {}

  Result<bool> ask(Row values) override {
    std::vector<std::string> texts(values.size());
    std::vector<const char*> pointers(values.size());
    std::vector<int> lengths(values.size());
    std::vector<int> formats(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (const auto* number = std::get_if<std::int64_t>(&values[i])) texts[i] = std::to_string(*number);
      if (const auto* text = std::get_if<std::string_view>(&values[i])) texts[i] = server_text(*text);
      if (const auto* blob = std::get_if<Blob>(&values[i])) {
        texts[i] = blob->bytes;
        formats[i] = 1;
      }
      pointers[i] = std::holds_alternative<std::monostate>(values[i]) ? nullptr : texts[i].c_str();
      lengths[i] = static_cast<int>(texts[i].size());
    }
    answer_ = Answer(connection_, connection_.client.PQexecPrepared(connection_.handle, name_.c_str(), static_cast<int>(values.size()),
                                                                    pointers.data(), lengths.data(), formats.data(), 0));
    if (!answer_.is(PGRES_TUPLES_OK) && !answer_.is(PGRES_COMMAND_OK)) return connection_.error("read", answer_.get());
    row_ = -1;
    return next();
  }
  Result<bool> next() override { return ++row_ < connection_.client.PQntuples(answer_.get()); }
  [[nodiscard]] int columns() const override { return connection_.client.PQnfields(answer_.get()); }
  [[nodiscard]] std::string column_name(int column) const override { return connection_.client.PQfname(answer_.get(), column); }
  [[nodiscard]] bool is_null(int column) const override { return connection_.client.PQgetisnull(answer_.get(), row_, column) != 0; }
  [[nodiscard]] bool is_blob(int column) const override { return connection_.client.PQftype(answer_.get(), column) == bytea; }
  [[nodiscard]] std::int64_t number(int column) const override {
    std::int64_t number = 0;
    const std::string_view digits = raw(column);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
  }
  [[nodiscard]] std::string text(int column) const override { return bytes_of_server_text(raw(column)); }
  /// Written as `\x` and hexadecimal digits.
  [[nodiscard]] std::string bytes(int column) const override {
    std::string_view digits = raw(column);
    if (digits.starts_with("\\x")) digits.remove_prefix(2);
    std::string out;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
      unsigned int byte = 0;
      std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
      out += static_cast<char>(byte);
    }
    return out;
  }

 private:
  [[nodiscard]] std::string_view raw(int column) const {
    return {connection_.client.PQgetvalue(answer_.get(), row_, column),
            static_cast<std::size_t>(connection_.client.PQgetlength(answer_.get(), row_, column))};
  }
  const Connection& connection_;  // NOLINT: the database outlives it
  std::string name_;
  Answer answer_;
  int row_ = -1;
};

/// COPY's text format: a line a row, columns apart by tabs.
class PostgresFiller final : public Filler {
 public:
  PostgresFiller(const Connection& connection, std::string command) : connection_(connection), command_(std::move(command)) {}

  Status add(Row row) override {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) batch_ += '\t';
      append(row[i]);
    }
    batch_ += '\n';
    return batch_.size() < largest_batch ? Status() : finish();
  }
  Status finish() override {
    if (batch_.empty()) return {};
    const Client& client = connection_.client;
    const Answer begun(connection_, client.PQexec(connection_.handle, command_.c_str()));
    if (!begun.is(PGRES_COPY_IN)) return connection_.error("write to", begun.get());
    const bool is_sent = client.PQputCopyData(connection_.handle, batch_.data(), static_cast<int>(batch_.size())) == 1 &&
                         client.PQputCopyEnd(connection_.handle, nullptr) == 1;
    batch_.clear();
    if (!is_sent) return connection_.error("write to", nullptr);
    const Answer done(connection_, client.PQgetResult(connection_.handle));
    if (!done.is(PGRES_COMMAND_OK)) return connection_.error("write to", done.get());
    while (PGresult* const rest = client.PQgetResult(connection_.handle)) client.PQclear(rest);
    return {};
  }

 private:
  void append(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      const fmt::format_int digits(*number);
      batch_.append(digits.data(), digits.size());
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      append_text(*text);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      constexpr std::string_view digits = "0123456789abcdef";
      batch_ += "\\\\x";
      for (const char c : blob->bytes) {
        batch_ += digits[static_cast<unsigned char>(c) >> 4];
        batch_ += digits[static_cast<unsigned char>(c) & 15];
      }
    } else {
      batch_ += "\\N";
    }
  }
  void append_text(std::string_view bytes) {
    for (const char c : server_text(bytes)) {
      const auto special = std::string_view("\\\t\n\r").find(c);
      if (special == std::string_view::npos) {
        batch_ += c;
      } else {
        batch_ += '\\';
        batch_ += "\\tnr"[special];
      }
    }
  }
  const Connection& connection_;  // NOLINT: the database outlives it
  std::string command_;
  std::string batch_;
};

class Postgres final : public Database {
 public:
  explicit Postgres(Connection connection) : connection_(std::move(connection)) {}
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;
  ~Postgres() override { connection_.client.PQfinish(connection_.handle); }

  [[nodiscard]] Kind kind() const override { return Kind::postgresql; }
  Status run(const std::string& sql) override {
    const Answer answer(connection_, connection_.client.PQexec(connection_.handle, sql.c_str()));
    if (answer.is(PGRES_COMMAND_OK) || answer.is(PGRES_TUPLES_OK)) return {};
    return connection_.error("update", answer.get());
  }
  Result<std::unique_ptr<Statement>> prepare(const std::string& sql) override { return prepare_as_is(numbered(sql)); }
  Result<std::unique_ptr<Filler>> fill(const std::string& table, const std::vector<std::string>& columns) override {
    return std::make_unique<PostgresFiller>(connection_, fmt::format("COPY {} ({}) FROM STDIN", table, fmt::join(columns, ", ")));
  }
  Result<std::unique_ptr<Statement>> prepare_reading(const std::string& sql) override {
    if (auto begun = run("BEGIN READ ONLY"); !begun) return tl::unexpected(begun.error());
    auto statement = prepare_as_is(sql);
    if (!statement) {
      Error error = statement.error();
      if (error.trouble == Trouble::environment) error.trouble = Trouble::usage;
      return tl::unexpected(std::move(error));
    }
    const Answer described(connection_, connection_.client.PQdescribePrepared(connection_.handle, last_name().c_str()));
    if (connection_.client.PQnfields(described.get()) == 0) return failure(Trouble::usage, only_reading);
    return statement;
  }

 private:
  [[nodiscard]] std::string last_name() const { return "s" + std::to_string(statements_); }
  Result<std::unique_ptr<Statement>> prepare_as_is(const std::string& sql) {
    ++statements_;
    const Answer answer(connection_, connection_.client.PQprepare(connection_.handle, last_name().c_str(), sql.c_str(), 0, nullptr));
    if (!answer.is(PGRES_COMMAND_OK)) return connection_.error("read", answer.get());
    return std::make_unique<PostgresStatement>(connection_, last_name());
  }
  Connection connection_;
  int statements_ = 0;
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgresql(const site::RegistryUrl& url) {
  const auto client = open_client();
  if (!client) return tl::unexpected(client.error());
  // those before `dbname` are for URLs that do not say
  const std::array<const char*, 7> names = {
      "connect_timeout", "tcp_user_timeout", "keepalives_idle", "application_name", "dbname", "client_encoding", nullptr};
  const std::array<const char*, 7> values = {"10", "60000", "30", "osac", url.text.c_str(), "UTF8", nullptr};
  Connection connection{*client, client->PQconnectdbParams(names.data(), values.data(), 1), url.text};
  client->PQsetNoticeProcessor(
      connection.handle, [](void*, const char*) {}, nullptr);
  if (client->PQstatus(connection.handle) == CONNECTION_OK) {
    auto database = std::make_unique<Postgres>(connection);
    if (auto set = database->run("SET lock_timeout = '60s'"); !set) return tl::unexpected(set.error());
    return database;
  }
  const std::string said = one_line(client->PQerrorMessage(connection.handle));
  const bool wants_password = client->PQconnectionNeedsPassword(connection.handle) != 0;
  client->PQfinish(connection.handle);
  // one that takes connections has refused this one
  const bool refuses = client->PQpingParams(names.data(), values.data(), 1) == PQPING_OK;
  return failure(refuses ? Trouble::environment : Trouble::temporary, fmt::format("cannot open the registry `{}`: {}", url.text, said),
                 wants_password ? "put the password into ~/.pgpass, or into the file that PGPASSFILE names"
                 : refuses      ? "make user and database on that server, or correct `registry` in the site file"
                                : nothing_is_lost);
}

}  // namespace osac::registry
