// The order of planning on one screen. A stage that reported errors ends it, so that none works on what is not there.

#include "compiler/planning/make_plan.h"

#include "compiler/planning/closure.h"
#include "compiler/planning/domains.h"
#include "compiler/planning/failures.h"
#include "compiler/planning/order.h"
#include "compiler/planning/path_checks.h"
#include "compiler/planning/records.h"
#include "compiler/planning/relations.h"
#include "compiler/planning/requests.h"
#include "compiler/planning/write_plan.h"

namespace osac::planning {

namespace {

/// Checks of the finished draft; those that render paths only if the ones before found them sound.
void check_draft(const Frame& frame, Folder& fold, const TableSet& tables, const Draft& draft) {
  Context& context = frame.context;
  check_path_keys(frame, fold, tables, draft);
  if (context.diagnostics.has_errors()) return;
  check_disjointness(frame, fold, draft);
  if (context.options.check_existence) check_existence(frame, fold, draft);
  if (!context.diagnostics.has_errors()) check_requests(frame, fold, draft);
}

void plan_stages(Context& context, Planned& planned) {
  const Diagnostics& diagnostics = context.diagnostics;
  const std::size_t before = diagnostics.error_count();
  const auto failed = [&] { return diagnostics.error_count() > before; };

  const ParameterValues parameters = read_parameters(context);
  const Selection selection = parse_selection(context);
  const Goals goals = find_goals(context);
  if (failed()) return;
  Folder fold(context, parameters);
  const TableSet tables = read_tables(context, fold);
  if (failed()) return;
  const Axes axes = make_axes(context, fold, tables);
  if (failed()) return;

  const Frame frame{context, fold.expressions(), axes};
  Draft draft;
  draft.datasets.resize(context.program.datasets.size());
  draft.tasks.resize(context.program.tasks.size());
  if (!order_tasks(frame, draft)) return;
  make_domains(frame, fold, selection, draft);
  Keep keep;
  if (!failed()) keep = find_kept(frame, fold, selection, goals, draft);
  if (!failed()) report_failures(frame, fold, draft, keep);
  for (const TaskDraft& task : draft.tasks) planned.explanations.push_back(task.explanation);
  if (failed()) return;

  warn_unneeded(context, keep);
  compact(context.program, draft, keep);
  if (!check_sizes(frame, draft)) return;
  check_draft(frame, fold, tables, draft);
  if (!failed()) write_plan(frame, fold, parameters, tables, draft, planned.data);
}

}  // namespace

Planned make_plan(const program::Program& program, Strings strings, Sources& sources, const World& world, const Options& options,
                  Diagnostics& diagnostics) {
  Planned planned;
  Context context{program, strings, sources, world, options, diagnostics};
  plan_stages(context, planned);
  planned.data.strings = std::move(strings);
  return planned;
}

}  // namespace osac::planning
