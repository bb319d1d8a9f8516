#include <fmt/format.h>
#include <map>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/provenance/selection.h"

namespace osac::provenance {

namespace {

/// One section of a PROV-JSON document: `"entity": { "osac:e1": {...}, ... }`.
class Section {
 public:
  explicit Section(std::string name) : name_(std::move(name)) {}
  void add(const std::string& id, const std::string& body) {
    rows_ += fmt::format("{}\n    {}: {{{}}}", rows_.empty() ? "" : ",", json_quoted(id), body);
  }
  [[nodiscard]] std::string text() const { return fmt::format("  \"{}\": {{{}\n  }}", name_, rows_); }

 private:
  std::string name_, rows_;
};

std::string pair(std::string_view key, std::string_view value) { return fmt::format("\"{}\": {}", key, json_quoted(value)); }

/// Identifiers are numbers in order of first mention: a path or an element's name is no valid local name.
struct Document {
  explicit Document(const Records& all) : records(all) {}

  const Records& records;
  Section entities{"entity"}, activities{"activity"}, agents{"agent"}, used{"used"}, generated{"wasGeneratedBy"},
      associated{"wasAssociatedWith"}, on_behalf{"actedOnBehalfOf"};
  std::map<std::string, std::string> entity_ids;  ///< path and content -> id
  std::map<std::string, std::string> agent_of_execution;
  std::size_t uses = 0, generations = 0, associations = 0;

  void add_agents() {
    std::map<std::string, std::string> known;
    for (const step::ExecutionStart& execution : records.executions) {
      const std::string user = execution.user + "@" + execution.host;
      const std::string software = user + " osac " + execution.osac_version;
      if (known.emplace(user, fmt::format("osac:user{}", known.size() + 1)).second)
        agents.add(known[user], pair("prov:type", "prov:Person") + ", " + pair("prov:label", user));
      if (known.emplace(software, fmt::format("osac:engine{}", known.size() + 1)).second) {
        agents.add(known[software], pair("prov:type", "prov:SoftwareAgent") + ", " + pair("prov:label", "osac " + execution.osac_version));
        on_behalf.add(fmt::format("_:behalf{}", known.size()),
                      pair("prov:delegate", known[software]) + ", " + pair("prov:responsible", known[user]));
      }
      agent_of_execution[execution.execution] = known[software];
    }
  }

  /// The content of a file that was read: as recorded, else (when only its times were looked at) as its maker recorded it.
  std::string content_of(const std::string& path, const step::FileState& state) const {
    if (state.content != Digest{}) return hexadecimal(state.content);
    const auto maker = records.makers.find(path);
    if (maker == records.makers.end()) return "";
    for (const step::OutputRecord& output : records.ends[maker->second].outputs)
      if (output.path == path && output.state.content != Digest{}) return hexadecimal(output.state.content);
    return "";
  }

  const std::string& entity(const std::string& path, const step::FileState& state) {
    const std::string content = content_of(path, state);
    const auto [at, is_new] = entity_ids.try_emplace(path + "\n" + content, fmt::format("osac:file{}", entity_ids.size() + 1));
    if (is_new) {
      std::string body = pair("prov:label", path) + ", " + pair("osac:path", path) + fmt::format(", \"osac:size\": {}", state.size);
      if (!content.empty()) body += ", " + pair("osac:sha256", content);
      if (state.is_directory) body += ", " + pair("prov:type", "prov:Collection");
      entities.add(at->second, body);
    }
    return at->second;
  }

  void add(const step::EndRecord& end, std::size_t number) {
    const std::string id = fmt::format("osac:run{}", number);
    std::string body = pair("prov:startTime", runtime::utc_text(end.started)) + ", " + pair("prov:endTime", runtime::utc_text(end.ended)) +
                       ", " + pair("prov:label", end.element) + ", " + pair("osac:command", end.command) + ", " +
                       pair("osac:host", end.host);
    if (!end.tool.empty()) body += ", " + pair("osac:tool", end.tool);
    if (!end.env.empty()) body += ", " + pair("osac:env", end.env);
    body += fmt::format(", \"osac:cpuTime\": {}, \"osac:peakMemory\": {}", static_cast<double>(end.cpu_time) / 1e9, end.peak_memory);
    for (const step::MetricRecord& metric : end.metrics)
      body += fmt::format(", {}: {}", json_quoted("osac:metric." + metric.name), metric.json);
    activities.add(id, body);
    for (const step::InputRecord& input : end.inputs)
      used.add(fmt::format("_:used{}", ++uses), pair("prov:activity", id) + ", " + pair("prov:entity", entity(input.path, input.state)) +
                                                    ", " + pair("prov:role", input.port));
    for (const step::OutputRecord& output : end.outputs)
      generated.add(fmt::format("_:generated{}", ++generations), pair("prov:entity", entity(output.path, output.state)) + ", " +
                                                                     pair("prov:activity", id) + ", " + pair("prov:role", output.port));
    if (const auto agent = agent_of_execution.find(end.execution); agent != agent_of_execution.end())
      associated.add(fmt::format("_:associated{}", ++associations), pair("prov:activity", id) + ", " + pair("prov:agent", agent->second));
  }
};

}  // namespace

Result<std::string> prov_json(const plan::Plan& plan, const Records& records, const Options& options) {
  const auto selected = find_selection(plan, records, options.target);
  if (!selected) return tl::unexpected(selected.error());
  Document document(records);
  document.add_agents();
  std::size_t number = 0;
  for (const std::uint32_t place : selected->places) document.add(records.ends[place], ++number);
  std::string text = fmt::format("{{\n  \"prefix\": {{\"osac\": {}}}", json_quoted(fmt::format("urn:osac:{}:", plan.workflow())));
  for (const Section* section : {&document.entities, &document.activities, &document.agents, &document.used, &document.generated,
                                 &document.associated, &document.on_behalf})
    text += ",\n" + section->text();
  return text + "\n}\n";
}

}  // namespace osac::provenance
