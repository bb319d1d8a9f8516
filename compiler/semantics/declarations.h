#pragma once
// The passes of semantics, one a kind of declaration, in the order in which analyse() runs them. Each fills its part of the program.

#include "compiler/semantics/context.h"

namespace osac::semantics {

void analyse_values(Context& context);      ///< parameters and lets (lets.cpp)
void analyse_tables(Context& context);      ///< tables and their columns (tables.cpp)
void analyse_dimensions(Context& context);  ///< sources, parents, implied ones, attributes (dimensions.cpp)
void analyse_datasets(Context& context);    ///< dimensions, flags, paths (datasets.cpp)
void analyse_tasks(Context& context);       ///< ports, commands, everything inside a task (tasks.cpp)
void analyse_tools(Context& context);       ///< tools that no task uses, each alone (tools.cpp)
void analyse_goals(Context& context);       ///< goals, and datasets made twice or by nobody (goals.cpp)
void warn_unused(Context& context);         ///< (unused.cpp)

}  // namespace osac::semantics
