// What is up to date. Elements are looked at one by one, on two threads: their records, their files, their fingerprints; each is judged as
// if nothing before it ran. Then two passes over the edges: forwards, who has to wait for what its parents make; backwards, which deleted
// temporary files are needed after all. Everything is linear in elements and edges.

#include "runtime/registry/state.h"

#include <fmt/format.h>
#include <algorithm>
#include <thread>

#include "compiler/base/check.h"
#include "compiler/plan/edges.h"
#include "runtime/registry/fingerprint.h"
#include "runtime/registry/state_inside.h"
#include "runtime/step/step.h"

namespace osac::registry {

namespace {

// a file whose times lie closer to the moment of its hashing may have been changed again within the clock's grain
constexpr std::int64_t racy = 2'000'000'000;
constexpr std::uint32_t worth_a_thread = 2'000;

/// Runs f(begin, end) over [0, count), its halves on two threads. Of errors, that of the first half.
template <typename F>
Status in_two(std::uint32_t count, F&& f) {
  if (count < worth_a_thread) return f(0U, count);
  Status second;
  std::thread helper([&] { second = f(count / 2, count); });
  Status first = f(0U, count / 2);
  helper.join();
  return first ? second : first;
}

/// All nodes, parents first.
std::vector<std::uint32_t> order_of(const plan::Edges& edges) {
  std::vector<std::uint32_t> pending = edges.parent_counts;
  std::vector<std::uint32_t> order;
  order.reserve(edges.node_count());
  for (std::uint32_t node = 0; node < edges.node_count(); ++node)
    if (pending[node] == 0) order.push_back(node);
  for (std::size_t at = 0; at < order.size(); ++at)
    for (const std::uint32_t dependent : edges.of(order[at]))
      if (--pending[dependent] == 0) order.push_back(dependent);
  OSAC_CHECK(order.size() == edges.node_count(), "the plan has a cycle");
  return order;
}

/// The output of a record with this path; most often the one at the same place.
const step::OutputRecord* output_of(const step::EndRecord& record, std::size_t place, const std::string& path) {
  if (place < record.outputs.size() && record.outputs[place].path == path) return &record.outputs[place];
  const auto found = std::find_if(record.outputs.begin(), record.outputs.end(), [&](const auto& output) { return output.path == path; });
  return found == record.outputs.end() ? nullptr : &*found;
}

}  // namespace

StateInside::StateInside(const plan::Plan& the_plan, const site::Site& the_site, History the_history)
    : plan(the_plan),
      site(the_site),
      history(std::move(the_history)),
      files(the_plan),
      entries(the_plan.element_count(), nullptr),
      own(the_plan.element_count()),
      has_other_times(the_plan.element_count(), 0),
      forced(the_plan.element_count(), false),
      needed(the_plan.element_count(), false) {
  for (const plan::TaskRow& task : plan.tasks()) {
    const std::string env(task.env.exists() ? plan.text(task.env) : "");
    const auto entry = env.empty() ? site::Entry{} : site::enter(site, env);
    // without the environment nothing can run, and running says so; here it is just another one than recorded
    env_identities.push_back(entry ? entry->identity : "not here: " + env);
  }
}

bool StateInside::is_empty(const plan::FileUse& use) const {
  const auto maker = plan.producer(use.dataset, use.element);
  if (!maker) return false;
  const step::EndRecord* const record = success(plan.global(*maker));
  return record != nullptr && record->is_empty;
}

// ---- looking

Status StateInside::look_at_elements(std::uint32_t begin, std::uint32_t end) {
  Examiner examiner;
  for (std::uint32_t element = begin; element < end; ++element) {
    const plan::ElementRef ref = plan.element(element);
    const auto known = history.elements.find(plan::element_name(plan, ref));
    if (known == history.elements.end()) continue;
    entries[element] = &known->second;
    const auto outputs = plan::output_files(plan, ref);
    if (!outputs.empty())
      known->second.choose(outputs.front().path);  // no other element has this entry: the other thread does not touch it
    const step::EndRecord* const record = success(element);
    if (record == nullptr || record->is_empty) continue;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      File& file = files.at(outputs[i].dataset, outputs[i].element);
      const step::OutputRecord* const output = output_of(*record, i, outputs[i].path);
      file.recorded = output == nullptr ? nullptr : &output->state;
      if (auto looked = examine_produced(file, outputs[i].path, examiner); !looked) return looked;
      if (file.presence == Presence::same_content) has_other_times[element] = 1;
      // what was deleted on purpose still is, for those who read it, what it was
      if (file.presence == Presence::absent && file.recorded != nullptr && may_be_gone(outputs[i].dataset)) file.now = *file.recorded;
    }
  }
  return {};
}

