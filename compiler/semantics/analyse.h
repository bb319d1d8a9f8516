#pragma once
// Tree to program: names, types, units, dimensions, the cardinality rule, tools merged into tasks, command contexts. One run reports
// all mistakes of all files, in order, without cascades.

#include <functional>
#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/program/program.h"
#include "compiler/syntax/tree.h"

namespace osac::semantics {

/// A parsed module: how an import names it ("std.gnuastro", "lib.calib") and its tree. modules[0] is the workflow itself ("").
struct Module {
  std::string name;
  syntax::Tree tree;
};

/// Checks modules[0] with what it imports (driver/load.h found them all; cycles were reported there).
program::Program analyse(const std::vector<Module>& modules, const Sources& sources, Strings& strings, Diagnostics& diagnostics);

}  // namespace osac::semantics
