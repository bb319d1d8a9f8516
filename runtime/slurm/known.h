#pragma once
// What the arrays need to know of the past: which files they read were made before, and how those were recorded. A node believes records,
// not files; the records of the past are not where it runs.

#include <vector>

#include "runtime/registry/state.h"
#include "runtime/slurm/protocol.h"

namespace osac::slurm {

/// The files that what runs reads from what does not run, sorted by (dataset, element). Linear in edges, and a look-up for each file.
std::vector<KnownFile> known_files(const plan::Plan& plan, const std::vector<bool>& to_run, const registry::History& history);

}  // namespace osac::slurm
