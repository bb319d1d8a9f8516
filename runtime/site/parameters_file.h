#pragma once
// A YAML file of parameters (`--params F.yaml`): a mapping of names to scalars or lists of scalars.

#include <map>
#include <string>

#include "compiler/base/result.h"

namespace osac::site {

/// Gives name -> text; a list becomes "[a, b]". Usage trouble names file and line: a duplicate name, a nested mapping, broken YAML.
Result<std::map<std::string, std::string>> read_parameters(const std::string& path);

}  // namespace osac::site
