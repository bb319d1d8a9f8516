#pragma once
// What was asked for last: the command line of the newest execution of a workflow, on this machine or on Slurm, and where it was given.

#include <cstdint>
#include <optional>
#include <string>

#include "compiler/base/result.h"
#include "runtime/cli/arguments.h"

namespace osac::cli {

struct Asked {
  Arguments arguments;
  std::string called_in;  ///< the folder, absolute
  std::int64_t time = 0;  ///< wall, nanoseconds
  bool is_submitted = false;
};

/// Of a state folder, from the workflow's folder; nothing if nothing was executed that is on record with its arguments. Reads the beginning
/// of each journal.
Result<std::optional<Asked>> last_asked(const std::string& state);

/// "osac run night.osa --date 2024-01-10": as a person would say it again.
std::string command_text(const Arguments& arguments, const char* command);

}  // namespace osac::cli
