#include "runtime/provenance/reproduce.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/provenance/archive_lineage.h"
#include "runtime/registry/fingerprint.h"
#include "runtime/registry/word_diff.h"
#include "runtime/step/step.h"
#include "runtime/step/tool_version.h"

namespace osac::provenance {

namespace {

using registry::ArchivedAttempt;
using registry::ArchivedFile;

std::string short_text(const Digest& content) { return hexadecimal(content).substr(0, 12); }

class Finder {
 public:
  Finder(const plan::Plan& plan, registry::Archive& archive, const site::Site& site) : plan_(plan), archive_(archive), site_(site) {}

  Result<Reproduction> find(const std::string& target) {
    const auto start = find_start(archive_, target);
    if (!start) return tl::unexpected(start.error());
    if (!start->maker)
      return failure(Trouble::usage, "`" + visible(target) + "` was not made here, so there is nothing to make it again with",
                     "`osac prov used` says who read it");
    const auto lineage = upstream(archive_, *start);
    if (!lineage) return tl::unexpected(lineage.error());
    if (auto known = find_product(*start, target); !known) return tl::unexpected(known.error());
    for (const auto& [id, attempt] : lineage->attempts)
      if (auto added = add_step(attempt); !added) return tl::unexpected(added.error());
    std::sort(found_.steps.begin(), found_.steps.end(), [](const ReproductionStep& a, const ReproductionStep& b) {
      return std::pair(a.attempt.started, a.attempt.id) < std::pair(b.attempt.started, b.attempt.id);
    });
    for (const auto& [path, file] : lineage->ends) add_input(file);
    if (auto checked = check_reading(); !checked) return tl::unexpected(checked.error());
    check_sources();
    std::stable_sort(found_.changes.begin(), found_.changes.end(), [](const auto& a, const auto& b) { return a.kind < b.kind; });
    return std::move(found_);
  }

 private:
  void change(std::string kind, std::string name, std::string text) {
    found_.changes.push_back({std::move(kind), std::move(name), std::move(text)});
  }

  Status find_product(const Start& start, const std::string& target) {
    const auto outputs = archive_.outputs(*start.maker);
    if (!outputs) return tl::unexpected(outputs.error());
    for (const ArchivedFile& output : *outputs)
      if (start.path.empty() ? outputs->size() == 1 : output.path == start.path) found_.product = output;
    if (!found_.product.path.empty()) return {};
    std::vector<std::string> paths;
    for (const ArchivedFile& output : *outputs) paths.push_back(output.path);
    return failure(Trouble::usage, "`" + visible(target) + "` made more than one file",
                   "name one of them: " + visible(join_words(paths, "or")));
  }

  Status add_step(const ArchivedAttempt& attempt) {
    auto outputs = archive_.outputs(attempt.id);
    if (!outputs) return tl::unexpected(outputs.error());
    for (const ArchivedFile& output : *outputs) {
      made_[{attempt.id, output.path}] = output.content;
      if (output.path.starts_with('/'))
        obstacles_.insert(fmt::format("{} writes to an absolute path: {}", attempt.element, visible(output.path)));
    }
    ReproductionStep step{attempt, std::move(*outputs), {}, {}};
    if (auto entry = site::enter(site_, attempt.env)) {
      step.env = std::move(*entry);
      check_version(attempt, step.env);
    } else if (is_new_env_.insert(attempt.env).second) {
      change("env", attempt.env, "cannot be entered any more: " + entry.error().what);
    }
    check_command(step);
    found_.steps.push_back(std::move(step));
    return {};
  }

  /// Whether a tool's program still gives the version that is on record; each is asked once.
  void check_version(const ArchivedAttempt& attempt, const site::Entry& env) {
    const auto task = plan_.find_task(attempt.element.substr(0, attempt.element.find('[')));
    if (attempt.tool_version.empty() || !task || !asked_.insert({attempt.tool, attempt.env, attempt.tool_version}).second) return;
    for (const plan::VersionRow& row : plan_.versions()) {
      if (row.task != *task) continue;
      const step::ToolVersion now = step::ask_version(std::string(plan_.text(row.command)), env);
      if (now.text != attempt.tool_version)
        change("tool", attempt.tool.empty() ? attempt.element : attempt.tool,
               fmt::format("was `{}` and {}", attempt.tool_version,
                           now.text.empty() ? "does not say now what it is" : fmt::format("is `{}` now", now.text)));
    }
  }

  /// The command as it would be now, with the lists of files that it reads.
  void check_command(ReproductionStep& step) {
    const ArchivedAttempt& attempt = step.attempt;
    const auto element = plan::find_element(plan_, attempt.element);
    if (!element) {
      change("command", attempt.element, "is no element of the workflow any more");
    } else if (const std::string now = registry::command_text(plan_, site_, *element, static_cast<std::uint32_t>(attempt.attempt));
               now != attempt.command) {
      change("command", attempt.element, "has another command now: " + registry::word_diff(attempt.command, now));
    } else {
      add_lists(step, *element);
    }
    if (attempt.command.ends_with(" bytes)") && attempt.command.find(" ... (") != std::string::npos)
      obstacles_.insert(fmt::format("the command of {} is not on record as a whole", attempt.element));
    if (attempt.command.find("LIST-") != std::string::npos && step.lists.empty())
      obstacles_.insert(fmt::format("the list of files that {} reads is not on record", attempt.element));
    if (attempt.command.empty()) obstacles_.insert(fmt::format("{} has no command on record", attempt.element));
  }

