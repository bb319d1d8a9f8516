#include "runtime/registry/archive.h"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>
#include <map>

#include "compiler/base/text.h"
#include "runtime/registry/dialect.h"
#include "runtime/registry/index.h"

namespace osac::registry {

namespace {

constexpr std::size_t fewest_digits = 8;
constexpr std::size_t most_similar = 3;

constexpr const char* attempt_columns =
    "id, execution, element, outcome, reason, command, tool, env, log, host, attempt, exit_code, \"signal\", started, ended, cpu_time, "
    "peak_memory, cpus, memory, tool_version, plan, class";

ArchivedAttempt attempt_in(const Statement& row) {
  ArchivedAttempt attempt;
  attempt.id = row.number(0);
  int column = 1;
  for (std::string* const text : {&attempt.execution, &attempt.element, &attempt.outcome, &attempt.reason, &attempt.command, &attempt.tool,
                                  &attempt.env, &attempt.log, &attempt.host})
    *text = row.text(column++);
  for (std::int64_t* const number : {&attempt.attempt, &attempt.exit_code, &attempt.signal, &attempt.started, &attempt.ended,
                                     &attempt.cpu_time, &attempt.peak_memory, &attempt.cpus, &attempt.memory})
    *number = row.number(column++);
  attempt.tool_version = row.text(column++);
  attempt.plan = row.text(column++);
  attempt.cause = row.text(column);
  return attempt;
}

Digest digest_in(const Statement& row, int column) {
  Digest digest{};
  const std::string content = row.bytes(column);
  if (content.size() == digest.size()) std::memcpy(digest.data(), content.data(), content.size());
  return digest;
}

ArchivedFile file_in(const Statement& row) { return {row.text(0), row.text(1), row.number(2), row.number(3), digest_in(row, 4)}; }

std::pair<std::string, std::string> pair_in(const Statement& row) { return {row.text(0), row.text(1)}; }

ArchivedMetric metric_in(const Statement& row) { return {row.number(0), row.text(1), row.text(2), row.text(3), row.text(4)}; }
std::int64_t number_in(const Statement& row) { return row.number(0); }
std::string text_in(const Statement& row) { return row.text(0); }

}  // namespace

/// The connection, with statements that were prepared once: a lineage asks the same few questions thousands of times.
struct Archive::Inside {
  explicit Inside(Index opened) : index(std::move(opened)) {}
  Result<Statement*> statement(const std::string& sql) {
    if (const auto known = prepared.find(sql); known != prepared.end()) return known->second.get();
    auto made = index.database->prepare(sql);
    if (!made) return tl::unexpected(made.error());
    return prepared.emplace(sql, std::move(*made)).first->second.get();
  }
  /// That attempts are this folder's own, where there are those of others.
  [[nodiscard]] std::string own_attempts() const {
    return index.origin.number == 0 ? "" : fmt::format(" AND elements.id BETWEEN {} AND {}", index.origin.first(), index.origin.last());
  }
  /// That files are: `attempt` is the column that says whose they are.
  [[nodiscard]] std::string own_files(std::string_view attempt) const {
    return index.origin.number == 0 ? "" : fmt::format(" AND {} BETWEEN {} AND {}", attempt, index.origin.first(), index.origin.last());
  }
  [[nodiscard]] std::string own_plans() const {
    return index.origin.number == 0 ? "" : fmt::format(" AND origin = {}", index.origin.number);
  }
  [[nodiscard]] std::string own_executions() const {
    return index.origin.number == 0 ? "" : fmt::format(" WHERE origin = {}", index.origin.number);
  }
  Index index;
  std::map<std::string, std::unique_ptr<Statement>> prepared;  // gone before their database
};

namespace {

/// All rows of a statement, each made a value.
template <typename Inside, typename Make>
auto all_rows(Inside& inside, const std::string& sql, std::initializer_list<Value> values, Make make)
    -> Result<std::vector<decltype(make(std::declval<const Statement&>()))>> {
  const auto statement = inside.statement(sql);
  if (!statement) return tl::unexpected(statement.error());
  std::vector<decltype(make(std::declval<const Statement&>()))> rows;
  auto found = (*statement)->find(values);
  for (; found && *found; found = (*statement)->next()) rows.push_back(make(**statement));
  if (!found) return tl::unexpected(found.error());
  return rows;
}

template <typename Row>
Result<std::optional<Row>> first_of(Result<std::vector<Row>> rows) {
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<Row>();
  return std::optional<Row>(std::move(rows->front()));
}

/// The bytes that hexadecimal digits stand for, an odd last one left out; nothing if there is another character.
std::optional<std::string> bytes_of(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c = digits[i];
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) return std::nullopt;
    if (i % 2 == 1)
      bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) | value);
    else if (i + 1 < digits.size())
      bytes.push_back(static_cast<char>(value << 4));
  }
  return bytes;
}

