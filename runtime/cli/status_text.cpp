// The table of `osac status` as text and as JSON.

#include <fmt/format.h>

#include "compiler/base/columns.h"
#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/cli/status_table.h"

namespace osac::cli {

namespace {

std::string cell_text(const StatusCell& cell) {
  if (cell.all == 0) return "";
  std::string text = cell.done == cell.all ? (cell.all == 1 ? "done" : fmt::format("{} done", grouped(cell.all)))
                     : cell.all == 1       ? ""
                                           : fmt::format("{}%", std::uint64_t{100} * cell.done / cell.all);
  const auto add = [&](std::uint32_t count, const char* word) {
    if (count > 0) text += (text.empty() ? "" : " ") + (cell.all == 1 ? std::string(word) : fmt::format("{} {}", count, word));
  };
  add(cell.failed, "failed");
  add(cell.running, "running");
  add(cell.queued, "queued");
  add(cell.unknown, "unknown");
  return text.empty() ? "-" : text;
}

/// To the second, UTC; "" for none.
std::string time_text(std::int64_t wall) { return wall == 0 ? "" : runtime::utc_text(wall).substr(0, 19); }

void add_long(std::vector<std::string>& line, const StatusTable& table, const StatusRow& row) {
  for (const std::string& attribute : row.attributes) line.push_back(visible(attribute));
  line.emplace_back(state_of(table, row));
  line.push_back(fmt::format("{}", fmt::join(row.exits, ", ")));
  line.push_back(row.tries == 0 ? "" : std::to_string(row.tries));
  line.push_back(fmt::format("{}", fmt::join(row.jobs, ",")));
  line.push_back(time_text(row.started));
  line.push_back(time_text(row.ended));
}

std::string counts_json(const StatusCell& cell) {
  return fmt::format("\"elements\": {}, \"done\": {}, \"failed\": {}, \"running\": {}, \"queued\": {}, \"unknown\": {}", cell.all,
                     cell.done, cell.failed, cell.running, cell.queued, cell.unknown);
}

std::string time_json(std::int64_t wall) { return wall == 0 ? "null" : json_quoted(runtime::utc_text(wall)); }

std::string row_json(const StatusTable& table, const StatusRow& row) {
  std::string attributes;
  for (std::size_t i = 0; i < row.attributes.size(); ++i)
    attributes += fmt::format("{}{}: {}", attributes.empty() ? "" : ", ", json_quoted(table.attributes[i]), json_quoted(row.attributes[i]));
  std::string exits;
  for (const std::string& exit : row.exits) exits += (exits.empty() ? "" : ", ") + json_quoted(exit);
  std::string cells;
  for (std::size_t task = 0; task < table.tasks.size(); ++task)
    if (row.cells[task].all > 0)
      cells += fmt::format("{}{}: {{{}}}", cells.empty() ? "" : ", ", json_quoted(table.tasks[task]), counts_json(row.cells[task]));
  return fmt::format(
      "{{\"key\": {}, \"attributes\": {{{}}}, \"state\": \"{}\", \"exits\": [{}], \"tries\": {}, \"jobs\": [{}], \"started\": {}, "
      "\"ended\": {}, \"all\": {{{}}}, \"tasks\": {{{}}}}}",
      json_quoted(row.key), attributes, state_of(table, row), exits, row.tries, fmt::join(row.jobs, ", "), time_json(row.started),
      time_json(row.ended), counts_json(row.total), cells);
}

}  // namespace

std::string status_text(const StatusTable& table, bool is_long) {
  std::vector<std::vector<std::string>> lines{{table.dimension}};
  if (is_long) {
    for (const std::string& attribute : table.attributes) lines.front().push_back(attribute);
    for (const char* const heading : {"state", "exit", "tries", "jobs", "started", "ended"}) lines.front().emplace_back(heading);
  }
  lines.front().insert(lines.front().end(), table.tasks.begin(), table.tasks.end());
  for (const StatusRow& row : table.rows) {
    lines.push_back({visible(row.key)});
    if (is_long) add_long(lines.back(), table, row);
    for (std::size_t task = 0; task < row.cells.size(); ++task)
      lines.back().push_back(table.is_ahead && row.is_awaited[task] ? "not planned yet" : cell_text(row.cells[task]));
  }
  return columns_text(lines);
}

std::string status_rows_json(const StatusTable& table) {
  std::string rows;
  for (const StatusRow& row : table.rows) rows += fmt::format("{}\n    {}", rows.empty() ? "" : ",", row_json(table, row));
  return rows;
}

}  // namespace osac::cli
