#pragma once
// Shared by `plan` and `run`: what the user wants to run in any case.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/cli/session.h"

namespace osac::cli {

/// Global numbers of the elements named by `--force`: a task stands for all of its elements. Usage trouble for unknown names.
Result<std::vector<std::uint32_t>> forced_elements(const plan::Plan& plan, const std::vector<std::string>& names);

}  // namespace osac::cli
