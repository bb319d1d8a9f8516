#include "compiler/driver/compile.h"

#include <algorithm>

#include "compiler/base/check.h"
#include "compiler/base/hash.h"
#include "compiler/driver/folder_world.h"
#include "compiler/driver/load.h"
#include "stdlib/embedded.h"

namespace osac::driver {

namespace {

/// The plan remembers what it was made from: every source by name (relative to the workflow's folder) and SHA-256. Tables add themselves
/// while planning.
void add_sources(const Compilation& compilation, plan::PlanData& data) {
  std::vector<plan::SourceRow> rows;
  for (const semantics::Module& module : compilation.modules) {
    const SourceId source = module.tree.source;
    std::string_view name = compilation.sources.name(source);
    if (name.starts_with(compilation.folder + "/")) name.remove_prefix(compilation.folder.size() + 1);
    rows.push_back({data.strings.intern(name), 0, sha256(compilation.sources.text(source))});
  }
  data.sources.insert(data.sources.begin(), rows.begin(), rows.end());
}

planning::Options planning_options(const Request& request, const Compilation& compilation) {
  planning::Options options = request.planning;
  options.shown_folder = compilation.folder == "." ? "" : compilation.folder;
  const auto& parameters = compilation.program->parameters;
  std::erase_if(options.parameters, [&](const auto& given) {
    return request.shared_parameters.contains(given.first) &&
           std::none_of(parameters.begin(), parameters.end(),
                        [&](const auto& parameter) { return compilation.strings.text(parameter.name) == given.first; });
  });
  return options;
}

void plan_stage(const Request& request, Compilation& compilation) {
  const std::string workflow(compilation.strings.text(compilation.program->name));
  const std::string state = fmt::format("{}/{}", request.state_root, workflow);
  const planning::Options options = planning_options(request, compilation);
  const FolderWorld world(compilation.folder, state, workflow, request.made, request.tables_from_files ? request.files : nullptr);
  auto planned = planning::make_plan(*compilation.program, std::move(compilation.strings), compilation.sources, world, options,
                                     compilation.diagnostics);
  compilation.explanations = std::move(planned.explanations);
  if (compilation.diagnostics.has_errors()) {
    compilation.strings = std::move(planned.data.strings);
    return;
  }
  add_sources(compilation, planned.data);
  auto plan = plan::Plan::from_bytes(plan::serialize(planned.data));
  compilation.strings = std::move(planned.data.strings);
  OSAC_CHECK(plan.has_value(), "a plan just made cannot be read back");
  compilation.plan = std::move(*plan);
}

}  // namespace

std::unique_ptr<Compilation> compile(const Request& request) {
  auto compilation = std::make_unique<Compilation>();
  compilation->folder = folder_of(request.file);
  compilation->modules =
      load(request.file, request.module_paths, request.files, compilation->sources, compilation->strings, compilation->diagnostics);
  if (compilation->modules.empty() || request.until == Stage::parse) return compilation;
  compilation->program = semantics::analyse(compilation->modules, compilation->sources, compilation->strings, compilation->diagnostics);
  if (request.until == Stage::analyse || compilation->diagnostics.has_errors()) return compilation;
  plan_stage(request, *compilation);
  return compilation;
}

std::optional<std::string_view> embedded_module(std::string_view name) {
  const auto& table = embedded::modules();
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.first == name; });
  if (found == table.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> embedded_modules() {
  std::vector<std::string_view> names;
  for (const auto& [name, text] : embedded::modules()) names.push_back(name);
  return names;
}

}  // namespace osac::driver
