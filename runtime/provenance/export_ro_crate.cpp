// ro-crate-metadata.json: entities of JSON-LD with identifiers of their own, in the order of what they are about: the crate, the workflow
// with its parameters, steps and tools, people, executions, attempts, files.

#include "runtime/provenance/export_ro_crate.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/emit/graph.h"
#include "runtime/base/clock.h"
#include "runtime/step/step.h"

namespace osac::provenance {

namespace {

constexpr std::string_view metadata_name = "ro-crate-metadata.json";

/// `{"@id": "..."}`
std::string reference(std::string_view id) { return fmt::format("{{\"@id\": {}}}", json_quoted(id)); }
std::string encoded(std::string_view text) { return emit::file_reference("", text); }

/// A list of references, each once, in the order in which they come.
class References {
 public:
  void add(const std::string& id) {
    if (known_.insert(id).second) text_ += (text_.empty() ? "" : ", ") + reference(id);
  }
  [[nodiscard]] std::string text() const { return "[" + text_ + "]"; }
  [[nodiscard]] bool is_empty() const { return text_.empty(); }

 private:
  std::set<std::string> known_;
  std::string text_;
};

/// One entity, member by member.
class Entity {
 public:
  Entity(std::string_view id, std::string_view type) : text_(fmt::format("{{\"@id\": {}, \"@type\": {}", json_quoted(id), type)) {}
  Entity& text(std::string_view name, std::string_view value) { return json(name, json_quoted(value)); }
  Entity& one(std::string_view name, std::string_view id) { return json(name, reference(id)); }
  Entity& many(std::string_view name, const References& ids) { return ids.is_empty() ? *this : json(name, ids.text()); }
  Entity& json(std::string_view name, std::string_view value) {
    text_ += fmt::format(", \"{}\": {}", name, value);
    return *this;
  }
  [[nodiscard]] std::string done() const { return text_ + "}"; }

 private:
  std::string text_;
};

struct Profile {
  std::string_view id, name, version;
};
constexpr Profile profiles[] = {
    {"https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"},
    {"https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"},
    {"https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"},
    {"https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"},
};

class Maker {
 public:
  Maker(const plan::Plan& plan, const Exported& selection, DataFiles data) : plan_(plan), selection_(selection), data_(data) {}

  Result<Crate> make() {
    if (selection_.activities.empty())
      return failure(Trouble::usage, "nothing of that was executed, so there is nothing to put into a crate");
    if (auto found = find_workflow(); !found) return tl::unexpected(found.error());
    name_files();
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) add_attempt(i);
    for (std::uint32_t i = 0; i < selection_.executions.size(); ++i) add_execution(i);
    add_tools();
    add_workflow();
    add_files();
    crate_.files.insert(crate_.files.begin(), CrateFile{std::string(metadata_name), "", metadata()});
    return std::move(crate_);
  }

 private:
  void add(const Entity& entity) { entities_ += ",\n    " + entity.done(); }

  // ---- the workflow's text

  Status find_workflow() {
    for (const plan::SourceRow& source : plan_.sources()) {
      const std::string name(plan_.text(source.name));
      if (!name.ends_with(".osa") || name.starts_with("std/") || name.starts_with("/") || name.starts_with("..")) continue;
      auto bytes = read_file(name);
      if (!bytes) return failure(Trouble::usage, fmt::format("a crate holds the workflow's text, and `{}` is not there", visible(name)));
      has_changed_ = sha256(*bytes) != source.digest;
      workflow_ = name;
      workflow_digest_ = sha256(*bytes);
      crate_.files.push_back({name, "", std::move(*bytes)});
      return {};
    }
    return failure(Trouble::usage, "a crate holds the workflow's text, and the plan does not say which file that is");
  }

  // ---- files

  [[nodiscard]] bool is_as_recorded(const File& file) const {
    const auto now = step::file_state(file.path, file.state.content != Digest{});
    if (!now || now->size < 0 || now->is_directory) return false;
    return file.state.content != Digest{} ? now->content == file.state.content
                                          : now->size == file.state.size && now->mtime == file.state.mtime;
  }

