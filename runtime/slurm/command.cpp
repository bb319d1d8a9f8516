#include "runtime/slurm/command.h"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <string_view>

namespace osac::slurm {

namespace {

// what says where Slurm is, and under whose name jobs run; everything else of these commands is said by their words
constexpr std::array<std::string_view, 9> kept{
    "SLURM_CONF=",     "SLURM_CONF_SERVER=", "SLURM_JWT=",          "SLURM_CLUSTERS=",   "SBATCH_CLUSTERS=",
    "SBATCH_ACCOUNT=", "SBATCH_QOS=",        "SBATCH_RESERVATION=", "SLURM_DEBUG_FLAGS="};
constexpr std::array<std::string_view, 7> dropped{"SLURM_", "SLURMD_", "SBATCH_", "SQUEUE_", "SACCT_", "SCONTROL_", "LC_ALL="};

template <typename List>
bool begins_with_one(std::string_view text, const List& list) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view one) { return text.starts_with(one); });
}

std::vector<std::string> environment() {
  std::vector<std::string> out{"LC_ALL=C", "SLURM_BITSTR_LEN=0", "SLURM_TIME_FORMAT=%s"};
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (begins_with_one(std::string_view(*variable), kept) || !begins_with_one(std::string_view(*variable), dropped))
      out.emplace_back(*variable);
  return out;
}

}  // namespace

CommandEnd run_command(const std::vector<std::string>& words, const std::string& input, std::int64_t limit) {
  return step::run_command(words, environment(), input, limit);
}

}  // namespace osac::slurm
