#pragma once
// A SQLite database held in memory, and one SELECT of it at a time. It reads no file and no clock, changes nothing, and gives up after a
// number of steps, so that the same bytes and the same query have the same answer wherever they are asked. It knows no columns of tables.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace osac::tables {

/// Why there is no answer.
struct QueryFailure {
  enum class What : std::uint8_t {
    no_database,  ///< the bytes are none, or a damaged one
    bad_query,    ///< SQLite does not understand it, or it fails
    no_select,    ///< it is something else than one SELECT
    unsettled,    ///< it asks for the time or for chance
    too_long,     ///< it took more than `most_steps`
  };
  What what = What::bad_query;
  std::string why;
  std::optional<std::uint32_t> place;  ///< in the query, if it is known
};

class Database {
 public:
  /// Steps of SQLite's machine that a query may take: some ten seconds.
  static constexpr std::uint64_t most_steps = 1'000'000'000;

  /// Takes the bytes of a database file.
  explicit Database(std::string bytes, std::uint64_t step_limit = most_steps);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  enum class Cell : std::uint8_t { nothing, integer, real, text, blob };

  /// Prepares a query; then column names are known.
  std::optional<QueryFailure> prepare(std::string_view query);
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  /// Goes to the next row; false at the end, or at a failure.
  bool next(std::optional<QueryFailure>& failure);
  [[nodiscard]] Cell kind(std::size_t column) const;
  [[nodiscard]] std::int64_t integer(std::size_t column) const;
  [[nodiscard]] double real(std::size_t column) const;
  /// The bytes of a text or blob, until the next row.
  [[nodiscard]] std::string_view bytes(std::size_t column) const;

 private:
  struct State;
  std::optional<QueryFailure> open();
  std::optional<QueryFailure> check_extent() const;
  [[nodiscard]] QueryFailure failure(int code) const;

  std::string bytes_;
  std::vector<std::string> columns_;
  std::unique_ptr<State> state_;
};

}  // namespace osac::tables
