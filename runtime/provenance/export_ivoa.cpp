// The IVOA Provenance Data Model 1.0 as JSON: a list a class, attributes and references by the model's names; what the model has no name
// for begins with `osac:`. References are identifiers: `id` where the model has one, `@id` elsewhere. Lists go out as they are made.

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/provenance/circumstances.h"
#include "runtime/provenance/pieces.h"

namespace osac::provenance {

namespace {

/// One JSON object on one line; texts that are empty are left out.
class Object {
 public:
  Object& text(std::string_view key, std::string_view value) {
    if (!value.empty()) raw(key, json_quoted(safe_text(value)));
    return *this;
  }
  Object& number(std::string_view key, std::int64_t value) { return raw(key, std::to_string(value)); }
  Object& list(std::string_view key, const std::string& items) {
    if (!items.empty()) raw(key, "[" + items + "]");
    return *this;
  }
  Object& raw(std::string_view key, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{}\"{}\": {}", text_.empty() ? "" : ", ", key, value);
    return *this;
  }
  [[nodiscard]] std::string done() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

void append(std::string& items, const std::string& item) { items += (items.empty() ? "" : ", ") + item; }

std::string_view content_type(const File& file) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> types = {{
      {".fits", "application/fits"},
      {".fz", "application/fits"},
      {".fit", "application/fits"},
      {".h5", "application/x-hdf5"},
      {".hdf5", "application/x-hdf5"},
      {".json", "application/json"},
      {".csv", "text/csv"},
      {".ecsv", "text/csv"},
      {".tsv", "text/tab-separated-values"},
      {".txt", "text/plain"},
      {".xml", "application/xml"},
      {".vot", "application/x-votable+xml"},
      {".yaml", "application/yaml"},
      {".pdf", "application/pdf"},
      {".png", "image/png"},
      {".gz", "application/gzip"},
  }};
  if (file.state.is_directory) return "inode/directory";
  for (const auto& [ending, type] : types)
    if (file.path.ends_with(ending)) return type;
  return "application/octet-stream";
}

class Exporter {
 public:
  Exporter(const Exported& selection, const Sink& sink) : selection_(selection), around_(circumstances_of(selection)), out_(sink) {
    describe_activities();
    number_parameters();
  }

  Status run() {
    add(fmt::format("{{\n  \"model\": \"voprov\",\n  \"modelVersion\": \"1.0\",\n  \"workflow\": {}", json_quoted(selection_.workflow)));
    agents();
    activity_descriptions();
    dataset_descriptions();
    config_files();
    parameters();
    activities();
    entities();
    add("\n}\n");
    if (status_) status_ = out_.flush();
    return status_;
  }

 private:
  /// Activities of one task made with one version of its program.
  struct Description {
    std::string_view task;
    std::uint32_t tool = none;
    std::vector<std::pair<std::string_view, bool>> used, made;  ///< ports; whether one activity has several files of it
  };

  void add(std::string_view text) {
    if (status_) status_ = out_.add(text);
  }
  void begin(std::string_view name) {
    add(fmt::format(",\n  \"{}\": [", name));
    is_first_ = true;
  }
  void item(const Object& object) {
    add(is_first_ ? "\n    " : ",\n    ");
    is_first_ = false;
    add(object.done());
  }
  void end() { add(is_first_ ? "]" : "\n  ]"); }

  // ---- descriptions

  void describe_activities() {
    std::map<std::pair<std::string_view, std::uint32_t>, std::uint32_t> known;
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) {
      const Activity& activity = selection_.activities[i];
      const auto [at, is_new] =
          known.try_emplace(std::pair(activity.task, selection_.tool_of[i]), static_cast<std::uint32_t>(descriptions_.size()));
      if (is_new) descriptions_.push_back({activity.task, selection_.tool_of[i], {}, {}});
      description_of_.push_back(at->second);
      Description& description = descriptions_[at->second];
      note_ports(activity.used, description.used);
      note_ports(activity.made, description.made);
    }
  }

  void note_ports(Range range, std::vector<std::pair<std::string_view, bool>>& ports) const {
    std::string_view last;
    for (std::uint32_t i = 0; i < range.count; ++i) {  // files of one port follow one another
      const Use& use = selection_.uses[range.first + i];
      auto known = std::find_if(ports.begin(), ports.end(), [&](const auto& port) { return port.first == use.port; });
      if (known == ports.end()) known = ports.insert(known, {use.port, false});
      if (use.port == last || selection_.files[use.file].members.count > 0) known->second = true;
      last = use.port;
    }
  }

  static std::string port_id(std::uint32_t description, std::string_view side, std::string_view port) {
    return fmt::format("{}.{}.{}", numbered("description", description), side, port);
  }

