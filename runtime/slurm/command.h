#pragma once
// Runs one of Slurm's commands, in an environment that makes its words mean what they say. It knows nothing of what commands say.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/step/command.h"

namespace osac::slurm {

using step::CommandEnd;

/// `limit`: nanoseconds. Its environment is ours, in the C locale, without the variables by which somebody sets options of Slurm's commands
/// (SBATCH_PARTITION, SQUEUE_STATES, ...) or which tell of the job that we run in; times are printed as seconds, lists of indices whole.
CommandEnd run_command(const std::vector<std::string>& words, const std::string& input, std::int64_t limit);

}  // namespace osac::slurm
