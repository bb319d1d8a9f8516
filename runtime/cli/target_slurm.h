#pragma once
// osac compile --target slurm: the folder of scripts. Called by compile.cpp; `osac submit` makes its folders with the same functions.

#include "runtime/cli/session.h"
#include "runtime/slurm/emit.h"

namespace osac::cli {

/// Writes the folder, or with --report only says what it would hold.
int compile_slurm(const Arguments& arguments, const Session& session);

/// How a plan is arranged, as the command line says it.
Result<slurm::Options> slurm_options(const CompileArguments& arguments);
/// How elements are run, as the site file says it; without arrays of earlier submissions.
Result<slurm::Settings> slurm_settings(const plan::Plan& plan, const site::Site& site);
/// The static helper that nodes run: beside osac, or where it is installed to.
Result<std::string> find_step();
/// Writes the files into a folder, which is made if it is not there. Array tasks need osa-step in it, too.
Status write_scripts(const std::string& folder, const std::vector<slurm::EmittedFile>& files);

}  // namespace osac::cli
