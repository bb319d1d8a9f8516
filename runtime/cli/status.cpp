// osac status: rows are the keys of the first dimension, columns the tasks, cells how far they are. Takes no lock and writes nothing.

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>
#include <algorithm>
#include <unordered_map>

#include "compiler/base/text.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

struct Cell {
  std::uint32_t all = 0, done = 0, failed = 0, running = 0;
};

struct Table {
  std::vector<std::string> rows;  ///< keys, then "all" for elements that no single key of the dimension has
  std::string row_heading;
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> cells;  ///< [row][column]
};

std::string cell_text(const Cell& cell) {
  if (cell.all == 0) return "";
  std::string text = cell.done == cell.all ? (cell.all == 1 ? "done" : fmt::format("{} done", grouped(cell.all)))
                     : cell.all == 1       ? ""
                                           : fmt::format("{}%", std::uint64_t{100} * cell.done / cell.all);
  const auto add = [&](std::uint32_t count, const char* word) {
    if (count > 0) text += (text.empty() ? "" : " ") + (cell.all == 1 ? std::string(word) : fmt::format("{} {}", count, word));
  };
  add(cell.failed, "failed");
  add(cell.running, "running");
  return text.empty() ? "-" : text;
}

/// Elements with an attempt that has begun, not ended, and whose process lives.
Result<std::unordered_map<std::string, bool>> running_elements(const std::string& state) {
  std::unordered_map<std::string, std::int64_t> pids;
  step::JournalVisitor visitor;
  visitor.attempt_start = [&](step::AttemptStart&& start) { pids[start.element] = start.pid; };
  visitor.end = [&](step::EndRecord&& end) { pids.erase(end.element); };
  if (auto read = step::read_journals(state + "/journal", visitor); !read) return tl::unexpected(read.error());
  std::unordered_map<std::string, bool> running;
  for (const auto& [element, pid] : pids)
    if (pid > 0 && ::kill(static_cast<pid_t>(pid), 0) == 0) running.emplace(element, true);
  return running;
}

/// The dimension that rows stand for: the first one that some task's elements stand on; no_row if there is none.
std::uint32_t row_dimension(const plan::Plan& plan) {
  for (std::uint32_t dimension = 0; dimension < plan.dimensions().size(); ++dimension)
    for (const plan::TaskRow& task : plan.tasks())
      if (task.family.count > 0 && plan.record(task.family, 0, dimension) != plan::no_element) return dimension;
  return plan::no_row;
}

Table make_table(const plan::Plan& plan, const std::vector<registry::Decision>& decisions, const registry::History& history,
                 const std::unordered_map<std::string, bool>& running) {
  Table table;
  const std::uint32_t dimension = row_dimension(plan);
  std::uint32_t records = 0;
  if (dimension != plan::no_row) {
    const plan::DimensionRow& row = plan.dimensions()[dimension];
    records = row.record_count;
    table.row_heading = plan.text(row.name);
    const plan::ColumnRow& keys = plan.columns()[row.key_column];
    for (std::uint32_t record = 0; record < records; ++record)
      table.rows.push_back(visible(expression::to_text(plan.value(keys, record), keys.type)));
  }
  table.rows.emplace_back("all");
  table.cells.assign(table.rows.size(), std::vector<Cell>(plan.tasks().size()));
  for (std::uint32_t id = 0; id < plan.tasks().size(); ++id) {
    const plan::TaskRow& task = plan.tasks()[id];
    table.columns.emplace_back(plan.text(task.family.name));
    for (std::uint32_t i = 0; i < task.family.count; ++i) {
      const std::uint32_t record = dimension == plan::no_row ? plan::no_element : plan.record(task.family, i, dimension);
      Cell& cell = table.cells[record == plan::no_element ? records : record][id];
      const std::string name = plan::element_name(plan, {id, i});
      const registry::PastElement* const known = history.find(name);
      const registry::PastEnd* const latest = known == nullptr ? nullptr : history.latest(*known);
      ++cell.all;
      if (running.contains(name))
        ++cell.running;
      else if (decisions[task.first_element + i].verdict == registry::Verdict::up_to_date)
        ++cell.done;
      else if (latest != nullptr && !latest->has_succeeded() && !latest->was_cancelled())
        ++cell.failed;
    }
  }
  return table;
}

