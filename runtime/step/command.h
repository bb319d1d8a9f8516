#pragma once
// Runs another program that osac asks something (Slurm's commands, git, shellcheck) and waits for it, with a limit on its wall time: no
// shell, its own session (a Ctrl-C does not reach it), input and output in memory. It knows nothing of what programs say. What tasks run is
// started by others.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace osac::step {

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

inline constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

/// `environment`: `NAME=VALUE`, all of it. `limit`: nanoseconds.
CommandEnd run_command(const std::vector<std::string>& words, const std::vector<std::string>& environment, std::string_view input,
                       std::int64_t limit);

}  // namespace osac::step
