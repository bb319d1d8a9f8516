#include "runtime/local/settle.h"

namespace osac::local {

Result<Settled> settle(const plan::Plan& plan, const site::Site& site, const Options& options, registry::History history) {
  Settled settled{{std::shared_ptr<const plan::Plan>(), &plan}, nullptr, {}, options.made, options.wrong};
  std::vector<std::uint32_t> forced = options.forced;
  for (;;) {  // with fewer files each time, so it comes to an end
    settled.state = std::make_unique<registry::State>(*settled.plan, site, std::move(history));
    auto decisions = settled.state->decide(forced);
    if (!decisions) return tl::unexpected(decisions.error());
    settled.decisions = std::move(*decisions);
    const auto is_void = [&](const registry::MadeFile& file) {
      return !registry::stands(*settled.plan, *settled.state, settled.decisions, file);
    };
    std::erase_if(settled.wrong, [&](const WrongFile& wrong) { return is_void(wrong.file); });  // it is made anew
    bool is_settled = true;
    for (const registry::MadeFile& file : settled.made.list())
      if (is_void(file)) {
        settled.made.remove(file.path);
        is_settled = false;
      }
    if (is_settled || !options.replan) return settled;
    Replanned replanned = options.replan(settled.made);
    if (!replanned.plan) return failure(Trouble::usage, replanned.report);
    for (WrongFile& wrong : replanned.wrong) {
      settled.made.remove(wrong.file.path);
      settled.wrong.push_back(std::move(wrong));
    }
    history = settled.state->take_history();
    settled.plan = std::move(replanned.plan);
    if (options.forced_in) forced = options.forced_in(*settled.plan);
  }
}

}  // namespace osac::local
