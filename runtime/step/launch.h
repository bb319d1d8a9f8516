#pragma once
// From a command to a process: argument vector, script file, environment. No shell is involved unless the command needs one; a shell gets
// no start-up files and stops at the first error.

#include <map>
#include <string>
#include <vector>

#include "runtime/step/scratch.h"
#include "runtime/step/step.h"

namespace osac::step {

/// The names that a process inherits from osac's own environment; everything else is left out, so that results do not depend on who started
/// osac.
const std::vector<std::string>& inherited_variables();

/// A command's words with what enters an env before them.
std::vector<std::string> entered(const site::Entry& env, const std::vector<std::string>& words);
/// What the processes of an env have in their environment, whoever they work for: what is inherited, then the env's own.
std::map<std::string, std::string> shared_variables(const site::Entry& env);

struct Launch {
  std::string element;    ///< its name
  std::string file_stem;  ///< of a script file: "command" or "verify"
  std::string log;
};
/// Writes the script file if there has to be one.
Result<Process> make_process(const plan::Command& command, const Config& config, const Request& request, const Scratch& scratch,
                             const Launch& launch);

}  // namespace osac::step
