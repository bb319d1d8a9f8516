// WfFormat 1.5 (WfCommons): a workflow's tasks and files as they were executed, for those who simulate and compare workflow systems. Its
// identifiers know letters, digits and a few marks; all else is written as `#XX`, so that different names stay different.

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/provenance/export.h"

namespace osac::provenance {

namespace {

std::string identifier(std::string_view name, std::string_view allowed) {
  std::string out;
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_plain || allowed.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("#{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string task_id(const Activity& activity) { return identifier(activity.name(), "-_."); }

class Writer {
 public:
  explicit Writer(const Exported& selection) : selection_(selection) {
    std::map<std::string_view, std::uint32_t> seen;
    for (const File& file : selection.files) {
      std::string id = identifier(file.path.empty() ? file.name : file.path, "-_./");
      if (const std::uint32_t before = seen[file.path]++; before > 0) id += fmt::format(":{}", before + 1);  // another content of that path
      files_.push_back(std::move(id));
    }
    find_neighbours();
  }

  Status write(const Sink& sink) const {
    std::int64_t first = INT64_MAX, last = INT64_MIN;
    for (const Activity& activity : selection_.activities) first = std::min(first, activity.started), last = std::max(last, activity.ended);
    std::string out = fmt::format(
        "{{\n  \"name\": {},\n  \"description\": {},\n  \"createdAt\": \"{}\",\n  \"schemaVersion\": \"1.5\",\n  \"runtimeSystem\": "
        "{{\"name\": "
        "\"osac\", \"version\": {}}},\n  \"workflow\": {{\n    \"specification\": {{\n      \"tasks\": [",
        json_quoted(selection_.workflow), json_quoted(selection_.doc), runtime::utc_text(last),
        json_quoted(selection_.executions.empty() ? "" : selection_.executions.back()->osac_version));
    const auto add = [&](std::size_t i, const std::string& item) -> Status {
      out += i == 0 ? "\n        " : ",\n        ";
      out += item;
      if (out.size() < piece) return {};
      Status done = sink(out);
      out.clear();
      return done;
    };
    for (std::size_t i = 0; i < selection_.activities.size(); ++i)
      if (auto added = add(i, specified(i)); !added) return added;
    out += "\n      ],\n      \"files\": [";
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const std::int64_t size = std::max<std::int64_t>(selection_.files[i].state.size, 0);
      if (auto added = add(i, fmt::format("{{\"id\": {}, \"sizeInBytes\": {}}}", json_quoted(files_[i]), size)); !added) return added;
    }
    out += fmt::format(
        "\n      ]\n    }},\n    \"execution\": {{\n      \"makespanInSeconds\": {},\n      \"executedAt\": \"{}\",\n      \"tasks\": [",
        static_cast<double>(last - first) / 1e9, runtime::utc_text(first));
    std::set<std::string> hosts;
    for (std::size_t i = 0; i < selection_.activities.size(); ++i) {
      hosts.insert(selection_.activities[i].attempt->host);
      if (auto added = add(i, executed(selection_.activities[i])); !added) return added;
    }
    out += "\n      ],\n      \"machines\": [";
    std::string machines;
    for (const std::string& host : hosts)
      machines += fmt::format("{}{{\"nodeName\": {}}}", machines.empty() ? "" : ", ", json_quoted(host));
    out += machines + "]\n    }\n  }\n}\n";
    return sink(out);
  }

 private:
  static constexpr std::size_t piece = 1 << 16;

  void find_neighbours() {
    parents_.resize(selection_.activities.size());
    children_.resize(selection_.activities.size());
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) {
      selection_.for_each_used(selection_.activities[i], [&](const Use& use) {
        const std::uint32_t maker = selection_.files[use.file].maker;
        if (maker != none && maker != i) parents_[i].push_back(maker);
      });
      std::sort(parents_[i].begin(), parents_[i].end());
      parents_[i].erase(std::unique(parents_[i].begin(), parents_[i].end()), parents_[i].end());
      for (const std::uint32_t parent : parents_[i]) children_[parent].push_back(i);
    }
  }

  [[nodiscard]] std::string names(const std::vector<std::uint32_t>& activities) const {
    std::string out;
    for (const std::uint32_t i : activities) out += (out.empty() ? "" : ", ") + json_quoted(task_id(selection_.activities[i]));
    return out;
  }

  [[nodiscard]] std::string specified(std::size_t i) const {
    const Activity& activity = selection_.activities[i];
    std::string read, made;
    std::set<std::uint32_t> known;
    selection_.for_each_used(activity, [&](const Use& use) {
      if (known.insert(use.file).second) read += (read.empty() ? "" : ", ") + json_quoted(files_[use.file]);
    });
    selection_.for_each_made(activity, [&](const Use& use) { made += (made.empty() ? "" : ", ") + json_quoted(files_[use.file]); });
    return fmt::format("{{\"name\": {}, \"id\": {}, \"parents\": [{}], \"children\": [{}], \"inputFiles\": [{}], \"outputFiles\": [{}]}}",
                       json_quoted(activity.task), json_quoted(task_id(activity)), names(parents_[i]), names(children_[i]), read, made);
  }

  static std::string executed(const Activity& activity) {
    const step::EndRecord& end = *activity.attempt;
    const double seconds = static_cast<double>(activity.ended - activity.started) / 1e9;
    std::string out = fmt::format(
        "{{\"id\": {}, \"runtimeInSeconds\": {}, \"executedAt\": \"{}\", \"command\": {{\"program\": \"bash\", \"arguments\": [\"-c\", "
        "{}]}}",
        json_quoted(task_id(activity)), seconds, runtime::utc_text(activity.started), json_quoted(end.command));
    if (end.cpus > 0) out += fmt::format(", \"coreCount\": {}", end.cpus);
    if (seconds > 0) out += fmt::format(", \"avgCPU\": {:.2f}", static_cast<double>(end.cpu_time) / 1e7 / seconds);  // percent of one core
    return out + fmt::format(", \"memoryInBytes\": {}, \"machines\": [{}]}}", end.peak_memory, json_quoted(end.host));
  }

  const Exported& selection_;       // NOLINT: lives for one call
  std::vector<std::string> files_;  // identifiers
  std::vector<std::vector<std::uint32_t>> parents_, children_;
};

}  // namespace

Status export_wfformat(const Exported& selection, const Sink& sink) {
  if (selection.activities.empty()) return failure(Trouble::usage, "nothing of that was executed, and WfFormat needs at least one task");
  return Writer(selection).write(sink);
}

}  // namespace osac::provenance
