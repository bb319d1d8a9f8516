// osac graph: the workflow's picture, or one element's lineage.

#include "compiler/plan/resolve.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

int run_graph(const Arguments& arguments) {
  int exit_code = exit_done;
  const auto session = open_session(arguments, driver::Stage::plan, exit_code);
  if (!session) return exit_code;
  const plan::Plan& plan = session->plan();
  if (arguments.past.target.empty()) return write_picture(emit::workflow_graph(plan), arguments.draw, std::string(plan.workflow()));
  const auto element = plan::find_element(plan, arguments.past.target);
  if (!element) return report(element.error());
  emit::LineageOptions options;
  options.downstream = arguments.draw.downstream;
  return write_picture(emit::lineage_graph(plan, *element, options), arguments.draw, plan::element_file_name(plan, *element));
}

}  // namespace osac::cli
