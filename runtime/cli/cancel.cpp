// osac cancel: takes submitted jobs out of the queue, all or those of some elements and of what needs them, and looks until none is left.

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "compiler/base/text.h"
#include "compiler/plan/edges.h"
#include "compiler/plan/match.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/late.h"
#include "runtime/cli/start_record.h"
#include "runtime/slurm/submit.h"

namespace osac::cli {

namespace {

constexpr std::int64_t patience = 120'000'000'000;
constexpr std::chrono::milliseconds pause{500};
constexpr std::size_t most_ranges = 100;  // in one word for scancel

bool is_on_its_way(slurm::Fate fate) {
  return fate == slurm::Fate::waiting || fate == slurm::Fate::running || fate == slurm::Fate::unknown;
}

// ---- all of them

int cancel_all(const std::string& state) {
  const auto submissions = slurm::read_submissions(state);
  if (!submissions) return report(submissions.error());
  const slurm::Client client;
  slurm::SubmitOptions options;
  options.note = [](const std::string& text) { tell(text + "\n"); };
  std::size_t count = 0;
  // the newest first: none of them can make another one meanwhile, since the lock is ours
  for (auto at = submissions->rbegin(); at != submissions->rend(); ++at) {
    if (!at->is_open() || at->jobs.empty()) continue;
    auto journal = slurm::SubmissionJournal::open(*at, runtime::system_clock());
    if (!journal) return report(journal.error());
    if (auto withdrawn = slurm::withdraw(*journal, client, options); !withdrawn) return report(withdrawn.error());
    ++count;
  }
  if (!submissions->empty())
    if (const auto last = last_execution(state)) stop_watching(*last);
  const auto waited = stop_all_waiting(state);
  if (!waited) return report(waited.error());
  if (*waited > 0) tell(fmt::format("cancelled {} that waited to start\n", count_of(*waited, "command")));
  if (*waited > 0 && count == 0) return exit_done;
  if (auto settled = settle_patiently(state); !settled) return report(settled.error());
  tell(count == 0 ? "no jobs are open: there is nothing to cancel\n" : fmt::format("cancelled {}\n", count_of(count, "submission")));
  return exit_done;
}

// ---- some of them

/// Adds all that cannot be made without the selected ones.
void add_dependents(const plan::Plan& plan, std::vector<bool>& selected) {
  const plan::Edges edges = plan::make_edges(plan);
  std::vector<bool> seen = selected;
  seen.resize(edges.node_count(), false);
  std::vector<std::uint32_t> open;
  for (std::uint32_t element = 0; element < selected.size(); ++element)
    if (selected[element]) open.push_back(element);
  while (!open.empty()) {
    const std::uint32_t node = open.back();
    open.pop_back();
    for (std::uint64_t at = edges.offsets[node]; at < edges.offsets[node + 1]; ++at) {
      const std::uint32_t dependent = edges.dependents[at];
      if (edges.is_survivors[at] != 0 || seen[dependent]) continue;
      seen[dependent] = true;
      open.push_back(dependent);
    }
  }
  std::copy_n(seen.begin(), selected.size(), selected.begin());
}

/// Array tasks of one submission that are to go.
struct Chosen {
  std::set<std::pair<std::uint32_t, std::uint32_t>> places;  // array, index
  std::uint32_t meant = 0, others = 0;                       // elements in them
};

/// `selected`: one an element of the submission's plan.
Chosen choose(const slurm::Overview& overview, const std::vector<bool>& selected) {
  Chosen chosen;
  for (const slurm::ElementFate& fate : overview.elements)
    if (selected[fate.element] && is_on_its_way(fate.fate)) chosen.places.insert({fate.array, fate.index});
  for (const slurm::ElementFate& fate : overview.elements)
    if (is_on_its_way(fate.fate) && chosen.places.contains({fate.array, fate.index}))
      ++(selected[fate.element] ? chosen.meant : chosen.others);
  return chosen;
}

/// As scancel has them: "123_[0-4,7]".
std::vector<std::string> words_for_scancel(const slurm::Overview& overview, const Chosen& chosen) {
  std::vector<std::string> words;
  std::string ranges;
  std::size_t count = 0;
  std::uint64_t job = 0;
  const auto end_word = [&] {
    if (count > 0) words.push_back(fmt::format("{}_[{}]", job, ranges));
    ranges.clear();
    count = 0;
  };
  for (auto at = chosen.places.begin(); at != chosen.places.end();) {
    const auto [array, first] = *at;
    std::uint32_t last = first;
    for (++at; at != chosen.places.end() && at->first == array && at->second == last + 1; ++at) last = at->second;
    const slurm::JobRecord* const record = overview.submission.job(overview.arrays[array]);
    if (record == nullptr || record->job == 0) continue;
    if (record->job != job || count == most_ranges) end_word();
    job = record->job;
    ranges += fmt::format("{}{}", ranges.empty() ? "" : ",", first);
    if (last > first) ranges += fmt::format("-{}", last);
    ++count;
  }
  end_word();
  return words;
}

/// Of those that had not begun: what has begun records by itself that it was cancelled, or is found out to have been.
std::vector<step::EndRecord> cancelled_ones(const slurm::Overview& now, const Chosen& chosen) {
  std::vector<step::EndRecord> records;
  for (const slurm::ElementFate& fate : now.elements) {
    if (fate.fate != slurm::Fate::gone || fate.has_begun || !chosen.places.contains({fate.array, fate.index})) continue;
    step::EndRecord record;
    record.execution = now.submission.start.execution;
    record.plan = now.settings.plan;
    record.element = plan::element_name(now.plan, now.plan.element(fate.element));
    record.outcome = step::Outcome::cancelled;
    record.failure = step::FailureClass::cancelled;
    record.reason = "it was cancelled while it waited in the queue";
    record.started = record.ended = runtime::system_clock().wall();
    records.push_back(std::move(record));
  }
  return records;
}

Status cancel_chosen(const slurm::Overview& overview, const Chosen& chosen, const slurm::Client& client) {
  if (auto cancelled = client.cancel(words_for_scancel(overview, chosen)); !cancelled) return cancelled;
  const runtime::Clock& clock = runtime::system_clock();
  for (const std::int64_t begin = clock.monotonic();;) {
    const auto now = slurm::look_at(overview.submission, client);
    if (!now) return tl::unexpected(now.error());
    const bool is_left = std::any_of(now->elements.begin(), now->elements.end(), [&](const slurm::ElementFate& fate) {
      return is_on_its_way(fate.fate) && chosen.places.contains({fate.array, fate.index});
    });
    if (!is_left) return slurm::record(overview.submission, cancelled_ones(*now, chosen), clock);
    if (clock.monotonic() - begin > patience)
      return failure(Trouble::temporary, "Slurm has been told to cancel them, and some are still there", "give the command again");
    std::this_thread::sleep_for(pause);
  }
}

int cancel_some(const std::string& state, const std::string& where) {
  auto open = settle_patiently(state);
  if (!open) return report(open.error());
  if (open->empty()) {
    tell("no jobs are open: there is nothing to cancel\n");
    return exit_done;
  }
  const plan::Plan& plan = open->back().plan;  // a later plan holds all that the ones before it do
  auto selected = elements_where(plan, where);
  if (!selected) return report(selected.error());
  add_dependents(plan, *selected);
  const slurm::Client client;
  std::uint32_t meant = 0;
  std::uint32_t others = 0;
  for (const slurm::Overview& overview : *open) {
    const auto numbers = plan::match_elements(overview.plan, plan);
    std::vector<bool> here;
    for (const std::uint32_t number : numbers) here.push_back(number != plan::no_element && (*selected)[number]);
    const Chosen chosen = choose(overview, here);
    if (chosen.places.empty()) continue;
    if (auto done = cancel_chosen(overview, chosen, client); !done) return report(done.error());
    meant += chosen.meant;
    others += chosen.others;
  }
  if (auto settled = settle_patiently(state); !settled) return report(settled.error());
  tell(fmt::format("cancelled {}\n", count_of(meant + others, "element")));
  if (others > 0) tell(fmt::format("{} of them only shared array tasks with those that were meant\n", grouped(others)));
  return exit_done;
}

/// Of a workflow of which nothing was carried out yet.
int cancel_waiting(const std::string& state) {
  const auto lock = lock_patiently(state);
  if (!lock) return report(lock.error());
  return cancel_all(state);
}

}  // namespace

int run_cancel(const Arguments& arguments) {
  const auto past = open_past(arguments.past);
  if (!past) {
    const auto state = past.error().trouble == Trouble::usage ? state_that_waits(arguments.past) : std::nullopt;
    return state ? cancel_waiting(*state) : report(past.error());
  }
  const auto lock = lock_patiently(past->state);
  if (!lock) return report(lock.error());
  return arguments.past.where.empty() ? cancel_all(past->state) : cancel_some(past->state, arguments.past.where);
}

}  // namespace osac::cli
