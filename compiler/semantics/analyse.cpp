// The passes of semantics in their order. Each uses only what those before it have filled.

#include "compiler/semantics/analyse.h"

#include "compiler/base/check.h"
#include "compiler/semantics/declarations.h"
#include "compiler/semantics/modules.h"

namespace osac::semantics {

program::Program analyse(const std::vector<Module>& modules, const Sources& sources, Strings& strings, Diagnostics& diagnostics) {
  OSAC_CHECK(!modules.empty(), "semantics needs the workflow's tree");
  Context context{modules, sources, strings, diagnostics};
  context.had_errors = diagnostics.has_errors();
  const syntax::Tree& tree = modules.front().tree;
  context.program.name = tree.workflow ? tree.workflow->symbol : strings.intern("");
  context.program.doc = tree.doc;
  collect_lost_names(context);
  collect_names(context);
  analyse_values(context);
  connect_dimensions(context);
  analyse_tables(context);
  analyse_dimensions(context);
  analyse_relations(context);
  analyse_datasets(context);
  resolve_tables(context);
  make_certificates(context);
  analyse_tasks(context);
  analyse_certifications(context);
  analyse_tools(context);
  find_circular_stages(context);
  analyse_goals(context);
  warn_unused(context);
#ifndef NDEBUG
  if (!diagnostics.has_errors()) {
    const std::string problem = verify(context.program);
    OSAC_CHECK(problem.empty(), problem);
  }
#endif
  return std::move(context.program);
}

}  // namespace osac::semantics