  /// In the crate under their own paths, else by names of their own.
  void name_files() {
    std::map<std::string_view, std::uint32_t> seen;
    std::set<std::string> taken = {workflow_, std::string(metadata_name)};
    for (const File& file : selection_.files) {
      const std::uint32_t before = seen[file.path]++;
      const bool is_inside = !file.path.empty() && !file.path.starts_with('/') && ("/" + file.path + "/").find("/../") == std::string::npos;
      const bool may_be_copied = data_ == DataFiles::copied && is_inside;
      if (may_be_copied && is_as_recorded(file) && taken.insert(file.path).second) {
        crate_.files.push_back({file.path, file.path, ""});
        file_ids_.push_back(encoded(file.path));
        continue;
      }
      if (data_ == DataFiles::copied) ++crate_.left_out;
      const std::string& name = file.path.empty() ? file.name : file.path;
      file_ids_.push_back(
          fmt::format("urn:osac:{}:{}{}", encoded(selection_.workflow), encoded(name), before == 0 ? "" : fmt::format(":{}", before + 1)));
    }
  }

  void add_files() {
    for (std::size_t i = 0; i < selection_.files.size(); ++i) {
      const File& file = selection_.files[i];
      const bool is_folder = file.state.is_directory || file.members.count > 0;
      Entity entity(file_ids_[i], is_folder ? "\"Dataset\"" : "\"File\"");
      entity.text("name", file.path.empty() ? file.name : file.path);
      if (file.state.size >= 0) entity.text("contentSize", std::to_string(file.state.size));
      if (file.state.content != Digest{}) entity.text("sha256", hexadecimal(file.state.content));
      if (file.state.mtime > 0) entity.text("dateModified", runtime::utc_text(file.state.mtime));
      if (i < parameter_of_.size() && !parameter_of_[i].empty()) entity.one("exampleOfWork", parameter_of_[i]);
      add(entity);
    }
  }

  // ---- what was executed

  std::string agent(const step::ExecutionStart& execution) {
    const std::string id = fmt::format("#person-{}", encoded(execution.user));
    if (known_.insert(id).second) add(Entity(id, "\"Person\"").text("name", execution.user));
    return id;
  }
  std::string engine(const step::ExecutionStart& execution) {
    const std::string id = fmt::format("#osac-{}", encoded(execution.osac_version));
    if (known_.insert(id).second)
      add(Entity(id, "\"SoftwareApplication\"").text("name", "osac").text("softwareVersion", execution.osac_version));
    return id;
  }

  std::string tool_id(std::uint32_t activity) {
    const std::uint32_t tool = selection_.tool_of[activity];
    const std::string task(selection_.activities[activity].task);
    const bool is_own = tool == none || selection_.tools[tool].name.empty();
    const std::string version(tool == none ? std::string_view() : selection_.tools[tool].version);
    std::string id = "#tool-" + encoded(is_own ? task : selection_.tools[tool].name) + (version.empty() ? "" : "-" + encoded(version));
    tools_.emplace(id, std::pair(is_own ? task : std::string(selection_.tools[tool].name), version));
    tools_of_task_[task].add(id);
    return id;
  }

  void status(Entity& entity, bool has_failed, std::string_view reason) {
    entity.one("actionStatus", has_failed ? "http://schema.org/FailedActionStatus" : "http://schema.org/CompletedActionStatus");
    if (has_failed) entity.text("error", reason.empty() ? "it failed" : reason);
  }

  void add_attempt(std::uint32_t i) {
    const Activity& activity = selection_.activities[i];
    const step::EndRecord& end = *activity.attempt;
    const bool has_failed = end.outcome != step::Outcome::succeeded;
    const std::string id = fmt::format("#attempt-{}", i + 1);
    References read, made;
    selection_.for_each_used(activity, [&](const Use& use) {
      read.add(file_ids_[use.file]);
      note_parameter(activity, use, true);
    });
    selection_.for_each_made(activity, [&](const Use& use) {
      made.add(file_ids_[use.file]);
      note_parameter(activity, use, false);
    });
    Entity attempt(id, "\"CreateAction\"");
    attempt.text("name", activity.name()).text("description", end.command).one("instrument", tool_id(i));
    attempt.text("startTime", runtime::utc_text(activity.started)).text("endTime", runtime::utc_text(activity.ended));
    if (activity.execution != none) attempt.one("agent", agent(*selection_.executions[activity.execution]));
    attempt.many("object", read).many("result", made);
    status(attempt, has_failed, end.reason);
    add(attempt);
    mentions_.add(id);
    const std::string control = fmt::format("#control-{}", i + 1);
    Entity controlled(control, "\"ControlAction\"");
    controlled.text("name", fmt::format("osac started {}", activity.name()));
    controlled.one("instrument", "#step-" + encoded(activity.task)).one("object", id);
    status(controlled, has_failed, end.reason);
    add(controlled);
    if (activity.execution != none) controls_[activity.execution].add(control);
  }

