#include "runtime/local/conductor.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/local/retry.h"
#include "runtime/step/execution_record.h"

namespace osac::local {

namespace {

using registry::Verdict;
using End = schedule::Schedule::End;

// of elements that were looked at when their parents ended and wait for their turn: above this they are looked at again then
constexpr std::size_t most_prepared = 1'000;
// attempts whose processes have ended and whose outputs are still being published, while others run in their place: disks can be slow
constexpr std::uint32_t most_finishing = 8;

/// Whether no other element could do better: the text is all that a record keeps of an errno.
bool is_disk_trouble(const step::EndRecord& record) {
  if (record.failure != step::FailureClass::environment) return false;
  constexpr std::array<int, 3> troubles = {ENOSPC, EDQUOT, EROFS};
  return std::any_of(troubles.begin(), troubles.end(), [&](int number) {
    const std::string words = std::generic_category().message(number);
    return record.reason.find(words.substr(1)) != std::string::npos;  // its first letter may be a small one
  });
}

}  // namespace

schedule::Capacity capacity_of(const site::Site& site, std::int64_t jobs) {
  schedule::Capacity capacity;
  capacity.cpus = std::max<std::int64_t>(1, jobs > 0 ? jobs : site.cpus);
  capacity.memory = site.memory;
  capacity.gpus = site.gpus;
  capacity.slots = site.slots;
  return capacity;
}

Conductor::Conductor(const Surroundings& surroundings, std::shared_ptr<const plan::Plan> plan, std::unique_ptr<registry::State> state,
                     std::vector<registry::Decision> decisions, registry::MadeFiles made, std::vector<WrongFile> wrong)
    : around_(surroundings),
      capacity_(capacity_of(around_.site, around_.options.jobs)),
      era_(std::make_unique<Era>(std::move(plan), std::move(state), std::move(decisions), capacity_)),
      growth_(bool(around_.options.replan), std::move(made), around_.options.planning_time) {
  for (WrongFile& file : wrong) set_aside(std::move(file));
}

Status Conductor::prepare() {
  std::uint32_t to_run = 0;
  for (std::uint32_t id = 0; id < plan().tasks().size(); ++id) {
    const plan::TaskRow& task = plan().tasks()[id];
    std::uint32_t here = 0;
    for (std::uint32_t i = 0; i < task.family.count; ++i)
      here += era_->decisions[task.first_element + i].verdict != Verdict::up_to_date ? 1 : 0;
    to_run += here;
    if (here == 0) continue;
    if (auto entered = enter_env(id); !entered) return entered;
  }
  around_.progress.planned(to_run, plan().element_count() - to_run);
  return {};
}

/// How the task's environment is entered, worked out once.
Status Conductor::enter_env(std::uint32_t id) {
  if (era_->envs[id]) return {};
  const plan::TaskRow& task = plan().tasks()[id];
  auto entry = site::enter(around_.site, std::string(task.env.exists() ? plan().text(task.env) : ""));
  if (!entry) {
    Error error = entry.error();
    error.what = fmt::format("task `{}`: {}", plan().text(task.family.name), error.what);
    return tl::unexpected(std::move(error));
  }
  era_->envs[id] = std::move(*entry);
  return {};
}

// ---- ready elements

std::vector<std::unique_ptr<Running>> Conductor::next() {
  std::vector<std::unique_ptr<Running>> list;
  settle_ready();
  while (!is_cancelled_) {
    const auto element = era_->schedule.start_next();
    if (!element) break;
    if (auto running = start(*element))
      list.push_back(std::move(running));
    else
      settle_ready();
  }
  tell_blocked();
  return list;
}

/// Elements whose parents have ended: skipped, offered or failed. Skipping may make others ready.
void Conductor::settle_ready() {
  for (auto ready = era_->schedule.newly_ready(); !ready.empty(); ready = era_->schedule.newly_ready())
    for (const std::uint32_t element : ready)
      if (era_->schedule.state(element) == schedule::ElementState::ready) settle(element);
}

void Conductor::settle(std::uint32_t element) {
  if (settle_carried(element) || is_held(element)) return;
  const registry::Decision& decision = era_->decisions[element];
  if (decision.verdict == Verdict::up_to_date && !era_->parent_ran[element]) return skip(element);
  if (decision.verdict != Verdict::run || may_be_of_survivors(element)) {
    auto ready = era_->state->ready(element, era_->failed);
    if (!ready.problem.empty()) return fail_unstarted(element, ready.problem, step::FailureClass::environment, false);
    if (ready.decision.verdict == Verdict::up_to_date) {
      if (decision.verdict != Verdict::up_to_date) around_.progress.skipped(element);
      return skip(element);
    }
    if (era_->prepared.size() < most_prepared) era_->prepared.emplace(element, std::move(ready));
  }
  offer(element, 1);
}

/// Of survivors those that failed are inputs that are gone, until it is known that they fail this time, too: then all may be as it was.
bool Conductor::may_be_of_survivors(std::uint32_t element) const {
  const registry::Cause cause = era_->decisions[element].cause;
  if (cause != registry::Cause::input_changed && cause != registry::Cause::command_changed) return false;
  const auto inputs = plan().inputs(plan().tasks()[plan().element(element).task]);
  return std::any_of(inputs.begin(), inputs.end(), [](const plan::InputRow& input) { return input.is_survivors != 0; });
}

/// What an element was when this plan took over from a smaller one decides, if it was anything but over or not yet begun.
bool Conductor::settle_carried(std::uint32_t element) {
  const auto known = era_->carried.find(element);
  if (known == era_->carried.end()) return false;
  const Era::Carried carried = known->second;
  era_->carried.erase(known);
  switch (carried) {
    case Era::Carried::failed:
      era_->failed[element] = true;
      era_->schedule.fail(element);
      tell_dependents(element);
      return true;
    case Era::Carried::running: {
      const auto resources = resources_of(plan(), plan().element(element), era_->attempts[element], around_.site, capacity_);
      era_->schedule.resume(element, resources.value_or(plan::Resources{}));
      return true;
    }
    case Era::Carried::retrying:
      offer(element, era_->attempts[element] + 1);
      return true;
  }
  return true;
}

void Conductor::skip(std::uint32_t element) {
  if (era_->succeeded[element]) ++made_before_;
  era_->schedule.skip(element);
  give_up_temporaries(element);
  note_made(element);
}

void Conductor::offer(std::uint32_t element, std::uint32_t attempt) {
  const auto resources = resources_of(plan(), plan().element(element), attempt, around_.site, capacity_);
  if (!resources) return fail_unstarted(element, resources.error().what, step::FailureClass::environment, false);
  if (era_->schedule.offer(element, *resources)) return;
  // planning refuses such a request; this is for plans that were made for another machine
  step::EndRecord record;
  record.reason = fmt::format("it asks for more than there is: {} cpus, {} memory, {} gpus", resources->cpus,
                              runtime::memory_text(resources->memory), resources->gpus);
  record.failure = step::FailureClass::environment;
  failed(element, std::move(record));
}

registry::State::Ready Conductor::take_ready(std::uint32_t element) {
  const auto known = era_->prepared.find(element);
  if (known == era_->prepared.end()) return era_->state->ready(element, era_->failed);
  registry::State::Ready ready = std::move(known->second);
  era_->prepared.erase(known);
  return ready;
}

std::unique_ptr<Running> Conductor::start(std::uint32_t element) {
  const plan::ElementRef ref = plan().element(element);
  registry::State::Ready ready = take_ready(element);
  if (!ready.problem.empty()) {
    fail_unstarted(element, ready.problem, step::FailureClass::environment, true);
    return nullptr;
  }
  if (auto entered = enter_env(ref.task); !entered) {
    fail_unstarted(element, entered.error().what, step::FailureClass::environment, true);
    return nullptr;
  }
  const std::uint32_t number = ++era_->attempts[element];
  auto resources = resources_of(plan(), ref, number, around_.site, capacity_);
  step::Request request;
  request.element = ref;
  request.attempt = number;
  if (resources) request.resources = std::move(*resources);
  request.fingerprint = ready.fingerprint;
  request.env = *era_->envs[ref.task];
  request.inputs = std::move(ready.inputs);
  request.input_uses = std::move(ready.input_uses);
  if (auto version = versions_.of(plan(), ref.task, request.env); version.valid())
    request.tool_version = [version] { return version.get().text; };
  record_plan();
  auto running = std::make_unique<Running>();
  running->element = element;
  running->name = era_->name(element);
  running->plan = era_->plan;
  running->attempt = std::make_unique<step::Attempt>(plan(), around_.config, std::move(request), around_.journal, around_.clock);
  in_flight_.push_back(running.get());
  around_.progress.started(element, number);
  return running;
}

/// What the plan was made of goes on record with the first attempt that is made from it.
void Conductor::record_plan() {
  if (plan().id() == recorded_plan_) return;
  recorded_plan_ = plan().id();
  if (auto written = around_.journal.append(step::plan_record(plan())); !written && !trouble_) trouble_ = written.error();
}

// ---- ends

bool Conductor::process_ended(Running& running) {
  if (running.is_stray) return false;
  const plan::TaskRow& task = plan().tasks()[plan().element(running.element).task];
  const step::Exit& exit = running.exit;
  const bool looks_good = exit.code == 0 && exit.signal == 0 && !exit.timed_out && !exit.cancelled && exit.left_behind.empty();
  // who is to stop at the first failure has to know of it first
  if (!looks_good || !around_.options.keep_going || task.verify.kind != plan::CommandKind::none || finishing_ == most_finishing)
    return false;
  running.has_released = era_->schedule.release(running.element);
  if (running.has_released) ++finishing_;
  return running.has_released;
}

void Conductor::ended(Running& running) {
  for (const std::string& note : versions_.take_notes()) around_.progress.note(note);
  in_flight_.erase(std::find(in_flight_.begin(), in_flight_.end(), &running));
  if (running.has_released) --finishing_;
  if (running.is_stray) return stray_ended(running);
  const std::uint32_t element = running.element;
  step::EndRecord& record = *running.end;
  if (record.outcome == step::Outcome::succeeded && record.is_tainted) {
    // its outputs may be of neither the old nor the new input: nothing is built on them, and the next run makes them again
    era_->schedule.ended(element, End::failed);
    around_.progress.ended(element, record, false);
    record.reason += "; the next run makes it again";
    failed(element, std::move(record));
  } else if (record.outcome == step::Outcome::succeeded) {
    succeeded(element, record);
  } else if (record.outcome == step::Outcome::cancelled) {
    era_->schedule.ended(element, End::cancelled);
    around_.progress.ended(element, record, false);
  } else if (!is_cancelled_ && wants_retry(plan(), plan().tasks()[plan().element(element).task], record)) {
    era_->schedule.ended(element, End::retry);
    around_.progress.ended(element, record, true);
    offer(element, record.attempt + 1);
  } else {
    era_->schedule.ended(element, End::failed);
    around_.progress.ended(element, record, false);
    failed(element, std::move(record));
  }
}

void Conductor::succeeded(std::uint32_t element, const step::EndRecord& record) {
  ++succeeded_;
  if (!record.warnings.empty()) ++warned_;
  for (const std::string& warning : record.warnings) warnings_.push_back(record.element + ": " + warning);
  era_->succeeded[element] = true;
  era_->state->succeeded(element, record);
  era_->schedule.ended(element, End::succeeded);
  around_.progress.ended(element, record, false);
  tell_dependents(element);
  give_up_temporaries(element);
  note_made(element);
}

/// It has failed for good, as far as the schedule is concerned.
void Conductor::failed(std::uint32_t element, step::EndRecord record) {
  era_->failed[element] = true;
  tell_dependents(element);
  tell_blocked();
  note_trouble(record);
  if (!around_.options.keep_going && !is_cancelled_) cancel("stopped at the first failure; what runs is waited for");
  record.element = era_->name(element);
  failures_.push_back({element, std::move(record), 0});
}

void Conductor::fail_unstarted(std::uint32_t element, const std::string& reason, step::FailureClass failure, bool is_running) {
  step::EndRecord record;
  record.execution = around_.config.execution;
  record.element = era_->name(element);
  record.attempt = era_->attempts[element] + 1;
  record.outcome = step::Outcome::failed;
  record.failure = failure;
  record.reason = reason;
  record.host = around_.config.host;
  record.started = record.ended = around_.clock.wall();
  if (auto written = around_.journal.append(record); !written && !trouble_) trouble_ = written.error();
  if (is_running)
    era_->schedule.ended(element, End::failed);
  else
    era_->schedule.fail(element);
  around_.progress.ended(element, record, false);
  failed(element, std::move(record));
}

void Conductor::tell_blocked() {
  for (const auto& [element, root_cause] : era_->schedule.newly_blocked()) {
    era_->failed[element] = true;
    if (!era_->was_blocked[element]) around_.progress.blocked(element, root_cause);
    era_->was_blocked[element] = true;
  }
}

/// Those that read what this element makes are no longer as they were judged to be.
void Conductor::tell_dependents(std::uint32_t element) {
  for (const std::uint32_t dependent : era_->edges.of(element)) {
    if (era_->parent_ran[dependent]) continue;
    era_->parent_ran[dependent] = true;
    if (dependent < era_->edges.element_count) continue;
    for (const std::uint32_t behind_hub : era_->edges.of(dependent)) era_->parent_ran[behind_hub] = true;
  }
}

/// What this plan was made from is also read by the planning of a larger one: that one's era gives it up, when it settles the readers.
void Conductor::give_up_temporaries(std::uint32_t element) {
  if (!era_->temporaries.any() || is_cancelled_) return;
  for (plan::FileUse& use : era_->temporaries.read_by(element)) {
    if (!plan().stages().empty() && growth_.made().find(use.path) != nullptr) continue;
    era_->state->removed(use.dataset, use.element);
    const auto maker = plan().producer(use.dataset, use.element);
    unneeded_.push_back({std::move(use.path), maker ? plan::element_name(plan(), *maker) : ""});
  }
}

void Conductor::note_trouble(const step::EndRecord& record) {
  if (trouble_ || !is_disk_trouble(record)) return;
  trouble_ = Error{Trouble::environment, record.element + ": " + record.reason,
                   "put that right, then give the same command again: nothing that was finished is lost"};
}

void Conductor::cancel(const std::string& why) {
  if (is_cancelled_) return;
  is_cancelled_ = true;
  era_->schedule.cancel();
  around_.progress.note(why);
}

Summary Conductor::summary() {
  using schedule::ElementState;
  Summary summary;
  summary.execution = around_.config.execution;
  summary.succeeded = succeeded_;
  summary.plan = era_->plan;
  summary.up_to_date = era_->schedule.count(ElementState::skipped) - made_before_;
  summary.failed = era_->schedule.count(ElementState::failed);
  summary.blocked = era_->schedule.count(ElementState::blocked);
  summary.cancelled = era_->schedule.count(ElementState::cancelled);
  summary.warned = warned_;
  summary.warnings = std::move(warnings_);
  std::sort(failures_.begin(), failures_.end(), [](const Failure& a, const Failure& b) { return a.element < b.element; });
  for (Failure& failure : failures_) failure.blocked = static_cast<std::uint32_t>(era_->schedule.blocked_by(failure.element).size());
  summary.unplanned = unplanned();
  summary.failures = std::move(failures_);
  std::sort(summary.warnings.begin(), summary.warnings.end());
  summary.wrong = std::move(wrong_);
  summary.growth_trouble = std::move(growth_trouble_);
  return summary;
}

}  // namespace osac::local
