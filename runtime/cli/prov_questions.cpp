#include "runtime/cli/prov_questions.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "compiler/base/columns.h"
#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/cli/prov_diff.h"
#include "runtime/cli/registry.h"
#include "runtime/provenance/archive_lineage.h"
#include "runtime/provenance/execution_diff.h"
#include "runtime/step/record_text.h"
#include "runtime/step/step.h"

namespace osac::cli {

namespace {

using provenance::Lineage;
using provenance::Start;
using registry::Archive;
using registry::ArchivedAttempt;
using registry::ArchivedExecution;
using registry::ArchivedFile;
using step::json_text;

constexpr std::size_t files_shown = 20;

std::string task_of(const std::string& element) { return element.substr(0, element.find('[')); }
std::string content_text(const Digest& content) {
  return content == Digest{} ? "not hashed" : "sha256 " + hexadecimal(content).substr(0, 12);
}

class Answerer {
 public:
  Answerer(const ProvQuestion& question, Archive& archive) : question_(question), archive_(archive) {}

  Result<int> run() {
    if (question_.verb == "list") return list();
    if (question_.verb == "show") return show();
    if (question_.verb == "sql") return sql();
    if (question_.verb == "verify") return verify();
    if (question_.verb == "diff")
      return diff_provenance({question_.target, question_.other, question_.with_elements, question_.json}, archive_);
    return lineage();
  }

 private:
  // ---- made, used

  Result<int> lineage() {
    if (question_.target.empty()) return failure(Trouble::usage, "which file? Name one: osac prov " + question_.verb + " FILE");
    const auto start = provenance::find_start(archive_, question_.target);
    if (!start) return tl::unexpected(start.error());
    const bool is_upstream = question_.verb == "made";
    auto lineage = is_upstream ? provenance::upstream(archive_, *start) : provenance::downstream(archive_, *start);
    if (!lineage) return tl::unexpected(lineage.error());
    if (question_.json) return print_result(as_json(*lineage, *start));
    return print_result(is_upstream ? made_text(*lineage, *start) : used_text(*lineage, *start));
  }

  /// Tasks with counts and times, nearest first; every element if that was asked for.
  [[nodiscard]] std::string attempts_text(const Lineage& lineage, std::size_t skipped) const {
    std::vector<std::vector<std::string>> rows;
    std::map<std::string, std::size_t> places;
    std::vector<std::int64_t> times;
    std::vector<std::size_t> counts;
    for (std::size_t i = skipped; i < lineage.order.size(); ++i) {
      const ArchivedAttempt& attempt = lineage.attempts.at(lineage.order[i]);
      const std::string key = question_.with_elements ? attempt.element : task_of(attempt.element);
      const auto [at, is_new] = places.emplace(key, rows.size());
      if (is_new) {
        rows.push_back({"  " + key, "", "", attempt.tool.empty() ? "" : "tool " + attempt.tool,
                        attempt.env.empty() ? "" : "env " + attempt.env, visible(attempt.tool_version)});
        times.push_back(0);
        counts.push_back(0);
      }
      times[at->second] += attempt.ended - attempt.started;
      ++counts[at->second];
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i][1] = counts[i] > 1 || !question_.with_elements ? "x " + grouped(counts[i]) : "";
      rows[i][2] = runtime::duration_text(times[i]);
    }
    return columns_text(rows, {1, 2});
  }

  [[nodiscard]] std::string files_text(const std::map<std::string, ArchivedFile>& files, bool with_content) const {
    std::string out;
    std::size_t shown = 0;
    for (const auto& [path, file] : files) {
      if (shown++ == files_shown && !question_.with_elements) {
        out += fmt::format("  ... {} more (--elements)\n", grouped(files.size() - files_shown));
        break;
      }
      out += "  " + visible(path);
      if (with_content) out += fmt::format("  {}, {}", runtime::memory_text(file.size), content_text(file.content));
      out += '\n';
    }
    return out;
  }

