// Tasks: dimensions, ports, then everything in their bodies, the tool's clauses before the task's own.

#include <fmt/core.h>

#include "compiler/semantics/body.h"
#include "compiler/semantics/commands.h"
#include "compiler/semantics/declarations.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/modules.h"
#include "compiler/semantics/tools.h"

namespace osac::semantics {

namespace {

struct Pass {
  TaskState& state;
  const syntax::TaskDecl& decl;
  const syntax::UseClause* use = nullptr;  ///< the first one
  std::optional<std::uint32_t> tool;
  std::vector<Port> ports;

  [[nodiscard]] Context& context() const { return state.context; }
  [[nodiscard]] program::Task& task() const { return state.task(); }

  void resolve_dimensions() {
    if (decl.via) {
      report_not_supported(context(), decl.via->span, "`via` a relation");
      if (find_name(context(), 0, decl.via->symbol) == nullptr) report_unknown_name(context(), *decl.via, "relation", {});
    }
    const Over over = resolve_over(context(), decl.over, "task", decl.via.has_value());
    task().dimensions = over.dimensions;
    task().basis = basis_of(context().program, over.dimensions);
    task().is_cross = over.is_cross || decl.via.has_value();
    state.dimensions_failed = over.failed;
  }

  void set_condition(syntax::ExprId written) {
    const ExprId condition = lower_as(context(), state.scope("a task's `where`"), written, Type::of(TypeKind::boolean), "a `where`");
    if (!context().failed(condition)) task().where = condition;
  }

  /// Behind `for` or as a clause; the parser refuses both at once.
  void resolve_where() {
    if (state.dimensions_failed) return;
    if (decl.where) set_condition(*decl.where);
    for (const syntax::Clause& clause : decl.clauses) {
      if (const auto* where = std::get_if<syntax::WhereClause>(&clause)) set_condition(where->condition);
    }
  }

  void find_used_tool() {
    for (const syntax::Clause& clause : decl.clauses) {
      const auto* written = std::get_if<syntax::UseClause>(&clause);
      if (written == nullptr || use != nullptr) continue;
      use = written;
      tool = find_tool(context(), 0, written->tool);
    }
  }

  void collect_ports() {
    for (const syntax::Clause& clause : decl.clauses) {
      if (const auto* input = std::get_if<syntax::InputClause>(&clause)) {
        if (input->type) report_port_type(*input->type);
        add_inputs(state, *input);
      }
      if (const auto* output = std::get_if<syntax::OutputClause>(&clause)) {
        if (output->type) report_port_type(*output->type);
        add_outputs(state, *output);
      }
    }
    if (tool) add_ports_of_arguments(state, *tool, *use);
    number_ports();
  }

  void report_port_type(const syntax::TypeSyntax& type) const {
    context()
        .report(Kind::clause_not_here, type.span, "a port's type", "task")
        .help("the dataset says what it is; types are for the ports of tools");
  }

  /// Inputs first, then outputs: their numbers are fixed only now. Ports that failed are known, too, so that using them stays silent.
  void number_ports() {
    std::uint32_t index = 0;
    for (const program::Input& input : task().inputs) {
      ports.push_back({input.name, index++, input.type, true, true, context().program.datasets[input.dataset.index].is_external});
    }
    for (const program::Output& output : task().outputs) ports.push_back({output.name, index++, output.type, true, false, false});
    for (const Symbol name : state.failed_ports) ports.push_back({name, 0, {}, true, true});
  }

  [[nodiscard]] Scope body_scope() const {
    Scope scope = state.scope("a task");
    scope.ports = &ports;
    scope.has_resources = true;
    scope.misses_metrics = use != nullptr && !tool;
    return scope;
  }

  /// The tool's clauses; false if there is none or it could not be bound.
  bool apply_tool(const Scope& scope) {
    if (!tool) return false;
    const auto bound = bind_tool(state, *tool, *use, scope);
    const ToolState& self = context().tools[*tool];
    add_metrics(context(), task(), self.module, self.declaration->clauses);
    if (!bound) return false;
    task().tool = context().strings.intern(written(context(), use->tool));
    return apply_body(context(), task(), scope_of(context(), *bound), self.declaration->clauses, BodyOf::tool);
  }

  /// A command that never names an output cannot make it. A script may still work the path out in its own language.
  void warn_unmentioned() const {
    if (task().command.kind == program::CommandKind::script || context().had_errors) return;
    for (std::uint32_t i = 0; i < task().outputs.size(); ++i) {
      const program::Output& output = task().outputs[i];
      if (mentions_port(context(), task().command, static_cast<std::uint32_t>(task().inputs.size()) + i)) continue;
      auto report = context().report(Kind::unmentioned_output, output.span, context().text(output.name), context().text(task().name));
      report.help(fmt::format("write `{{{}}}` where the command names the file it makes", context().text(output.name)));
    }
  }

  void run() {
    resolve_dimensions();
    resolve_where();
    find_used_tool();
    collect_ports();
    if (state.dimensions_failed) return;  // names of its keys would be unknown
    const Scope scope = body_scope();
    bool fine = use == nullptr || apply_tool(scope);
    add_metrics(context(), task(), 0, decl.clauses);
    fine = apply_body(context(), task(), scope, decl.clauses, BodyOf::task) && fine;
    if (fine && state.failed_ports.empty()) warn_unmentioned();
  }
};

}  // namespace

void analyse_tasks(Context& context) {
  for (const auto& [decl, id] : context.tasks) {
    TaskState state{context, id, {}, {}, false};
    Pass{state, *decl, nullptr, std::nullopt, {}}.run();
  }
}

}  // namespace osac::semantics
