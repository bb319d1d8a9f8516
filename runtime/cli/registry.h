#pragma once
// Questions to the index of what was executed, from the command line: an index that turns out to be damaged is made anew, and asked again.

#include <functional>

#include "runtime/cli/session.h"
#include "runtime/registry/archive.h"

namespace osac::cli {

/// Opens the archive, shows its notes, asks; gives the exit code, or that of the trouble, which is printed.
int ask_archive(const Past& past, const std::function<Result<int>(registry::Archive&)>& ask);

}  // namespace osac::cli