  std::string made_text(const Lineage& lineage, const Start& start) {
    if (!start.maker) return fmt::format("{}: nobody here made it; `osac prov used` says who read it\n", visible(start.path));
    const ArchivedAttempt& first = lineage.attempts.at(*start.maker);
    std::string out;
    if (const auto outputs = archive_.outputs(first.id))
      for (const ArchivedFile& output : *outputs)
        if (start.path.empty() || output.path == start.path)
          out += fmt::format("{}  {}, {}\n", visible(output.path), runtime::memory_text(output.size), content_text(output.content));
    out += fmt::format("made by {}, attempt {} of execution {}\n  on {} at {}, {}, peak memory {}\n", visible(first.element), first.attempt,
                       first.execution, first.host, runtime::utc_text(first.ended), runtime::duration_text(first.ended - first.started),
                       runtime::memory_text(first.peak_memory));
    if (!first.tool_version.empty()) out += fmt::format("  with {}\n", visible(first.tool_version));
    if (const auto lookups = archive_.lookups(first.id))
      for (const registry::ArchivedLookup& lookup : *lookups)
        out += fmt::format("  {} was looked up: {}{}\n", lookup.port, visible(lookup.chosen),
                           lookup.runner_up.empty() ? "" : ", else it had been " + visible(lookup.runner_up));
    for (const std::string_view line : split(first.command, '\n')) out += fmt::format("    {}\n", visible(line));
    if (lineage.order.size() > 1)
      out += fmt::format("from the work of {}\n{}", count_of(lineage.order.size() - 1, "element"), attempts_text(lineage, 1));
    if (!lineage.ends.empty())
      out += fmt::format("from {} that nobody here made\n{}", count_of(lineage.ends.size(), "file"), files_text(lineage.ends, true));
    return out;
  }

  [[nodiscard]] std::string used_text(const Lineage& lineage, const Start& start) const {
    const std::string name = visible(start.path.empty() ? question_.target : start.path);
    if (lineage.order.empty()) return name + ": nobody has read it\n";
    return fmt::format("{} was used by {}\n{}what came of it and nobody read further: {}\n{}", name,
                       count_of(lineage.order.size(), "element"), attempts_text(lineage, 0), count_of(lineage.ends.size(), "file"),
                       files_text(lineage.ends, false));
  }

  [[nodiscard]] std::string as_json(const Lineage& lineage, const Start& start) const {
    std::string attempts;
    for (const std::int64_t id : lineage.order) {
      const ArchivedAttempt& attempt = lineage.attempts.at(id);
      attempts += fmt::format(
          "{}\n    {{\"element\": {}, \"execution\": {}, \"attempt\": {}, \"started\": {}, \"ended\": {}, \"host\": {}, "
          "\"tool\": {}, \"tool_version\": {}, \"env\": {}, \"command\": {}}}",
          attempts.empty() ? "" : ",", json_text(attempt.element), json_quoted(attempt.execution), attempt.attempt,
          json_quoted(runtime::utc_text(attempt.started)), json_quoted(runtime::utc_text(attempt.ended)), json_quoted(attempt.host),
          json_quoted(attempt.tool), json_text(attempt.tool_version), json_quoted(attempt.env), json_text(attempt.command));
    }
    std::string files;
    for (const auto& [path, file] : lineage.ends) files += (files.empty() ? "" : ", ") + json_text(path);
    return fmt::format("{{\n  \"file\": {},\n  \"attempts\": [{}{}],\n  \"ends\": [{}]\n}}\n", json_text(start.path), attempts,
                       attempts.empty() ? "" : "\n  ", files);
  }

  // ---- executions

  static std::string state_of(const ArchivedExecution& execution) {
    if (!execution.ended) return "no end on record";
    return execution.exit_code.value_or(0) == 0 ? "done" : fmt::format("exit {}", *execution.exit_code);
  }

