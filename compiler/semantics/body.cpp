#include "compiler/semantics/body.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "compiler/base/text.h"
#include "compiler/semantics/commands.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/types.h"

namespace osac::semantics {

namespace {

using expression::Node;
using expression::Op;

/// The metrics that an expression reads.
std::set<std::uint32_t> metrics_in(const Context& context, ExprId id) {
  std::set<std::uint32_t> found;
  std::vector<ExprId> open = {id};
  while (!open.empty()) {
    const ExprId next = open.back();
    open.pop_back();
    const Node& node = context.program.expressions[next];
    if (node.op == Op::attribute && node.index == program::metric_scope) found.insert(node.extra);
    for (std::uint32_t i = 0; i < node.child_count; ++i) open.push_back(context.program.expressions.child(next, i));
  }
  return found;
}

struct Applier {
  Context& context;
  program::Task& task;
  const Scope& scope;
  BodyOf body;
  std::map<std::string, Span> said{};  ///< clauses that stand once
  std::vector<Span> commands{};        ///< of run, script and use
  std::vector<program::Expect> expects{};
  bool fine = true;

  [[nodiscard]] std::string_view owner() const { return body == BodyOf::tool ? "tool" : "task"; }

  /// Whether a clause of this name is the first; a second one is reported.
  bool is_first(std::string name, Span span) {
    const auto [place, is_new] = said.emplace(std::move(name), span);
    if (is_new) return true;
    context.report(Kind::repeated_clause, span, place->first).label(place->second, "first said here");
    return false;
  }

  void refuse(Span span, std::string_view clause, std::string help) {
    context.report(Kind::clause_not_here, span, clause, owner()).help(std::move(help));
  }

  // Ports, metrics and what a tool is bound by were handled before.
  void apply(const syntax::InputClause&) {}
  void apply(const syntax::OutputClause&) {}
  void apply(const syntax::MetricClause&) {}

  void apply(const syntax::ToolParamClause& clause) {
    if (body == BodyOf::task) refuse(clause.span, "param", "declare it outside the task, as a parameter of the workflow");
  }
  void apply(const syntax::WhereClause& clause) {
    if (body == BodyOf::tool) refuse(clause.span, "where", "which elements there are is said by the task that uses the tool");
  }
  void apply(const syntax::UseClause& clause) {
    if (body == BodyOf::tool) return refuse(clause.span, "use", "a tool has its own `run` or `script`");
    commands.push_back(clause.span);
  }

  void apply(const syntax::ResourceClause& clause) {
    if (is_first(std::string(context.text(clause.resource.symbol)), clause.span)) apply_resource(context, task, scope, clause);
  }
  void apply(const syntax::SlotsClause& clause) {
    if (is_first(fmt::format("slots {}", context.text(clause.slot.symbol)), clause.span)) apply_slots(context, task, scope, clause);
  }
  void apply(const syntax::EnvClause& clause) {
    if (is_first("env", clause.span)) task.env = clause.env.symbol;
  }
  void apply(const syntax::RetryClause& clause) {
    if (is_first("retry", clause.span)) apply_retry(context, task, scope, clause);
  }
  void apply(const syntax::EmptyClause& clause) {
    if (is_first("empty", clause.span)) task.empty_codes = exit_codes(context, scope, clause.codes);
  }
  void apply(const syntax::VerifyClause& clause) {
    if (!is_first("verify", clause.span)) return;
    if (auto command = make_verify(context, scope, clause)) task.verify = std::move(*command);
  }

  /// It is asked once for all elements, so no value of one can be in it.
  void apply(const syntax::VersionClause& clause) {
    if (!is_first("version", clause.span)) return;
    const auto* literal = std::get_if<syntax::TextLiteral>(&context.tree(scope.module)[clause.command].kind);
    if (literal == nullptr) return;  // the parser has reported it
    std::string command;
    for (const auto& part : literal->parts) {
      if (part.hole) {
        context.report(Kind::version_with_value, part.span).help("to write a brace itself, double it: `{{` or `}}`");
        return;
      }
      command += part.text;
    }
    if (trim(command).empty()) {
      context.report(Kind::empty_command, clause.span);
      return;
    }
    task.version = context.strings.intern(command);
  }