  void add_execution(std::uint32_t i) {
    const step::ExecutionStart& execution = *selection_.executions[i];
    std::int64_t last = execution.time;
    References read, made;
    bool has_failed = false;
    std::string reason;
    for (const Activity& activity : selection_.activities) {
      if (activity.execution != i) continue;
      last = std::max(last, activity.ended);
      if (activity.attempt->outcome != step::Outcome::succeeded && !has_failed) {
        has_failed = true;
        reason = fmt::format("{}: {}", activity.name(), activity.attempt->reason);
      }
      selection_.for_each_used(activity, [&](const Use& use) {
        if (selection_.files[use.file].maker == none) read.add(file_ids_[use.file]);
      });
      selection_.for_each_made(activity, [&](const Use& use) { made.add(file_ids_[use.file]); });
    }
    for (const plan::ParameterRow& row : plan_.parameters()) read.add("#value-" + encoded(plan_.text(row.name)));
    const std::string id = "#execution-" + encoded(execution.execution);
    Entity run(id, "\"CreateAction\"");
    run.text("name", "execution of " + selection_.workflow).one("instrument", encoded(workflow_));
    run.text("startTime", runtime::utc_text(execution.time)).text("endTime", runtime::utc_text(last)).one("agent", agent(execution));
    run.many("object", read).many("result", made);
    status(run, has_failed, reason);
    add(run);
    mentions_.add(id);
    Entity organized("#organize-" + encoded(execution.execution), "\"OrganizeAction\"");
    organized.text("name", fmt::format("osac {} on {}", execution.osac_version, execution.host)).one("instrument", engine(execution));
    organized.text("startTime", runtime::utc_text(execution.time)).text("endTime", runtime::utc_text(last)).one("agent", agent(execution));
    organized.many("object", controls_[i]).one("result", id);
    status(organized, has_failed, reason);
    add(organized);
    last_ = std::max(last_, last);
  }

  // ---- the workflow: parameters, steps, tools

  /// Files of external datasets are the workflow's inputs, those of goals its outputs.
  void note_parameter(const Activity& activity, const Use& use, bool is_read) {
    const auto task = plan_.find_task(activity.task);
    if (!task) return;
    std::uint32_t dataset = plan::no_row;
    if (is_read)
      for (const plan::InputRow& row : plan_.inputs(plan_.tasks()[*task]))
        if (plan_.text(row.name) == use.port && (dataset == plan::no_row || plan_.datasets()[row.dataset].is_external != 0))
          dataset = row.dataset;
    if (!is_read)
      for (const plan::OutputRow& row : plan_.outputs(plan_.tasks()[*task]))
        if (plan_.text(row.name) == use.port) dataset = row.dataset;
    if (dataset == plan::no_row) return;
    const plan::DatasetRow& row = plan_.datasets()[dataset];
    if (is_read ? row.is_external == 0 : row.is_goal == 0) return;
    parameter_of_.resize(selection_.files.size());
    const std::string id = "#dataset-" + encoded(plan_.text(row.family.name));
    parameter_of_[use.file] = id;
    if (!known_.insert(id).second) return;
    (is_read ? inputs_ : outputs_).add(id);
    Entity entity(id, "\"FormalParameter\"");
    entity.text("name", plan_.text(row.family.name)).text("additionalType", row.family.dimensions.count > 0 ? "Collection" : "File");
    if (row.doc.exists() && !plan_.text(row.doc).empty()) entity.text("description", plan_.text(row.doc));
    add(entity);
  }