  void activity_descriptions() {
    begin("ActivityDescription");
    for (std::uint32_t i = 0; i < descriptions_.size(); ++i) {
      const Description& description = descriptions_[i];
      const auto ports = [&](std::string_view side, const auto& list) {
        std::string items;
        for (const auto& [port, is_many] : list)
          append(items,
                 Object().text("@id", port_id(i, side, port)).text("role", port).text("multiplicity", is_many ? "0..*" : "1").done());
        return items;
      };
      Object object;
      object.text("@id", numbered("description", i)).text("name", description.task);
      if (description.tool != none) {
        object.text("version", selection_.tools[description.tool].version);
        object.text("osac:tool", selection_.tools[description.tool].name);
      }
      object.list("usageDescription", ports("used", description.used)).list("generationDescription", ports("made", description.made));
      item(object);
    }
    end();
  }

  void dataset_descriptions() {
    std::set<std::string_view> types;
    for (const File& file : selection_.files)
      if (file.members.count == 0) types.insert(content_type(file));
    begin("DatasetDescription");
    for (const std::string_view type : types)
      item(Object().text("@id", fmt::format("osac:type.{}", type)).text("name", type).text("contentType", type));
    end();
  }

  // ---- agents and configuration

  void agents() {
    begin("Agent");
    for (std::uint32_t i = 0; i < around_.users.size(); ++i)
      item(Object().text("id", numbered("user", i)).text("name", around_.users[i]).text("type", "Person"));
    for (std::uint32_t i = 0; i < around_.engines.size(); ++i)
      item(Object()
               .text("id", numbered("engine", i))
               .text("name", "osac")
               .text("type", "SoftwareAgent")
               .text("osac:version", around_.engines[i].version));
    for (std::uint32_t i = 0; i < selection_.tools.size(); ++i)
      item(Object()
               .text("id", numbered("tool", i))
               .text("name", selection_.tools[i].name)
               .text("type", "SoftwareAgent")
               .text("osac:version", selection_.tools[i].version));
    end();
  }

  void config_files() {
    begin("ConfigFile");
    const auto all = [&](std::string_view what, const std::vector<Circumstances::ConfigFile>& files) {
      for (std::uint32_t i = 0; i < files.size(); ++i)
        item(Object()
                 .text("@id", numbered(what, i))
                 .text("name", files[i].path.substr(files[i].path.rfind('/') + 1))
                 .text("location", files[i].path)
                 .text("osac:sha256", hexadecimal(files[i].content)));
    };
    all("site", around_.sites);
    all("source", around_.sources);
    end();
  }

  void number_parameters() {
    for (std::uint32_t plan = 0; plan < selection_.plans.size(); ++plan)
      for (const auto& parameter : selection_.plans[plan]->parameters)
        if (parameters_.try_emplace(std::pair(parameter.name, parameter.value), static_cast<std::uint32_t>(parameters_.size())).second)
          parameter_list_.push_back(&parameter);
  }
  void parameters() {
    begin("Parameter");
    for (std::uint32_t i = 0; i < parameter_list_.size(); ++i) {
      Object object;
      object.text("@id", numbered("parameter", i)).text("name", parameter_list_[i]->name);
      item(object.raw("value", json_quoted(safe_text(parameter_list_[i]->value))));  // it may be empty
    }
    end();
  }

  // ---- activities

