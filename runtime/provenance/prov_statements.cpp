#include "runtime/provenance/prov_statements.h"

#include <fmt/format.h>
#include <array>

#include "compiler/base/text.h"
#include "compiler/records/json.h"
#include "runtime/base/clock.h"
#include "runtime/provenance/circumstances.h"

namespace osac::provenance {

namespace {

using Kind = Attribute::Kind;

std::string file_id(std::uint32_t file) { return numbered("file", file); }
std::string run_id(std::uint32_t activity) { return numbered("run", activity); }
std::string plan_id(std::uint32_t plan) { return numbered("plan", plan); }
std::string tool_id(std::uint32_t tool) { return numbered("tool", tool); }

void add_text(std::vector<Attribute>& attributes, std::string key, std::string_view value) {
  if (!value.empty()) attributes.push_back({std::move(key), Kind::text, safe_text(value)});
}
void add_integer(std::vector<Attribute>& attributes, std::string key, std::int64_t value) {
  attributes.push_back({std::move(key), Kind::integer, std::to_string(value)});
}
void add_seconds(std::vector<Attribute>& attributes, std::string key, std::int64_t nanoseconds) {
  attributes.push_back({std::move(key), Kind::real, fmt::format("{}", static_cast<double>(nanoseconds) / 1e9)});
}
void add_name(std::vector<Attribute>& attributes, std::string key, std::string_view value) {
  attributes.push_back({std::move(key), Kind::name, std::string(value)});
}
void add_content(std::vector<Attribute>& attributes, const Digest& content) {
  if (content != Digest{}) add_text(attributes, "osac:sha256", hexadecimal(content));
}

/// A metric's value is JSON: numbers and texts as such, lists as they are written.
void add_metric(std::vector<Attribute>& attributes, const step::MetricRecord& metric) {
  const std::string key = "osac:metric." + metric.name;
  const records::JsonDocument document(metric.json);
  const auto root = document.root();
  if (!root) return add_text(attributes, key, metric.json);
  switch (root->kind()) {
    case records::Json::Kind::integer:
      attributes.push_back({key, Kind::integer, metric.json});
      return;
    case records::Json::Kind::real:
      attributes.push_back({key, Kind::real, metric.json});
      return;
    case records::Json::Kind::boolean:
      attributes.push_back({key, Kind::boolean, metric.json});
      return;
    case records::Json::Kind::text:
      return add_text(attributes, key, root->text());
    default:
      return add_text(attributes, key, metric.json);
  }
}

class Teller {
 public:
  Teller(const Exported& selection, StatementWriter& writer)
      : selection_(selection), writer_(writer), around_(circumstances_of(selection)) {}

  Status run() {
    const std::array<void (Teller::*)(), statement_kinds> steps = {
        &Teller::entities,     &Teller::activities,  &Teller::agents,      &Teller::uses,      &Teller::generations,
        &Teller::associations, &Teller::delegations, &Teller::derivations, &Teller::informing, &Teller::members};
    for (std::size_t i = 0; i < steps.size() && status_; ++i) {
      kind_ = static_cast<Statement>(i);
      status_ = writer_.begin(kind_);
      (this->*steps[i])();
      if (status_) status_ = writer_.end(kind_);
    }
    return status_;
  }

 private:
  void tell(Told told) {
    if (status_) status_ = writer_.tell(kind_, told);
  }
  void tell(std::vector<std::string> arguments, std::vector<Attribute> attributes = {}) {
    tell(Told{"", std::move(arguments), std::move(attributes)});
  }

  // ---- what there was

  void entities() {
    for (std::uint32_t i = 0; i < selection_.files.size(); ++i) tell({file_id(i), {}, attributes_of(selection_.files[i])});
    tell_config_files("site", around_.sites);
    tell_config_files("source", around_.sources);
    for (std::uint32_t i = 0; i < selection_.plans.size(); ++i) tell_plan(i);
  }

  [[nodiscard]] static std::vector<Attribute> attributes_of(const File& file) {
    std::vector<Attribute> attributes;
    add_text(attributes, "prov:label", file.name.empty() ? file.path : file.name);
    if (file.state.is_directory || file.members.count > 0) add_name(attributes, "prov:type", "prov:Collection");
    add_text(attributes, "osac:path", file.path);
    if (find_malformed_utf8(file.path)) {
      std::string bytes;
      for (const char c : file.path) bytes += fmt::format("{:02x}", static_cast<unsigned char>(c));
      add_text(attributes, "osac:pathBytes", bytes);
    }
    if (file.members.count > 0) add_integer(attributes, "osac:count", file.members.count);
    if (file.state.size >= 0) add_integer(attributes, "osac:size", file.state.size);
    add_content(attributes, file.state.content);
    return attributes;
  }

