#include "runtime/cli/prov_diff.h"

#include <fmt/format.h>
#include <map>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/cli/output.h"
#include "runtime/provenance/execution_diff.h"
#include "runtime/registry/word_diff.h"

namespace osac::cli {

namespace {

using provenance::Changed;
using provenance::ElementChanges;
using provenance::ExecutionDiff;

constexpr std::size_t changes_shown = 10;

// ---- for people

std::string line_of(const Changed& changed) {
  const auto side = [](const std::string& text) { return text.empty() ? "nothing" : visible(text); };
  return fmt::format("{}: {} -> {}", visible(changed.name), side(changed.before), side(changed.after));
}

void append(std::string& out, std::string_view indent, std::string_view title, const std::vector<Changed>& changes, bool shows_all) {
  if (changes.empty()) return;
  if (!title.empty()) out += fmt::format("{}{}\n", indent, title);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i == changes_shown && !shows_all) {
      out += fmt::format("{}  ... {} more (--elements)\n", indent, grouped(changes.size() - i));
      break;
    }
    out += fmt::format("{}  {}\n", indent, line_of(changes[i]));
  }
}

void append(std::string& out, const ElementChanges& changes, bool shows_all) {
  out += fmt::format("  {}\n", visible(changes.element));
  append(out, "  ", "", changes.circumstances, shows_all);
  if (changes.has_other_command())
    out += fmt::format("    command: {}\n", visible(registry::word_diff(changes.before.command, changes.after.command)));
  append(out, "    ", "look-ups", changes.lookups, shows_all);
  append(out, "    ", "inputs", changes.inputs, shows_all);
  append(out, "    ", "products", changes.products, shows_all);
  append(out, "    ", "metrics", changes.metrics, shows_all);
}

std::string execution_text(const registry::ArchivedExecution& execution) {
  return fmt::format("{}, {}, plan {}", execution.id, runtime::utc_text(execution.started).substr(0, 19) + "Z",
                     execution.plan.substr(0, 12));
}

std::string only_text(const std::map<std::string, std::size_t>& tasks, const std::string& execution) {
  std::string text;
  for (const auto& [task, count] : tasks) text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", task, grouped(count));
  return text.empty() ? "" : fmt::format("only in {}: {}\n", execution, text);
}

std::string as_text(const ExecutionDiff& diff, bool shows_all) {
  std::string out = fmt::format("- {}\n+ {}\n", execution_text(diff.before), execution_text(diff.after));
  append(out, "", "circumstances", diff.circumstances, shows_all);
  append(out, "", "parameters", diff.parameters, shows_all);
  append(out, "", "sources", diff.sources, shows_all);
  append(out, "", "programs", diff.programs, shows_all);
  out += only_text(diff.only_before, diff.before.id) + only_text(diff.only_after, diff.after.id);
  // elements of one task that differ in the same ways, by the first of them
  std::map<std::string, std::size_t> places;
  std::vector<std::vector<const ElementChanges*>> groups;
  for (const ElementChanges& changes : diff.elements) {
    const auto [at, is_new] =
        places.try_emplace(changes.element.substr(0, changes.element.find('[')) + ": " + changes.kinds(), groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(&changes);
  }
  for (const auto& group : groups) {
    const ElementChanges& first = *group.front();
    out += fmt::format("{} x {}: {}\n", first.element.substr(0, first.element.find('[')), grouped(group.size()), first.kinds());
    for (std::size_t i = 0; i < (shows_all ? group.size() : 1); ++i) append(out, *group[i], shows_all);
    if (!shows_all && group.size() > 1) out += fmt::format("  ... {} more (--elements)\n", grouped(group.size() - 1));
  }
  return out + fmt::format("{} of both differ, {} do not\n", count_of(diff.elements.size(), "element"), grouped(diff.same));
}

// ---- for programs

std::string json_of(const std::vector<Changed>& changes) {
  std::string items;
  for (const Changed& changed : changes)
    items += fmt::format("{}{{\"name\": {}, \"before\": {}, \"after\": {}}}", items.empty() ? "" : ", ", json_quoted(changed.name),
                         changed.before.empty() ? "null" : json_quoted(changed.before),
                         changed.after.empty() ? "null" : json_quoted(changed.after));
  return "[" + items + "]";
}

std::string json_of(const std::map<std::string, std::size_t>& tasks) {
  std::string items;
  for (const auto& [task, count] : tasks) items += fmt::format("{}{}: {}", items.empty() ? "" : ", ", json_quoted(task), count);
  return "{" + items + "}";
}

std::string as_json(const ExecutionDiff& diff) {
  std::string elements;
  for (const ElementChanges& changes : diff.elements) {
    std::string command;
    if (changes.has_other_command())
      command = fmt::format(", \"command\": {{\"before\": {}, \"after\": {}}}", json_quoted(changes.before.command),
                            json_quoted(changes.after.command));
    elements += fmt::format(
        "{}\n    {{\"element\": {}{}, \"circumstances\": {}, \"lookups\": {}, \"inputs\": {}, \"products\": {}, \"metrics\": {}}}",
        elements.empty() ? "" : ",", json_quoted(changes.element), command, json_of(changes.circumstances), json_of(changes.lookups),
        json_of(changes.inputs), json_of(changes.products), json_of(changes.metrics));
  }
  return fmt::format(
      "{{\n  \"before\": {},\n  \"after\": {},\n  \"circumstances\": {},\n  \"parameters\": {},\n  \"sources\": {},\n  \"programs\": {},\n"
      "  \"only_before\": {},\n  \"only_after\": {},\n  \"same\": {},\n  \"elements\": [{}{}]\n}}\n",
      json_quoted(diff.before.id), json_quoted(diff.after.id), json_of(diff.circumstances), json_of(diff.parameters), json_of(diff.sources),
      json_of(diff.programs), json_of(diff.only_before), json_of(diff.only_after), diff.same, elements, elements.empty() ? "" : "\n  ");
}

}  // namespace

Result<int> diff_provenance(const ProvDiff& question, registry::Archive& archive) {
  if (question.before.empty() || question.after.empty())
    return failure(Trouble::usage, "which executions? Name two: osac prov diff last~1 last", "`osac prov list` shows them");
  const auto executions = archive.executions();
  if (!executions) return tl::unexpected(executions.error());
  const auto before = provenance::find_execution(*executions, question.before);
  if (!before) return tl::unexpected(before.error());
  const auto after = provenance::find_execution(*executions, question.after);
  if (!after) return tl::unexpected(after.error());
  const auto diff = provenance::diff_executions(archive, *before, *after);
  if (!diff) return tl::unexpected(diff.error());
  return print_result(question.json ? as_json(*diff) : as_text(*diff, question.with_elements));
}

}  // namespace osac::cli