  Result<int> list() {
    const auto executions = archive_.executions();
    if (!executions) return tl::unexpected(executions.error());
    std::vector<std::vector<std::string>> rows = {{"execution", "started", "took", "made", "failed", "state", "by"}};
    std::string json;
    for (const ArchivedExecution& execution : *executions) {
      const std::string took = execution.ended ? runtime::duration_text(*execution.ended - execution.started) : "";
      rows.push_back({execution.id, runtime::utc_text(execution.started).substr(0, 19) + "Z", took,
                      grouped(static_cast<std::uint64_t>(execution.succeeded)), grouped(static_cast<std::uint64_t>(execution.failed)),
                      state_of(execution), execution.user + " on " + execution.host});
      json += fmt::format(
          "{}\n  {{\"execution\": {}, \"started\": {}, \"ended\": {}, \"exit_code\": {}, \"plan\": {}, \"osac\": {}, "
          "\"user\": {}, \"host\": {}, \"arguments\": {}, \"succeeded\": {}, \"failed\": {}}}",
          json.empty() ? "" : ",", json_quoted(execution.id), json_quoted(runtime::utc_text(execution.started)),
          execution.ended ? json_quoted(runtime::utc_text(*execution.ended)) : "null",
          execution.exit_code ? std::to_string(*execution.exit_code) : "null", json_quoted(execution.plan), json_quoted(execution.osac),
          json_quoted(execution.user), json_quoted(execution.host), json_text(execution.arguments), execution.succeeded, execution.failed);
    }
    return print_result(question_.json ? fmt::format("[{}{}]\n", json, json.empty() ? "" : "\n") : columns_text(rows, {2, 3, 4}));
  }

  Result<int> show() {
    const auto executions = archive_.executions();
    if (!executions) return tl::unexpected(executions.error());
    const auto chosen = provenance::find_execution(*executions, question_.target);
    if (!chosen) return tl::unexpected(chosen.error());
    const auto attempts = archive_.attempts_of(chosen->id);
    if (!attempts) return tl::unexpected(attempts.error());
    std::string out = fmt::format("execution {}: {}\n  {}\n  by {} on {}, osac {}, plan {}\n  {}{}\n", chosen->id, state_of(*chosen),
                                  visible(chosen->arguments), visible(chosen->user), visible(chosen->host), chosen->osac,
                                  chosen->plan.substr(0, 12), runtime::utc_text(chosen->started),
                                  chosen->ended ? ", " + runtime::duration_text(*chosen->ended - chosen->started) : "");
    const auto plan = archive_.plan(chosen->plan);
    if (!plan) return tl::unexpected(plan.error());
    out += circumstances(*chosen, *plan);
    std::vector<std::vector<std::string>> rows = {{"element", "attempt", "outcome", "took", "cpu", "memory", "host", "version"}};
    if (std::all_of(attempts->begin(), attempts->end(), [](const ArchivedAttempt& attempt) { return attempt.tool_version.empty(); }))
      rows.front().pop_back();
    for (const ArchivedAttempt& attempt : *attempts)
      rows.push_back({visible(attempt.element), std::to_string(attempt.attempt),
                      attempt.reason.empty() ? attempt.outcome : fmt::format("{}: {}", attempt.outcome, visible(attempt.reason)),
                      runtime::duration_text(attempt.ended - attempt.started), runtime::duration_text(attempt.cpu_time),
                      runtime::memory_text(attempt.peak_memory), visible(attempt.host), visible(attempt.tool_version)});
    for (auto& row : rows) row.resize(rows.front().size());
    return print_result(out + columns_text(rows, {1, 3, 4, 5}));
  }

  /// The site, and what the plan was made of.
  static std::string circumstances(const ArchivedExecution& execution, const registry::ArchivedPlan& plan) {
    std::string out;
    if (execution.site_content != Digest{})
      out += fmt::format("  site {}, {}\n", visible(execution.site), content_text(execution.site_content));
    std::string parameters;
    for (const auto& [name, value] : plan.parameters)
      parameters += fmt::format("{} {}={}", parameters.empty() ? "" : ",", name, visible(value));
    if (!parameters.empty()) out += "  with" + parameters + "\n";
    for (const auto& [name, content] : plan.sources) out += fmt::format("  from {}, {}\n", visible(name), content_text(content));
    return out;
  }

  // ---- sql