  /// A plan, and the files that it was made of.
  void tell_plan(std::uint32_t place) {
    const step::PlanRecord& plan = *selection_.plans[place];
    std::vector<Attribute> attributes;
    add_text(attributes, "prov:label", plan.workflow);
    add_name(attributes, "prov:type", "prov:Plan");
    add_text(attributes, "osac:plan", plan.plan);
    for (const auto& parameter : plan.parameters) add_text(attributes, "osac:parameter." + parameter.name, parameter.value);
    tell({plan_id(place), {}, std::move(attributes)});
  }

  void tell_config_files(std::string_view what, const std::vector<Circumstances::ConfigFile>& files) {
    for (std::uint32_t i = 0; i < files.size(); ++i) {
      std::vector<Attribute> attributes;
      add_text(attributes, "prov:label", files[i].path);
      add_text(attributes, "osac:path", files[i].path);
      add_content(attributes, files[i].content);
      tell({numbered(what, i), {}, std::move(attributes)});
    }
  }

  void activities() {
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) {
      const Activity& activity = selection_.activities[i];
      tell({run_id(i), {runtime::utc_text(activity.started), runtime::utc_text(activity.ended)}, attributes_of(activity)});
    }
  }

  [[nodiscard]] std::vector<Attribute> attributes_of(const Activity& activity) const {
    const step::EndRecord& end = *activity.attempt;
    std::vector<Attribute> attributes;
    add_text(attributes, "prov:label", activity.name());
    add_text(attributes, "osac:task", activity.task);
    add_text(attributes, "osac:execution", end.execution);
    add_text(attributes, "osac:command", end.command);
    if (activity.count > 1) {
      add_text(attributes, "osac:commandOf", end.element);
      add_integer(attributes, "osac:count", activity.count);
    }
    add_text(attributes, "osac:tool", end.tool);
    add_text(attributes, "osac:toolVersion", end.tool_version);
    add_text(attributes, "osac:env", end.env);
    for (const auto* const parameter : parameters_of(selection_, activity))
      add_text(attributes, "osac:parameter." + parameter->name, parameter->value);
    if (activity.count == 1) add_measured(attributes, end);
    return attributes;
  }

  static void add_measured(std::vector<Attribute>& attributes, const step::EndRecord& end) {
    add_integer(attributes, "osac:attempt", end.attempt);
    add_text(attributes, "osac:host", end.host);
    add_seconds(attributes, "osac:cpuTime", end.cpu_time);
    add_integer(attributes, "osac:peakMemory", end.peak_memory);
    if (end.outcome != step::Outcome::succeeded) {
      add_text(attributes, "osac:outcome", step::outcome_name(end.outcome));
      add_text(attributes, "osac:reason", end.reason);
      add_integer(attributes, "osac:exitCode", end.exit_code);
    }
    for (const std::string& warning : end.warnings) add_text(attributes, "osac:warning", warning);
    for (const step::MetricRecord& metric : end.metrics) add_metric(attributes, metric);
  }

  void agents() {
    for (std::uint32_t i = 0; i < around_.users.size(); ++i) {
      std::vector<Attribute> attributes;
      add_text(attributes, "prov:label", around_.users[i]);
      add_name(attributes, "prov:type", "prov:Person");
      tell({numbered("user", i), {}, std::move(attributes)});
    }
    for (std::uint32_t i = 0; i < around_.engines.size(); ++i) {
      std::vector<Attribute> attributes;
      add_text(attributes, "prov:label", "osac " + around_.engines[i].version);
      add_name(attributes, "prov:type", "prov:SoftwareAgent");
      add_text(attributes, "osac:version", around_.engines[i].version);
      tell({numbered("engine", i), {}, std::move(attributes)});
    }
    for (std::uint32_t i = 0; i < selection_.tools.size(); ++i) {
      std::vector<Attribute> attributes;
      add_text(attributes, "prov:label", selection_.tools[i].name);
      add_name(attributes, "prov:type", "prov:SoftwareAgent");
      add_text(attributes, "osac:version", selection_.tools[i].version);
      tell({tool_id(i), {}, std::move(attributes)});
    }
  }

  // ---- how it hangs together