/// Digests of external files that somebody read and that were old enough then to be told from their next version by their times.
void StateInside::remember_hashes_of_externals() {
  for (std::uint32_t element = 0; element < plan.element_count(); ++element) {
    const step::EndRecord* const record = success(element);
    if (record == nullptr) continue;
    const auto inputs = plan::input_files(plan, plan.element(element));
    for (std::size_t i = 0; i < inputs.size() && i < record->inputs.size(); ++i) {
      const step::FileState& state = record->inputs[i].state;
      if (files.is_produced(inputs[i].dataset) || record->inputs[i].path != inputs[i].path || state.content == Digest{}) continue;
      if (std::max(state.mtime, state.ctime) + racy > record->started) continue;
      files.at(inputs[i].dataset, inputs[i].element).recorded = &state;
    }
  }
}

Status StateInside::look_at_externals(std::uint32_t dataset, std::uint32_t begin, std::uint32_t end) {
  Examiner examiner;
  for (std::uint32_t element = begin; element < end; ++element) {
    const bool content = site.hash_policy == site::HashPolicy::content;
    auto looked = examine_external(files.at(dataset, element), plan::dataset_path(plan, dataset, element), content, examiner);
    if (!looked) return looked;
  }
  return {};
}

// ---- judging one element

StateInside::Choice StateInside::choose_inputs(plan::ElementRef ref, const std::vector<bool>* element_failed) const {
  Choice choice;
  const plan::TaskRow& task = plan.tasks()[ref.task];
  const auto ports = plan.inputs(task);
  std::vector<std::uint32_t> kept(ports.size(), 0);
  std::vector<std::uint32_t> all(ports.size(), 0);
  for (plan::FileUse& use : plan::input_files(plan, ref)) {
    const plan::InputRow& port = ports[use.port];
    ++all[use.port];
    if (port.is_survivors != 0 && element_failed != nullptr) {
      const auto maker = plan.producer(use.dataset, use.element);
      if (maker && (*element_failed)[plan.global(*maker)]) continue;
    }
    if (files.is_produced(use.dataset) && is_empty(use)) {
      if (port.is_gather == 0 && !port.type.is_optional && choice.problem.empty())
        choice.problem = fmt::format("input `{}` ({}) is empty: what makes it succeeded without outputs", plan.text(port.name), use.path);
      continue;
    }
    ++kept[use.port];
    choice.uses.push_back(std::move(use));
  }
  for (std::size_t i = 0; i < ports.size(); ++i)
    if (kept[i] < ports[i].minimum && choice.problem.empty())
      choice.problem = fmt::format("only {} of {} members of input `{}` are there: it needs at least {}", kept[i], all[i],
                                   plan.text(ports[i].name), ports[i].minimum);
  return choice;
}

Decision StateInside::decide_outputs(std::uint32_t element, std::span<const plan::FileUse> outputs) const {
  if (success(element)->is_empty) return {};
  Decision decision;
  for (const plan::FileUse& use : outputs) {
    const File& file = files.at(use.dataset, use.element);
    if (file.recorded == nullptr || (file.presence == Presence::absent && !may_be_gone(use.dataset)))
      return {Verdict::run, Cause::output_missing};
    if (file.presence == Presence::changed) decision = {Verdict::run, Cause::output_changed};
  }
  return decision;
}

