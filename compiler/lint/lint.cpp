#include "compiler/lint/lint.h"

#include "compiler/lint/allow.h"
#include "compiler/lint/context.h"

namespace osac::lint {

void lint(const std::vector<semantics::Module>& modules, const Sources& sources, const Strings& strings, const Diagnostics& compiled,
          const Options& options, Diagnostics& diagnostics) {
  Diagnostics found;
  found.take(compiled, [](const Diagnostic&) { return true; });
  Context context = make_context(modules, sources, strings, options, found);
  for (void (*rule)(Context&) : {check_names, check_tasks, check_texts, check_paths, check_scripts, check_environments}) rule(context);

  Diagnostics wanted;
  Context remaining = make_context(modules, sources, strings, options, wanted);
  std::vector<Allowance> allowances = read_allowances(remaining);
  take_unallowed(found, allowances, wanted);
  report_needless(remaining, allowances);
  const Span file = sources.span(modules.front().tree.source);
  diagnostics.take(wanted, [&](const Diagnostic& diagnostic) {
    const bool is_here = diagnostic.labels.empty() ||
                         (diagnostic.labels.front().span.begin >= file.begin && diagnostic.labels.front().span.begin <= file.end);
    return is_here && (options.is_strict || diagnostic.severity != Severity::advice);
  });
}

}  // namespace osac::lint
