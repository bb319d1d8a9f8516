// The order of planning on one screen. A stage that reported errors ends it, so that none works on what is not there.

#include "compiler/planning/make_plan.h"

#include "compiler/planning/certificates.h"
#include "compiler/planning/closure.h"
#include "compiler/planning/domains.h"
#include "compiler/planning/elements.h"
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
  check_remade(frame, fold, draft);
  if (context.options.check_existence) check_existence(frame, fold, draft);
  if (!context.diagnostics.has_errors()) check_requests(frame, fold, draft);
}

/// Says in each task's steps what its elements wait for.
void explain_waiting(Draft& draft) {
  for (TaskDraft& task : draft.tasks) {
    std::map<std::uint32_t, std::uint64_t> counts;
    for (const std::uint32_t stage : task.held)
      if (stage != none) ++counts[stage];
    std::uint64_t waiting = 0;
    std::string remark;
    for (const auto& [stage, count] : counts) {
      waiting += count;
      remark += fmt::format("{}{} for {}", remark.empty() ? "waiting: " : ", ", count, draft.stages[stage].what);
    }
    if (waiting > 0) task.explanation.steps.push_back({"known now", task.family.count - waiting, remark});
  }
}

/// What cannot be read stays in the plan, which says so.
void keep_unusable(const Stages& stages, Keep& keep) {
  const auto unusable = find_unusable(stages);
  for (std::size_t t = 0; t < unusable.size(); ++t)
    for (const std::uint32_t element : unusable[t]) keep.datasets[stages.frame.context.program.tables[t].produced.index][element] = 1;
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
  TableSet tables = read_tables(context, fold);
  MadeFields fields = find_used_fields(context.program);
  if (failed()) return;
  const Axes axes = make_axes(context, fold, tables, fields);
  if (failed()) return;

  const Frame frame{context, fold.expressions(), axes, &fields};
  Draft draft;
  draft.datasets.resize(context.program.datasets.size());
  draft.tasks.resize(context.program.tasks.size());
  draft.relations = make_relation_tuples(frame, tables);
  check_certificates(frame, tables);
  if (failed() || !order_tasks(frame, draft)) return;
  const Stages stages{frame, tables, fields, draft};
  make_domains(stages, fold, selection);
  if (!failed() && order_elements(frame, draft)) spread_held(context.program, draft);
  explain_waiting(draft);
  Keep keep;
  if (!failed()) keep = find_kept(stages, fold, selection, goals);
  if (!failed()) keep_unusable(stages, keep);
  if (!failed()) report_failures(frame, fold, draft, keep);
  for (const TaskDraft& task : draft.tasks) planned.explanations.push_back(task.explanation);
  if (failed()) return;

  warn_unneeded(context, draft, keep);
  compact(context.program, draft, keep);
  if (!check_sizes(frame, draft)) return;
  check_draft(frame, fold, tables, draft);
  if (!failed()) write_plan(stages, fold, parameters, planned.data);
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
