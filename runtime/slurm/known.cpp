#include "runtime/slurm/known.h"

#include <algorithm>

#include "compiler/plan/resolve.h"

namespace osac::slurm {

namespace {

/// How a file was recorded by the newest success of its maker; nothing if that did not make it.
std::optional<step::FileState> recorded(const plan::Plan& plan, plan::ElementRef maker, const std::string& path,
                                        const registry::History& history) {
  const registry::PastElement* const element = history.find(plan::element_name(plan, maker));
  const registry::PastEnd* const success = element == nullptr ? nullptr : history.success(*element);
  if (success == nullptr) return std::nullopt;
  for (const registry::PastOutput& output : history.outputs(*success))
    if (history.text(output.path) == path) return output.state;
  return std::nullopt;
}

}  // namespace

std::vector<KnownFile> known_files(const plan::Plan& plan, const std::vector<bool>& to_run, const registry::History& history) {
  std::vector<KnownFile> files;
  for (std::uint32_t dataset = 0; dataset < plan.datasets().size(); ++dataset) {
    std::vector<bool> is_read(plan.datasets()[dataset].family.count, false);
    for (const plan::TaskRow& task : plan.tasks()) {
      for (const plan::InputRow& input : plan.inputs(task)) {
        if (input.dataset != dataset) continue;
        bool is_every_read = false;
        for (std::uint32_t i = 0; i < task.family.count && !is_every_read; ++i) {
          if (!to_run[task.first_element + i]) continue;
          plan.for_each(input.relation, i, plan.datasets()[dataset].family.count, [&](std::uint32_t target) { is_read[target] = true; });
          is_every_read = input.relation.kind == plan::RelationKind::every;
        }
      }
    }
    for (std::uint32_t element = 0; element < is_read.size(); ++element) {
      if (!is_read[element]) continue;
      const auto maker = plan.producer(dataset, element);
      if (!maker || to_run[plan.global(*maker)]) continue;
      if (auto state = recorded(plan, *maker, plan::dataset_path(plan, dataset, element), history))
        files.push_back({dataset, element, *state});
    }
  }
  return files;
}

}  // namespace osac::slurm
