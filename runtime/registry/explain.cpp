// Decisions in words: what exactly is different from the record, element by element, when somebody asks.

#include <fmt/format.h>
#include <array>
#include <unordered_map>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/registry/fingerprint.h"
#include "runtime/registry/state_inside.h"
#include "runtime/registry/word_diff.h"
#include "runtime/step/input_records.h"
#include "runtime/step/step.h"

namespace osac::registry {

namespace {

constexpr std::size_t most_lines = 5;

constexpr std::array<std::string_view, 10> cause_names = {
    "up to date",
    "new",
    "command changed",
    "input changed",
    "output missing",
    "output changed",
    "failed before",
    "forced",
    "what it reads is made again",
    "environment changed",
};

/// Lines, of which only the first few are shown.
class Lines {
 public:
  void add(const std::string& line) {
    if (count_++ < most_lines) text_ += (text_.empty() ? "" : "\n") + line;
  }
  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  [[nodiscard]] std::string text() const {
    return count_ <= most_lines ? text_ : text_ + fmt::format("\n... and {} more", count_ - most_lines);
  }

 private:
  std::string text_;
  std::size_t count_ = 0;
};

std::string difference(const step::FileState& before, const step::FileState& now) {
  if (now.size < 0) return "missing";
  if (before.size < 0) return "it was missing before";
  if (before.size != now.size) return fmt::format("size {} -> {}", before.size, now.size);
  if (before.content != Digest{} && now.content != Digest{}) return fmt::format("another content, {} bytes as before", now.size);
  if (before.mtime != now.mtime) return fmt::format("time {} -> {}", runtime::utc_text(before.mtime), runtime::utc_text(now.mtime));
  if (before.inode != now.inode) return "replaced by another file of the same size and time";
  return "written again with the same size and time";
}

std::string inputs_changed(const StateInside& in, std::uint32_t element) {
  const plan::ElementRef ref = in.plan.element(element);
  const step::EndRecord record = in.whole_success(element);
  const auto ports = in.plan.inputs(in.plan.tasks()[ref.task]);
  std::unordered_map<std::string_view, const step::InputRecord*> before;
  for (const step::InputRecord& input : record.inputs) before.emplace(input.path, &input);
  Lines lines;
  for (const plan::FileUse& use : in.choose_inputs(ref, nullptr).uses) {
    const std::string port(in.plan.text(ports[use.port].name));
    const auto known = before.find(use.path);
    if (known == before.end()) {
      lines.add(fmt::format("input `{}`: {} is new", port, visible(use.path)));
      continue;
    }
    const step::FileState& now = in.files.identity(use.dataset, use.element);
    if (!same_identity(known->second->state, now))
      lines.add(fmt::format("input `{}` changed: {}: {}", port, visible(use.path), difference(known->second->state, now)));
    before.erase(known);
  }
  for (const step::InputRecord& input : record.inputs)
    if (before.contains(input.path)) lines.add(fmt::format("input `{}`: {} is no longer read", input.port, visible(input.path)));
  return lines.is_empty() ? "what it reads changed" : lines.text();
}

std::string outputs(const StateInside& in, std::uint32_t element, Presence wanted) {
  const plan::ElementRef ref = in.plan.element(element);
  const auto ports = in.plan.outputs(in.plan.tasks()[ref.task]);
  Lines lines;
  for (const plan::FileUse& use : plan::output_files(in.plan, ref)) {
    const File& file = in.files.at(use.dataset, use.element);
    if (file.presence != wanted && !(wanted == Presence::absent && file.recorded == nullptr)) continue;
    const std::string name = fmt::format("output `{}`", in.plan.text(ports[use.port].name));
    if (wanted == Presence::changed)
      lines.add(fmt::format("{} was changed: {}: {}", name, visible(use.path), difference(*file.recorded, file.now)));
    else if (in.may_be_gone(use.dataset))
      lines.add(fmt::format("{} was temporary and is needed again: {}", name, visible(use.path)));
    else
      lines.add(fmt::format("{} is missing: {}", name, visible(use.path)));
  }
  return lines.text();
}

std::string parents(const StateInside& in, std::uint32_t element) {
  const plan::ElementRef ref = in.plan.element(element);
  Lines lines;
  std::uint32_t last = plan::no_element;
  plan::for_each_parent(in.plan, ref, [&](std::uint32_t parent, bool) {
    if (parent == last) return;
    last = parent;
    if (in.last_decisions[parent].verdict != Verdict::up_to_date)
      lines.add("depends on what " + plan::element_name(in.plan, in.plan.element(parent)) + " makes");
  });
  return lines.text();
}

std::string last_attempt(const StateInside& in, std::uint32_t element) {
  const PastEnd* const latest = in.elements[element] == nullptr ? nullptr : in.history.latest(*in.elements[element]);
  if (latest == nullptr) return "it did not succeed before";
  const auto record = in.history.whole(*latest);
  const std::string reason = record ? record->reason : "";
  return fmt::format("{}{}", step::outcome_name(static_cast<step::Outcome>(latest->outcome)), reason.empty() ? "" : ": " + visible(reason));
}

}  // namespace

std::string_view cause_name(Cause cause) { return cause_names[static_cast<std::size_t>(cause)]; }

std::string command_text(const plan::Plan& plan, const site::Site& site, plan::ElementRef ref, std::uint32_t attempt) {
  plan::CommandContext context;
  context.attempt = attempt;
  if (auto resources = plan::resources(plan, ref)) context.resources = *resources;
  if (context.resources.cpus == 0) context.resources.cpus = site.default_cpus;
  if (context.resources.memory == 0) context.resources.memory = site.default_memory;
  if (context.resources.time == 0) context.resources.time = site.default_time;
  context.scratch = "OSA_SCRATCH";
  context.list_file = [](std::uint32_t hole, const std::vector<std::string>&) { return fmt::format("LIST-{}", hole); };
  step::InputRecords records(plan);
  context.record_field = [&](const plan::FileUse& use, std::uint32_t field) { return records.field(use, field); };
  auto command = plan::command(plan, ref, context);
  if (!command) {  // perhaps a record is not there yet: then its fields stand for themselves
    context.record_field = nullptr;
    command = plan::command(plan, ref, context);
  }
  return command ? plan::command_line(*command) : "";
}

std::string State::kind_of_change(std::uint32_t element, const Decision& decision) const {
  const StateInside& in = *inside_;
  if (decision.verdict == Verdict::unknown) return "";
  if (decision.cause == Cause::command_changed && in.successes[element] != nullptr) {
    const step::EndRecord before = in.whole_success(element);
    return changed_words(before.command, command_text(in.plan, in.site, in.plan.element(element), before.attempt));
  }
  if (decision.cause == Cause::failed_before || decision.cause == Cause::environment_changed) return explain(element, decision);
  return "";
}

std::string State::explain(std::uint32_t element, const Decision& decision) const {
  const StateInside& in = *inside_;
  const plan::ElementRef ref = in.plan.element(element);
  if (decision.verdict == Verdict::unknown) return parents(in, element);
  switch (decision.cause) {
    case Cause::none:
      return "";
    case Cause::is_new:
      return "it was never made";
    case Cause::forced:
      return "";
    case Cause::parent_runs:
      return parents(in, element);
    case Cause::failed_before:
      return last_attempt(in, element);
    case Cause::output_missing:
      return outputs(in, element, Presence::absent);
    case Cause::output_changed:
      return outputs(in, element, Presence::changed);
    case Cause::environment_changed: {
      const std::string& now = in.env_names[ref.task];
      const std::string before = in.whole_success(element).env;
      if (before != now) return fmt::format("environment {} -> {}", before.empty() ? "none" : visible(before), now.empty() ? "none" : now);
      return fmt::format("environment `{}` is another one now", now);
    }
    case Cause::command_changed: {
      if (in.successes[element] == nullptr) return "";
      const step::EndRecord before = in.whole_success(element);
      return visible(word_diff(before.command, command_text(in.plan, in.site, ref, before.attempt)));
    }
    case Cause::input_changed:
      return in.successes[element] == nullptr ? "" : inputs_changed(in, element);
  }
  return "";
}

}  // namespace osac::registry
