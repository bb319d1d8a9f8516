// osac graph: the workflow's picture, or the lineage of elements and files.

#include "compiler/base/text.h"
#include "compiler/plan/query.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/picture.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

/// What was asked for: an element by its name, or whatever a query means: `dl2[run=2008]`, `reduce`, a path.
Result<plan::ElementSet> find_targets(const plan::Plan& plan, const std::string& name, const std::string& folder) {
  if (const auto element = plan::find_element(plan, name)) {
    plan::ElementSet set(plan);
    set.tasks[plan.global(*element)] = 1;
    return set;
  }
  auto set = plan::query(plan, name, folder == "." ? "" : folder);
  if (!set || set->is_empty())
    if (const auto waits = plan::waiting_for(plan, name))
      return failure(Trouble::usage, "`" + visible(name) + "` is not planned yet", *waits);
  if (!set) return failure(Trouble::usage, set.error().what, set.error().help);
  if (set->is_empty()) return failure(Trouble::usage, "no element or file is `" + visible(name) + "`", "`osac query` shows what there is");
  return std::move(*set);
}

}  // namespace

int run_graph(const Arguments& arguments) {
  int exit_code = exit_done;
  const auto session = open_session(arguments, driver::Stage::plan, exit_code);
  if (!session) return exit_code;
  const plan::Plan& plan = session->plan();
  const DrawArguments& draw = arguments.draw;
  if (!draw.element.empty() && !arguments.past.target.empty())
    return report_usage("elements are named twice: `" + visible(arguments.past.target) + "` and `" + visible(draw.element) + "`");
  const std::string& target = draw.element.empty() ? arguments.past.target : draw.element;
  emit::DrawOptions options;
  options.with_elements = draw.elements;
  options.downstream = draw.downstream;
  if (target.empty()) {
    const std::string output = output_of(draw, std::string(plan.workflow()));
    options.link_base = link_base(output, session->folder);
    return write_picture(emit::workflow_graph(plan, options), draw, output);
  }
  const auto targets = find_targets(plan, target, session->folder);
  if (!targets) return report(targets.error());
  const auto element = plan::find_element(plan, target);
  const std::string output = output_of(draw, element ? plan::element_file_name(plan, *element) : std::string(plan.workflow()) + "-lineage");
  options.link_base = link_base(output, session->folder);
  return write_picture(emit::lineage_graph(plan, *targets, target, options), draw, output);
}

}  // namespace osac::cli
