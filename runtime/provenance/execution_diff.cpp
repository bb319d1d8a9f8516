#include "runtime/provenance/execution_diff.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <set>

#include "compiler/base/text.h"

namespace osac::provenance {

namespace {

using registry::Archive;
using registry::ArchivedAttempt;
using registry::ArchivedExecution;
using registry::ArchivedFile;

constexpr std::size_t most_suggested = 3;

std::string content_text(const Digest& content) { return content == Digest{} ? "" : "sha256 " + hexadecimal(content).substr(0, 12); }

/// "123 bytes, sha256 0aec94712030"; a file whose content nobody looked at is told by its time.
std::string file_text(const ArchivedFile& file) {
  return fmt::format("{} bytes, {}", grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(0, file.size))),
                     file.content == Digest{} ? fmt::format("time {}", file.mtime) : content_text(file.content));
}
bool is_same_file(const ArchivedFile& a, const ArchivedFile& b) {
  if (a.size != b.size) return false;
  if (a.content != Digest{} && b.content != Digest{}) return a.content == b.content;
  return a.content == b.content && a.mtime == b.mtime;
}

void compare(std::vector<Changed>& changes, std::string name, std::string before, std::string after) {
  if (before != after) changes.push_back({std::move(name), std::move(before), std::move(after)});
}

using Texts = std::map<std::string, std::string>;
std::vector<Changed> changes_of(const Texts& before, const Texts& after) {
  std::vector<Changed> changes;
  std::set<std::string_view> names;
  for (const auto* const texts : {&before, &after})
    for (const auto& [name, text] : *texts) names.insert(name);
  for (const std::string_view name : names) {
    const auto was = before.find(std::string(name));
    const auto is = after.find(std::string(name));
    compare(changes, std::string(name), was == before.end() ? "" : was->second, is == after.end() ? "" : is->second);
  }
  return changes;
}

/// Files by port and path.
using Files = std::map<std::string, ArchivedFile>;
std::vector<Changed> changes_of(const Files& before, const Files& after) {
  std::vector<Changed> changes;
  for (const auto& [name, file] : before) {
    const auto other = after.find(name);
    if (other == after.end())
      changes.push_back({name, file_text(file), ""});
    else if (!is_same_file(file, other->second))
      changes.push_back({name, file_text(file), file_text(other->second)});
  }
  for (const auto& [name, file] : after)
    if (!before.contains(name)) changes.push_back({name, "", file_text(file)});
  std::stable_sort(changes.begin(), changes.end(), [](const Changed& a, const Changed& b) { return a.name < b.name; });
  return changes;
}

class Comparison {
 public:
  Comparison(Archive& archive, const ArchivedExecution& before, const ArchivedExecution& after) : archive_(archive) {
    diff_.before = before;
    diff_.after = after;
  }

  Result<ExecutionDiff> run() {
    compare_circumstances();
    if (auto done = compare_plans(); !done) return tl::unexpected(done.error());
    auto before = last_attempts(diff_.before.id);
    if (!before) return tl::unexpected(before.error());
    auto after = last_attempts(diff_.after.id);
    if (!after) return tl::unexpected(after.error());
    for (const auto& [element, attempt] : *before) {
      const auto other = after->find(element);
      if (other == after->end()) {
        ++diff_.only_before[task_of(element)];
        continue;
      }
      if (auto done = compare_attempts(attempt, other->second); !done) return tl::unexpected(done.error());
    }
    for (const auto& [element, attempt] : *after)
      if (!before->contains(element)) ++diff_.only_after[task_of(element)];
    compare_programs(*before, *after);
    return std::move(diff_);
  }

 private:
  static std::string task_of(const std::string& element) { return element.substr(0, element.find('[')); }

  void compare_circumstances() {
    const ArchivedExecution& before = diff_.before;
    const ArchivedExecution& after = diff_.after;
    auto& list = diff_.circumstances;
    compare(list, "workflow", before.workflow, after.workflow);
    compare(list, "arguments", before.arguments, after.arguments);
    compare(list, "osac", before.osac, after.osac);
    compare(list, "user", before.user, after.user);
    compare(list, "host", before.host, after.host);
    const auto site = [](const ArchivedExecution& execution) {
      const std::string content = content_text(execution.site_content);
      return content.empty() ? execution.site : execution.site + ", " + content;
    };
    compare(list, "site", site(before), site(after));
  }

  Status compare_plans() {
    if (diff_.before.plan == diff_.after.plan) return {};
    const auto before = archive_.plan(diff_.before.plan);
    if (!before) return tl::unexpected(before.error());
    const auto after = archive_.plan(diff_.after.plan);
    if (!after) return tl::unexpected(after.error());
    diff_.parameters =
        changes_of(Texts(before->parameters.begin(), before->parameters.end()), Texts(after->parameters.begin(), after->parameters.end()));
    const auto sources = [](const registry::ArchivedPlan& plan) {
      Texts texts;
      for (const auto& [name, content] : plan.sources) texts[name] = content_text(content);
      return texts;
    };
    diff_.sources = changes_of(sources(*before), sources(*after));
    return {};
  }

  Result<std::map<std::string, ArchivedAttempt>> last_attempts(const std::string& execution) {
    auto attempts = archive_.attempts_of(execution);  // oldest first
    if (!attempts) return tl::unexpected(attempts.error());
    std::map<std::string, ArchivedAttempt> last;
    for (ArchivedAttempt& attempt : *attempts) {
      std::string element = attempt.element;
      last.insert_or_assign(std::move(element), std::move(attempt));
    }
    return last;
  }