  void add_lists(ReproductionStep& step, plan::ElementRef element) {
    plan::CommandContext context;
    context.attempt = static_cast<std::uint32_t>(step.attempt.attempt);
    if (auto resources = plan::resources(plan_, element)) context.resources = *resources;
    context.scratch = "OSA_SCRATCH";
    context.list_file = [&](std::uint32_t hole, const std::vector<std::string>& names) {
      std::string name = fmt::format("LIST-{}", hole);
      step.lists.emplace_back(name, fmt::format("{}\n", fmt::join(names, "\n")));
      return name;
    };
    if (!plan::command(plan_, element, context)) step.lists.clear();
  }

  void add_input(const ArchivedFile& file) {
    ReproductionInput input{file, file.content};
    const auto now = step::file_state(file.path, file.content != Digest{});
    if (!now || now->size < 0) {
      change("input", file.path, "is gone");
    } else if (file.content != Digest{}) {
      if (now->content != file.content)
        change("input", file.path,
               fmt::format("has other content now: sha256 {}, was {}", short_text(now->content), short_text(file.content)));
    } else if (now->size != file.size || now->mtime != file.mtime) {
      change("input", file.path,
             now->size != file.size
                 ? fmt::format("may be another file now: {} bytes, were {}", grouped(static_cast<std::uint64_t>(now->size)),
                               grouped(static_cast<std::uint64_t>(file.size)))
                 : "may be another file now: it was written " + runtime::utc_text(now->mtime) + ", and has no SHA-256 on record");
    } else if (const auto whole = step::file_state(file.path, true); whole && !whole->is_directory) {
      input.content = whole->content;
    }
    if (now && now->is_directory) input.content = {};
    found_.inputs.push_back(std::move(input));
  }

  /// Whether what was read was what had been made: files are sometimes edited in between.
  Status check_reading() {
    std::map<std::string, Digest> newest;
    std::set<std::string> told;
    for (const ReproductionStep& step : found_.steps) {
      const auto inputs = archive_.inputs(step.attempt.id);
      if (!inputs) return tl::unexpected(inputs.error());
      for (const ArchivedFile& input : *inputs) {
        const auto made = newest.find(input.path);
        const bool is_known = made != newest.end() && made->second != Digest{} && input.content != Digest{};
        if (is_known && made->second != input.content && told.insert(input.path).second)
          change("product", input.path, fmt::format("was not as it had been made when {} read it", step.attempt.element));
      }
      for (const ArchivedFile& output : step.outputs) newest[output.path] = output.content;
    }
    found_.obstacles.assign(obstacles_.begin(), obstacles_.end());
    return {};
  }

  /// The workflow's text and tables, as they are now and as the last plan was made of.
  void check_sources() {
    for (const plan::SourceRow& source : plan_.sources()) {
      const std::string name(plan_.text(source.name));
      const auto bytes = read_file(name);
      if (bytes && sha256(*bytes) != source.digest) change("source", name, "has changed since the last plan was made");
    }
  }

  const plan::Plan& plan_;      // NOLINT: lives for one call
  registry::Archive& archive_;  // NOLINT
  const site::Site& site_;      // NOLINT
  std::map<std::pair<std::int64_t, std::string>, Digest> made_;
  std::set<std::string> is_new_env_, obstacles_;
  std::set<std::array<std::string, 3>> asked_;  // tool, env, version on record
  Reproduction found_;
};

}  // namespace

Result<Reproduction> reproduction(const plan::Plan& plan, registry::Archive& archive, const site::Site& site, const std::string& target) {
  return Finder(plan, archive, site).find(target);
}

std::string as_text(const Reproduction& reproduction) {
  std::string out = fmt::format("{}: made by {}, from {} that nobody here made\n", visible(reproduction.product.path),
                                count_of(reproduction.steps.size(), "command"), count_of(reproduction.inputs.size(), "file"));
  for (const ReproductionStep& step : reproduction.steps)
    out +=
        fmt::format("  {}  {}\n", visible(step.attempt.element), visible(step.attempt.command.substr(0, step.attempt.command.find('\n'))));
  if (reproduction.changes.empty()) return out + "nothing has changed since: it can be made again exactly\n";
  out += fmt::format("{} changed since:\n",
                     reproduction.changes.size() == 1 ? "one thing has" : grouped(reproduction.changes.size()) + " things have");
  for (const ReproductionChange& change : reproduction.changes)
    out += fmt::format("  {} {} {}\n", change.kind, visible(change.name), visible(change.text));
  return out;
}

std::string as_json(const Reproduction& reproduction) {
  const auto list = [](const auto& items, auto&& one) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "\n    " : ",\n    ") + one(item);
    return text + (text.empty() ? "" : "\n  ");
  };
  const auto digest = [](const Digest& content) { return content == Digest{} ? std::string("null") : '"' + hexadecimal(content) + '"'; };
  const std::string steps = list(reproduction.steps, [](const ReproductionStep& step) {
    return fmt::format("{{\"element\": {}, \"command\": {}, \"env\": {}}}", json_quoted(step.attempt.element),
                       json_quoted(step.attempt.command), json_quoted(step.attempt.env));
  });
  const std::string inputs = list(reproduction.inputs, [&](const ReproductionInput& input) {
    return fmt::format("{{\"path\": {}, \"sha256\": {}}}", json_quoted(input.file.path), digest(input.content));
  });
  const std::string changes = list(reproduction.changes, [](const ReproductionChange& change) {
    return fmt::format("{{\"kind\": {}, \"name\": {}, \"text\": {}}}", json_quoted(change.kind), json_quoted(change.name),
                       json_quoted(change.text));
  });
  return fmt::format(
      "{{\n  \"file\": {},\n  \"sha256\": {},\n  \"exact\": {},\n  \"steps\": [{}],\n  \"inputs\": [{}],\n  \"changes\": [{}]\n}}\n",
      json_quoted(reproduction.product.path), digest(reproduction.product.content), reproduction.changes.empty(), steps, inputs, changes);
}

}  // namespace osac::provenance
