#pragma once
// How a running plan is shown: lines for files and pipes, one live line for terminals.

#include <memory>

#include "runtime/local/execute.h"

namespace osac::cli {

enum class ProgressStyle : std::uint8_t { quiet, lines, terminal };

struct ProgressOptions {
  ProgressStyle style = ProgressStyle::lines;
  bool explain = false;  ///< say why each element runs
  std::string prefix;    ///< put before paths: the workflow's folder as the user sees it, with '/', or empty
};

std::unique_ptr<local::Progress> make_progress(const plan::Plan& plan, const ProgressOptions& options);

}  // namespace osac::cli
