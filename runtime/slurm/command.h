#pragma once
// Runs one of Slurm's commands and waits for it, with a limit on its wall time: no shell, its own session (a Ctrl-C does not reach it),
// input and output in memory. It knows nothing of what commands say.

#include <cstdint>
#include <string>
#include <vector>

namespace osac::slurm {

struct CommandEnd {
  enum class How : std::uint8_t {
    exited,     ///< with `code`
    signalled,  ///< by itself or by somebody else
    ended,      ///< by us, at the limit
    missing,    ///< there is no such program
    unstarted,  ///< and `errors` says why
  };
  How how = How::exited;
  int code = 0;
  std::string output, errors;
  [[nodiscard]] bool is_good() const { return how == How::exited && code == 0; }
};

/// `limit`: nanoseconds. Its environment is ours, in the C locale, without the variables by which somebody sets options of Slurm's commands
/// (SBATCH_PARTITION, SQUEUE_STATES, ...) or which tell of the job that we run in; times are printed as seconds, lists of indices whole.
CommandEnd run_command(const std::vector<std::string>& words, const std::string& input, std::int64_t limit);

}  // namespace osac::slurm
