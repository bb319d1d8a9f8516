// `retry 2 on exit then 3 with filters = 52`: further attempts, whose command is the tool's with other parameters.

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/body.h"
#include "compiler/semantics/commands.h"
#include "compiler/semantics/constants.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/tools.h"
#include "compiler/semantics/types.h"

namespace osac::semantics {

namespace {

using Rung = syntax::RetryClause::Rung;
using Change = syntax::RetryClause::Change;

struct Maker {
  Context& context;
  program::Task& task;
  const Scope& scope;  ///< of the clause
  const BoundTool* bound;
  const Rung& written;

  [[nodiscard]] Span span_of(syntax::ExprId id) const { return context.tree(scope.module)[id].span; }
  [[nodiscard]] const syntax::ToolDecl& tool() const { return *context.tools[bound->tool].declaration; }

  [[nodiscard]] std::uint32_t count() const {
    const ExprId value = lower_as(context, scope, written.count, Type::of(TypeKind::integer), "`then`");
    if (context.failed(value)) return 0;
    const auto number = constant_integer(context, value);
    if (number && *number >= 1 && *number <= 100) return static_cast<std::uint32_t>(*number);
    context.report(Kind::not_a_count, span_of(written.count), "then").help("a constant from 1 to 100");
    return 0;
  }

  [[nodiscard]] bool refuse_growth(const Change& change) const {
    if (!change.is_growth) return false;
    context.report(Kind::misplaced_modifier, change.parameter.span.to(span_of(change.value)), "*", "a `then`")
        .help("requests grow over all attempts: say it before the first `then`");
    return true;
  }

  [[nodiscard]] const syntax::ToolParamClause* find_parameter(const syntax::Name& name) const {
    std::vector<std::string_view> names;
    for (const syntax::Clause& clause : tool().clauses) {
      const auto* parameter = std::get_if<syntax::ToolParamClause>(&clause);
      if (parameter == nullptr) continue;
      if (parameter->name.symbol == name.symbol) return parameter;
      names.push_back(context.text(parameter->name.symbol));
    }
    report_unknown_name(context, name, "parameter", names, fmt::format("`{}` has", context.text(tool().name.symbol)));
    return nullptr;
  }

  /// What the rung says of the tool's parameters.
  [[nodiscard]] std::optional<std::map<Symbol, ExprId>> changes() const {
    std::map<Symbol, ExprId> changed;
    bool fine = true;
    for (const Change& change : written.changes) {
      if (refuse_growth(change)) {
        fine = false;
        continue;
      }
      const auto* parameter = find_parameter(change.parameter);
      if (parameter == nullptr) {
        fine = false;
        continue;
      }
      const Type type = resolve_type(context, context.tools[bound->tool].module, parameter->type, TypePlace::parameter);
      const ExprId value = lower_as(context, scope, change.value, type, fmt::format("`{}`", context.text(change.parameter.symbol)));
      fine = fine && !context.failed(value);
      changed[change.parameter.symbol] = value;
    }
    return fine ? std::optional(changed) : std::nullopt;
  }

  [[nodiscard]] std::optional<program::Command> command(const std::map<Symbol, ExprId>& changed) const {
    const BoundTool other = with_parameters(context, *bound, changed);
    for (const syntax::Clause& clause : tool().clauses) {
      if (const auto* run = std::get_if<syntax::CommandClause>(&clause)) return make_command(context, scope_of(context, other), *run);
    }
    return std::nullopt;
  }

  void run() const {
    if (bound == nullptr) {
      const bool is_reported =
          std::any_of(written.changes.begin(), written.changes.end(), [&](const Change& change) { return refuse_growth(change); });
      if (!is_reported)
        context.report(Kind::then_without_tool, written.span, context.text(task.name))
            .help("a command of its own has no parameters to change: make it a `tool`");
      return;
    }
    const std::uint32_t attempts = count();
    const auto changed = changes();
    if (attempts == 0 || !changed) return;
    if (auto made = command(*changed)) task.rungs.push_back({attempts, std::move(*made), written.span});
  }
};

}  // namespace

void apply_rungs(Context& context, program::Task& task, const Scope& scope, const BoundTool* bound, const syntax::RetryClause& clause) {
  task.rungs.clear();
  for (const Rung& rung : clause.rungs) Maker{context, task, scope, bound, rung}.run();
}

}  // namespace osac::semantics
