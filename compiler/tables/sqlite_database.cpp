#include "compiler/tables/sqlite_database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <array>

#include "compiler/base/check.h"
#include "compiler/base/text.h"

namespace osac::tables {

namespace {

constexpr std::string_view magic("SQLite format 3\0", 16);
constexpr std::size_t header_size = 100;
constexpr int steps_between_looks = 10'000;
constexpr int longest_value = 100'000'000;

/// The system's VFS without a clock: who asks for the time gets none, and it is remembered. Registered while a database is open.
struct Clockless {
  sqlite3_vfs vfs;  // the first member: SQLite hands out pointers to it
  std::string name;
  bool was_asked = false;

  Clockless() : vfs(*sqlite3_vfs_find(nullptr)), name(fmt::format("osac-{}", fmt::ptr(this))) {
    vfs.zName = name.c_str();
    vfs.pNext = nullptr;
    vfs.xCurrentTime = [](sqlite3_vfs* self, double*) { return refuse(self); };
    vfs.xCurrentTimeInt64 = [](sqlite3_vfs* self, sqlite3_int64*) { return refuse(self); };
    OSAC_CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK, "SQLite takes no VFS");
  }
  ~Clockless() { sqlite3_vfs_unregister(&vfs); }
  Clockless(const Clockless&) = delete;
  Clockless& operator=(const Clockless&) = delete;
  static int refuse(sqlite3_vfs* self) {
    reinterpret_cast<Clockless*>(self)->was_asked = true;  // NOLINT: see above
    return SQLITE_ERROR;
  }
};

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(at, count)) value = (value << 8) | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

struct Database::State {
  Clockless clock;
  sqlite3* connection = nullptr;
  sqlite3_stmt* statement = nullptr;
  std::uint64_t step_limit = 0;
  std::uint64_t steps = 0;
  std::string refused;    // what the query does that no SELECT does
  std::string unsettled;  // the function that gives another value each time

  ~State() {
    sqlite3_finalize(statement);
    sqlite3_close(connection);
  }

  /// Called while a query is prepared: reading and functions are fine, all else is not.
  static int authorize(void* self, int action, const char* first, const char* second, const char*, const char*) {
    auto& state = *static_cast<State*>(self);
    if (action == SQLITE_FUNCTION) {
      const std::string_view name = second == nullptr ? "" : second;
      if (name == "random" || name == "randomblob") state.unsettled = fmt::format("`{}()`", name);
      return state.unsettled.empty() && name != "load_extension" ? SQLITE_OK : SQLITE_DENY;
    }
    if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE) return SQLITE_OK;
    state.refused = action == SQLITE_PRAGMA ? fmt::format("is a `PRAGMA {}`", first == nullptr ? "" : first) : "would change something";
    return SQLITE_DENY;
  }
  static int look(void* self) {
    auto& state = *static_cast<State*>(self);
    state.steps += steps_between_looks;
    return state.steps > state.step_limit ? 1 : 0;
  }
};

Database::Database(std::string bytes, std::uint64_t step_limit) : bytes_(std::move(bytes)), state_(std::make_unique<State>()) {
  state_->step_limit = step_limit;
}
Database::~Database() = default;

/// What the file's header says of its length: a file that is being written, or was copied in part, is found here.
std::optional<QueryFailure> Database::check_extent() const {
  using What = QueryFailure::What;
  if (!bytes_.starts_with(magic)) return QueryFailure{What::no_database, "it does not begin like one", {}};
  if (bytes_.size() < header_size) return QueryFailure{What::no_database, "it ends within its header", {}};
  const std::uint32_t written = big_endian(bytes_, 16, 2);
  const std::uint64_t page = written == 1 ? 65536 : written;
  const std::uint64_t pages = big_endian(bytes_, 28, 4);
  const bool is_page_count_valid = big_endian(bytes_, 24, 4) == big_endian(bytes_, 92, 4);
  if (is_page_count_valid && pages * page > bytes_.size())
    return QueryFailure{
        What::no_database, fmt::format("it is cut short: {} of {} bytes", grouped(bytes_.size()), grouped(pages * page)), {}};
  return std::nullopt;
}

