#pragma once
// Other programs that commands of osac ask: git, shellcheck, python3. Started by argument vectors, never through a shell, with messages in
// English; their output is read whole. It knows none of them.

#include <optional>
#include <string>
#include <vector>

#include "compiler/base/result.h"

namespace osac::cli {

/// What a program gave.
struct ProgramAnswer {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Runs a program until it ends; nothing if it is not installed. `variables` (`NAME=VALUE`) are set beside those of the environment.
Result<std::optional<ProgramAnswer>> run_program(const std::vector<std::string>& words, std::vector<std::string> variables = {},
                                                 const std::string& input = {});

}  // namespace osac::cli
