#pragma once
// osac compile --target slurm: the folder of scripts. Called by compile.cpp.

#include "runtime/cli/session.h"

namespace osac::cli {

/// Writes the folder, or with --report only says what it would hold.
int compile_slurm(const Arguments& arguments, const Session& session);

}  // namespace osac::cli
