#include "runtime/local/temporaries.h"

#include <algorithm>

#include "compiler/plan/edges.h"
#include "runtime/step/system.h"

namespace osac::local {

namespace {

bool is_temporary(const plan::DatasetRow& dataset) {
  const bool is_produced = dataset.producer != plan::no_row || dataset.producer_tasks.count > 0;
  return dataset.persistence == plan::Persistence::temp && dataset.is_goal == 0 && is_produced;
}

}  // namespace

Temporaries::Temporaries(const plan::Plan& plan) : plan_(plan) {
  any_ = std::any_of(plan.datasets().begin(), plan.datasets().end(), is_temporary);
  if (any_) readers_ = plan::count_consumers(plan);
}

std::vector<plan::FileUse> Temporaries::read_by(std::uint32_t element) {
  std::vector<plan::FileUse> last;
  if (!any_) return last;
  const plan::ElementRef ref = plan_.element(element);
  const auto inputs = plan_.inputs(plan_.tasks()[ref.task]);
  for (std::uint32_t port = 0; port < inputs.size(); ++port) {
    const plan::DatasetRow& dataset = plan_.datasets()[inputs[port].dataset];
    if (!is_temporary(dataset)) continue;
    // an element that reads a file through two ports counts once
    const auto is_read_before = [&](std::uint32_t file) {
      for (std::uint32_t earlier = 0; earlier < port; ++earlier) {
        bool found = false;
        if (inputs[earlier].dataset == inputs[port].dataset)
          plan_.for_each(inputs[earlier].relation, ref.element, dataset.family.count,
                         [&](std::uint32_t target) { found = found || target == file; });
        if (found) return true;
      }
      return false;
    };
    plan_.for_each(inputs[port].relation, ref.element, dataset.family.count, [&](std::uint32_t file) {
      if (is_read_before(file)) return;
      std::uint32_t& left = readers_[inputs[port].dataset][file];
      if (left > 0 && --left == 0)
        last.push_back({inputs[port].dataset, file, port - inputs[port].branch, inputs[port].branch,
                        plan::dataset_path(plan_, inputs[port].dataset, file)});
    });
  }
  return last;
}

Status remove_temporary(const std::string& path) { return step::remove_tree(path.ends_with('/') ? path.substr(0, path.size() - 1) : path); }

}  // namespace osac::local
