#include "runtime/local/unplanned.h"

#include <algorithm>

namespace osac::local {

std::vector<Unplanned> find_unplanned(const plan::Plan& plan, const registry::State& state, const std::vector<std::uint32_t>& root_causes,
                                      bool is_fixed) {
  using Why = Unplanned::Why;
  std::vector<Unplanned> list;
  for (const plan::StageRow& stage : plan.stages()) {
    std::vector<std::pair<Why, std::uint32_t>> roots;
    for (const std::uint32_t element : plan.indices(stage.elements)) {
      const auto maker = plan.producer(stage.dataset, element);
      const std::uint32_t cause = maker ? root_causes[plan.global(*maker)] : plan::no_element;
      if (cause != plan::no_element)
        roots.emplace_back(Why::maker_failed, cause);
      else if (!maker)
        roots.emplace_back(Why::file_is_wrong, plan::no_element);
      else if (maker && state.is_left_out(stage.dataset, element))
        roots.emplace_back(Why::maker_was_empty, plan.global(*maker));
      else if (is_fixed && state.standing(stage.dataset, element) != nullptr)
        roots.emplace_back(Why::plan_is_fixed, plan::no_element);
    }
    std::sort(roots.begin(), roots.end());
    for (auto at = roots.begin(); at != roots.end();) {
      const auto end = std::find_if(at, roots.end(), [&](const auto& root) {
        return root.first != at->first || (root.first == Why::maker_failed && root.second != at->second);
      });
      list.push_back({at->first, std::string(plan.text(stage.what)), std::string(plan.text(plan.datasets()[stage.dataset].family.name)),
                      static_cast<std::uint64_t>(end - at), at->second});
      at = end;
    }
  }
  return list;
}

}  // namespace osac::local
