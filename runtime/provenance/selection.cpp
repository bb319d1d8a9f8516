#include "runtime/provenance/selection.h"

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/plan/query.h"
#include "compiler/plan/resolve.h"

namespace osac::provenance {

namespace {

/// The names of a set's elements and the paths of its files.
std::unordered_set<std::string> names_of(const plan::Plan& plan, const plan::ElementSet& set) {
  std::unordered_set<std::string> names;
  for (std::uint32_t node = 0; node < set.tasks.size(); ++node)
    if (set.tasks[node] != 0) names.insert(plan::element_name(plan, plan.element(node)));
  for (std::uint32_t dataset = 0; dataset < set.datasets.size(); ++dataset)
    for (std::uint32_t file = 0; file < set.datasets[dataset].size(); ++file)
      if (set.datasets[dataset][file] != 0) names.insert(plan::dataset_path(plan, dataset, file));
  return names;
}

/// Attempts of elements, and makers of files, that are called so.
std::vector<std::uint32_t> places_of(const Records& records, const std::unordered_set<std::string>& names) {
  std::vector<std::uint32_t> places;
  for (std::uint32_t i = 0; i < records.ends.size(); ++i) {
    const auto& outputs = records.ends[i].outputs;
    const bool is_maker = std::any_of(outputs.begin(), outputs.end(), [&](const auto& output) { return names.contains(output.path); });
    if (is_maker || names.contains(records.ends[i].element)) places.push_back(i);
  }
  return places;
}

}  // namespace

std::vector<std::uint32_t> with_origins(const Records& records, std::vector<std::uint32_t> places) {
  std::vector<bool> seen(records.ends.size());
  for (const std::uint32_t place : places) seen[place] = true;
  for (std::size_t next = 0; next < places.size(); ++next)
    for (const step::InputRecord& input : records.ends[places[next]].inputs) {
      const auto maker = records.makers.find(input.path);
      if (maker == records.makers.end() || seen[maker->second]) continue;
      seen[maker->second] = true;
      places.push_back(maker->second);
    }
  std::sort(places.begin(), places.end());
  return places;
}

Result<Selection> find_selection(const plan::Plan& plan, const Records& records, const std::string& target) {
  Selection selection;
  if (target.empty()) {
    for (std::uint32_t i = 0; i < records.ends.size(); ++i) selection.places.push_back(i);
    return selection;
  }
  selection.targets = {target.starts_with("./") ? target.substr(2) : target};
  selection.places = places_of(records, selection.targets);
  if (selection.places.empty()) {
    if (const auto set = plan::query(plan, target)) selection.targets = names_of(plan, *set);
    selection.places = places_of(records, selection.targets);
  }
  if (selection.places.empty())
    if (const auto waits = plan::waiting_for(plan, target))
      return failure(Trouble::usage, "`" + visible(target) + "` is not planned yet, so there is no record of it", *waits);
  if (selection.places.empty())
    return failure(
        Trouble::usage, "`" + visible(target) + "` is no element or file of which there is a record",
        "name an element as `osac status` knows it, like 'reduce[exposure=16]', or a file by its path from the workflow's folder");
  selection.places = with_origins(records, std::move(selection.places));
  return selection;
}

}  // namespace osac::provenance
