// A larger plan takes over: what has ended, what runs, what failed and what waits for another attempt is carried over by name; all else is
// decided anew, as at the beginning of an execution.

#include <fmt/format.h>
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/plan/match.h"
#include "compiler/plan/resolve.h"
#include "runtime/local/conductor.h"
#include "runtime/local/unplanned.h"

namespace osac::local {

using registry::Verdict;
using schedule::ElementState;

bool Conductor::wants_growth() const {
  return !is_cancelled_ && growth_.is_due(era_->schedule.count(ElementState::ready) == 0, around_.clock.monotonic());
}

/// An element stands: perhaps a stage waits for what it has made.
void Conductor::note_made(std::uint32_t element) {
  if (era_->is_awaited.empty() || !era_->is_awaited[element]) return;
  for (const plan::FileUse& use : plan::output_files(plan(), plan().element(element))) {
    if (!era_->awaited_datasets.contains(use.dataset)) continue;
    if (const step::FileState* const recorded = era_->state->recorded(use.dataset, use.element))
      growth_.add({use.path, era_->name(element), *recorded});
  }
}

void Conductor::set_aside(WrongFile wrong) {
  around_.progress.note(fmt::format("`{}`, which `{}` made, cannot be used: what waits for it does not start\n{}", visible(wrong.file.path),
                                    wrong.file.element, wrong.report));
  growth_.set_aside(wrong.file);
  wrong_.push_back(std::move(wrong));
}

void Conductor::grow(Replanned replanned) {
  const auto stop = [&](std::string why) {
    growth_.stop();
    growth_trouble_ = std::move(why);
    around_.progress.note("no more is planned: " + growth_trouble_);
  };
  for (WrongFile& wrong : replanned.wrong) set_aside(std::move(wrong));
  if (is_cancelled_) return growth_.ended(around_.clock.monotonic());
  if (!replanned.plan) {
    stop(replanned.report);
  } else if (replanned.plan->id() != plan().id()) {
    const auto numbers = plan::match_elements(plan(), *replanned.plan);
    if (std::string why = why_not(*replanned.plan, numbers); !why.empty())
      stop(std::move(why));
    else if (auto adopted = adopt(replanned.plan, numbers); !adopted && !trouble_)
      trouble_ = adopted.error();
  }
  growth_.ended(around_.clock.monotonic());
}

/// What is planned from files that are not as they were would not fit to what was made from them.
std::string Conductor::why_not(const plan::Plan& larger, const std::vector<std::uint32_t>& numbers) const {
  std::unordered_map<std::string_view, const plan::SourceRow*> sources;
  for (const plan::SourceRow& row : larger.sources()) sources.emplace(larger.text(row.name), &row);
  for (const plan::SourceRow& row : plan().sources()) {
    const auto now = sources.find(plan().text(row.name));
    if (now != sources.end() && now->second->digest != row.digest)
      return fmt::format("`{}` has changed since this execution began; the same command goes on from here, with what it is then",
                         visible(plan().text(row.name)));
  }
  const auto lost = std::find(numbers.begin(), numbers.end(), plan::no_element);
  if (lost == numbers.end()) return {};
  return fmt::format("there is no `{}` any more, since files have changed; the same command goes on from here, with what they are then",
                     era_->name(static_cast<std::uint32_t>(lost - numbers.begin())));
}

Status Conductor::adopt(const std::shared_ptr<const plan::Plan>& larger, const std::vector<std::uint32_t>& numbers) {
  const std::vector<std::uint32_t> forced = forced_in(*larger, numbers);
  auto state = std::make_unique<registry::State>(*larger, around_.site, era_->state->take_history());
  auto decisions = state->decide(forced);
  if (!decisions) return tl::unexpected(decisions.error());
  for (const step::EndRecord& record : state->take_refreshed())
    if (auto written = around_.journal.append(record); !written) return written;
  if (auto kept = write_file(around_.options.layout.state + "/plan", larger->bytes()); !kept) return kept;
  auto era = std::make_unique<Era>(larger, std::move(state), std::move(*decisions), capacity_);
  carry_over(*era, numbers);
  const auto before = std::exchange(era_, std::move(era));  // its plan is the progress's until that hears of the larger one
  around_.progress.grown(plan(), numbers, count_left());
  made_before_ = 0;
  settle_ready();
  settle_strays();
  tell_blocked();
  return {};
}

/// What has been made is not forced again; what runs counts as forced, so that what depends on it waits for how it ends.
std::vector<std::uint32_t> Conductor::forced_in(const plan::Plan& larger, const std::vector<std::uint32_t>& numbers) const {
  std::vector<bool> is_forced(larger.element_count(), false);
  if (around_.options.forced_in)
    for (const std::uint32_t element : around_.options.forced_in(larger)) is_forced[element] = true;
  for (std::uint32_t before = 0; before < numbers.size(); ++before) {
    const ElementState was = era_->schedule.state(before);
    const bool was_forced = era_->decisions[before].cause == registry::Cause::forced;
    const bool is_over = was != ElementState::waiting && was != ElementState::ready && was != ElementState::running;
    is_forced[numbers[before]] = !is_over && (is_forced[numbers[before]] || was_forced || era_->attempts[before] > 0);
  }
  std::vector<std::uint32_t> forced;
  for (std::uint32_t element = 0; element < is_forced.size(); ++element)
    if (is_forced[element]) forced.push_back(element);
  return forced;
}

void Conductor::carry_over(Era& larger, const std::vector<std::uint32_t>& numbers) {
  for (std::uint32_t before = 0; before < numbers.size(); ++before) {
    const std::uint32_t now = numbers[before];
    const ElementState was = era_->schedule.state(before);
    larger.attempts[now] = era_->attempts[before];
    larger.succeeded[now] = era_->succeeded[before];
    larger.was_blocked[now] = era_->was_blocked[before];
    if (was == ElementState::failed)
      larger.carried[now] = Era::Carried::failed;
    else if (was == ElementState::running)
      larger.carried[now] = Era::Carried::running;
    else if (was == ElementState::ready && era_->attempts[before] > 0)
      larger.carried[now] = Era::Carried::retrying;
  }
  for (Failure& failure : failures_) failure.element = numbers[failure.element];
  for (Running* const running : in_flight_) running->element = numbers[running->element];
  for (std::uint32_t& element : held_) element = numbers[element];
}

/// An attempt whose element has to wait for others in this plan (files have come that were not there): it ends by itself.
void Conductor::settle_strays() {
  for (Running* const running : in_flight_) {
    running->is_stray = era_->schedule.state(running->element) != ElementState::running;
    if (running->is_stray) era_->carried.erase(running->element);
  }
  for (const std::uint32_t element : std::exchange(held_, {}))
    if (era_->schedule.state(element) == ElementState::ready) settle(element);
}

bool Conductor::is_held(std::uint32_t element) {
  const auto is_own = [&](const Running* running) { return running->is_stray && running->element == element; };
  if (std::none_of(in_flight_.begin(), in_flight_.end(), is_own)) return false;
  held_.push_back(element);
  return true;
}

void Conductor::stray_ended(const Running& running) {
  if (running.end->outcome == step::Outcome::succeeded && !running.end->is_tainted) era_->state->succeeded(running.element, *running.end);
  const auto held = std::find(held_.begin(), held_.end(), running.element);
  if (held == held_.end()) return;
  held_.erase(held);
  settle(running.element);
}

/// Elements that still have to run, as far as is known when an era begins.
std::uint32_t Conductor::count_left() const {
  std::uint32_t left = 0;
  for (std::uint32_t element = 0; element < era_->edges.element_count; ++element) {
    const auto carried = era_->carried.find(element);
    const bool is_over = era_->was_blocked[element] || (carried != era_->carried.end() && carried->second == Era::Carried::failed);
    left += !is_over && era_->decisions[element].verdict != Verdict::up_to_date ? 1 : 0;
  }
  return left;
}

/// What the stages still wait for, by the failures that are to blame; what was not made for another reason is none of theirs. Of a plan
/// that nobody can plan again also what waits for files that are there.
std::vector<Unplanned> Conductor::unplanned() const {
  std::vector<std::uint32_t> causes(plan().element_count(), plan::no_element);
  for (const Failure& failure : failures_) {
    for (const std::uint32_t blocked : era_->schedule.blocked_by(failure.element)) causes[blocked] = failure.element;
    causes[failure.element] = failure.element;
  }
  return find_unplanned(plan(), *era_->state, causes, !around_.options.replan);
}

}  // namespace osac::local
