#include <map>
#include <set>

#include "compiler/plan/resolve.h"
#include "runtime/provenance/provenance.h"

namespace osac::provenance {

namespace {

/// What the journals tell of an element last.
struct Newest {
  step::EndRecord success, failure;  ///< without an element's name: there is none
};

}  // namespace

Result<Records> collect(const plan::Plan& plan, const std::string& state_folder) {
  std::unordered_map<std::string, Newest> newest;
  std::vector<step::ExecutionStart> executions;
  std::map<std::string, step::PlanRecord> plans;
  std::set<std::string> told;  // array tasks of one execution tell its start again, each its own
  step::JournalVisitor visitor;
  visitor.execution_start = [&](step::ExecutionStart&& start) {
    if (told.insert(start.execution).second) executions.push_back(std::move(start));
  };
  visitor.plan = [&](step::PlanRecord&& record) { plans.try_emplace(record.plan, std::move(record)); };
  visitor.end = [&](step::EndRecord&& end) {
    Newest& known = newest[end.element];
    if (end.outcome == step::Outcome::succeeded)
      known = {std::move(end), {}};
    else
      known.failure = std::move(end);
  };
  if (auto read = step::read_journals(state_folder + "/journal", visitor); !read) return tl::unexpected(read.error());

  Records records;
  std::set<std::string_view> named, named_plans;
  for (std::uint32_t element = 0; element < plan.element_count(); ++element) {
    const auto found = newest.find(plan::element_name(plan, plan.element(element)));
    if (found == newest.end()) continue;
    auto& [success, failure] = found->second;
    if (!failure.element.empty()) records.failures.push_back(std::move(failure));
    if (success.element.empty()) continue;
    records.ends.push_back(std::move(success));
    records.elements.push_back(element);
  }
  for (const auto* ends : {&records.ends, &records.failures})
    for (const step::EndRecord& end : *ends) {
      named.insert(end.execution);
      named_plans.insert(end.plan);
    }
  for (std::uint32_t i = 0; i < records.ends.size(); ++i)
    for (const step::OutputRecord& output : records.ends[i].outputs) records.makers.emplace(output.path, i);
  for (step::ExecutionStart& execution : executions)
    if (named.contains(execution.execution)) records.executions.push_back(std::move(execution));
  for (auto& [id, record] : plans)
    if (named_plans.contains(id)) records.plans.push_back(std::move(record));
  return records;
}

}  // namespace osac::provenance