Cause StateInside::why_other_fingerprint(std::uint32_t element) const {
  const plan::ElementRef ref = plan.element(element);
  const step::EndRecord& record = *success(element);
  const plan::TaskRow& task = plan.tasks()[ref.task];
  if (record.env != (task.env.exists() ? plan.text(task.env) : "")) return Cause::environment_changed;
  const Choice choice = choose_inputs(ref, nullptr);
  bool same_names = choice.uses.size() == record.inputs.size();
  bool same_files = true;
  for (std::size_t i = 0; same_names && i < choice.uses.size(); ++i) {
    same_names = record.inputs[i].path == choice.uses[i].path;
    same_files = same_files && same_identity(record.inputs[i].state, files.identity(choice.uses[i].dataset, choice.uses[i].element));
  }
  if (same_names && !same_files) return Cause::input_changed;
  if (command_text(plan, site, ref, record.attempt) != record.command) return Cause::command_changed;
  return same_names ? Cause::environment_changed : Cause::input_changed;
}

/// The decision as if its parents did not run.
void StateInside::decide_alone(std::uint32_t element) {
  Decision& decision = own[element];
  const step::EndRecord* const record = success(element);
  if (forced[element]) {
    decision = {Verdict::run, Cause::forced};
  } else if (record == nullptr) {
    const bool was_tried = entries[element] != nullptr && entries[element]->latest->outcome != step::Outcome::cancelled;
    decision = {Verdict::run,
                was_tried && entries[element]->latest->outcome != step::Outcome::succeeded ? Cause::failed_before : Cause::is_new};
  } else {
    const plan::ElementRef ref = plan.element(element);
    const Choice choice = choose_inputs(ref, nullptr);
    const auto outputs = plan::output_files(plan, ref);
    decision = fingerprint(plan, ref, env_identities[ref.task], choice.uses, outputs, files) == record->fingerprint
                   ? decide_outputs(element, outputs)
                   : Decision{Verdict::run, why_other_fingerprint(element)};
  }
}

// ---- the two passes

/// Whoever depends on an element that is not certainly up to date is not certainly up to date.
std::vector<Decision> StateInside::spread(const plan::Edges& edges) {
  std::vector<Decision> decisions = own;
  std::vector<bool> is_uncertain(edges.node_count(), false);
  const std::vector<std::uint32_t> order = order_of(edges);
  for (const std::uint32_t node : order) {
    bool uncertain = is_uncertain[node];
    if (node < edges.element_count) {
      if (uncertain && decisions[node].verdict == Verdict::up_to_date) decisions[node] = {Verdict::unknown, Cause::parent_runs};
      uncertain = decisions[node].verdict != Verdict::up_to_date;
    }
    if (!uncertain) continue;
    for (const std::uint32_t dependent : edges.of(node)) is_uncertain[dependent] = true;
  }
  const bool any_temporary = std::any_of(plan.datasets().begin(), plan.datasets().end(),
                                         [](const plan::DatasetRow& row) { return row.persistence == plan::Persistence::temp; });
  for (auto node = order.rbegin(); any_temporary && node != order.rend(); ++node)
    if (*node < edges.element_count && decisions[*node].verdict != Verdict::up_to_date) demand_temporaries(*node, decisions);
  return decisions;
}

/// An element that (perhaps) has to run needs the temporary files it reads: who makes those that are gone has to run, too. What it makes
/// should be what it was, so others that read it stay as they are.
void StateInside::demand_temporaries(std::uint32_t element, std::vector<Decision>& decisions) {
  const plan::ElementRef ref = plan.element(element);
  for (const plan::InputRow& input : plan.inputs(plan.tasks()[ref.task])) {
    if (!may_be_gone(input.dataset) || !files.is_produced(input.dataset)) continue;
    const std::uint32_t count = plan.datasets()[input.dataset].family.count;
    plan.for_each(input.relation, ref.element, count, [&](std::uint32_t target) {
      if (files.at(input.dataset, target).presence != Presence::absent) return;
      const std::uint32_t maker = plan.global(*plan.producer(input.dataset, target));
      needed[maker] = true;
      if (decisions[maker].verdict != Verdict::run) decisions[maker] = {Verdict::run, Cause::output_missing};
    });
  }
}