bool is_empty_row(const std::vector<Cell>& row) {
  return std::all_of(row.begin(), row.end(), [](const Cell& cell) { return cell.all == 0; });
}

std::string as_text(const Table& table) {
  std::vector<std::size_t> widths;
  std::size_t first = std::max<std::size_t>(3, count_code_points(table.row_heading));
  for (const std::string& row : table.rows) first = std::max(first, count_code_points(row));
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    std::size_t width = count_code_points(table.columns[column]);
    for (const auto& row : table.cells) width = std::max(width, cell_text(row[column]).size());
    widths.push_back(width);
  }
  const auto padded = [](std::string_view text, std::size_t width) {
    return std::string(text) + std::string(width - std::min(width, count_code_points(text)), ' ');
  };
  std::string out = padded(table.row_heading, first);
  for (std::size_t column = 0; column < table.columns.size(); ++column) out += "  " + padded(table.columns[column], widths[column]);
  out = std::string(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(out.find_last_not_of(' ') + 1)) + "\n";
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (is_empty_row(table.cells[row])) continue;
    std::string line = padded(table.rows[row], first);
    for (std::size_t column = 0; column < table.columns.size(); ++column)
      line += "  " + padded(cell_text(table.cells[row][column]), widths[column]);
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

/// What is not planned yet, a line each.
std::string stages_text(const plan::Plan& plan) {
  std::string out;
  for (const plan::StageRow& stage : plan.stages()) out += fmt::format("not planned yet: {}\n", visible(plan::stage_text(plan, stage)));
  return out;
}

std::string as_json(const plan::Plan& plan, const Table& table) {
  std::string rows;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (is_empty_row(table.cells[row])) continue;
    std::string cells;
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      const Cell& cell = table.cells[row][column];
      if (cell.all == 0) continue;
      cells += fmt::format("{}{}: {{\"elements\": {}, \"done\": {}, \"failed\": {}, \"running\": {}}}", cells.empty() ? "" : ", ",
                           json_quoted(table.columns[column]), cell.all, cell.done, cell.failed, cell.running);
    }
    rows += fmt::format("{}\n    {{\"key\": {}, \"tasks\": {{{}}}}}", rows.empty() ? "" : ",", json_quoted(table.rows[row]), cells);
  }
  std::string stages;
  for (const plan::StageRow& stage : plan.stages())
    stages += fmt::format("{}\n    {{\"what\": {}, \"waits_for\": {}, \"files\": {}}}", stages.empty() ? "" : ",",
                          json_quoted(plan.text(stage.what)), json_quoted(plan.text(plan.datasets()[stage.dataset].family.name)),
                          stage.elements.count);
  return fmt::format("{{\n  \"workflow\": {},\n  \"dimension\": {},\n  \"rows\": [{}\n  ],\n  \"stages\": [{}{}]\n}}\n",
                     json_quoted(plan.workflow()), json_quoted(table.row_heading), rows, stages, stages.empty() ? "" : "\n  ");
}

/// The site as `osac run` would see it without --site: site.yaml beside the workflow, else this machine.
site::Site site_beside() {
  if (::access("site.yaml", R_OK) != 0) return site::detect();
  Sources sources;
  Diagnostics diagnostics;
  return site::read("site.yaml", sources, diagnostics);
}

}  // namespace

int run_status(const Arguments& arguments) {
  auto past = open_past(arguments.past);
  if (!past) return report(past.error());
  auto history = registry::read_history(past->state);
  if (!history) return report(history.error());
  const auto running = running_elements(past->state);
  if (!running) return report(running.error());
  registry::State state(*past->plan, site_beside(), std::move(*history));
  const auto decisions = state.decide({});
  if (!decisions) return report(decisions.error());
  const Table table = make_table(*past->plan, *decisions, state.history(), *running);
  return print_result(arguments.past.json ? as_json(*past->plan, table) : as_text(table) + stages_text(*past->plan));
}

}  // namespace osac::cli