  void activities() {
    begin("Activity");
    std::vector<std::uint32_t> makers;
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) {
      const Activity& activity = selection_.activities[i];
      const step::EndRecord& attempt = *activity.attempt;
      Object object;
      object.text("id", numbered("run", i))
          .text("name", activity.name())
          .text("startTime", runtime::utc_text(activity.started))
          .text("endTime", runtime::utc_text(activity.ended))
          .text("comment", attempt.reason)
          .text("activityDescription", numbered("description", description_of_[i]))
          .list("wasAssociatedWith", associations(i))
          .list("wasConfiguredBy", configuration(activity))
          .list("used", uses(i));
      informants_of(selection_, i, makers);
      std::string informants;
      for (const std::uint32_t maker : makers) append(informants, json_quoted(numbered("run", maker)));
      object.list("informant", informants);
      object.text("osac:execution", attempt.execution).text("osac:command", attempt.command).text("osac:env", attempt.env);
      if (activity.count > 1)
        object.number("osac:count", activity.count).text("osac:commandOf", attempt.element);
      else
        add_measured(object, attempt);
      item(object);
    }
    end();
  }

  static void add_measured(Object& object, const step::EndRecord& attempt) {
    object.text("osac:host", attempt.host).text("osac:outcome", step::outcome_name(attempt.outcome));
    object.raw("osac:cpuTime", fmt::format("{}", static_cast<double>(attempt.cpu_time) / 1e9));
    object.number("osac:peakMemory", attempt.peak_memory);
    Object metrics;
    for (const step::MetricRecord& metric : attempt.metrics) metrics.raw(metric.name, metric.json);
    if (!attempt.metrics.empty()) object.raw("osac:metrics", metrics.done());
  }

  [[nodiscard]] std::string associations(std::uint32_t number) const {
    const Activity& activity = selection_.activities[number];
    std::string items;
    const auto associate = [&](std::string_view role, const std::string& agent) {
      append(items, Object().text("role", role).text("agent", agent).done());
    };
    if (activity.execution != none) {
      const std::uint32_t engine = around_.engine_of[activity.execution];
      associate("Operator", numbered("user", around_.engines[engine].user));
      associate("engine", numbered("engine", engine));
    }
    if (selection_.tool_of[number] != none) associate("tool", numbered("tool", selection_.tool_of[number]));
    return items;
  }

  [[nodiscard]] std::string configuration(const Activity& activity) const {
    std::string items;
    for (const auto* const parameter : parameters_of(selection_, activity))
      append(items, Object()
                        .text("artefactType", "Parameter")
                        .text("parameter", numbered("parameter", parameters_.at(std::pair(parameter->name, parameter->value))))
                        .done());
    const auto file = [&](const std::string& id) {
      append(items, Object().text("artefactType", "Configfile").text("configFile", id).done());
    };
    if (activity.execution != none && around_.site_of[activity.execution] != none)
      file(numbered("site", around_.site_of[activity.execution]));
    if (activity.plan != none)
      for (const std::uint32_t source : around_.sources_of[activity.plan])
        if (around_.sources[source].path.ends_with(".osa")) file(numbered("source", source));
    return items;
  }

  [[nodiscard]] std::string uses(std::uint32_t number) const {
    std::string items;
    selection_.for_each_used(selection_.activities[number], [&](const Use& use) {
      Object object;
      object.text("role", use.port)
          .text("entity", numbered("file", use.file))
          .text("usageDescription", port_id(description_of_[number], "used", use.port));
      if (use.lookup != nullptr) object.text("osac:lookup", use.lookup->chosen).text("osac:runnerUp", use.lookup->runner_up);
      append(items, object.done());
    });
    return items;
  }

  // ---- entities

  void entities() {
    // which port each file came out of; members of a collection came out of the same
    std::vector<std::string_view> ports(selection_.files.size());
    for (const Activity& activity : selection_.activities)
      selection_.for_each_made(activity, [&](const Use& made) {
        ports[made.file] = made.port;
        const Range members = selection_.files[made.file].members;
        for (std::uint32_t m = 0; m < members.count; ++m) ports[selection_.members[members.first + m]] = made.port;
      });
    begin("DatasetEntity");
    for (std::uint32_t i = 0; i < selection_.files.size(); ++i)
      if (selection_.files[i].members.count == 0) item(entity(i, ports[i]));
    end();
    begin("Collection");
    for (std::uint32_t i = 0; i < selection_.files.size(); ++i) {
      const File& file = selection_.files[i];
      if (file.members.count == 0) continue;
      std::string members;
      for (std::uint32_t m = 0; m < file.members.count; ++m)
        append(members, json_quoted(numbered("file", selection_.members[file.members.first + m])));
      Object object = entity(i, ports[i]);
      item(object.number("osac:count", file.members.count).list("entity", members));
    }
    end();
  }

  [[nodiscard]] Object entity(std::uint32_t number, std::string_view port) const {
    const File& file = selection_.files[number];
    Object object;
    object.text("id", numbered("file", number))
        .text("name", file.name.empty() ? file.path.substr(file.path.rfind('/', file.path.size() - 2) + 1) : file.name)
        .text("location", file.path);
    if (file.members.count == 0) object.text("entityDescription", fmt::format("osac:type.{}", content_type(file)));
    if (file.maker != none) {
      const Activity& maker = selection_.activities[file.maker];
      object.text("generatedAtTime", runtime::utc_text(maker.ended));
      Object generated;
      generated.text("role", port)
          .text("activity", numbered("run", file.maker))
          .text("generationDescription", port_id(description_of_[file.maker], "made", port));
      object.raw("wasGeneratedBy", generated.done());
      std::string origins;
      if (tells_derivations(maker))
        selection_.for_each_used(maker, [&](const Use& use) { append(origins, json_quoted(numbered("file", use.file))); });
      object.list("usedEntity", origins);
    }
    if (file.state.size >= 0) object.number("osac:size", file.state.size);
    if (file.state.content != Digest{}) object.text("osac:sha256", hexadecimal(file.state.content));
    return object;
  }

  const Exported& selection_;  // NOLINT: lives for one call
  const Circumstances around_;
  Pieces out_;
  Status status_;
  bool is_first_ = true;
  std::vector<Description> descriptions_;
  std::vector<std::uint32_t> description_of_;  // one an activity
  std::map<std::pair<std::string, std::string>, std::uint32_t> parameters_;
  std::vector<const step::PlanRecord::Parameter*> parameter_list_;
};

}  // namespace

Status export_ivoa_json(const Exported& selection, const Sink& sink) { return Exporter(selection, sink).run(); }

}  // namespace osac::provenance