std::string hexadecimal_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

}  // namespace

Archive::Archive(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Archive::Archive(Archive&&) noexcept = default;
Archive::~Archive() = default;

Result<Archive> Archive::open(const std::string& state_folder) {
  auto index = open_index(state_folder);
  if (!index) return tl::unexpected(index.error());
  return Archive(std::make_unique<Inside>(std::move(*index)));
}

const std::vector<std::string>& Archive::notes() const { return inside_->index.report.notes; }

Result<std::vector<ArchivedExecution>> Archive::executions() {
  const std::string own = inside_->own_attempts();
  return all_rows(*inside_,
                  "SELECT id, workflow, plan, host, \"user\", osac, arguments, started, ended, exit_code, "
                  "(SELECT count(*) FROM elements WHERE execution = executions.id AND outcome = 'succeeded'" +
                      own +
                      "), "
                      "(SELECT count(*) FROM elements WHERE execution = executions.id AND outcome <> 'succeeded'" +
                      own + "), site, site_content FROM executions" + inside_->own_executions() + " ORDER BY started, id",
                  {}, [](const Statement& row) {
                    ArchivedExecution execution;
                    int column = 0;
                    for (std::string* const text : {&execution.id, &execution.workflow, &execution.plan, &execution.host, &execution.user,
                                                    &execution.osac, &execution.arguments})
                      *text = row.text(column++);
                    execution.started = row.number(7);
                    if (!row.is_null(8)) execution.ended = row.number(8);
                    if (!row.is_null(9)) execution.exit_code = row.number(9);
                    execution.succeeded = row.number(10);
                    execution.failed = row.number(11);
                    execution.site = row.text(12);
                    execution.site_content = digest_in(row, 13);
                    return execution;
                  });
}

Result<std::vector<ArchivedAttempt>> Archive::attempts_of(const std::string& execution) {
  return all_rows(
      *inside_,
      std::string("SELECT ") + attempt_columns + " FROM elements WHERE execution = ?" + inside_->own_attempts() + " ORDER BY started, id",
      {execution}, attempt_in);
}

Result<ArchivedAttempt> Archive::attempt(std::int64_t id) {
  auto rows = all_rows(*inside_, std::string("SELECT ") + attempt_columns + " FROM elements WHERE id = ?", {id}, attempt_in);
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return failure(Trouble::damaged, "the index has no such attempt");
  return std::move(rows->front());
}

Result<std::optional<std::int64_t>> Archive::maker(const std::string& path, std::int64_t ended_by) {
  return first_of(all_rows(*inside_,
                           "SELECT elements.id FROM artifacts JOIN elements ON elements.id = artifacts.made_by "
                           "WHERE path = ? AND outcome = 'succeeded' AND ended <= ?" +
                               inside_->own_attempts() + " ORDER BY ended DESC, elements.id DESC LIMIT 1",
                           {path, ended_by}, number_in));
}

Result<std::optional<std::int64_t>> Archive::success_of(const std::string& element) {
  return first_of(all_rows(*inside_,
                           "SELECT id FROM elements WHERE element = ? AND outcome = 'succeeded'" + inside_->own_attempts() +
                               " ORDER BY ended DESC, id DESC LIMIT 1",
                           {element}, number_in));
}

Result<std::vector<std::string>> Archive::paths_of_content(const std::string& digits) {
  const auto low = digits.size() < fewest_digits ? std::nullopt : bytes_of(digits);
  if (!low) return std::vector<std::string>();
  std::string high = *low;
  high.resize(Digest{}.size() + 1, static_cast<char>(0xff));
  auto rows = all_rows(
      *inside_,
      "SELECT DISTINCT path, content FROM artifacts WHERE content BETWEEN ? AND ?" + inside_->own_files("made_by") + " ORDER BY path",
      {Blob{*low}, Blob{high}}, [](const Statement& row) { return std::pair(row.text(0), hexadecimal_of(row.bytes(1))); });
  if (!rows) return tl::unexpected(rows.error());
  std::vector<std::string> paths;
  for (auto& [path, content] : *rows)
    if (content.starts_with(digits)) paths.push_back(std::move(path));
  return paths;
}

Result<std::vector<ArchivedFile>> Archive::inputs(std::int64_t attempt) {
  return all_rows(*inside_, "SELECT port, path, size, mtime, content FROM uses WHERE used_by = ? ORDER BY place", {attempt}, file_in);
}

Result<std::vector<ArchivedFile>> Archive::outputs(std::int64_t attempt) {
  return all_rows(*inside_, "SELECT port, path, size, mtime, content FROM artifacts WHERE made_by = ? ORDER BY place", {attempt}, file_in);
}

Result<std::vector<ArchivedLookup>> Archive::lookups(std::int64_t attempt) {
  return all_rows(*inside_, "SELECT port, chosen, runner_up FROM lookups WHERE element = ? ORDER BY port", {attempt},
                  [](const Statement& row) {
                    return ArchivedLookup{row.text(0), row.text(1), row.text(2)};
                  });
}

Result<ArchivedPlan> Archive::plan(const std::string& id) {
  const std::string own = inside_->own_plans();
  auto parameters = all_rows(*inside_, "SELECT name, value FROM parameters WHERE plan = ?" + own + " ORDER BY name", {id}, pair_in);
  if (!parameters) return tl::unexpected(parameters.error());
  auto uses =
      all_rows(*inside_, "SELECT task, parameter FROM parameter_uses WHERE plan = ?" + own + " ORDER BY task, parameter", {id}, pair_in);
  if (!uses) return tl::unexpected(uses.error());
  auto sources = all_rows(*inside_, "SELECT name, content FROM sources WHERE plan = ?" + own + " ORDER BY name", {id},
                          [](const Statement& row) { return std::pair(row.text(0), digest_in(row, 1)); });
  if (!sources) return tl::unexpected(sources.error());
  return ArchivedPlan{std::move(*parameters), std::move(*uses), std::move(*sources)};
}

Result<std::vector<ArchivedFile>> Archive::products() {
  return all_rows(*inside_,
                  "SELECT port, path, size, mtime, content FROM artifacts JOIN elements ON elements.id = made_by "
                  "WHERE outcome = 'succeeded'" +
                      inside_->own_attempts() + " ORDER BY ended, elements.id, place",
                  {}, file_in);
}

Result<std::vector<std::int64_t>> Archive::readers(const std::string& path, std::int64_t started_from) {
  return all_rows(*inside_,
                  "SELECT DISTINCT elements.id, started FROM uses JOIN elements ON elements.id = uses.used_by "
                  "WHERE path = ? AND started >= ?" +
                      inside_->own_attempts() + " ORDER BY started, elements.id",
                  {path, started_from}, number_in);
}

Result<std::vector<ArchivedMetric>> Archive::metrics(const std::string& task) {
  const std::string first = task + "[";
  const std::string past_last = task + "\\";  // the character after `[`
  return all_rows(
      *inside_,
      "SELECT elements.id, elements.element, execution, name, value FROM metrics JOIN elements ON elements.id = metrics.element "
      "WHERE outcome = 'succeeded' AND (elements.element = ? OR (elements.element >= ? AND elements.element < ?))" +
          inside_->own_attempts() + " ORDER BY ended, elements.id, name",
      {task, first, past_last}, metric_in);
}

Result<std::vector<ArchivedMetric>> Archive::metrics_of(std::int64_t attempt) {
  return all_rows(
      *inside_,
      "SELECT elements.id, elements.element, execution, name, value FROM metrics JOIN elements ON elements.id = metrics.element "
      "WHERE elements.id = ? ORDER BY name",
      {attempt}, metric_in);
}

Result<std::vector<std::string>> Archive::similar_paths(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::string is_similar = ends_with_value("path", inside_->index.database->kind());
  auto rows = all_rows(*inside_,
                       "SELECT path FROM artifacts WHERE " + is_similar + inside_->own_files("made_by") +
                           " UNION SELECT path FROM uses WHERE " + is_similar + inside_->own_files("used_by") + " ORDER BY path",
                       {name, name, name, name}, text_in);
  if (!rows) return tl::unexpected(rows.error());
  if (name.empty()) rows->clear();
  if (rows->size() > most_similar) rows->resize(most_similar);
  return rows;
}

Result<Archive::Table> Archive::query(const std::string& sql) {
  const auto prepared = inside_->index.database->prepare_reading(sql);
  if (!prepared) return tl::unexpected(prepared.error());
  Statement& statement = **prepared;
  Table table;
  auto found = statement.find({});
  for (int column = 0; found && column < statement.columns(); ++column) table.columns.push_back(statement.column_name(column));
  for (; found && *found; found = statement.next()) {
    auto& row = table.rows.emplace_back();
    for (int column = 0; column < statement.columns(); ++column)
      row.push_back(statement.is_null(column)   ? ""
                    : statement.is_blob(column) ? hexadecimal_of(statement.bytes(column))
                                                : statement.text(column));
  }
  if (found) return table;
  Error error = found.error();
  // the database was told to change nothing: whatever it says is about the query
  if (error.trouble == Trouble::environment) error.trouble = Trouble::usage;
  return tl::unexpected(std::move(error));
}

}  // namespace osac::registry
