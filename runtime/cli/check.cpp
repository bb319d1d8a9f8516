// osac check: all mistakes of a workflow. Without its parameters it stops before the plan: types, names and dimensions need no data.

#include <fmt/format.h>
#include <algorithm>

#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

/// Whether a plan can be tried: the text has no mistakes, and every parameter that must be given may have been.
bool can_plan(const WorkflowArguments& arguments) {
  if (!arguments.rest.empty() || !arguments.params_file.empty()) return true;
  driver::Request request;
  request.file = arguments.file;
  request.module_paths = arguments.module_paths;
  request.until = driver::Stage::analyse;
  const auto compilation = driver::compile(request);
  if (compilation->diagnostics.has_errors() || !compilation->program) return true;  // told by whoever compiles next
  const auto& parameters = compilation->program->parameters;
  return std::all_of(parameters.begin(), parameters.end(),
                     [](const auto& parameter) { return parameter.default_value.exists() || parameter.type.is_optional; });
}

}  // namespace

int run_check(const Arguments& arguments) {
  int exit_code = exit_done;
  const bool is_plan = is_plan_file(arguments.workflow.file);
  const bool until_plan = is_plan || can_plan(arguments.workflow);
  SessionOptions options;
  Findings findings(arguments.common, arguments.workflow.json, arguments.workflow.sarif);
  const bool to_stdout = arguments.workflow.json || arguments.workflow.sarif;
  if (to_stdout) options.findings = [&](const Diagnostics& diagnostics, const Sources& sources) { findings.add(diagnostics, sources); };
  const auto session = open_session(arguments, until_plan ? driver::Stage::plan : driver::Stage::analyse, exit_code, options);
  if (to_stdout && (session || exit_code == exit_diagnostics))
    if (const int code = findings.print(); code != exit_done) return code;
  if (!session) return exit_code;
  if (is_plan) {
    if (const std::string problem = plan::verify(session->plan()); !problem.empty())
      return report(Error{Trouble::damaged, "`" + arguments.workflow.file + "` is damaged: " + problem, "compile it again"});
  } else if (!until_plan && !to_stdout) {
    tell(fmt::format("no mistakes in the text; give its parameters as well to check tables, files and elements (osac check {} --help)\n",
                     arguments.workflow.file));
  }
  return exit_done;
}

}  // namespace osac::cli
