#pragma once
// A .osa text and files in memory through all of the compiler up to the plan, for tests: the plan as people see it, and diagnostics as one
// line each.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/plan/resolve.h"
#include "compiler/planning/make_plan.h"
#include "compiler/semantics/analyse.h"
#include "compiler/syntax/parse.h"

namespace osac {

/// Files by path; a folder is there if a file lies in it.
class MemoryWorld final : public planning::World {
 public:
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> made;                ///< what tasks made, by path
  std::map<std::string, std::string> known_certificates;  ///< by dataset
  Result<std::string> read(const std::string& path) const override {
    const auto found = files.find(path);
    if (found == files.end()) return failure(Trouble::environment, "cannot open `" + path + "`: no such file or directory");
    return found->second;
  }
  std::optional<std::int64_t> size(const std::string& path) const override {
    if (const auto found = files.find(path); found != files.end()) return static_cast<std::int64_t>(found->second.size());
    const std::string folder = path.ends_with('/') ? path : path + "/";
    const auto inside = files.lower_bound(folder);
    return inside != files.end() && inside->first.starts_with(folder) ? std::optional<std::int64_t>(0) : std::nullopt;
  }
  std::vector<std::string> list(const std::string& folder) const override {
    std::vector<std::string> names;
    const std::string start = folder == "." ? "" : folder + "/";
    for (const auto& [path, text] : files) {
      if (!path.starts_with(start)) continue;
      const std::string name = path.substr(start.size(), path.find('/', start.size()) - start.size());
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    return names;
  }
  std::optional<std::string> read_made(const std::string& path) const override { return found_in(made, path); }
  std::optional<std::string> certificates(std::string_view dataset) const override {
    return found_in(known_certificates, std::string(dataset));
  }

 private:
  static std::optional<std::string> found_in(const std::map<std::string, std::string>& texts, const std::string& name) {
    const auto found = texts.find(name);
    return found == texts.end() ? std::nullopt : std::optional(found->second);
  }
};

using Lines = std::vector<std::string>;

struct Made {
  Sources sources;
  Diagnostics diagnostics;
  program::Program program;
  std::vector<planning::Explanation> explanations;
  std::optional<plan::Plan> plan;

  /// "kind: message", in order of place.
  [[nodiscard]] Lines lines() const {
    Lines result;
    for (const Diagnostic& one : diagnostics.sorted()) result.push_back(std::string(info(one.kind).name) + ": " + one.message);
    return result;
  }
  [[nodiscard]] Lines notes(std::size_t number = 0) const { return diagnostics.sorted().at(number).notes; }
  [[nodiscard]] Lines help(std::size_t number = 0) const { return diagnostics.sorted().at(number).help; }
  /// The texts that the labels of a diagnostic point at.
  [[nodiscard]] Lines places(std::size_t number = 0) const {
    Lines result;
    const Diagnostic diagnostic = diagnostics.sorted().at(number);
    for (const Label& label : diagnostic.labels) result.emplace_back(sources.text(label.span));
    return result;
  }
  /// Names of a task's or dataset's elements.
  [[nodiscard]] Lines elements(const std::string& name) const {
    Lines result;
    if (const auto task = plan->find_task(name))
      for (std::uint32_t e = 0; e < plan->tasks()[*task].family.count; ++e) result.push_back(plan::element_name(*plan, {*task, e}));
    else if (const auto dataset = plan->find_dataset(name))
      for (std::uint32_t e = 0; e < plan->datasets()[*dataset].family.count; ++e)
        result.push_back(plan::dataset_element_name(*plan, *dataset, e));
    return result;
  }
  [[nodiscard]] Lines paths(const std::string& dataset) const {
    Lines result;
    const auto number = *plan->find_dataset(dataset);
    for (std::uint32_t e = 0; e < plan->datasets()[number].family.count; ++e) result.push_back(plan::dataset_path(*plan, number, e));
    return result;
  }
  /// What an element of a task reads: paths, port after port.
  [[nodiscard]] Lines inputs(const std::string& element) const {
    return paths_of(plan::input_files(*plan, *plan::find_element(*plan, element)));
  }
  [[nodiscard]] Lines outputs(const std::string& element) const {
    return paths_of(plan::output_files(*plan, *plan::find_element(*plan, element)));
  }
  [[nodiscard]] plan::RelationKind relation(const std::string& task, std::size_t input = 0) const {
    return plan->inputs(plan->tasks()[*plan->find_task(task)])[input].relation.kind;
  }
  /// What waits: "dimension `peak`: 2 of candidates for find, measure", stage by stage.
  [[nodiscard]] Lines stages() const {
    Lines result;
    for (const plan::StageRow& stage : plan->stages()) {
      const auto tasks = plan->indices(stage.tasks);
      std::string names;
      for (const std::uint32_t task : tasks)
        names += (names.empty() ? "" : ", ") + std::string(plan->text(plan->tasks()[task].family.name));
      result.push_back(std::string(plan->text(stage.what)) + ": " + std::to_string(stage.elements.count) + " of " +
                       std::string(plan->text(plan->datasets()[stage.dataset].family.name)) + " for " + names);
    }
    return result;
  }
  [[nodiscard]] std::string command(const std::string& element) const {
    const auto command = plan::command(*plan, *plan::find_element(*plan, element), {});
    return command ? plan::command_line(*command) : "error: " + command.error().what;
  }
  /// "condition count remark" for each step.
  [[nodiscard]] Lines steps(const std::string& task) const {
    Lines result;
    for (const auto& explanation : explanations)
      if (explanation.task == task)
        for (const auto& step : explanation.steps)
          result.push_back(step.condition + ": " + std::to_string(step.count) + (step.remark.empty() ? "" : " (" + step.remark + ")"));
    return result;
  }

 private:
  static Lines paths_of(const std::vector<plan::FileUse>& files) {
    Lines result;
    for (const auto& file : files) result.push_back(file.path);
    return result;
  }
};

/// Texts of files by path.
using Files = std::map<std::string, std::string>;

inline std::unique_ptr<Made> make_in(const MemoryWorld& world, const std::string& text, planning::Options options = {}) {
  auto made = std::make_unique<Made>();
  Strings strings;
  const SourceId id = made->sources.add("test.osa", text);
  std::vector<semantics::Module> modules;
  modules.push_back({"", syntax::parse(made->sources, id, strings, made->diagnostics)});
  if (made->diagnostics.has_errors()) return made;
  made->program = semantics::analyse(modules, made->sources, strings, made->diagnostics);
  if (made->diagnostics.has_errors()) return made;
  auto planned = planning::make_plan(made->program, std::move(strings), made->sources, world, options, made->diagnostics);
  made->explanations = std::move(planned.explanations);
  if (made->diagnostics.has_errors()) return made;
  auto plan = plan::Plan::from_bytes(plan::serialize(planned.data));
  if (!plan) throw std::runtime_error(plan.error().what);
  made->plan = std::move(*plan);
  if (const std::string wrong = plan::verify(*made->plan); !wrong.empty()) throw std::runtime_error(wrong);
  return made;
}

inline std::unique_ptr<Made> make(const std::string& text, Files files = {}, planning::Options options = {}) {
  MemoryWorld world;
  world.files = std::move(files);
  return make_in(world, text, std::move(options));
}

/// Options that ask for no files.
inline planning::Options without_files() {
  planning::Options options;
  options.check_existence = false;
  return options;
}

}  // namespace osac
