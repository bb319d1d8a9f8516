#pragma once
// The folder that an arrangement becomes: one sbatch script an array, `submit.sh`, the plan, and what osa-step reads. Pure: the same
// arrangement gives the same bytes; no absolute path, no time. People read the scripts, and may submit them by hand.

#include <span>
#include <string>
#include <vector>

#include "runtime/slurm/protocol.h"

namespace osac::slurm {

struct Emission {
  const plan::Plan& plan;
  const site::Site& site;
  const Arrangement& arrangement;
  Settings settings;
  std::vector<KnownFile> known;
  std::string root;  ///< the workflow's folder as seen from this one: ".."
};
struct EmittedFile {
  std::string name;
  std::string bytes;
  bool is_executable = false;
};

/// All files but osa-step, sorted by name.
std::vector<EmittedFile> emit(const Emission& emission);

/// What was chosen and what it costs, for people.
std::string report(const plan::Plan& plan, const site::Site& site, const Arrangement& arrangement);
/// How many calls of sbatch submit.sh makes.
std::size_t count_calls(const Arrangement& arrangement);

}  // namespace osac::slurm