  void apply(const syntax::CommandClause& clause) {
    commands.push_back(clause.span);
    if (commands.size() > 1) return;
    if (auto command = make_command(context, scope, clause))
      task.command = std::move(*command);
    else
      fine = false;
  }

  void apply(const syntax::ExpectClause& clause) {
    if (scope.misses_metrics) return;
    Scope own = scope;
    own.place = "`expect`";
    own.metrics = &task.metrics;
    own.ports = nullptr;
    own.has_resources = false;
    program::Expect expect;
    expect.span = clause.span;
    expect.condition = lower_as(context, own, clause.condition, Type::of(TypeKind::boolean), "`expect`");
    if (clause.message) expect.message = lower_as(context, own, *clause.message, Type::of(TypeKind::text), "the message of `expect`");
    expect.fails = !clause.action || context.text(clause.action->symbol) == "fail";
    if (clause.action && !expect.fails && context.text(clause.action->symbol) != "warn") {
      report_unknown_name(context, *clause.action, "outcome of `expect`", {"warn", "fail"}, "after `else`");
    }
    if (!context.failed(expect.condition) && !(clause.message && context.failed(expect.message))) expects.push_back(expect);
  }

  /// A task's expectation of a metric stands in for the tool's of the same metric.
  void merge_expects() {
    std::set<std::uint32_t> own;
    for (const program::Expect& expect : expects) own.merge(metrics_in(context, expect.condition));
    auto& before = task.expects;
    before.erase(std::remove_if(before.begin(), before.end(),
                                [&](const program::Expect& expect) {
                                  const std::set<std::uint32_t> read = metrics_in(context, expect.condition);
                                  return std::any_of(read.begin(), read.end(), [&](std::uint32_t metric) { return own.count(metric) > 0; });
                                }),
                 before.end());
    before.insert(before.end(), expects.begin(), expects.end());
  }

  void check_commands(Span name) {
    for (std::size_t i = 1; i < commands.size(); ++i) {
      context.report(Kind::several_commands, commands[i], owner(), context.text(task.name)).label(commands.front(), "the first one");
      fine = false;
    }
    if (!commands.empty() || context.had_errors) return;
    context.report(Kind::no_command, name, owner(), context.text(task.name))
        .help(body == BodyOf::tool ? "add `run \"...\"` or `script python \"\"\"...\"\"\"`"
                                   : "add `run \"...\"`, `script python \"\"\"...\"\"\"` or `use TOOL(...)`");
    fine = false;
  }
};

}  // namespace

void add_metrics(Context& context, program::Task& task, std::uint32_t module, const std::vector<syntax::Clause>& clauses) {
  std::map<Symbol, Span> said;
  for (const syntax::Clause& clause : clauses) {
    const auto* written = std::get_if<syntax::MetricClause>(&clause);
    if (written == nullptr) continue;
    const auto [place, is_new] = said.emplace(written->name.symbol, written->name.span);
    if (!is_new) {
      context.report(Kind::duplicate_declaration, written->name.span, "metric", context.text(written->name.symbol))
          .label(place->second, "first declared here");
      continue;
    }
    program::Metric metric{written->name.symbol, resolve_type(context, module, written->type, TypePlace::metric), written->doc,
                           written->name.span};
    const auto same = std::find_if(task.metrics.begin(), task.metrics.end(), [&](const auto& other) { return other.name == metric.name; });
    if (same != task.metrics.end())
      *same = std::move(metric);
    else
      task.metrics.push_back(std::move(metric));
  }
}

bool apply_body(Context& context, program::Task& task, const Scope& scope, const std::vector<syntax::Clause>& clauses, BodyOf what) {
  Applier applier{context, task, scope, what};
  for (const syntax::Clause& clause : clauses) {
    std::visit([&](const auto& one) { applier.apply(one); }, clause);
  }
  applier.merge_expects();
  applier.check_commands(task.span);
  return applier.fine;
}

}  // namespace osac::semantics
