// A State's life: made from a history, asked what to do (decide.cpp), told what happened, and kept for the next time.

#include "runtime/registry/state.h"

#include <fmt/format.h>
#include <algorithm>

#include "runtime/registry/fingerprint.h"
#include "runtime/registry/snapshot.h"
#include "runtime/registry/state_inside.h"
#include "runtime/step/step.h"

namespace osac::registry {

namespace {

/// The output of a record with this path; most often the one at the same place.
const step::OutputRecord* output_of(const step::EndRecord& record, std::size_t place, const std::string& path) {
  if (place < record.outputs.size() && record.outputs[place].path == path) return &record.outputs[place];
  const auto found = std::find_if(record.outputs.begin(), record.outputs.end(), [&](const auto& output) { return output.path == path; });
  return found == record.outputs.end() ? nullptr : &*found;
}

step::EndOutline outline_of(const step::EndRecord& record) {
  step::EndOutline outline;
  outline.element = record.element;
  outline.outcome = record.outcome;
  outline.is_empty = record.is_empty;
  outline.is_tainted = record.is_tainted;
  outline.fingerprint = record.fingerprint;
  outline.started = record.started;
  outline.ended = record.ended;
  outline.output_count = record.outputs.size();
  outline.outputs = record.outputs;
  return outline;
}

}  // namespace

StateInside::StateInside(const plan::Plan& the_plan, const site::Site& the_site, History the_history)
    : plan(the_plan),
      site(the_site),
      history(std::move(the_history)),
      files(the_plan),
      elements(the_plan.element_count(), nullptr),
      successes(the_plan.element_count(), nullptr),
      memory(the_plan.element_count()),
      own(the_plan.element_count()),
      has_other_times(the_plan.element_count(), 0),
      forced(the_plan.element_count(), false),
      needed(the_plan.element_count(), false) {
  std::string around = OSAC_VERSION;
  for (const plan::TaskRow& task : plan.tasks()) {
    const std::string env(task.env.exists() ? plan.text(task.env) : "");
    const auto entry = site::enter(site, env);
    // without the environment nothing can run, and running says so; here it is just another one than recorded
    env_names.push_back(entry ? entry->name : env);
    env_identities.push_back(entry ? entry->identity : "not here: " + env);
    around += '\0' + env_identities.back();
  }
  surroundings = checksum(around);
  const PlanMemory& known = history.memory;
  has_memory = known.plan == plan.id() && known.surroundings == surroundings && known.elements.size() == plan.element_count();
}

State::State(const plan::Plan& plan, const site::Site& site, History history)
    : inside_(std::make_unique<StateInside>(plan, site, std::move(history))) {}
State::~State() = default;

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
  if (identity) in.memory[element] = {in.checksum_of_inputs(ready.input_uses), *identity};
  const PastEnd* const record = in.successes[element];
  if (in.own[element].verdict == Verdict::run && in.own[element].cause == Cause::forced)
    ready.decision = in.own[element];
  else if (in.needed[element])
    ready.decision = {Verdict::run, Cause::output_missing};
  else if (record == nullptr)
    ready.decision = in.own[element];
  else if (identity != record->fingerprint)
    ready.decision = {Verdict::run, in.why_other_fingerprint(element)};
  else
    ready.decision = in.decide_outputs(element);
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
  const plan::ElementRef ref = in.plan.element(element);
  if (!record.is_tainted) {
    PastEnd end;
    end.fingerprint = record.fingerprint;
    end.started = record.started;
    end.duration = record.ended - record.started;
    end.journal = PastEnd::none;  // it is still being written
    end.offset = in.history.place_of_execution(record.execution);
    end.is_empty = record.is_empty ? 1 : 0;
    in.successes[element] = &in.made.emplace_back(end);
  }
  in.told.push_back({record.execution, outline_of(record)});
  in.needed[element] = false;
  ++in.news;
  std::size_t place = 0;
  for (const plan::FileUse& use : plan::output_files(in.plan, ref)) {
    File& file = in.files.at(use.dataset, use.element);
    const step::OutputRecord* const output = output_of(record, place++, use.path);
    file.recorded = output == nullptr ? nullptr : &in.kept.emplace_back(output->state);
    file.now = output == nullptr ? step::FileState{} : output->state;
    file.presence = output == nullptr ? Presence::absent : Presence::as_recorded;
    if (!record.is_tainted) file.is_left_out = record.is_empty;
  }
}

void State::removed(std::uint32_t dataset, std::uint32_t element) { inside_->files.at(dataset, element).presence = Presence::absent; }

std::vector<step::EndRecord> State::take_refreshed() {
  std::vector<step::EndRecord> records = std::exchange(inside_->refreshed, {});
  for (const step::EndRecord& record : records) inside_->told.push_back({record.execution, outline_of(record)});
  return records;
}

History State::take_history() {
  for (const StateInside::Told& told : inside_->told) inside_->history.add_unplaced(told.end, told.execution);
  inside_->told.clear();
  return std::move(inside_->history);
}

const step::FileState* State::recorded(std::uint32_t dataset, std::uint32_t element) const {
  return inside_->files.at(dataset, element).recorded;
}

const step::FileState* State::standing(std::uint32_t dataset, std::uint32_t element) const {
  const File& file = inside_->files.at(dataset, element);
  return file.presence == Presence::as_recorded || file.presence == Presence::same_content ? file.recorded : nullptr;
}

bool State::is_left_out(std::uint32_t dataset, std::uint32_t element) const { return inside_->files.at(dataset, element).is_left_out; }

std::optional<State::Success> State::last_success(std::uint32_t element) const {
  const PastEnd* const success = inside_->successes[element];
  if (success == nullptr) return std::nullopt;
  const std::int64_t ended = success->started + success->duration;
  if (success->journal == PastEnd::none) return Success{inside_->history.execution_of_unplaced(*success), ended};
  const auto record = inside_->history.whole(*success);
  return Success{record ? record->execution : "", ended};
}

const History& State::history() const { return inside_->history; }

std::int64_t State::expected_duration(std::uint32_t element) const {
  const PastEnd* const success = inside_->successes[element];
  if (success != nullptr && success->duration > 0) return success->duration;
  return inside_->mean_durations.empty() ? 0 : inside_->mean_durations[inside_->plan.element(element).task];
}

Status State::keep(const std::string& state_folder, Keep when) {
  StateInside& in = *inside_;
  if (when == Keep::if_worth_it && !is_worth_a_snapshot(in.history, in.news)) return {};
  if (in.history.has_unplaced() || in.history.has_journals_elsewhere() || !in.told.empty()) {
    auto now = read_history(state_folder);
    if (!now) return tl::unexpected(now.error());
    now->memory.places.clear();
    for (std::uint32_t element = 0; element < in.plan.element_count(); ++element) {
      const PastElement* const known = now->find(plan::element_name(in.plan, in.plan.element(element)));
      now->memory.places.push_back(known == nullptr ? PastEnd::none : now->place_of(*known));
    }
    now->memory.elements = in.memory;
    now->memory.plan = in.plan.id();
    now->memory.surroundings = in.surroundings;
    return write_snapshot(state_folder, *now);
  }
  PlanMemory& memory = in.history.memory;
  memory.places.clear();
  for (const PastElement* known : in.elements) memory.places.push_back(known == nullptr ? PastEnd::none : in.history.place_of(*known));
  memory.elements = in.memory;
  memory.plan = in.plan.id();
  memory.surroundings = in.surroundings;
  in.has_memory = true;
  in.history.news = 0;
  in.news = 0;
  return write_snapshot(state_folder, in.history);
}

}  // namespace osac::registry