  Result<int> sql() {
    if (question_.target.empty())
      return failure(Trouble::usage, "which query? osac prov sql 'SELECT task, avg(...) FROM ...'",
                     "tables: executions, elements, artifacts, uses, metrics; times are nanoseconds since 1970");
    auto table = archive_.query(question_.target);
    if (!table) return tl::unexpected(table.error());
    if (!question_.json) {
      table->rows.insert(table->rows.begin(), table->columns);
      for (auto& row : table->rows)
        for (std::string& cell : row) cell = visible(cell);
      return print_result(columns_text(table->rows));
    }
    std::string json;
    for (const auto& row : table->rows) {
      std::string cells;
      for (std::size_t i = 0; i < row.size(); ++i)
        cells += fmt::format("{}{}: {}", cells.empty() ? "" : ", ", json_quoted(table->columns[i]), json_text(row[i]));
      json += fmt::format("{}\n  {{{}}}", json.empty() ? "" : ",", cells);
    }
    return print_result(fmt::format("[{}{}]\n", json, json.empty() ? "" : "\n"));
  }

  // ---- verify

  /// Compares what is there with what was recorded: of the file and all it came from, or of all newest products.
  Result<int> verify() {
    std::map<std::string, ArchivedFile> files;
    if (auto found = question_.target.empty() ? all_products(files) : files_of(question_.target, files); !found)
      return tl::unexpected(found.error());
    std::size_t intact = 0;
    std::vector<std::pair<std::string, std::string>> wrong;
    for (const auto& [path, file] : files) {
      std::string what = difference(file);
      if (what.empty())
        ++intact;
      else
        wrong.emplace_back(path, std::move(what));
    }
    if (question_.json) {
      std::string json;
      for (const auto& [path, what] : wrong)
        json += fmt::format("{}\n    {{\"path\": {}, \"what\": {}}}", json.empty() ? "" : ",", json_text(path), json_quoted(what));
      const int printed =
          print_result(fmt::format("{{\n  \"as_recorded\": {},\n  \"different\": [{}{}]\n}}\n", intact, json, json.empty() ? "" : "\n  "));
      if (printed != exit_done) return printed;
    } else {
      std::string out;
      for (const auto& [path, what] : wrong) out += fmt::format("{}: {}\n", visible(path), what);
      const int printed = print_result(out + fmt::format("{} as recorded, {} not\n", count_of(intact, "file"), grouped(wrong.size())));
      if (printed != exit_done) return printed;
    }
    return wrong.empty() ? exit_done : exit_failed;
  }

  static std::string difference(const ArchivedFile& file) {
    const auto now = step::file_state(file.path, file.content != Digest{});
    if (!now || now->size < 0) return "it is gone";
    if (now->size != file.size)
      return fmt::format("size {} -> {}", grouped(static_cast<std::uint64_t>(file.size)), grouped(static_cast<std::uint64_t>(now->size)));
    if (file.content != Digest{}) return now->content == file.content ? "" : "its content is another one";
    return now->mtime == file.mtime ? "" : "its time is another one, and its content was not recorded";
  }

  Status files_of(const std::string& target, std::map<std::string, ArchivedFile>& files) {
    const auto start = provenance::find_start(archive_, target);
    if (!start) return tl::unexpected(start.error());
    auto lineage = provenance::upstream(archive_, *start);
    if (!lineage) return tl::unexpected(lineage.error());
    files = std::move(lineage->ends);
    for (const std::int64_t id : lineage->order) {
      const auto outputs = archive_.outputs(id);
      if (!outputs) return tl::unexpected(outputs.error());
      for (const ArchivedFile& output : *outputs) files.emplace(output.path, output);
    }
    return {};
  }

  Status all_products(std::map<std::string, ArchivedFile>& files) {
    const auto products = archive_.products();
    if (!products) return tl::unexpected(products.error());
    for (const ArchivedFile& file : *products) files.insert_or_assign(file.path, file);
    return {};
  }

  const ProvQuestion& question_;  // NOLINT: lives for one call
  Archive& archive_;              // NOLINT
};

constexpr std::array<std::string_view, 7> verbs = {"made", "used", "list", "show", "diff", "verify", "sql"};

}  // namespace

bool is_prov_verb(const std::string& word) { return std::find(verbs.begin(), verbs.end(), word) != verbs.end(); }

int answer(const ProvQuestion& question, const Past& past) {
  return ask_archive(past, [&](Archive& archive) { return Answerer(question, archive).run(); });
}

}  // namespace osac::cli