  void uses() {
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) {
      const Activity& activity = selection_.activities[i];
      selection_.for_each_used(activity, [&](const Use& use) {
        std::vector<Attribute> attributes;
        add_text(attributes, "prov:role", use.port);
        if (use.lookup != nullptr) {
          add_text(attributes, "osac:lookup", use.lookup->chosen);
          add_text(attributes, "osac:runnerUp", use.lookup->runner_up);
        }
        tell({run_id(i), file_id(use.file), ""}, std::move(attributes));
      });
      if (const std::uint32_t site = activity.execution == none ? none : around_.site_of[activity.execution]; site != none) {
        std::vector<Attribute> attributes;
        add_text(attributes, "prov:role", "site");
        tell({run_id(i), numbered("site", site), ""}, std::move(attributes));
      }
    }
  }

  void generations() {
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) {
      const Activity& activity = selection_.activities[i];
      const std::string ended = runtime::utc_text(activity.ended);
      selection_.for_each_made(activity, [&](const Use& made) {
        const auto generate = [&](std::uint32_t file) {
          std::vector<Attribute> attributes;
          add_text(attributes, "prov:role", made.port);
          tell({file_id(file), run_id(i), ended}, std::move(attributes));
        };
        generate(made.file);
        const Range members = selection_.files[made.file].members;
        for (std::uint32_t m = 0; m < members.count; ++m) generate(selection_.members[members.first + m]);
      });
    }
  }

  void associations() {
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) {
      const Activity& activity = selection_.activities[i];
      const auto associate = [&](const std::string& agent, const char* role) {
        std::vector<Attribute> attributes;
        add_text(attributes, "prov:role", role);
        tell({run_id(i), agent, activity.plan == none ? "" : plan_id(activity.plan)}, std::move(attributes));
      };
      if (activity.execution != none) associate(numbered("engine", around_.engine_of[activity.execution]), "engine");
      if (selection_.tool_of[i] != none) associate(tool_id(selection_.tool_of[i]), "tool");
    }
  }

  void delegations() {
    for (std::uint32_t i = 0; i < around_.engines.size(); ++i) tell({numbered("engine", i), numbered("user", around_.engines[i].user), ""});
  }

  /// What an activity made was derived from what it read; a plan from its sources.
  void derivations() {
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) {
      const Activity& activity = selection_.activities[i];
      if (!tells_derivations(activity)) continue;
      selection_.for_each_made(activity, [&](const Use& made) {
        selection_.for_each_used(activity, [&](const Use& used) { tell({file_id(made.file), file_id(used.file), run_id(i), "", ""}); });
      });
    }
    for (std::uint32_t i = 0; i < selection_.plans.size(); ++i)
      for (const std::uint32_t source : around_.sources_of[i]) tell({plan_id(i), numbered("source", source), "", "", ""});
  }

  void informing() {
    std::vector<std::uint32_t> makers;
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) {
      informants_of(selection_, i, makers);
      for (const std::uint32_t maker : makers) tell({run_id(i), run_id(maker)});
    }
  }

  void members() {
    for (std::uint32_t i = 0; i < selection_.files.size(); ++i)
      for (std::uint32_t m = 0; m < selection_.files[i].members.count; ++m)
        tell({file_id(i), file_id(selection_.members[selection_.files[i].members.first + m])});
  }

  const Exported& selection_;  // NOLINT: lives for one call
  StatementWriter& writer_;    // NOLINT
  Status status_;
  Statement kind_ = Statement::entity;
  const Circumstances around_;
};

}  // namespace

const Form& form_of(Statement statement) {
  static const std::array<Form, statement_kinds> forms = {{
      {"entity", "entity", {}},
      {"activity", "activity", {{"startTime", true}, {"endTime", true}}},
      {"agent", "agent", {}},
      {"used", "used", {{"activity"}, {"entity"}, {"time", true}}},
      {"wasGeneratedBy", "wasGeneratedBy", {{"entity"}, {"activity"}, {"time", true}}},
      {"wasAssociatedWith", "wasAssociatedWith", {{"activity"}, {"agent"}, {"plan"}}},
      {"actedOnBehalfOf", "actedOnBehalfOf", {{"delegate"}, {"responsible"}, {"activity"}}},
      {"wasDerivedFrom", "wasDerivedFrom", {{"generatedEntity"}, {"usedEntity"}, {"activity"}, {"generation"}, {"usage"}}},
      {"wasInformedBy", "wasInformedBy", {{"informed"}, {"informant"}}},
      {"hadMember", "hadMember", {{"collection"}, {"entity"}}, false},
  }};
  return forms[static_cast<std::size_t>(statement)];
}

std::string prefix_uri(const Exported& selection) { return fmt::format("urn:osac:{}:", selection.workflow); }

Status tell_all(const Exported& selection, StatementWriter& writer) { return Teller(selection, writer).run(); }

}  // namespace osac::provenance
