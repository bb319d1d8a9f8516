#pragma once
// Tools: binding a tool's ports and parameters to what a task gives, and checking tools on their own.

#include "compiler/semantics/ports.h"

namespace osac::semantics {

/// A tool as one task uses it. The scope points into `ports` and `arguments`: keep the whole.
struct BoundTool {
  std::uint32_t tool = 0;  ///< index into Context::tools
  std::vector<Port> ports;
  std::map<Symbol, ExprId> arguments;
  std::set<Symbol> by_default;  ///< parameters that nothing was given for
};

/// Makes ports of those arguments that name a dataset instead of a port of the task: `use t(image: raw)`.
void add_ports_of_arguments(TaskState& state, std::uint32_t tool, const syntax::UseClause& clause);

/// Binds ports and parameters; `scope` is the task's, with its ports. Nothing if something was reported.
std::optional<BoundTool> bind_tool(TaskState& state, std::uint32_t tool, const syntax::UseClause& clause, const Scope& scope);

/// The same tool with other values for some parameters; defaults that use them follow.
BoundTool with_parameters(Context& context, const BoundTool& bound, const std::map<Symbol, ExprId>& changed);
/// The attempts behind `then` of a retry clause, which come after those of clauses applied before (rungs.cpp). `scope` is what the clause
/// sees; `bound` is null if the task has a command of its own.
void apply_rungs(Context& context, program::Task& task, const Scope& scope, const BoundTool* bound, const syntax::RetryClause& clause);

/// What a tool's clauses see.
Scope scope_of(const Context& context, const BoundTool& bound);

}  // namespace osac::semantics
