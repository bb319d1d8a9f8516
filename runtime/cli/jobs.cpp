#include "runtime/cli/jobs.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <thread>

#include "compiler/base/text.h"
#include "compiler/plan/query.h"
#include "runtime/base/clock.h"

namespace osac::cli {

namespace {

constexpr std::int64_t patience = 300'000'000'000;
constexpr std::chrono::seconds pause{5};

}  // namespace

Result<registry::StateLock> lock_patiently(const std::string& state) {
  auto lock = registry::StateLock::take(state, "", false);
  if (lock || lock.error().trouble != Trouble::busy) return lock;
  tell(fmt::format("waiting: {}\n", lock.error().what));
  return registry::StateLock::take(state, "", true);
}

Result<std::vector<slurm::Overview>> settle_patiently(const std::string& state) {
  const runtime::Clock& clock = runtime::system_clock();
  const slurm::Client client;
  const std::int64_t begin = clock.monotonic();
  for (;;) {
    auto open = slurm::settle(state, client, clock);
    if (open || open.error().trouble != Trouble::temporary || clock.monotonic() - begin > patience) return open;
    std::this_thread::sleep_for(pause);
  }
}

Result<std::vector<std::string>> open_journals(const std::string& state) {
  const auto submissions = slurm::read_submissions(state);
  if (!submissions) return tl::unexpected(submissions.error());
  std::vector<std::string> journals;
  for (const slurm::Submission& submission : *submissions) {
    if (!submission.is_open()) continue;
    auto some = slurm::journals_of(submission);
    if (!some) return some;
    journals.insert(journals.end(), some->begin(), some->end());
  }
  return journals;
}

Result<std::vector<slurm::Submission>> last_execution(const std::string& state, const std::string& execution) {
  auto submissions = slurm::read_submissions(state);
  if (!submissions) return submissions;
  if (submissions->empty()) return failure(Trouble::usage, "nothing was submitted in this folder yet", "see osac submit --help");
  const std::string wanted = execution.empty() ? submissions->back().start.execution : execution;
  std::erase_if(*submissions, [&](const slurm::Submission& submission) { return submission.start.execution != wanted; });
  return submissions;
}

Result<std::vector<bool>> elements_where(const plan::Plan& plan, const std::string& condition) {
  std::vector<bool> selected(plan.element_count(), false);
  std::optional<plan::QueryProblem> problem;
  bool makes_sense = false;
  for (const plan::TaskRow& task : plan.tasks()) {
    const auto found = plan::query(plan, fmt::format("task {}[{}]", plan.text(task.family.name), condition));
    if (!found) {
      problem = found.error();
      continue;
    }
    makes_sense = true;
    for (std::uint32_t i = 0; i < task.family.count; ++i)
      if (found->tasks[task.first_element + i] != 0) selected[task.first_element + i] = true;
  }
  if (!makes_sense)
    return failure(Trouble::usage, fmt::format("--where `{}`: {}", visible(condition), problem ? problem->what : "there are no tasks"),
                   problem ? problem->help : "");
  return selected;
}

std::string live_text(const std::vector<slurm::Overview>& overviews) {
  std::uint32_t waiting = 0;
  std::uint32_t running = 0;
  std::uint32_t unknown = 0;
  for (const slurm::Overview& overview : overviews) {
    waiting += overview.waiting;
    running += overview.running;
    unknown += overview.unknown;
  }
  std::string text = fmt::format("{} running, {} queued", grouped(running), grouped(waiting));
  if (unknown > 0) text += fmt::format(", {} unknown", grouped(unknown));
  return text;
}

std::optional<Error> still_live(const std::vector<slurm::Overview>& overviews) {
  const auto live = std::find_if(overviews.begin(), overviews.end(), [](const slurm::Overview& overview) { return overview.is_live(); });
  if (live == overviews.end()) return std::nullopt;
  const auto silent =
      std::find_if(overviews.begin(), overviews.end(), [](const slurm::Overview& overview) { return bool(overview.silent); });
  if (silent != overviews.end()) {
    Error error = *silent->silent;
    error.what = "elements of this workflow were submitted, and what became of them cannot be told: " + error.what;
    error.help = "give the command again when Slurm answers";
    return error;
  }
  return Error{Trouble::busy, fmt::format("elements of this workflow are on their way on Slurm: {}", live_text(overviews)),
               "see osac status; osac cancel takes them out of the queue"};
}

}  // namespace osac::cli
