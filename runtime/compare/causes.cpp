#include "runtime/compare/causes.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "compiler/base/text.h"
#include "runtime/registry/word_diff.h"

namespace osac::compare {

namespace {

constexpr std::size_t most_lines = 4;

using plan::ElementRef;
using plan::FileUse;

/// One version of an element.
struct Side {
  Side(const Version& the_version, ElementRef the_ref)
      : version(the_version),
        ref(the_ref),
        inputs(plan::input_files(the_version.plan, the_ref)),
        outputs(plan::output_files(the_version.plan, the_ref)) {}
  const Version& version;
  ElementRef ref;
  std::vector<FileUse> inputs;
  std::vector<FileUse> outputs;

  [[nodiscard]] const plan::TaskRow& task() const { return version.plan.tasks()[ref.task]; }
  [[nodiscard]] std::string_view port(const FileUse& input) const {
    return version.plan.text(version.plan.inputs(task())[input.port].name);
  }
  [[nodiscard]] std::string env() const { return task().env.exists() ? std::string(version.plan.text(task().env)) : ""; }
  [[nodiscard]] std::optional<Digest> fingerprint() const {
    return registry::fingerprint(version.plan, ref, version.env_identities[ref.task], inputs, outputs, version.files);
  }
  [[nodiscard]] std::string command() const { return registry::command_text(version.plan, version.site, ref); }
  [[nodiscard]] std::string verification() const {
    const auto verify = plan::verify_command(version.plan, ref, {});
    return verify ? plan::command_line(*verify) : "";
  }
};

/// Lines, of which only the first few are shown.
class Lines {
 public:
  void add(const std::string& line) {
    if (count_++ < most_lines) text_ += (text_.empty() ? "" : "\n") + line;
  }
  [[nodiscard]] std::string text() const {
    return count_ <= most_lines ? text_ : text_ + fmt::format("\n... and {} more", count_ - most_lines);
  }

 private:
  std::string text_;
  std::size_t count_ = 0;
};

bool same_inputs(const Side& before, const Side& after) {
  return std::equal(before.inputs.begin(), before.inputs.end(), after.inputs.begin(), after.inputs.end(),
                    [&](const FileUse& a, const FileUse& b) { return a.path == b.path && before.port(a) == after.port(b); });
}
bool same_outputs(const Side& before, const Side& after) {
  return std::equal(before.outputs.begin(), before.outputs.end(), after.outputs.begin(), after.outputs.end(),
                    [](const FileUse& a, const FileUse& b) { return a.path == b.path; });
}

/// "PORT PATH" of one side's inputs, to see what the other has not.
std::unordered_set<std::string> named(const Side& side) {
  std::unordered_set<std::string> names;
  for (const FileUse& use : side.inputs) names.insert(fmt::format("{} {}", side.port(use), use.path));
  return names;
}

std::string input_detail(const Side& before, const Side& after) {
  Lines lines;
  const auto was = named(before);
  const auto is = named(after);
  for (const FileUse& use : after.inputs)
    if (!was.contains(fmt::format("{} {}", after.port(use), use.path)))
      lines.add(fmt::format("input `{}`: {} is new", after.port(use), visible(use.path)));
  for (const FileUse& use : before.inputs)
    if (!is.contains(fmt::format("{} {}", before.port(use), use.path)))
      lines.add(fmt::format("input `{}`: {} is no longer read", before.port(use), visible(use.path)));
  const std::string text = lines.text();
  return text.empty() ? "the same files in another order" : text;
}

std::string output_detail(const Side& before, const Side& after) {
  Lines lines;
  for (std::size_t i = 0; i < std::max(before.outputs.size(), after.outputs.size()); ++i) {
    const std::string was = i < before.outputs.size() ? before.outputs[i].path : "";
    const std::string is = i < after.outputs.size() ? after.outputs[i].path : "";
    if (was != is) lines.add(fmt::format("{} -> {}", was.empty() ? "nothing" : visible(was), is.empty() ? "nothing" : visible(is)));
  }
  return lines.text();
}

/// The first input that a task makes in one version and nobody in the other.
const FileUse* made_otherwise(const Side& before, const Side& after) {
  for (std::size_t i = 0; i < after.inputs.size(); ++i) {
    const bool was_made = before.version.files.is_produced(before.inputs[i].dataset);
    if (was_made != after.version.files.is_produced(after.inputs[i].dataset)) return &after.inputs[i];
  }
  return nullptr;
}

Difference command_difference(const Side& before, const Side& after) {
  Difference result{Cause::command, {}, {}};
  const std::string was = before.command();
  const std::string is = after.command();
  if (was != is) {
    result.detail = visible(registry::word_diff(was, is));
    result.signature = registry::changed_words(was, is);
    return result;
  }
  const std::string verified = before.verification();
  const std::string verifies = after.verification();
  result.detail = verified != verifies ? "verify: " + visible(registry::word_diff(verified, verifies)) : "how its words are put together";
  result.signature = result.detail;
  return result;
}

}  // namespace

Version::Version(const plan::Plan& the_plan, const site::Site& the_site) : plan(the_plan), site(the_site), files(the_plan) {
  for (const plan::TaskRow& task : plan.tasks()) {
    const std::string env(task.env.exists() ? plan.text(task.env) : "");
    const auto entry = site::enter(site, env);
    env_identities.push_back(entry ? entry->identity : "not here: " + env);
  }
}

Difference difference(const Version& before, ElementRef old_ref, const Version& after, ElementRef new_ref) {
  const Side was(before, old_ref);
  const Side is(after, new_ref);
  const auto old_fingerprint = was.fingerprint();
  const auto new_fingerprint = is.fingerprint();
  if (old_fingerprint && new_fingerprint && *old_fingerprint == *new_fingerprint) {
    const FileUse* const input = made_otherwise(was, is);
    // by content, a file is the same whoever made it
    if (input == nullptr || is.version.site.hash_policy == site::HashPolicy::content) return {};
    const bool is_made = after.files.is_produced(input->dataset);
    return {Cause::inputs,
            fmt::format("input `{}`: {} is {} made by a task", is.port(*input), visible(input->path), is_made ? "now" : "no longer"),
            is_made ? "made" : "not made"};
  }
  if (was.env() != is.env()) {
    const std::string detail =
        fmt::format("environment {} -> {}", was.env().empty() ? "none" : visible(was.env()), is.env().empty() ? "none" : visible(is.env()));
    return {Cause::environment, detail, detail};
  }
  if (!same_inputs(was, is)) return {Cause::inputs, input_detail(was, is), {}};
  if (!same_outputs(was, is)) return {Cause::outputs, output_detail(was, is), {}};
  return command_difference(was, is);
}

}  // namespace osac::compare
