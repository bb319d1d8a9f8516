#pragma once
// The plan that an execution begins with. One with stages was made from files that stand as far as their records say; whether their makers
// are up to date is only known with the plan at hand.

#include <memory>
#include <vector>

#include "runtime/local/execute.h"

namespace osac::local {

struct Settled {
  std::shared_ptr<const plan::Plan> plan;
  std::unique_ptr<registry::State> state;
  std::vector<registry::Decision> decisions;
  registry::MadeFiles made;
  std::vector<WrongFile> wrong;
};

/// Decides what is up to date in `plan`, which outlives all; where the maker of a file that it was made from is not, it is made again
/// without that file (`options.replan`), until all agree.
Result<Settled> settle(const plan::Plan& plan, const site::Site& site, const Options& options, registry::History history);

}  // namespace osac::local
