#pragma once
// What the arrays need to know of the past: which files they read were made before, and how those were recorded; how often elements were
// tried, and what they made. A node believes records, not files; where they are, it has to be told.

#include <vector>

#include "runtime/registry/state.h"
#include "runtime/slurm/past_file.h"

namespace osac::slurm {

/// The files that what runs reads from what is up to date, sorted by (dataset, element). What neither runs nor is up to date was given up:
/// survivors do without it. Linear in edges, and a look-up for each file.
std::vector<KnownFile> known_files(const plan::Plan& plan, const std::vector<bool>& to_run,
                                   const std::vector<registry::Decision>& decisions, const registry::History& history);

/// Of the elements that run: `attempts` as in Question; and the successes of those of which is not known whether they have to.
Past past_of(const plan::Plan& plan, const std::vector<bool>& to_run, const std::vector<registry::Decision>& decisions,
             const std::vector<std::uint32_t>& attempts, const registry::History& history);

}  // namespace osac::slurm
