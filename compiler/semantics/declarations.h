#pragma once
// The passes of semantics, one a kind of declaration, in the order in which analyse() runs them. Each fills its part of the program.

#include "compiler/semantics/context.h"

namespace osac::semantics {

void analyse_values(Context& context);          ///< parameters and lets (lets.cpp)
void analyse_tables(Context& context);          ///< formats and columns (tables.cpp)
void set_key_types(Context& context);           ///< of the columns that `for` gives a table; part of analyse_dimensions
void resolve_tables(Context& context);          ///< paths and queries of tables, which may use dimensions and datasets
void connect_dimensions(Context& context);      ///< parents and implied ones by name (dimensions.cpp)
void analyse_dimensions(Context& context);      ///< sources, parents, implied ones, attributes (dimensions.cpp)
void analyse_relations(Context& context);       ///< which keys a table pairs (relations.cpp)
void analyse_datasets(Context& context);        ///< dimensions, flags, paths (datasets.cpp)
void make_certificates(Context& context);       ///< what `valid` looks in (certificates.cpp)
void analyse_tasks(Context& context);           ///< ports, commands, everything inside a task (tasks.cpp)
void analyse_certifications(Context& context);  ///< (certifications.cpp)
void find_circular_stages(Context& context);    ///< what waits for itself (stages.cpp)
void analyse_tools(Context& context);           ///< tools that no task uses, each alone (tools.cpp)
void analyse_goals(Context& context);           ///< goals, and datasets made twice or by nobody (goals.cpp)
void warn_unused(Context& context);             ///< (unused.cpp)

}  // namespace osac::semantics
