#pragma once
// Certificates (registry/certificates.h) of what stands when an execution ends, whoever ran its elements.

#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/registry/state.h"

namespace osac::local {

/// Adds the rows of all elements that stand (`stands`, one an element), as their tasks certify them. After `state.decide`.
Status certify(const plan::Plan& plan, const registry::State& state, const std::vector<bool>& stands, const std::string& state_folder);

}  // namespace osac::local
