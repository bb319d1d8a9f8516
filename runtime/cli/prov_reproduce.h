#pragma once
// osac prov reproduce FILE: what it takes to make a file again, what has changed since, and a script that does it.

#include "runtime/cli/arguments.h"
#include "runtime/cli/session.h"

namespace osac::cli {

int run_prov_reproduce(const Arguments& arguments, const Past& past);

}  // namespace osac::cli
