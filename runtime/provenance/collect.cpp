#include <algorithm>
#include <set>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/provenance/lineage.h"

namespace osac::provenance {

Result<Records> collect(const plan::Plan& plan, const std::string& state_folder) {
  std::unordered_map<std::string, step::EndRecord> newest, failed;
  std::vector<step::ExecutionStart> executions;
  step::JournalVisitor visitor;
  visitor.execution_start = [&](step::ExecutionStart&& start) { executions.push_back(std::move(start)); };
  visitor.end = [&](step::EndRecord&& end) {
    if (end.outcome != step::Outcome::succeeded) {
      failed[end.element] = std::move(end);
    } else {
      failed.erase(end.element);
      newest[end.element] = std::move(end);
    }
  };
  if (auto read = step::read_journals(state_folder + "/journal", visitor); !read) return tl::unexpected(read.error());

  Records records;
  std::set<std::string> named;
  for (std::uint32_t element = 0; element < plan.element_count(); ++element) {
    const std::string name = plan::element_name(plan, plan.element(element));
    if (const auto failure = failed.find(name); failure != failed.end()) {
      named.insert(failure->second.execution);
      records.failures.push_back(std::move(failure->second));
    }
    const auto found = newest.find(name);
    if (found == newest.end()) continue;
    named.insert(found->second.execution);
    records.ends.push_back(std::move(found->second));
  }
  for (std::uint32_t i = 0; i < records.ends.size(); ++i)
    for (const step::OutputRecord& output : records.ends[i].outputs) records.makers.emplace(output.path, i);
  for (step::ExecutionStart& execution : executions)
    if (named.contains(execution.execution)) records.executions.push_back(std::move(execution));
  return records;
}

Result<std::vector<std::uint32_t>> select(const Records& records, const std::string& target) {
  std::vector<std::uint32_t> selected;
  if (target.empty()) {
    for (std::uint32_t i = 0; i < records.ends.size(); ++i) selected.push_back(i);
    return selected;
  }
  std::vector<bool> seen(records.ends.size());
  const auto visit = [&](std::uint32_t place) {
    if (seen[place]) return;
    seen[place] = true;
    selected.push_back(place);
  };
  if (const auto maker = records.makers.find(target); maker != records.makers.end()) visit(maker->second);
  for (std::uint32_t i = 0; i < records.ends.size() && selected.empty(); ++i)
    if (records.ends[i].element == target) visit(i);
  if (selected.empty())
    return failure(
        Trouble::usage, "`" + visible(target) + "` is no element or file of which there is a record",
        "name an element as `osac status` knows it, like 'reduce[exposure=16]', or a file by its path from the workflow's folder");
  for (std::size_t next = 0; next < selected.size(); ++next)
    for (const step::InputRecord& input : records.ends[selected[next]].inputs)
      if (const auto maker = records.makers.find(input.path); maker != records.makers.end()) visit(maker->second);
  std::sort(selected.begin(), selected.end());
  return selected;
}

}  // namespace osac::provenance
