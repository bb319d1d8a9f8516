#pragma once
// The folder that an arrangement becomes: one sbatch script an array, `submit.sh`, the plan, and what osa-step reads. Pure: the same
// arrangement gives the same bytes; no absolute path, no time. People read the scripts, and may submit them by hand.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/slurm/calls.h"
#include "runtime/slurm/past_file.h"

namespace osac::slurm {

struct Emission {
  const plan::Plan& plan;
  const site::Site& site;
  const Arrangement& arrangement;
  Settings settings;
  std::vector<KnownFile> known;
  std::string root;         ///< the workflow's folder as seen from this one: ".."
  bool has_service = false; /**< also `close.sbatch`, `continue.sbatch` and `late.sbatch`, for jobs that run osac itself: they take the
                               workflow's folder, this one and osac's path, all absolute. No call of `calls` submits them */
  Past past{};
};
struct EmittedFile {
  std::string name;
  std::string bytes;
  bool is_executable = false;
};

/// All files but osa-step, sorted by name; `calls` and `submit.sh` are calls_of.
std::vector<EmittedFile> emit(const Emission& emission);
/// The gate, then each array that was not submitted before, in their order: call N is array N - 1 + (number of live arrays).
Calls calls_of(const Emission& emission);
/// The calls in shell, for people who submit by hand.
std::string submit_script(const Emission& emission, const Calls& calls);

/// What was chosen and what it costs, for people.
std::string report(const plan::Plan& plan, const site::Site& site, const Arrangement& arrangement);
/// The script of a small job that runs osac itself: `words` after the program's name. It takes the workflow's folder, one in which `out` is
/// there for what it says, and osac's path, all absolute.
std::string service_script(const site::Site& site, std::string_view name, std::string_view what, std::string_view words);
/// How many calls of sbatch submit.sh makes.
std::size_t count_calls(const Arrangement& arrangement);

}  // namespace osac::slurm
