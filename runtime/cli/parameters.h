#pragma once
// The values of a workflow's parameters, from the command line, a YAML file and the site: flag > file > site > default.

#include <map>
#include <string>

#include "compiler/base/source.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/planning/make_plan.h"
#include "compiler/program/program.h"
#include "runtime/cli/arguments.h"
#include "runtime/site/site.h"

namespace osac::cli {

/// Gives name -> (text, origin). Names the workflow does not know are kept: planning reports them with a suggestion. Usage trouble: a flag
/// without a value, the same flag twice, a word that is no flag.
Result<std::map<std::string, planning::Given>> gather_parameters(const WorkflowArguments& arguments, const site::Site& site);

/// Where values of the site's parameters come from, as their Given says.
std::string site_origin(const site::Site& site);

/// The table of `osac run FILE --help`: flag, type, default, doc.
std::string parameter_help(const program::Program& program, const Strings& strings, const Sources& sources);

}  // namespace osac::cli
