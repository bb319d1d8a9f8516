#include "runtime/step/execution_record.h"

#include <unistd.h>
#include <algorithm>

#include "runtime/step/system.h"

namespace osac::step {

ExecutionStart execution_start(const plan::Plan& plan, const Executing& what, const runtime::Clock& clock) {
  ExecutionStart start;
  start.execution = what.execution;
  start.plan = hexadecimal(plan.id());
  start.workflow = plan.workflow();
  start.host = host_name();
  start.user = what.user;
  start.osac_version = OSAC_VERSION;
  start.pid = ::getpid();
  start.time = clock.wall();
  start.arguments = what.arguments;
  start.site = what.site;
  start.site_content = what.site_content;
  start.called_in = what.called_in;
  return start;
}

PlanRecord plan_record(const plan::Plan& plan) {
  PlanRecord record;
  record.plan = hexadecimal(plan.id());
  record.workflow = plan.workflow();
  for (const plan::ParameterRow& parameter : plan.parameters())
    record.parameters.push_back({std::string(plan.text(parameter.name)), std::string(plan.text(parameter.value))});
  for (const plan::SourceRow& source : plan.sources()) record.sources.push_back({std::string(plan.text(source.name)), source.digest});
  std::uint32_t last = plan::no_row;
  for (const plan::ParameterUseRow& use : plan.parameter_uses()) {  // sorted by task
    if (use.task != last) record.tasks.push_back({std::string(plan.text(plan.tasks()[use.task].family.name)), {}});
    last = use.task;
    record.tasks.back().parameters.emplace_back(plan.text(plan.parameters()[use.parameter].name));
  }
  return record;
}

std::vector<LookupRecord> lookups_of(const plan::Plan& plan, plan::ElementRef element, const std::vector<plan::FileUse>& uses) {
  std::vector<LookupRecord> lookups;
  if (plan.runners_up().empty()) return lookups;
  const plan::TaskRow& task = plan.tasks()[element.task];
  const auto inputs = plan.inputs(task);
  for (const plan::FileUse& use : uses) {
    const std::uint32_t input = task.first_input + use.port + use.branch;
    const auto rows = plan.runners_up();
    const auto found = std::lower_bound(rows.begin(), rows.end(), input,
                                        [](const plan::RunnerUpRow& row, std::uint32_t number) { return row.input < number; });
    if (found == rows.end() || found->input != input) continue;
    const auto records = plan.indices(found->records);
    LookupRecord& lookup = lookups.emplace_back();
    lookup.port = plan.text(inputs[use.port].name);
    lookup.chosen = plan::dataset_element_name(plan, use.dataset, use.element);
    const std::size_t place = records.size() == 1 ? 0 : element.element;  // one for all
    if (place < records.size()) lookup.runner_up = plan::record_name(plan, found->dimension, records[place]);
  }
  return lookups;
}

}  // namespace osac::step
