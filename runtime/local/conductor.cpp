#include "runtime/local/conductor.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/local/retry.h"

namespace osac::local {

namespace {

using registry::Verdict;
using End = schedule::Schedule::End;

// of elements that were looked at when their parents ended and wait for their turn: above this they are looked at again then
constexpr std::size_t most_prepared = 1'000;

std::vector<std::int64_t> weights_of(const plan::Plan& plan, const registry::State& state,
                                     const std::vector<registry::Decision>& decisions) {
  std::vector<std::int64_t> weights(plan.element_count(), 1);  // what will be skipped takes no time
  for (std::uint32_t element = 0; element < weights.size(); ++element)
    if (decisions[element].verdict != Verdict::up_to_date) weights[element] = state.expected_duration(element);
  return weights;
}

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

Conductor::Conductor(const Surroundings& surroundings, registry::State& state, std::vector<registry::Decision> decisions)
    : around_(surroundings),
      state_(state),
      decisions_(std::move(decisions)),
      edges_(plan::make_edges(around_.plan)),
      capacity_(capacity_of(around_.site, around_.options.jobs)),
      weights_(weights_of(around_.plan, state, decisions_)),
      schedule_(edges_, weights_, capacity_),
      temporaries_(around_.plan),
      envs_(around_.plan.tasks().size()),
      parent_ran_(edges_.node_count(), false),
      failed_(edges_.element_count, false),
      attempts_(edges_.element_count, 0) {}

Status Conductor::prepare() {
  const plan::Plan& plan = around_.plan;
  std::uint32_t to_run = 0;
  for (std::uint32_t id = 0; id < plan.tasks().size(); ++id) {
    const plan::TaskRow& task = plan.tasks()[id];
    std::uint32_t here = 0;
    for (std::uint32_t i = 0; i < task.family.count; ++i) here += decisions_[task.first_element + i].verdict != Verdict::up_to_date ? 1 : 0;
    to_run += here;
    if (here == 0) continue;
    if (auto entered = enter_env(id); !entered) return entered;
  }
  around_.progress.planned(to_run, plan.element_count() - to_run);
  return {};
}

/// How the task's environment is entered, worked out once.
Status Conductor::enter_env(std::uint32_t id) {
  if (envs_[id]) return {};
  const plan::TaskRow& task = around_.plan.tasks()[id];
  if (!task.env.exists() || around_.plan.text(task.env).empty()) {
    envs_[id].emplace();
    return {};
  }
  auto entry = site::enter(around_.site, std::string(around_.plan.text(task.env)));
  if (!entry) {
    Error error = entry.error();
    error.what = fmt::format("task `{}`: {}", around_.plan.text(task.family.name), error.what);
    return tl::unexpected(std::move(error));
  }
  envs_[id] = std::move(*entry);
  return {};
}

// ---- ready elements

std::vector<std::unique_ptr<Running>> Conductor::next() {
  std::vector<std::unique_ptr<Running>> list;
  settle_ready();
  while (!is_cancelled_) {
    const auto element = schedule_.start_next();
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
  for (auto ready = schedule_.newly_ready(); !ready.empty(); ready = schedule_.newly_ready())
    for (const std::uint32_t element : ready)
      if (schedule_.state(element) == schedule::ElementState::ready) settle(element);
}

void Conductor::settle(std::uint32_t element) {
  const registry::Decision& decision = decisions_[element];
  if (decision.verdict == Verdict::up_to_date && !parent_ran_[element]) return skip(element);
  if (decision.verdict != Verdict::run) {
    auto ready = state_.ready(element, failed_);
    if (!ready.problem.empty()) return fail_unstarted(element, ready.problem, step::FailureClass::environment, false);
    if (ready.decision.verdict == Verdict::up_to_date) {
      if (decision.verdict != Verdict::up_to_date) around_.progress.skipped(element);
      return skip(element);
    }
    if (prepared_.size() < most_prepared) prepared_.emplace(element, std::move(ready));
  }
  offer(element, 1);
}

void Conductor::skip(std::uint32_t element) {
  schedule_.skip(element);
  give_up_temporaries(element);
}

void Conductor::offer(std::uint32_t element, std::uint32_t attempt) {
  const auto resources = resources_of(around_.plan, around_.plan.element(element), attempt, around_.site, capacity_);
  if (!resources) return fail_unstarted(element, resources.error().what, step::FailureClass::environment, false);
  if (schedule_.offer(element, *resources)) return;
  // planning refuses such a request; this is for plans that were made for another machine
  step::EndRecord record;
  record.reason = fmt::format("it asks for more than there is: {} cpus, {} memory, {} gpus", resources->cpus,
                              runtime::memory_text(resources->memory), resources->gpus);
  record.failure = step::FailureClass::environment;
  failed(element, std::move(record));
}

registry::State::Ready Conductor::take_ready(std::uint32_t element) {
  const auto known = prepared_.find(element);
  if (known == prepared_.end()) return state_.ready(element, failed_);
  registry::State::Ready ready = std::move(known->second);
  prepared_.erase(known);
  return ready;
}

std::unique_ptr<Running> Conductor::start(std::uint32_t element) {
  const plan::ElementRef ref = around_.plan.element(element);
  registry::State::Ready ready = take_ready(element);
  if (!ready.problem.empty()) {
    fail_unstarted(element, ready.problem, step::FailureClass::environment, true);
    return nullptr;
  }
  if (auto entered = enter_env(ref.task); !entered) {
    fail_unstarted(element, entered.error().what, step::FailureClass::environment, true);
    return nullptr;
  }
  const std::uint32_t number = ++attempts_[element];
  auto resources = resources_of(around_.plan, ref, number, around_.site, capacity_);
  step::Request request;
  request.element = ref;
  request.attempt = number;
  if (resources) request.resources = std::move(*resources);
  request.fingerprint = ready.fingerprint;
  request.env = *envs_[ref.task];
  request.inputs = std::move(ready.inputs);
  request.input_uses = std::move(ready.input_uses);
  auto running = std::make_unique<Running>();
  running->element = element;
  running->name = plan::element_name(around_.plan, ref);
  running->attempt = std::make_unique<step::Attempt>(around_.plan, around_.config, std::move(request), around_.journal, around_.clock);
  around_.progress.started(element, number);
  return running;
}

// ---- ends

void Conductor::ended(Running& running) {
  const std::uint32_t element = running.element;
  step::EndRecord& record = *running.end;
  if (record.outcome == step::Outcome::succeeded && record.is_tainted) {
    // its outputs may be of neither the old nor the new input: nothing is built on them, and the next run makes them again
    schedule_.ended(element, End::failed);
    around_.progress.ended(element, record, false);
    record.reason += "; the next run makes it again";
    failed(element, std::move(record));
  } else if (record.outcome == step::Outcome::succeeded) {
    ++succeeded_;
    if (!record.warnings.empty()) ++warned_;
    for (const std::string& warning : record.warnings) warnings_.push_back(record.element + ": " + warning);
    state_.succeeded(element, record);
    schedule_.ended(element, End::succeeded);
    around_.progress.ended(element, record, false);
    tell_dependents(element);
    give_up_temporaries(element);
  } else if (record.outcome == step::Outcome::cancelled) {
    schedule_.ended(element, End::cancelled);
    around_.progress.ended(element, record, false);
  } else if (!is_cancelled_ && wants_retry(around_.plan, around_.plan.tasks()[around_.plan.element(element).task], record)) {
    schedule_.ended(element, End::retry);
    around_.progress.ended(element, record, true);
    offer(element, record.attempt + 1);
  } else {
    schedule_.ended(element, End::failed);
    around_.progress.ended(element, record, false);
    failed(element, std::move(record));
  }
}

/// It has failed for good, as far as the schedule is concerned.
void Conductor::failed(std::uint32_t element, step::EndRecord record) {
  failed_[element] = true;
  tell_dependents(element);
  tell_blocked();
  note_trouble(record);
  if (!around_.options.keep_going && !is_cancelled_) cancel("stopped at the first failure; what runs is waited for");
  record.element = plan::element_name(around_.plan, around_.plan.element(element));
  failures_.push_back({element, std::move(record), 0});
}

void Conductor::fail_unstarted(std::uint32_t element, const std::string& reason, step::FailureClass failure, bool is_running) {
  step::EndRecord record;
  record.execution = around_.config.execution;
  record.element = plan::element_name(around_.plan, around_.plan.element(element));
  record.attempt = attempts_[element] + 1;
  record.outcome = step::Outcome::failed;
  record.failure = failure;
  record.reason = reason;
  record.host = around_.config.host;
  record.started = record.ended = around_.clock.wall();
  if (auto written = around_.journal.append(record); !written && !trouble_) trouble_ = written.error();
  if (is_running)
    schedule_.ended(element, End::failed);
  else
    schedule_.fail(element);
  around_.progress.ended(element, record, false);
  failed(element, std::move(record));
}

void Conductor::tell_blocked() {
  for (const auto& [element, root_cause] : schedule_.newly_blocked()) {
    failed_[element] = true;
    around_.progress.blocked(element, root_cause);
  }
}

/// Those that read what this element makes are no longer as they were judged to be.
void Conductor::tell_dependents(std::uint32_t element) {
  for (const std::uint32_t dependent : edges_.of(element)) {
    if (parent_ran_[dependent]) continue;
    parent_ran_[dependent] = true;
    if (dependent < edges_.element_count) continue;
    for (const std::uint32_t behind_hub : edges_.of(dependent)) parent_ran_[behind_hub] = true;
  }
}

void Conductor::give_up_temporaries(std::uint32_t element) {
  if (!temporaries_.any() || is_cancelled_) return;
  for (plan::FileUse& use : temporaries_.read_by(element)) {
    state_.removed(use.dataset, use.element);
    unneeded_.push_back(std::move(use));
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
  schedule_.cancel();
  around_.progress.note(why);
}

Summary Conductor::summary() {
  using schedule::ElementState;
  Summary summary;
  summary.execution = around_.config.execution;
  summary.succeeded = succeeded_;
  summary.up_to_date = schedule_.count(ElementState::skipped);
  summary.failed = schedule_.count(ElementState::failed);
  summary.blocked = schedule_.count(ElementState::blocked);
  summary.cancelled = schedule_.count(ElementState::cancelled);
  summary.warned = warned_;
  summary.warnings = std::move(warnings_);
  std::sort(failures_.begin(), failures_.end(), [](const Failure& a, const Failure& b) { return a.element < b.element; });
  for (Failure& failure : failures_) failure.blocked = static_cast<std::uint32_t>(schedule_.blocked_by(failure.element).size());
  summary.failures = std::move(failures_);
  std::sort(summary.warnings.begin(), summary.warnings.end());
  return summary;
}

}  // namespace osac::local
