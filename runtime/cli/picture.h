#pragma once
// Where pictures are written, and how files are named from there.

#include <string>

#include "runtime/cli/arguments.h"

namespace osac::cli {

/// The file that is asked for, else `name` with the ending of the format that is asked for, else with .pdf. "-": standard output.
std::string output_of(const DrawArguments& draw, const std::string& name);
/// The workflow's folder as seen from the folder that `output` is in (for standard output, from the current one).
std::string link_base(const std::string& output, const std::string& folder);
/// Renders and writes a picture, and says where it is. The format is the one that is asked for, else the output's ending says it.
int write_picture(const std::string& dot, const DrawArguments& draw, const std::string& output);

}  // namespace osac::cli
