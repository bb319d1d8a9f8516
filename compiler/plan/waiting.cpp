// What is asked for by name and is not planned yet: which stage it waits for, and which files of that.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/plan/query_text.h"
#include "compiler/plan/resolve.h"

namespace osac::plan {

namespace {

/// The tasks that a name means: its own, and those that make the dataset of that name.
std::vector<std::uint32_t> tasks_of(const Plan& plan, const QueryStep& step) {
  std::vector<std::uint32_t> tasks;
  if (const auto task = plan.find_task(step.name)) tasks.push_back(*task);
  if (const auto dataset = plan.find_dataset(step.name)) {
    const DatasetRow& row = plan.datasets()[*dataset];
    if (row.producer != no_row) tasks.push_back(row.producer);
    for (const std::uint32_t task : plan.indices(row.producer_tasks)) tasks.push_back(task);
  }
  return tasks;
}

/// Whether what a file is made for is what was asked for, as far as both say it.
bool agrees(const Plan& plan, const StageRow& stage, std::uint32_t file, const std::vector<ConditionStep>& condition) {
  const auto keys = dataset_keys(plan, stage.dataset, file);
  return std::all_of(condition.begin(), condition.end(), [&](const ConditionStep& step) {
    if (step.what != ConditionStep::What::comparison || step.op != "==") return true;
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const KeyText& one) { return one.dimension == step.name; });
    return key == keys.end() || key->text == step.values[0].text;
  });
}

}  // namespace

std::optional<std::string> waiting_for(const Plan& plan, std::string_view target) {
  constexpr std::size_t most_shown = 3;
  const auto steps = read_query(target);
  if (!steps || steps->size() != 1) return std::nullopt;
  const QueryStep& step = steps->front();
  const auto tasks = tasks_of(plan, step);
  for (const StageRow& stage : plan.stages()) {
    const auto waiting = plan.indices(stage.tasks);
    const bool is_meant = std::any_of(tasks.begin(), tasks.end(),
                                      [&](std::uint32_t task) { return std::find(waiting.begin(), waiting.end(), task) != waiting.end(); });
    if (!is_meant) continue;
    std::vector<std::string> names;
    std::size_t count = 0;
    for (const std::uint32_t file : plan.indices(stage.elements)) {
      if (!agrees(plan, stage, file, step.condition) || ++count > most_shown) continue;
      names.push_back(fmt::format("`{}`", visible(dataset_element_name(plan, stage.dataset, file))));
    }
    if (count == 0) continue;
    if (count > most_shown) names.push_back(fmt::format("{} more", grouped(count - most_shown)));
    return fmt::format("{} {} known once {} {} made", plan.text(stage.what), plan.text(stage.what).starts_with("paths") ? "are" : "is",
                       join_words(names), count == 1 ? "is" : "are");
  }
  return std::nullopt;
}

}  // namespace osac::plan
