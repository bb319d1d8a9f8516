// osac status: a table of how far a workflow is (status_table.h), and a line for each submission that is open. Takes no lock and writes
// nothing but the page that it was asked for.

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <thread>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/cli/close_night.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/start_record.h"
#include "runtime/cli/status_look.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

/// That the night is closed, and what is not planned yet, a line each.
std::vector<std::string> night_lines(const plan::Plan& plan) {
  std::vector<std::string> lines;
  if (const auto closed = find_closed(plan, closing::night_of(plan, {}, "")))
    lines.push_back(closing::closed_text(*closed, hexadecimal(plan.id())));
  for (std::string& line : stage_lines(plan)) lines.push_back(std::move(line));
  return lines;
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

std::vector<std::string> submission_lines(const std::vector<slurm::Overview>& open) {
  std::vector<std::string> lines;
  for (const slurm::Overview& overview : open) {
    std::string line = fmt::format("submission {} of {}: {} running, {} queued, {} ended", step::name_of(overview.submission.folder),
                                   overview.submission.start.execution, grouped(overview.running), grouped(overview.waiting),
                                   grouped(overview.ended + overview.gone));
    if (overview.unknown > 0) line += fmt::format(", {} unknown", grouped(overview.unknown));
    if (const std::string stand = stand_of(overview); !stand.empty()) line += "; " + stand;
    lines.push_back(std::move(line));
    if (overview.silent) lines.push_back("    " + overview.silent->what);
  }
  return lines;
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

std::string as_json(const plan::Plan& plan, const StatusTable& table, const std::vector<slurm::Overview>& open,
                    const std::vector<Waiting>& waiting) {
  std::string stages;
  for (const plan::StageRow& stage : plan.stages())
    stages += fmt::format("{}\n    {{\"what\": {}, \"waits_for\": {}, \"files\": {}}}", stages.empty() ? "" : ",",
                          json_quoted(plan.text(stage.what)), json_quoted(plan.text(plan.datasets()[stage.dataset].family.name)),
                          stage.elements.count);
  return fmt::format(
      "{{\n  \"workflow\": {},\n  \"plan\": {},\n  \"state\": \"{}\",\n  \"dimension\": {},\n  \"rows\": [{}\n  ],\n  \"stages\": "
      "[{}{}],\n  \"submissions\": [{}],\n  \"closed\": {},\n  \"waiting\": {}\n}}\n",
      json_quoted(plan.workflow()), json_quoted(table.plan), table.all.state(), json_quoted(table.dimension), status_rows_json(table),
      stages, stages.empty() ? "" : "\n  ", submissions_json(open), closed_json(find_closed(plan, closing::night_of(plan, {}, ""))),
      waiting_json(waiting));
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

/// Whoever brings records in may take away what is being read: the next look finds them where they are.
Result<StatusLook> look_twice(const Past& past, const std::string& dimension) {
  const auto look = [&] { return look_at_status(*past.plan, past.state, site_beside(), dimension); };
  auto found = look();
  return found || found.error().trouble == Trouble::usage ? std::move(found) : look();
}

std::string as_text(const plan::Plan& plan, const StatusLook& look, const std::vector<Waiting>& waiting, bool is_long) {
  std::string out = status_text(look.table, is_long);
  for (const auto& lines : {night_lines(plan), submission_lines(look.open), waiting_lines(waiting, slurm::Client())})
    for (const std::string& line : lines) out += visible(line) + "\n";
  return out;
}

/// Of a workflow of which nothing was carried out yet.
int show_waiting(const std::string& state, bool as_json) {
  const auto waiting = read_waiting(state);
  if (!waiting) return report(waiting.error());
  if (as_json)
    return print_result(
        fmt::format("{{\n  \"workflow\": {},\n  \"waiting\": {}\n}}\n", json_quoted(step::name_of(state)), waiting_json(*waiting)));
  std::string out;
  for (const std::string& line : waiting_lines(*waiting, slurm::Client())) out += visible(line) + "\n";
  return print_result(out);
}

}  // namespace

int run_status(const Arguments& arguments) {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const StatusArguments& how = arguments.status;
  PastArguments which = arguments.past;
  const std::string page = how.page.empty() || how.page == "-" ? how.page : absolute(how.page);
  for (;;) {
    const auto past = open_past(which);
    if (!past) {
      const auto state = past.error().trouble == Trouble::usage ? state_that_waits(which) : std::nullopt;
      return state ? show_waiting(*state, arguments.past.json) : report(past.error());
    }
    which.workflow = past->plan->workflow();  // the current folder is its own from now on
    const auto found = look_twice(*past, how.dimension);
    if (!found) return report(found.error());
    const auto waiting = read_waiting(past->state);
    if (!waiting) return report(waiting.error());
    const bool goes_on = arguments.past.watch && found->is_live();
    const auto pause = found->is_on_slurm() ? pause_on_slurm : pause_locally;
    if (!page.empty()) {
      StatusLines lines{night_lines(*past->plan), submission_lines(found->open)};
      for (std::string& line : waiting_lines(*waiting, slurm::Client())) lines.submissions.push_back(std::move(line));
      const std::string text =
          status_page(found->table, lines, runtime::system_clock().wall(), goes_on ? static_cast<int>(pause.count()) : 0);
      if (page == "-") return print_result(text);
      if (auto written = write_file(page, text); !written) return report(written.error());
    } else {
      const std::string text = arguments.past.json ? as_json(*past->plan, found->table, found->open, *waiting)
                                                   : as_text(*past->plan, *found, *waiting, how.is_long);
      const bool clears = arguments.past.watch && is_terminal;
      if (const int code = print_result((clears ? "\033[H\033[2J" : "") + text); code != exit_done) return code;
    }
    if (!goes_on) return exit_done;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace osac::cli
