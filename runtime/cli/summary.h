#pragma once
// How an execution has ended, for people and programs: the same words for one on this machine and for one on Slurm.

#include <string>

#include "runtime/local/execute.h"

namespace osac::cli {

/// What was made, what failed and why, and where the products are. `prefix` goes before paths of the workflow's folder.
void print_summary(const local::Summary& summary, const std::string& prefix);
std::string summary_json(const local::Summary& summary);

}  // namespace osac::cli
