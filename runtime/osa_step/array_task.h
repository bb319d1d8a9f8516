#pragma once
// One array task: claims it, runs its elements one after another as `osac run` would, and records how they ended. What it takes to be true
// it reads from records, not from Slurm. docs/explanation/slurm.md has the protocol.

#include <cstdint>
#include <string>

#include "runtime/slurm/protocol.h"

namespace osac::osa_step {

/// What Slurm sees as the exit code of an array task.
enum ExitCode : int {
  exit_done = 0,    ///< all its elements have succeeded, now or before
  exit_failed = 1,  ///< one of them failed
  exit_usage = 2,
  exit_environment = 4,  ///< the folder of scripts cannot be used here
  exit_damaged = 6,
  exit_claimed = 75,                        ///< somebody else runs it
  exit_blocked = slurm::blocked_exit_code,  ///< what it depends on has not succeeded
};

struct ArrayTask {
  std::string folder;  ///< of the scripts; the current folder is the workflow's
  std::uint32_t array = 0, index = 0;
  std::string execution;
};
/// What went wrong is told on standard error.
int run(const ArrayTask& task);

}  // namespace osac::osa_step
