#pragma once
// What a task and a tool have in common: resources, slots, environment, retry, metrics, expectations, the command. The clauses of a tool
// are applied first, then the task's own, which win.

#include "compiler/semantics/scope.h"

namespace osac::semantics {

/// Where clauses come from.
enum class BodyOf : std::uint8_t { tool, task };

/// Adds the metrics of a list of clauses. All metrics go first: expectations of the task may use those of its tool.
void add_metrics(Context& context, program::Task& task, std::uint32_t module, const std::vector<syntax::Clause>& clauses);

/// Applies all other clauses but ports and parameters. False if the command is missing, double or wrong.
bool apply_body(Context& context, program::Task& task, const Scope& scope, const std::vector<syntax::Clause>& clauses, BodyOf what);

/// Applies one resource clause (resources.cpp).
void apply_resource(Context& context, program::Task& task, const Scope& scope, const syntax::ResourceClause& clause);
void apply_slots(Context& context, program::Task& task, const Scope& scope, const syntax::SlotsClause& clause);
void apply_retry(Context& context, program::Task& task, const Scope& scope, const syntax::RetryClause& clause);
/// Exit codes of `retry ... on exit` and `empty on exit`.
std::vector<std::int32_t> exit_codes(Context& context, const Scope& scope, const std::vector<syntax::ExprId>& codes);

}  // namespace osac::semantics
