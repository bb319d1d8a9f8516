#include "runtime/cli/status_look.h"

#include <fmt/format.h>
#include <signal.h>

#include "compiler/plan/describe.h"
#include "compiler/plan/match.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/jobs.h"
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

}  // namespace

std::vector<std::string> stage_lines(const plan::Plan& plan) {
  std::vector<std::string> lines;
  for (const plan::StageRow& stage : plan.stages()) lines.push_back("not planned yet: " + plan::stage_text(plan, stage));
  return lines;
}

Result<StatusLook> look_at_status(const plan::Plan& plan, const std::string& state, const site::Site& site, const std::string& dimension) {
  auto submitted = look_at_submissions(plan, state);
  if (!submitted) return tl::unexpected(submitted.error());
  const auto journals = open_journals(state);
  if (!journals) return tl::unexpected(journals.error());
  auto history = registry::read_history(state, *journals);
  if (!history) return tl::unexpected(history.error());
  const auto tries = read_tries(state, *journals);
  if (!tries) return tl::unexpected(tries.error());
  const auto jobs = jobs_of_last(plan, state);
  if (!jobs) return tl::unexpected(jobs.error());
  registry::State known(plan, site, std::move(*history));
  const auto decisions = known.decide({});
  if (!decisions) return tl::unexpected(decisions.error());
  auto table = make_status_table({plan, *decisions, *tries, submitted->fates, *jobs, dimension});
  if (!table) return tl::unexpected(table.error());
  StatusLook look{std::move(*table), std::move(submitted->open), {}};
  for (std::uint32_t element = 0; element < plan.element_count(); ++element)
    if (submitted->fates[element] == slurm::Fate::running) look.running.push_back(plan::element_name(plan, plan.element(element)));
  return look;
}

}  // namespace osac::cli
