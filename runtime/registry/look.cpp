// What there is: files and fingerprints, element by element, on two threads. Where nothing has changed since the plan was decided on last,
// this is one system call for each file and a checksum for each element.

#include <algorithm>

#include "runtime/registry/fingerprint.h"
#include "runtime/registry/state_inside.h"
#include "runtime/step/step.h"

namespace osac::registry {

namespace {

// a file whose times lie closer to the moment of its hashing may have been changed again within the clock's grain
constexpr std::int64_t racy = 2'000'000'000;

template <typename Integer>
void append_number(std::string& bytes, Integer number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Never 0, which says that nothing is known.
std::uint64_t checksum_of(const std::string& bytes) { return std::max<std::uint64_t>(1, checksum(bytes)); }

}  // namespace

// ---- files

const PastElement* StateInside::find(std::uint32_t element, plan::ElementRef ref) const {
  if (has_memory)
    if (const std::uint32_t place = history.memory.places[element]; place != PastEnd::none) return &history.elements()[place];
  return history.elements().empty() ? nullptr : history.find(plan::element_name(plan, ref));
}

Status StateInside::look_at_elements(std::uint32_t begin, std::uint32_t end) {
  Examiner examiner;
  for (std::uint32_t element = begin; element < end; ++element) {
    const plan::ElementRef ref = plan.element(element);
    elements[element] = find(element, ref);
    if (elements[element] == nullptr) continue;
    if (auto looked = look_at_outputs(element, ref, examiner); !looked) return looked;
  }
  return {};
}

Status StateInside::look_at_outputs(std::uint32_t element, plan::ElementRef ref, Examiner& examiner) {
  thread_local std::string path;
  std::span<const PastOutput> recorded;
  std::size_t place = 0;
  Status status;
  const auto look = [&](std::uint32_t dataset, std::uint32_t target) {
    if (place == 0) {
      const PastEnd* const success = history.success_of(*elements[element], path);
      successes[element] = success;
      if (success != nullptr) recorded = history.outputs(*success);
    }
    const std::size_t here = place++;
    if (successes[element] == nullptr) return;
    File& file = files.at(dataset, target);
    file.is_left_out = successes[element]->is_empty != 0;
    if (file.is_left_out) return;
    // most often the one at the same place
    auto found = recorded.begin() + static_cast<std::ptrdiff_t>(std::min(here, recorded.size()));
    const auto is_it = [&](const PastOutput& output) { return history.text(output.path) == path; };
    if (found == recorded.end() || !is_it(*found)) found = std::find_if(recorded.begin(), recorded.end(), is_it);
    file.recorded = found == recorded.end() ? nullptr : &found->state;
    if (auto looked = examine_produced(file, path, examiner); !looked) status = looked;
    if (file.presence == Presence::same_content) has_other_times[element] = 1;
    // what was deleted on purpose still is, for those who read it, what it was
    if (file.presence == Presence::absent && file.recorded != nullptr && may_be_gone(dataset)) file.now = *file.recorded;
  };
  for (const plan::OutputRow& output : plan.outputs(plan.tasks()[ref.task])) {
    const plan::PathWriter writer(plan, output.dataset);
    plan.for_each(output.relation, ref.element, plan.datasets()[output.dataset].family.count, [&](std::uint32_t target) {
      if (!status) return;
      path.clear();
      writer.append(target, path);
      look(output.dataset, target);
    });
  }
  if (place == 0) successes[element] = history.success(*elements[element]);  // it has no outputs
  return status;
}

/// Digests of external files that somebody read and that were old enough then to be told from their next version by their times.
void StateInside::remember_hashes_of_externals() {
  for (std::uint32_t element = 0; element < plan.element_count(); ++element) {
    const plan::ElementRef ref = plan.element(element);
    const auto ports = plan.inputs(plan.tasks()[ref.task]);
    const bool reads_any = std::any_of(ports.begin(), ports.end(), [&](const auto& port) { return !files.is_produced(port.dataset); });
    if (successes[element] == nullptr || !reads_any) continue;
    const step::EndRecord record = whole_success(element);
    const auto inputs = plan::input_files(plan, ref);
    for (std::size_t i = 0; i < inputs.size() && i < record.inputs.size(); ++i) {
      const step::FileState& state = record.inputs[i].state;
      if (files.is_produced(inputs[i].dataset) || record.inputs[i].path != inputs[i].path || state.content == Digest{}) continue;
      if (std::max(state.mtime, state.ctime) + racy > record.started) continue;
      files.at(inputs[i].dataset, inputs[i].element).recorded = &kept.emplace_back(state);
    }
  }
}

Status StateInside::look_at_externals(std::uint32_t dataset, std::uint32_t begin, std::uint32_t end) {
  Examiner examiner;
  const plan::PathWriter writer(plan, dataset);
  const bool content = site.hash_policy == site::HashPolicy::content;
  std::string path;
  for (std::uint32_t element = begin; element < end; ++element) {
    path.clear();
    writer.append(element, path);
    if (auto looked = examine_external(files.at(dataset, element), path, content, examiner); !looked) return looked;
  }
  return {};
}

// ---- fingerprints

std::uint64_t StateInside::checksum_of_inputs(plan::ElementRef ref) const {
  thread_local std::string bytes;
  bytes.clear();
  std::uint32_t number = 0;
  for (const plan::InputRow& port : plan.inputs(plan.tasks()[ref.task])) {
    const bool is_produced = files.is_produced(port.dataset);
    plan.for_each(port.relation, ref.element, plan.datasets()[port.dataset].family.count, [&](std::uint32_t target) {
      if (is_produced && files.at(port.dataset, target).is_left_out) return;
      append_number(bytes, number);
      append_number(bytes, target);
      append_identity(bytes, files.identity(port.dataset, target));
    });
    ++number;
  }
  return checksum_of(bytes);
}

std::uint64_t StateInside::checksum_of_inputs(std::span<const plan::FileUse> uses) const {
  std::string bytes;
  for (const plan::FileUse& use : uses) {
    append_number(bytes, use.port + use.branch);  // its row
    append_number(bytes, use.element);
    append_identity(bytes, files.identity(use.dataset, use.element));
  }
  return checksum_of(bytes);
}

std::optional<Digest> StateInside::current_fingerprint(std::uint32_t element, plan::ElementRef ref) {
  const std::uint64_t inputs = checksum_of_inputs(ref);
  if (has_memory && history.memory.elements[element].inputs == inputs) {
    memory[element] = history.memory.elements[element];
    return memory[element].fingerprint;
  }
  const Choice choice = choose_inputs(ref, nullptr);
  const auto found = fingerprint(plan, ref, env_identities[ref.task], choice.uses, plan::output_files(plan, ref), files);
  memory[element] = found ? PlanMemory::Element{inputs, *found} : PlanMemory::Element{};
  return found;
}

}  // namespace osac::registry