  void add_tools() {
    for (const auto& [id, tool] : tools_) {
      Entity entity(id, "\"SoftwareApplication\"");
      entity.text("name", tool.first);
      if (!tool.second.empty()) entity.text("softwareVersion", tool.second);
      add(entity);
      programs_.add(id);
    }
    std::uint32_t position = 0;
    for (const plan::TaskRow& row : plan_.tasks()) {
      const std::string task(plan_.text(row.family.name));
      const auto tools = tools_of_task_.find(task);
      if (tools == tools_of_task_.end()) continue;
      Entity step("#step-" + encoded(task), "\"HowToStep\"");
      step.text("name", task).text("position", std::to_string(position++)).many("workExample", tools->second);
      if (row.doc.exists() && !plan_.text(row.doc).empty()) step.text("description", plan_.text(row.doc));
      add(step);
      steps_.add("#step-" + encoded(task));
    }
    for (const plan::ParameterRow& row : plan_.parameters()) {
      const std::string name(plan_.text(row.name));
      add(Entity("#parameter-" + encoded(name), "\"FormalParameter\"")
              .text("name", name)
              .text("additionalType", "Text")
              .one("workExample", "#value-" + encoded(name)));
      add(Entity("#value-" + encoded(name), "\"PropertyValue\"")
              .text("name", name)
              .text("value", plan_.text(row.value))
              .one("exampleOfWork", "#parameter-" + encoded(name)));
      inputs_.add("#parameter-" + encoded(name));
    }
  }

  void add_workflow() {
    Entity entity(encoded(workflow_), R"(["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"])");
    entity.text("name", selection_.workflow).one("programmingLanguage", "#osa").text("sha256", hexadecimal(workflow_digest_));
    std::string about = selection_.doc;
    if (has_changed_) about += (about.empty() ? "" : " ") + std::string("(The text has changed since it was executed last.)");
    if (!about.empty()) entity.text("description", about);
    entity.many("hasPart", programs_).many("step", steps_).many("input", inputs_).many("output", outputs_);
    add(entity);
    add(Entity("#osa", "\"ComputerLanguage\"")
            .text("name", "osa")
            .text("description", "the language of osac: declarative workflows over files"));
    for (const Profile& profile : profiles)
      add(Entity(profile.id, "\"CreativeWork\"").text("name", profile.name).text("version", profile.version));
  }

  // ---- the crate

  std::string metadata() {
    References conforms, about;
    about.add("https://w3id.org/ro/crate/1.1");
    about.add(std::string(profiles[3].id));
    for (const Profile& profile : profiles) conforms.add(std::string(profile.id));
    References parts;
    parts.add(encoded(workflow_));
    for (const std::string& id : file_ids_) parts.add(id);
    Entity descriptor(metadata_name, "\"CreativeWork\"");
    descriptor.one("about", "./").json("conformsTo", about.text());
    Entity root("./", "\"Dataset\"");
    root.text("name", "provenance of " + selection_.workflow)
        .text("description", selection_.doc.empty() ? "what was executed of the workflow " + selection_.workflow : selection_.doc)
        .text("datePublished", runtime::utc_text(last_))
        .text("license", "not stated")
        .json("conformsTo", conforms.text())
        .one("mainEntity", encoded(workflow_))
        .many("hasPart", parts)
        .many("mentions", mentions_);
    return fmt::format(
        "{{\n  \"@context\": [\"https://w3id.org/ro/crate/1.1/context\", {{\"sha256\": "
        "\"https://w3id.org/ro/terms/workflow-run#sha256\"}}],\n"
        "  \"@graph\": [\n    {},\n    {}{}\n  ]\n}}\n",
        descriptor.done(), root.done(), entities_);
  }

  const plan::Plan& plan_;     // NOLINT: lives for one call
  const Exported& selection_;  // NOLINT
  DataFiles data_;
  Crate crate_;
  std::string workflow_;  // path of its text
  Digest workflow_digest_{};
  bool has_changed_ = false;
  std::string entities_;
  std::set<std::string> known_;  // entities that are there already
  std::vector<std::string> file_ids_, parameter_of_;
  References mentions_, programs_, steps_, inputs_, outputs_;
  std::map<std::string, std::pair<std::string, std::string>> tools_;  // name and version
  std::map<std::string, References> tools_of_task_;
  std::map<std::uint32_t, References> controls_;  // of an execution
  std::int64_t last_ = 0;
};

}  // namespace

Result<Crate> make_ro_crate(const plan::Plan& plan, const Exported& selection, DataFiles data) {
  return Maker(plan, selection, data).make();
}

}  // namespace osac::provenance
