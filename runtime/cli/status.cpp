// osac status: a table of how far a workflow is (status_table.h), and a line for each submission that is open. Takes no lock and writes
// nothing but the page that it was asked for.

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <thread>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/match.h"
#include "runtime/cli/close_night.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/status_table.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

/// "exit code 3", "signal 9", or what it was lacking: "memory", "timeout", "lost", "output", ...
std::string exit_of(const step::EndRecord& end) {
  if (end.outcome == step::Outcome::succeeded) return "";
  if (end.failure != step::FailureClass::exit) return std::string(step::class_name(end.failure));
  return end.signal != 0 ? fmt::format("signal {}", end.signal) : fmt::format("exit code {}", end.exit_code);
}

/// What the journals tell of attempts; of those that have not ended only those whose process lives. `elsewhere`: journals of open
/// submissions.
Result<TriesByElement> read_tries(const std::string& state, const std::vector<std::string>& elsewhere) {
  TriesByElement found;
  const auto begin = [&](const std::string& element, std::int64_t time) -> Tries& {
    Tries& tries = found[element];
    if (tries.started == 0 || time < tries.started) tries.started = time;
    return tries;
  };
  step::JournalVisitor visitor;
  visitor.attempt_start = [&](step::AttemptStart&& start) { begin(start.element, start.time).pid = start.pid; };
  visitor.end = [&](step::EndRecord&& end) {
    Tries& tries = begin(end.element, end.started);
    ++tries.count;
    tries.pid = 0;
    if (end.ended < tries.ended) return;  // of another journal, before
    tries.ended = end.ended;
    tries.outcome = end.outcome;
    tries.exit = exit_of(end);
    tries.reason = std::move(end.reason);
    tries.log = std::move(end.log);
  };
  if (auto read = step::read_journals(state + "/journal", visitor); !read) return tl::unexpected(read.error());
  for (auto& [element, tries] : found)
    if (tries.pid > 0 && ::kill(static_cast<pid_t>(tries.pid), 0) != 0) tries.pid = 0;
  if (elsewhere.empty()) return found;
  // processes on nodes are none of this machine's: Slurm tells of them
  visitor.attempt_start = [&](step::AttemptStart&& start) { begin(start.element, start.time); };
  if (auto read = step::read_journals(elsewhere, visitor); !read) return tl::unexpected(read.error());
  return found;
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

/// That the night is closed, and what is not planned yet, a line each.
std::vector<std::string> night_lines(const plan::Plan& plan) {
  std::vector<std::string> lines;
  if (const auto closed = find_closed(plan, closing::night_of(plan, {}, "")))
    lines.push_back(closing::closed_text(*closed, hexadecimal(plan.id())));
  for (const plan::StageRow& stage : plan.stages()) lines.push_back("not planned yet: " + plan::stage_text(plan, stage));
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

std::string as_json(const plan::Plan& plan, const StatusTable& table, const std::vector<slurm::Overview>& open) {
  std::string stages;
  for (const plan::StageRow& stage : plan.stages())
    stages += fmt::format("{}\n    {{\"what\": {}, \"waits_for\": {}, \"files\": {}}}", stages.empty() ? "" : ",",
                          json_quoted(plan.text(stage.what)), json_quoted(plan.text(plan.datasets()[stage.dataset].family.name)),
                          stage.elements.count);
  return fmt::format(
      "{{\n  \"workflow\": {},\n  \"plan\": {},\n  \"state\": \"{}\",\n  \"dimension\": {},\n  \"rows\": [{}\n  ],\n  \"stages\": "
      "[{}{}],\n  \"submissions\": [{}],\n  \"closed\": {}\n}}\n",
      json_quoted(plan.workflow()), json_quoted(table.plan), table.all.state(), json_quoted(table.dimension), status_rows_json(table),
      stages, stages.empty() ? "" : "\n  ", submissions_json(open), closed_json(find_closed(plan, closing::night_of(plan, {}, ""))));
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

/// The jobs of the elements in all submissions of the last execution, those that are over, too.
Result<std::vector<std::vector<std::uint64_t>>> jobs_of_last(const plan::Plan& plan, const std::string& state) {
  std::vector<std::vector<std::uint64_t>> jobs;
  const auto all = slurm::read_submissions(state);
  if (!all) return tl::unexpected(all.error());
  for (const slurm::Submission& submission : *all) {
    if (submission.start.execution != all->back().start.execution || submission.jobs.empty()) continue;
    auto some = slurm::jobs_of_elements(submission, plan);
    if (!some) return tl::unexpected(some.error());
    jobs.push_back(std::move(*some));
  }
  return jobs;
}

struct Look {
  StatusTable table;
  std::vector<slurm::Overview> open;
  [[nodiscard]] bool is_on_slurm() const { return !open.empty(); }
  [[nodiscard]] bool is_live() const { return table.all.total.running > 0 || !open.empty(); }
};
Result<Look> look(const Past& past, const std::string& dimension) {
  const plan::Plan& plan = *past.plan;
  auto submitted = look_at_submissions(plan, past.state);
  if (!submitted) return tl::unexpected(submitted.error());
  const auto journals = open_journals(past.state);
  if (!journals) return tl::unexpected(journals.error());
  auto history = registry::read_history(past.state, *journals);
  if (!history) return tl::unexpected(history.error());
  const auto tries = read_tries(past.state, *journals);
  if (!tries) return tl::unexpected(tries.error());
  const auto jobs = jobs_of_last(plan, past.state);
  if (!jobs) return tl::unexpected(jobs.error());
  registry::State state(plan, site_beside(), std::move(*history));
  const auto decisions = state.decide({});
  if (!decisions) return tl::unexpected(decisions.error());
  auto table = make_status_table({plan, *decisions, *tries, submitted->fates, *jobs, dimension});
  if (!table) return tl::unexpected(table.error());
  return Look{std::move(*table), std::move(submitted->open)};
}

/// Whoever brings records in may take away what is being read: the next look finds them where they are.
Result<Look> look_twice(const Past& past, const std::string& dimension) {
  auto found = look(past, dimension);
  return found || found.error().trouble == Trouble::usage ? std::move(found) : look(past, dimension);
}

std::string as_text(const plan::Plan& plan, const Look& look, bool is_long) {
  std::string out = status_text(look.table, is_long);
  for (const auto& lines : {night_lines(plan), submission_lines(look.open)})
    for (const std::string& line : lines) out += visible(line) + "\n";
  return out;
}

}  // namespace

int run_status(const Arguments& arguments) {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const StatusArguments& how = arguments.status;
  PastArguments which = arguments.past;
  const std::string page = how.page.empty() || how.page == "-" ? how.page : absolute(how.page);
  for (;;) {
    const auto past = open_past(which);
    if (!past) return report(past.error());
    which.workflow = past->plan->workflow();  // the current folder is its own from now on
    const auto found = look_twice(*past, how.dimension);
    if (!found) return report(found.error());
    const bool goes_on = arguments.past.watch && found->is_live();
    const auto pause = found->is_on_slurm() ? pause_on_slurm : pause_locally;
    if (!page.empty()) {
      const StatusLines lines{night_lines(*past->plan), submission_lines(found->open)};
      const std::string text =
          status_page(found->table, lines, runtime::system_clock().wall(), goes_on ? static_cast<int>(pause.count()) : 0);
      if (page == "-") return print_result(text);
      if (auto written = write_file(page, text); !written) return report(written.error());
    } else {
      const std::string text =
          arguments.past.json ? as_json(*past->plan, found->table, found->open) : as_text(*past->plan, *found, how.is_long);
      const bool clears = arguments.past.watch && is_terminal;
      if (const int code = print_result((clears ? "\033[H\033[2J" : "") + text); code != exit_done) return code;
    }
    if (!goes_on) return exit_done;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace osac::cli
