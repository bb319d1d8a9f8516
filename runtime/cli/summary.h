#pragma once
// How an execution has ended, for people and programs: the same words for one on this machine and for one on Slurm.

#include <string>

#include "runtime/local/execute.h"

namespace osac::cli {

/// What was made, what failed and why, and where the products are. `prefix` goes before paths of the workflow's folder.
std::string summary_text(const local::Summary& summary, const std::string& prefix);
void print_summary(const local::Summary& summary, const std::string& prefix);
std::string summary_json(const local::Summary& summary);
/// Tells those whom the site file names; troubles with that are printed as notes. Nobody is told of an execution that had nothing to do, or
/// that a person has interrupted. `closing`: what became of closing the night at its end, and whether that is good.
void notify_of(const local::Summary& summary, const site::Site& site, const std::string& closing = {}, bool is_closing_good = true);

}  // namespace osac::cli
