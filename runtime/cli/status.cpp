// osac status: rows are the keys of the first dimension, columns the tasks, cells how far they are; and a line for each submission that is
// open. Takes no lock and writes nothing.

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <thread>
#include <unordered_map>

#include "compiler/base/columns.h"
#include "compiler/base/text.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/match.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/jobs.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

struct Cell {
  std::uint32_t all = 0, done = 0, failed = 0, running = 0, queued = 0, unknown = 0;
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
  add(cell.queued, "queued");
  add(cell.unknown, "unknown");
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

/// What is on its way on Slurm.
struct Submitted {
  std::vector<slurm::Overview> open;
  std::vector<slurm::Fate> fates;  ///< one an element of the plan: `ended` if it is not on its way
};

Result<Submitted> look_at_submissions(const plan::Plan& plan, const std::string& state) {
  Submitted found{{}, std::vector<slurm::Fate>(plan.element_count(), slurm::Fate::ended)};
  const auto submissions = slurm::read_submissions(state);
  if (!submissions) return tl::unexpected(submissions.error());
  const slurm::Client client;
  for (const slurm::Submission& submission : *submissions) {
    if (!submission.is_open() || submission.jobs.empty()) continue;
    auto overview = slurm::look_at(submission, client);
    if (!overview) return tl::unexpected(overview.error());
    const auto numbers = plan::match_elements(overview->plan, plan);
    for (const slurm::ElementFate& fate : overview->elements)
      if (fate.fate != slurm::Fate::ended && fate.fate != slurm::Fate::gone && numbers[fate.element] != plan::no_element)
        found.fates[numbers[fate.element]] = fate.fate;
    found.open.push_back(std::move(*overview));
  }
  return found;
}

/// The dimension that rows stand for: the first one that some task's elements stand on; no_row if there is none.
std::uint32_t row_dimension(const plan::Plan& plan) {
  for (std::uint32_t dimension = 0; dimension < plan.dimensions().size(); ++dimension)
    for (const plan::TaskRow& task : plan.tasks())
      if (task.family.count > 0 && plan.record(task.family, 0, dimension) != plan::no_element) return dimension;
  return plan::no_row;
}

Table make_table(const plan::Plan& plan, const std::vector<registry::Decision>& decisions, const registry::History& history,
                 const std::unordered_map<std::string, bool>& running, const std::vector<slurm::Fate>& fates) {
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
      const slurm::Fate fate = fates[task.first_element + i];
      if (running.contains(name) || fate == slurm::Fate::running)
        ++cell.running;
      else if (fate == slurm::Fate::waiting)
        ++cell.queued;
      else if (fate == slurm::Fate::unknown)
        ++cell.unknown;
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
  std::vector<std::vector<std::string>> rows{{table.row_heading}};
  rows.front().insert(rows.front().end(), table.columns.begin(), table.columns.end());
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (is_empty_row(table.cells[row])) continue;
    rows.push_back({table.rows[row]});
    for (const auto& cell : table.cells[row]) rows.back().push_back(cell_text(cell));
  }
  return columns_text(rows);
}

/// What is not planned yet, a line each.
std::string stages_text(const plan::Plan& plan) {
  std::string out;
  for (const plan::StageRow& stage : plan.stages()) out += fmt::format("not planned yet: {}\n", visible(plan::stage_text(plan, stage)));
  return out;
}

/// Service jobs of a submission that are in the queue, by what they do.
bool has_job(const slurm::Overview& overview, std::string_view name) {
  return std::any_of(overview.queue.begin(), overview.queue.end(), [&](const slurm::Queued& queued) {
    return !queued.is_over() && queued.name.starts_with(overview.submission.token(std::string(name)));
  });
}

/// How far a submission is, in words.
std::string stand_of(const slurm::Overview& overview) {
  const slurm::Submission& submission = overview.submission;
  if (submission.is_cancelled) return "cancelled";
  if (submission.progress == slurm::Progress::begun)
    return "not all of it is submitted: osac submit goes on with it, osac cancel withdraws it";
  const auto gate = std::find_if(overview.queue.begin(), overview.queue.end(),
                                 [&](const slurm::Queued& queued) { return queued.name == submission.token("gate") && !queued.is_over(); });
  if (gate != overview.queue.end()) return gate->reason == "BeginTime" ? "begins later" : "held by its gate";
  if (overview.silent) return "Slurm does not answer";
  if (overview.is_live()) return has_job(overview, "continue") ? "more follows" : "";
  return has_job(overview, "close") ? "to be closed by its last job" : "over: osac close brings it in";
}

std::string submissions_text(const std::vector<slurm::Overview>& open) {
  std::string out;
  for (const slurm::Overview& overview : open) {
    out += fmt::format("submission {} of {}: {} running, {} queued, {} ended", step::name_of(overview.submission.folder),
                       overview.submission.start.execution, grouped(overview.running), grouped(overview.waiting),
                       grouped(overview.ended + overview.gone));
    if (overview.unknown > 0) out += fmt::format(", {} unknown", grouped(overview.unknown));
    const std::string stand = stand_of(overview);
    out += stand.empty() ? "\n" : fmt::format("; {}\n", stand);
    if (overview.silent) out += fmt::format("    {}\n", visible(overview.silent->what));
  }
  return out;
}