// ---- State

State::State(const plan::Plan& plan, const site::Site& site, History history)
    : inside_(std::make_unique<StateInside>(plan, site, std::move(history))) {}
State::~State() = default;

Result<std::vector<Decision>> State::decide(const std::vector<std::uint32_t>& forced) {
  StateInside& in = *inside_;
  for (const std::uint32_t element : forced) in.forced[element] = true;
  const std::uint32_t count = in.plan.element_count();
  if (auto looked = in_two(count, [&](auto begin, auto end) { return in.look_at_elements(begin, end); }); !looked)
    return tl::unexpected(looked.error());
  if (in.site.hash_policy == site::HashPolicy::content) in.remember_hashes_of_externals();
  for (std::uint32_t dataset = 0; dataset < in.plan.datasets().size(); ++dataset) {
    if (in.files.is_produced(dataset)) continue;
    const std::uint32_t file_count = in.plan.datasets()[dataset].family.count;
    auto looked = in_two(file_count, [&](auto begin, auto end) { return in.look_at_externals(dataset, begin, end); });
    if (!looked) return tl::unexpected(looked.error());
  }
  (void)in_two(count, [&](auto begin, auto end) -> Status {
    for (auto element = begin; element < end; ++element) in.decide_alone(element);
    return {};
  });
  in.note_durations();
  in.note_refreshed();
  in.last_decisions = in.spread(plan::make_edges(in.plan));
  return in.last_decisions;
}

void StateInside::note_durations() {
  mean_durations.clear();
  for (const plan::TaskRow& task : plan.tasks()) {
    double sum = 0;
    std::uint32_t known = 0;
    for (std::uint32_t i = 0; i < task.family.count; ++i) {
      const History::Entry* const entry = entries[task.first_element + i];
      if (entry == nullptr || entry->duration <= 0) continue;
      sum += static_cast<double>(entry->duration);
      ++known;
    }
    mean_durations.push_back(known == 0 ? 0 : static_cast<std::int64_t>(sum / known));
  }
}

void StateInside::note_refreshed() {
  for (std::uint32_t element = 0; element < plan.element_count(); ++element) {
    if (has_other_times[element] == 0 || own[element].verdict != Verdict::up_to_date) continue;
    const auto outputs = plan::output_files(plan, plan.element(element));
    step::EndRecord record = *success(element);
    for (std::size_t i = 0; i < outputs.size() && i < record.outputs.size(); ++i)
      record.outputs[i].state = files.at(outputs[i].dataset, outputs[i].element).now;
    refreshed.push_back(std::move(record));
  }
}