std::optional<QueryFailure> Database::open() {
  if (auto wrong = check_extent()) return wrong;
  constexpr std::size_t write_version = 18;  // then the read version: 2 is for a log beside the file, which has been looked for
  for (const std::size_t at : {write_version, write_version + 1})
    if (bytes_[at] == 2) bytes_[at] = 1;
  sqlite3*& db = state_->connection;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
  OSAC_CHECK(sqlite3_open_v2(":memory:", &db, flags, state_->clock.name.c_str()) == SQLITE_OK, "SQLite opens no database in memory");
  sqlite3_extended_result_codes(db, 0);
  for (const int trust : {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_DQS_DML,
                          SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_ENABLE_TRIGGER})
    sqlite3_db_config(db, trust, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, longest_value);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_exec(db, "PRAGMA temp_store = memory; PRAGMA cell_size_check = on", nullptr, nullptr, nullptr);
  const auto size = static_cast<sqlite3_int64>(bytes_.size());
  auto* const data = reinterpret_cast<unsigned char*>(bytes_.data());  // NOLINT: bytes are bytes
  if (const int code = sqlite3_deserialize(db, "main", data, size, size, SQLITE_DESERIALIZE_READONLY); code != SQLITE_OK)
    return failure(code);
  sqlite3_set_authorizer(db, State::authorize, state_.get());
  sqlite3_progress_handler(db, steps_between_looks, State::look, state_.get());
  return std::nullopt;
}

QueryFailure Database::failure(int code) const {
  using What = QueryFailure::What;
  if (!state_->unsettled.empty()) return {What::unsettled, state_->unsettled, {}};
  if (!state_->refused.empty()) return {What::no_select, state_->refused, {}};
  if (code == SQLITE_INTERRUPT) return {What::too_long, {}, {}};
  std::string why = sqlite3_errmsg(state_->connection);
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) return {What::no_database, std::move(why), {}};
  const int place = sqlite3_error_offset(state_->connection);
  return {What::bad_query, std::move(why), place < 0 ? std::nullopt : std::optional(static_cast<std::uint32_t>(place))};
}

std::optional<QueryFailure> Database::prepare(std::string_view query) {
  using What = QueryFailure::What;
  if (auto wrong = open()) return wrong;
  sqlite3* const db = state_->connection;
  const char* tail = nullptr;
  const auto length = static_cast<int>(query.size());
  if (const int code = sqlite3_prepare_v2(db, query.data(), length, &state_->statement, &tail); code != SQLITE_OK) return failure(code);
  if (state_->statement == nullptr) return QueryFailure{What::no_select, "is empty", {}};
  const auto begin = static_cast<std::size_t>(tail - query.data());
  sqlite3_stmt* second = nullptr;
  const int code = sqlite3_prepare_v2(db, tail, static_cast<int>(query.size() - begin), &second, nullptr);
  const bool has_second = code != SQLITE_OK || second != nullptr;
  sqlite3_finalize(second);
  if (has_second) return QueryFailure{What::no_select, "goes on after it", static_cast<std::uint32_t>(begin)};
  const int count = sqlite3_column_count(state_->statement);
  if (count == 0 || sqlite3_stmt_readonly(state_->statement) == 0 || sqlite3_stmt_isexplain(state_->statement) != 0)
    return QueryFailure{What::no_select, "gives no rows of data", {}};
  for (int i = 0; i < count; ++i) columns_.emplace_back(sqlite3_column_name(state_->statement, i));
  return std::nullopt;
}

bool Database::next(std::optional<QueryFailure>& failed) {
  const int code = sqlite3_step(state_->statement);
  if (state_->clock.was_asked) {
    failed = QueryFailure{QueryFailure::What::unsettled, "the time", {}};
    return false;
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE) failed = failure(code);
  return code == SQLITE_ROW;
}

Database::Cell Database::kind(std::size_t column) const {
  switch (sqlite3_column_type(state_->statement, static_cast<int>(column))) {
    case SQLITE_INTEGER:
      return Cell::integer;
    case SQLITE_FLOAT:
      return Cell::real;
    case SQLITE_TEXT:
      return Cell::text;
    case SQLITE_BLOB:
      return Cell::blob;
    default:
      return Cell::nothing;
  }
}

std::int64_t Database::integer(std::size_t column) const { return sqlite3_column_int64(state_->statement, static_cast<int>(column)); }
double Database::real(std::size_t column) const { return sqlite3_column_double(state_->statement, static_cast<int>(column)); }

std::string_view Database::bytes(std::size_t column) const {
  const auto place = static_cast<int>(column);
  const void* const data = sqlite3_column_blob(state_->statement, place);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(state_->statement, place));
  return data == nullptr ? std::string_view{} : std::string_view(static_cast<const char*>(data), size);
}

}  // namespace osac::tables
