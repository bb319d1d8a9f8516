#include "runtime/local/era.h"

#include "compiler/plan/resolve.h"

namespace osac::local {

namespace {

std::vector<std::int64_t> weights_of(const plan::Plan& plan, const registry::State& state,
                                     const std::vector<registry::Decision>& decisions) {
  std::vector<std::int64_t> weights(plan.element_count(), 1);  // what will be skipped takes no time
  for (std::uint32_t element = 0; element < weights.size(); ++element)
    if (decisions[element].verdict != registry::Verdict::up_to_date) weights[element] = state.expected_duration(element);
  return weights;
}

}  // namespace

Era::Era(std::shared_ptr<const plan::Plan> the_plan, std::unique_ptr<registry::State> the_state, std::vector<registry::Decision> decided,
         const schedule::Capacity& capacity)
    : plan(std::move(the_plan)),
      state(std::move(the_state)),
      decisions(std::move(decided)),
      edges(plan::make_edges(*plan)),
      schedule(edges, weights_of(*plan, *state, decisions), capacity),
      temporaries(*plan),
      envs(plan->tasks().size()),
      parent_ran(edges.node_count(), false),
      failed(edges.element_count, false),
      succeeded(edges.element_count, false),
      was_blocked(edges.element_count, false),
      attempts(edges.element_count, 0) {
  if (plan->stages().empty()) return;
  is_awaited.assign(edges.element_count, false);
  for (const plan::StageRow& stage : plan->stages()) {
    awaited_datasets.insert(stage.dataset);
    for (const std::uint32_t element : plan->indices(stage.elements))
      if (const auto maker = plan->producer(stage.dataset, element)) is_awaited[plan->global(*maker)] = true;
  }
}

std::string Era::name(std::uint32_t element) const { return plan::element_name(*plan, plan->element(element)); }

}  // namespace osac::local
