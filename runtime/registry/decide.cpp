// What is up to date. Elements are looked at one by one, on two threads: their records, their files, their fingerprints; each is judged as
// if nothing before it ran. Then two passes over the edges: forwards, who has to wait for what its parents make; backwards, which deleted
// temporary files are needed after all. Everything is linear in elements and edges.

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

}  // namespace

// ---- judging one element

StateInside::Choice StateInside::choose_inputs(plan::ElementRef ref, const std::vector<bool>* element_failed) const {
  Choice choice;
  const plan::TaskRow& task = plan.tasks()[ref.task];
  const auto ports = plan.inputs(task);
  std::vector<std::uint32_t> taken(ports.size(), 0);
  std::vector<std::uint32_t> all(ports.size(), 0);
  for (plan::FileUse& use : plan::input_files(plan, ref)) {
    const plan::InputRow& port = ports[use.port];
    ++all[use.port];
    if (port.is_survivors != 0 && element_failed != nullptr) {
      const auto maker = plan.producer(use.dataset, use.element);
      if (maker && (*element_failed)[plan.global(*maker)]) continue;
    }
    if (files.is_produced(use.dataset) && files.at(use.dataset, use.element).is_left_out) {
      if (port.is_gather == 0 && !port.type.is_optional && choice.problem.empty())
        choice.problem = fmt::format("input `{}` ({}) is empty: what makes it succeeded without outputs", plan.text(port.name), use.path);
      continue;
    }
    ++taken[use.port];
    choice.uses.push_back(std::move(use));
  }
  for (std::size_t i = 0; i < ports.size(); ++i)
    if (taken[i] < ports[i].minimum && choice.problem.empty())
      choice.problem = fmt::format("only {} of {} members of input `{}` are there: it needs at least {}", taken[i], all[i],
                                   plan.text(ports[i].name), ports[i].minimum);
  return choice;
}

Decision StateInside::decide_outputs(std::uint32_t element) const {
  Decision decision;
  if (successes[element]->is_empty != 0) return decision;
  const plan::ElementRef ref = plan.element(element);
  for (const plan::OutputRow& output : plan.outputs(plan.tasks()[ref.task])) {
    const bool is_temporary = may_be_gone(output.dataset);
    plan.for_each(output.relation, ref.element, plan.datasets()[output.dataset].family.count, [&](std::uint32_t target) {
      const File& file = files.at(output.dataset, target);
      if (file.recorded == nullptr || (file.presence == Presence::absent && !is_temporary))
        decision = {Verdict::run, Cause::output_missing};
      else if (file.presence == Presence::changed && decision.cause == Cause::none)
        decision = {Verdict::run, Cause::output_changed};
    });
  }
  return decision;
}

step::EndRecord StateInside::whole_success(std::uint32_t element) const {
  const PastEnd* const success = successes[element];
  if (success == nullptr) return {};
  auto record = history.whole(*success);
  return record ? std::move(*record) : step::EndRecord{};
}

Cause StateInside::why_other_fingerprint(std::uint32_t element) const {
  const plan::ElementRef ref = plan.element(element);
  const step::EndRecord record = whole_success(element);
  if (record.env != env_names[ref.task]) return Cause::environment_changed;
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
  const PastEnd* const success = successes[element];
  if (forced[element]) {
    decision = {Verdict::run, Cause::forced};
  } else if (success == nullptr) {
    const PastEnd* const latest = elements[element] == nullptr ? nullptr : history.latest(*elements[element]);
    const bool has_failed = latest != nullptr && !latest->was_cancelled() && !latest->has_succeeded();
    decision = {Verdict::run, has_failed ? Cause::failed_before : Cause::is_new};
  } else {
    decision = current_fingerprint(element, plan.element(element)) == success->fingerprint
                   ? decide_outputs(element)
                   : Decision{Verdict::run, why_other_fingerprint(element)};
  }
}

// ---- the two passes

/// Whoever depends on an element that is not certainly up to date is not certainly up to date.
std::vector<Decision> StateInside::spread(const plan::Edges& edges) {
  std::vector<Decision> decisions = own;
  std::vector<bool> is_uncertain(edges.node_count(), false);
  const std::vector<std::uint32_t> order = plan::node_order(edges);
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
  for (std::uint32_t element = 0; element < count; ++element)
    if (in.memory[element].inputs != 0 && !(in.has_memory && in.memory[element].inputs == in.history.memory.elements[element].inputs))
      ++in.news;
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
      const PastEnd* const success = successes[task.first_element + i];
      if (success == nullptr || success->duration <= 0) continue;
      sum += static_cast<double>(success->duration);
      ++known;
    }
    mean_durations.push_back(known == 0 ? 0 : static_cast<std::int64_t>(sum / known));
  }
}

void StateInside::note_refreshed() {
  for (std::uint32_t element = 0; element < plan.element_count(); ++element) {
    if (has_other_times[element] == 0 || own[element].verdict != Verdict::up_to_date) continue;
    const auto outputs = plan::output_files(plan, plan.element(element));
    step::EndRecord record = whole_success(element);
    for (std::size_t i = 0; i < outputs.size() && i < record.outputs.size(); ++i)
      record.outputs[i].state = files.at(outputs[i].dataset, outputs[i].element).now;
    refreshed.push_back(std::move(record));
  }
}

}  // namespace osac::registry
