// osac check: all mistakes of a workflow. Without its parameters it stops before the plan: types, names and dimensions need no data.

#include <fmt/format.h>

#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

/// Whether everything a plan needs was given: then check goes as far as the plan.
bool can_plan(const program::Program& program, const WorkflowArguments& arguments) {
  if (!arguments.rest.empty() || !arguments.params_file.empty()) return true;
  for (const program::Parameter& parameter : program.parameters)
    if (!parameter.default_value.exists()) return false;
  return true;
}

}  // namespace

int run_check(const Arguments& arguments) {
  int exit_code = exit_done;
  auto session = open_session(arguments, driver::Stage::analyse, exit_code);
  if (!session) return exit_code;
  if (session->opened) {
    if (const std::string problem = plan::verify(session->plan()); !problem.empty())
      return report(Error{Trouble::damaged, "`" + arguments.workflow.file + "` is damaged: " + problem, "compile it again"});
    return exit_done;
  }
  if (!can_plan(*session->compilation->program, arguments.workflow)) {
    fmt::print(stderr, "no mistakes in the text; give its parameters as well to check tables, files and elements (osac check {} --help)\n",
               arguments.workflow.file);
    return exit_done;
  }
  session = open_session(arguments, driver::Stage::plan, exit_code);
  return exit_code;
}

}  // namespace osac::cli
