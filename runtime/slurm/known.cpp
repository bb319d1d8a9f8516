#include "runtime/slurm/known.h"

#include <algorithm>

#include "compiler/plan/resolve.h"

namespace osac::slurm {

namespace {

/// How a file was recorded by the newest success that made it.
std::optional<step::FileState> recorded(const plan::Plan& plan, plan::ElementRef maker, const std::string& path,
                                        const registry::History& history) {
  const registry::PastElement* const element = history.find(plan::element_name(plan, maker));
  if (element == nullptr) return std::nullopt;
  for (const registry::PastEnd* success = history.success(*element); success != nullptr; success = history.success_before(*success))
    for (const registry::PastOutput& output : history.outputs(*success))
      if (history.text(output.path) == path) return output.state;
  return std::nullopt;
}

/// The success that made what the element would make now; null if there is none, or if its record is not in a journal yet.
const registry::PastEnd* success_of(const plan::Plan& plan, plan::ElementRef ref, const registry::History& history) {
  const registry::PastElement* const element = history.find(plan::element_name(plan, ref));
  if (element == nullptr) return nullptr;
  const auto outputs = plan::output_files(plan, ref);
  const registry::PastEnd* const success = history.success_of(*element, outputs.empty() ? "" : outputs.front().path);
  return success == nullptr || success->journal == registry::PastEnd::none ? nullptr : success;
}

}  // namespace

std::vector<KnownFile> known_files(const plan::Plan& plan, const std::vector<bool>& to_run,
                                   const std::vector<registry::Decision>& decisions, const registry::History& history) {
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
      if (decisions[plan.global(*maker)].verdict != registry::Verdict::up_to_date) continue;
      if (auto state = recorded(plan, *maker, plan::dataset_path(plan, dataset, element), history))
        files.push_back({dataset, element, *state});
    }
  }
  return files;
}

Past past_of(const plan::Plan& plan, const std::vector<bool>& to_run, const std::vector<registry::Decision>& decisions,
             const std::vector<std::uint32_t>& attempts, const registry::History& history) {
  Past past;
  std::vector<std::uint32_t> numbers(history.journals.size(), nothing);
  for (std::uint32_t element = 0; element < plan.element_count(); ++element) {
    if (!to_run[element]) continue;
    PastRow row;
    row.element = element;
    row.attempt = attempts.empty() ? 1 : attempts[element];
    const bool may_hold = decisions[element].verdict == registry::Verdict::unknown;
    if (const registry::PastEnd* const success = may_hold ? success_of(plan, plan.element(element), history) : nullptr) {
      if (numbers[success->journal] == nothing) {
        numbers[success->journal] = static_cast<std::uint32_t>(past.journals.size());
        const std::string& name = history.journals[success->journal].name;
        past.journals.push_back(name.find('/') == std::string::npos ? history.folder + "/" + name : name);
      }
      row.journal = numbers[success->journal];
      row.offset = success->offset;
      row.fingerprint = success->fingerprint;
    }
    if (row.attempt > 1 || row.journal != nothing) past.rows.push_back(row);
  }
  return past;
}

}  // namespace osac::slurm