std::string submissions_json(const std::vector<slurm::Overview>& open) {
  std::string list;
  for (const slurm::Overview& overview : open) {
    std::string jobs;
    for (const slurm::JobRecord& job : overview.submission.jobs)
      jobs += fmt::format("{}{}: {}", jobs.empty() ? "" : ", ", json_quoted(job.name), job.job);
    list += fmt::format(
        "{}\n    {{\"folder\": {}, \"execution\": {}, \"running\": {}, \"queued\": {}, \"ended\": {}, \"gone\": {}, \"unknown\": {}, "
        "\"stand\": {}, \"jobs\": {{{}}}}}",
        list.empty() ? "" : ",", json_quoted(overview.submission.folder), json_quoted(overview.submission.start.execution),
        overview.running, overview.waiting, overview.ended, overview.gone, overview.unknown, json_quoted(stand_of(overview)), jobs);
  }
  return list.empty() ? "" : list + "\n  ";
}

std::string as_json(const plan::Plan& plan, const Table& table, const std::vector<slurm::Overview>& open) {
  std::string rows;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (is_empty_row(table.cells[row])) continue;
    std::string cells;
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      const Cell& cell = table.cells[row][column];
      if (cell.all == 0) continue;
      cells += fmt::format("{}{}: {{\"elements\": {}, \"done\": {}, \"failed\": {}, \"running\": {}, \"queued\": {}, \"unknown\": {}}}",
                           cells.empty() ? "" : ", ", json_quoted(table.columns[column]), cell.all, cell.done, cell.failed, cell.running,
                           cell.queued, cell.unknown);
    }
    rows += fmt::format("{}\n    {{\"key\": {}, \"tasks\": {{{}}}}}", rows.empty() ? "" : ",", json_quoted(table.rows[row]), cells);
  }
  std::string stages;
  for (const plan::StageRow& stage : plan.stages())
    stages += fmt::format("{}\n    {{\"what\": {}, \"waits_for\": {}, \"files\": {}}}", stages.empty() ? "" : ",",
                          json_quoted(plan.text(stage.what)), json_quoted(plan.text(plan.datasets()[stage.dataset].family.name)),
                          stage.elements.count);
  return fmt::format(
      "{{\n  \"workflow\": {},\n  \"dimension\": {},\n  \"rows\": [{}\n  ],\n  \"stages\": [{}{}],\n  \"submissions\": [{}]\n}}\n",
      json_quoted(plan.workflow()), json_quoted(table.row_heading), rows, stages, stages.empty() ? "" : "\n  ", submissions_json(open));
}

/// The site as `osac run` would see it without --site: site.yaml beside the workflow, else this machine.
site::Site site_beside() {
  if (::access("site.yaml", R_OK) != 0) return site::detect();
  Sources sources;
  Diagnostics diagnostics;
  return site::read("site.yaml", sources, diagnostics);
}

constexpr std::chrono::seconds pause_locally{2};
constexpr std::chrono::seconds pause_on_slurm{10};  // its controller has more to do

/// One look, as text or JSON.
struct Look {
  std::string text;
  bool is_live = false;  ///< something runs or is queued
  bool is_on_slurm = false;
};
Result<Look> look(const Past& past, bool json) {
  const auto submitted = look_at_submissions(*past.plan, past.state);
  if (!submitted) return tl::unexpected(submitted.error());
  const auto journals = open_journals(past.state);
  if (!journals) return tl::unexpected(journals.error());
  auto history = registry::read_history(past.state, *journals);
  if (!history) return tl::unexpected(history.error());
  const auto running = running_elements(past.state);
  if (!running) return tl::unexpected(running.error());
  registry::State state(*past.plan, site_beside(), std::move(*history));
  const auto decisions = state.decide({});
  if (!decisions) return tl::unexpected(decisions.error());
  const Table table = make_table(*past.plan, *decisions, state.history(), *running, submitted->fates);
  const std::vector<slurm::Overview>& open = submitted->open;
  Look found;
  found.text = json ? as_json(*past.plan, table, open) : as_text(table) + stages_text(*past.plan) + submissions_text(open);
  found.is_on_slurm = !open.empty();
  found.is_live = !running->empty() || !open.empty();
  return found;
}

/// Whoever brings records in may take away what is being read: the next look finds them where they are.
Result<Look> look_twice(const Past& past, bool json) {
  auto found = look(past, json);
  return found ? std::move(found) : look(past, json);
}

}  // namespace

int run_status(const Arguments& arguments) {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  PastArguments which = arguments.past;
  for (;;) {
    const auto past = open_past(which);
    if (!past) return report(past.error());
    which.workflow = past->plan->workflow();  // the current folder is its own from now on
    const auto found = look_twice(*past, arguments.past.json);
    if (!found) return report(found.error());
    const bool clears = arguments.past.watch && is_terminal;
    if (const int code = print_result((clears ? "\033[H\033[2J" : "") + found->text); code != exit_done) return code;
    if (!arguments.past.watch || !found->is_live) return exit_done;
    std::this_thread::sleep_for(found->is_on_slurm ? pause_on_slurm : pause_locally);
  }
}

}  // namespace osac::cli