  Status compare_attempts(const ArchivedAttempt& before, const ArchivedAttempt& after) {
    ElementChanges changes;
    changes.element = before.element;
    compare(changes.circumstances, "outcome", before.outcome, after.outcome);
    compare(changes.circumstances, "tool", before.tool, after.tool);
    compare(changes.circumstances, "version", before.tool_version, after.tool_version);
    compare(changes.circumstances, "env", before.env, after.env);
    if (auto done = compare_files(before.id, after.id, &Archive::inputs, changes.inputs); !done) return done;
    if (auto done = compare_files(before.id, after.id, &Archive::outputs, changes.products); !done) return done;
    if (auto done = compare_rest(before.id, after.id, changes); !done) return done;
    changes.before = before;
    changes.after = after;
    if (changes.is_same())
      ++diff_.same;
    else
      diff_.elements.push_back(std::move(changes));
    return {};
  }

  Status compare_files(std::int64_t before, std::int64_t after, Result<std::vector<ArchivedFile>> (Archive::*question)(std::int64_t),
                       std::vector<Changed>& changes) {
    std::array<Files, 2> sides;
    const std::array<std::int64_t, 2> attempts = {before, after};
    for (std::size_t i = 0; i < sides.size(); ++i) {
      auto files = (archive_.*question)(attempts[i]);
      if (!files) return tl::unexpected(files.error());
      for (ArchivedFile& file : *files) {
        std::string name = file.port + " " + file.path;
        sides[i].insert_or_assign(std::move(name), std::move(file));
      }
    }
    changes = changes_of(sides[0], sides[1]);
    return {};
  }

  Status compare_rest(std::int64_t before, std::int64_t after, ElementChanges& changes) {
    std::array<Texts, 2> lookups, metrics;
    const std::array<std::int64_t, 2> attempts = {before, after};
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      const auto found = archive_.lookups(attempts[i]);
      if (!found) return tl::unexpected(found.error());
      for (const registry::ArchivedLookup& lookup : *found) lookups[i][lookup.port] = lookup.chosen;
      const auto measured = archive_.metrics_of(attempts[i]);
      if (!measured) return tl::unexpected(measured.error());
      for (const registry::ArchivedMetric& metric : *measured) metrics[i][metric.name] = metric.json;
    }
    changes.lookups = changes_of(lookups[0], lookups[1]);
    changes.metrics = changes_of(metrics[0], metrics[1]);
    return {};
  }

  /// Of each tool all versions that its attempts had.
  void compare_programs(const std::map<std::string, ArchivedAttempt>& before, const std::map<std::string, ArchivedAttempt>& after) {
    const auto versions = [](const std::map<std::string, ArchivedAttempt>& attempts) {
      std::map<std::string, std::set<std::string>> known;
      for (const auto& [element, attempt] : attempts)
        if (!attempt.tool_version.empty()) known[attempt.tool.empty() ? task_of(element) : attempt.tool].insert(attempt.tool_version);
      Texts texts;
      for (const auto& [tool, all] : known) texts[tool] = join_words(std::vector<std::string>(all.begin(), all.end()));
      return texts;
    };
    const Texts was = versions(before), is = versions(after);
    for (Changed& changed : changes_of(was, is))
      if (was.contains(changed.name) && is.contains(changed.name)) diff_.programs.push_back(std::move(changed));
  }

  Archive& archive_;  // NOLINT: lives for one call
  ExecutionDiff diff_;
};

std::optional<std::size_t> steps_back(const std::string& name) {
  if (name == "last" || name.empty()) return 0;
  if (!name.starts_with("last~")) return std::nullopt;
  std::size_t steps = 0;
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + 5, end, steps);
  return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional(steps) : std::nullopt;
}

}  // namespace

std::string ElementChanges::kinds() const {
  std::vector<std::string> words;
  if (has_other_command()) words.emplace_back("command");
  for (const Changed& changed : circumstances) words.push_back(changed.name);
  if (!lookups.empty()) words.emplace_back("look-ups");
  if (!inputs.empty()) words.emplace_back("inputs");
  if (!products.empty()) words.emplace_back("products");
  if (!metrics.empty()) words.emplace_back("metrics");
  return fmt::format("{}", fmt::join(words, ", "));
}

Result<ArchivedExecution> find_execution(const std::vector<ArchivedExecution>& executions, const std::string& name) {
  if (executions.empty()) return failure(Trouble::usage, "nothing was executed here yet");
  if (const auto back = steps_back(name)) {
    if (*back < executions.size()) return executions[executions.size() - 1 - *back];
    return failure(Trouble::usage, fmt::format("there is no execution `{}`: there are {}", name, executions.size()),
                   "`osac prov list` shows them");
  }
  std::vector<const ArchivedExecution*> found;
  std::vector<std::string_view> ids;
  for (const ArchivedExecution& execution : executions) {
    if (execution.id == name) return execution;
    if (execution.id.starts_with(name)) found.push_back(&execution);
    ids.push_back(execution.id);
  }
  if (found.size() == 1) return *found.front();
  if (found.empty()) {
    const auto nearest = nearest_name(name, ids);
    return failure(
        Trouble::usage, "there is no execution `" + visible(name) + "`",
        (nearest ? fmt::format("did you mean {}? ", *nearest) : "") + "`osac prov list` shows them; `last` and `last~1` are names, too");
  }
  std::vector<std::string> some;
  for (std::size_t i = 0; i < std::min(found.size(), most_suggested); ++i) some.push_back(found[i]->id);
  if (found.size() > most_suggested) some.push_back(fmt::format("{} more", found.size() - most_suggested));
  return failure(Trouble::usage, fmt::format("`{}` is the beginning of {} executions: {}", visible(name), found.size(), join_words(some)),
                 "give more of it");
}

Result<ExecutionDiff> diff_executions(Archive& archive, const ArchivedExecution& before, const ArchivedExecution& after) {
  return Comparison(archive, before, after).run();
}

}  // namespace osac::provenance
