#include "runtime/osa_step/inputs.h"

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/step/step.h"

namespace osac::osa_step {

namespace {

class Finder {
 public:
  Finder(const plan::Plan& plan, plan::ElementRef ref, const slurm::UnitFile& units, const slurm::KnownFiles& known, Parents& parents,
         site::HashPolicy policy)
      : plan_(plan), ref_(ref), units_(units), known_(known), parents_(parents), policy_(policy) {}

  Inputs run() {
    const auto ports = plan_.inputs(plan_.tasks()[ref_.task]);
    std::vector<std::uint32_t> kept(ports.size(), 0);
    std::vector<std::uint32_t> all(ports.size(), 0);
    for (plan::FileUse& use : plan::input_files(plan_, ref_)) {
      const plan::InputRow& port = ports[use.port];
      ++all[use.port];
      const auto state = state_of(use, port);
      if (!inputs_.problem.empty()) return std::move(inputs_);
      if (!state) continue;
      ++kept[use.port];
      inputs_.records.push_back({std::string(plan_.text(port.name)), use.path, *state, use.branch});
      inputs_.uses.push_back(std::move(use));
    }
    for (std::size_t i = 0; i < ports.size(); ++i)
      if (kept[i] < ports[i].minimum && inputs_.problem.empty())
        inputs_.problem = fmt::format("only {} of {} members of input `{}` are there: it needs at least {}", kept[i], all[i],
                                      plan_.text(ports[i].name), ports[i].minimum);
    return std::move(inputs_);
  }

 private:
  /// Nothing if the file is left out, or if there is a problem.
  std::optional<step::FileState> state_of(const plan::FileUse& use, const plan::InputRow& port) {
    const auto maker = plan_.producer(use.dataset, use.element);
    if (!maker) return look_at(use);
    const std::uint32_t element = plan_.global(*maker);
    if (!units_.place(element)) {
      if (auto state = known_.find(use.dataset, use.element)) return state;
      if (port.is_survivors != 0) return std::nullopt;  // its maker was given up
      return problem(fmt::format("nobody has recorded `{}`, which was there when the scripts were made", use.path));
    }
    const Parent& parent = parents_.of(element);
    const std::string name = plan::element_name(plan_, *maker);
    switch (parent.fate) {
      case Fate::unknown:
        return blocked(fmt::format("{} has no end on record", name));
      case Fate::failed:
        // who takes survivors waits until none of them will be tried again, as it does on one machine
        if (port.is_survivors != 0 && parent.is_tried_again) return blocked(fmt::format("{} failed, and will be tried again", name));
        if (port.is_survivors != 0) return std::nullopt;
        return blocked(fmt::format("{} failed: {}", name, visible(parent.reason)));
      case Fate::blocked:
        if (port.is_survivors != 0 && parent.is_tried_again) return blocked(fmt::format("{} could not run yet", name));
        if (port.is_survivors != 0) return std::nullopt;
        return blocked(fmt::format("{} could not run", name));
      case Fate::succeeded:
        break;
    }
    if (parent.is_empty) {
      if (port.is_gather != 0 || port.type.is_optional) return std::nullopt;
      return problem(fmt::format("input `{}` ({}) is empty: what makes it succeeded without outputs", plan_.text(port.name), use.path));
    }
    for (const step::OutputRecord& output : parent.outputs)
      if (output.path == use.path) return output.state;
    return problem(fmt::format("the record of {} does not tell of `{}`", name, use.path));
  }

  std::optional<step::FileState> look_at(const plan::FileUse& use) {
    auto state = step::file_state(use.path, policy_ == site::HashPolicy::content);
    if (!state) return problem(state.error().what);
    return *state;
  }

  std::nullopt_t problem(std::string what) {
    inputs_.problem = std::move(what);
    return std::nullopt;
  }
  std::nullopt_t blocked(std::string what) {
    inputs_.is_blocked = true;
    return problem(std::move(what));
  }

  const plan::Plan& plan_;  // NOLINT: lives for one call
  plan::ElementRef ref_;
  const slurm::UnitFile& units_;    // NOLINT
  const slurm::KnownFiles& known_;  // NOLINT
  Parents& parents_;                // NOLINT
  site::HashPolicy policy_;
  Inputs inputs_;
};

}  // namespace

Inputs find_inputs(const plan::Plan& plan, plan::ElementRef ref, const slurm::UnitFile& units, const slurm::KnownFiles& known,
                   Parents& parents, site::HashPolicy policy) {
  return Finder(plan, ref, units, known, parents, policy).run();
}

}  // namespace osac::osa_step
