#pragma once
// What the folder of a submission needs beside its scripts, and who goes on with it.

#include <string>

#include "runtime/cli/session.h"
#include "runtime/slurm/calls.h"

namespace osac::cli {

/// The calls of a submission's folder.
Result<slurm::Calls> read_calls(const std::string& folder);
/// What command line and site file say together.
site::Site site_for(const Session& session, const SubmitArguments& arguments);
/// A path as seen from anywhere; "." is the current folder.
std::string absolute(const std::string& path);
/// The program that goes on with an execution: as the site file says, else this one.
std::string program_of(const site::Site& site);
/// Usage trouble unless the current folder, where the workflow's state is, lies in one of the folders that the site says all nodes see.
Status check_shared(const site::Site& site);
/// One osa-step a version for all submissions: 13 MB each otherwise. Where links are refused, it is copied.
Status link_step(const std::string& parent, const std::string& folder);

}  // namespace osac::cli