State::Ready State::ready(std::uint32_t element, const std::vector<bool>& element_failed) {
  StateInside& in = *inside_;
  Ready ready;
  const plan::ElementRef ref = in.plan.element(element);
  StateInside::Choice choice = in.choose_inputs(ref, &element_failed);
  ready.problem = std::move(choice.problem);
  const auto ports = in.plan.inputs(in.plan.tasks()[ref.task]);
  Examiner examiner;
  for (const plan::FileUse& use : choice.uses) {
    File& file = in.files.at(use.dataset, use.element);
    if (!in.files.is_produced(use.dataset)) {
      // looked at again: what it is now is what the process will read
      auto looked = examine_external(file, use.path, in.site.hash_policy == site::HashPolicy::content, examiner);
      if (!looked && ready.problem.empty()) ready.problem = looked.error().what;
      if (looked && file.presence == Presence::absent && ready.problem.empty())
        ready.problem = fmt::format("input `{}` is missing: {}", in.plan.text(ports[use.port].name), use.path);
    }
    ready.inputs.push_back({std::string(in.plan.text(ports[use.port].name)), use.path, file.now, use.branch});
  }
  ready.input_uses = std::move(choice.uses);
  if (!ready.problem.empty()) return ready;
  const auto outputs = plan::output_files(in.plan, ref);
  const auto identity = fingerprint(in.plan, ref, in.env_identities[ref.task], ready.input_uses, outputs, in.files);
  ready.fingerprint = identity.value_or(Digest{});
  const step::EndRecord* const record = in.success(element);
  if (in.own[element].verdict == Verdict::run && in.own[element].cause == Cause::forced)
    ready.decision = in.own[element];
  else if (in.needed[element])
    ready.decision = {Verdict::run, Cause::output_missing};
  else if (record == nullptr)
    ready.decision = in.own[element];
  else if (identity != record->fingerprint)
    ready.decision = {Verdict::run, in.why_other_fingerprint(element)};
  else
    ready.decision = in.decide_outputs(element, outputs);
  if (ready.decision.verdict != Verdict::up_to_date) ready.problem = in.find_gone(ready.input_uses);
  return ready;
}

std::string StateInside::find_gone(std::span<const plan::FileUse> uses) const {
  for (const plan::FileUse& use : uses)
    if (files.is_produced(use.dataset) && files.at(use.dataset, use.element).presence == Presence::absent)
      return fmt::format("it reads a temporary file that is gone and was not expected to be needed: {}; the same command makes it again",
                         use.path);
  return {};
}

void State::succeeded(std::uint32_t element, const step::EndRecord& record) {
  StateInside& in = *inside_;
  const auto outputs = plan::output_files(in.plan, in.plan.element(element));
  History::Entry& entry = in.history.elements[record.element];
  in.entries[element] = &entry;
  entry.latest = std::make_shared<const step::EndRecord>(record);
  if (!record.is_tainted) entry.add_success(entry.latest);
  in.needed[element] = false;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    File& file = in.files.at(outputs[i].dataset, outputs[i].element);
    const step::OutputRecord* const output = output_of(*entry.latest, i, outputs[i].path);
    file.recorded = output == nullptr ? nullptr : &output->state;
    file.now = output == nullptr ? step::FileState{} : output->state;
    file.presence = output == nullptr ? Presence::absent : Presence::as_recorded;
  }
}

void State::removed(std::uint32_t dataset, std::uint32_t element) { inside_->files.at(dataset, element).presence = Presence::absent; }

std::vector<step::EndRecord> State::take_refreshed() {
  std::vector<step::EndRecord> records = std::exchange(inside_->refreshed, {});
  // a state of a larger plan is made from the same history: it would find the same again
  for (const step::EndRecord& record : records)
    inside_->refreshed_entries.emplace_back(record.element, std::make_shared<const step::EndRecord>(record));
  return records;
}

History State::take_history() {
  for (auto& [element, record] : inside_->refreshed_entries) {
    auto& success = inside_->history.elements[element].success;
    if (success && success->ended == record->ended) success = std::move(record);  // else it was made anew meanwhile
  }
  return std::move(inside_->history);
}

const step::FileState* State::standing(std::uint32_t dataset, std::uint32_t element) const {
  const File& file = inside_->files.at(dataset, element);
  return file.recorded != nullptr && (file.presence == Presence::as_recorded || file.presence == Presence::same_content) ? file.recorded
                                                                                                                         : nullptr;
}

const History& State::history() const { return inside_->history; }

std::int64_t State::expected_duration(std::uint32_t element) const {
  const History::Entry* const entry = inside_->entries[element];
  if (entry != nullptr && entry->duration > 0) return entry->duration;
  return inside_->mean_durations.empty() ? 0 : inside_->mean_durations[inside_->plan.element(element).task];
}

}  // namespace osac::registry
