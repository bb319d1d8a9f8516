// Tasks: dimensions, ports, then everything in their bodies, the tool's clauses before the task's own.

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/body.h"
#include "compiler/semantics/commands.h"
#include "compiler/semantics/declarations.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/modules.h"
#include "compiler/semantics/records.h"
#include "compiler/semantics/relations.h"
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

  void resolve_relation(Over& over) {
    const auto relation = find_relation(context(), *decl.via);
    if (!relation) {
      over.is_cross = true;  // what it would have connected is not known
      return;
    }
    task().via = *relation;
    if (over.failed || pairs(context(), *relation, over.dimensions, over.dimensions)) return;
    context()
        .report(Kind::unconnected_relation, decl.via->span, context().name(*relation),
                fmt::format("the dimensions of task `{}`", context().text(task().name)))
        .label(context().program.relations[relation->index].span, what_it_pairs(context(), *relation));
  }

  void resolve_dimensions() {
    Over over = resolve_over(context(), decl.over);
    if (decl.via) resolve_relation(over);
    if (!decl.via || task().via.exists()) {
      OverOf of{"task", {}, true};
      if (task().via.exists()) of.relations.push_back(task().via);
      check_connected(context(), decl.over, over, of);
    }
    task().dimensions = over.dimensions;
    task().basis = basis_of(context().program, over.dimensions);
    task().is_cross = over.is_cross;
    state.dimensions_failed = over.failed || decl.is_damaged;
  }

  void set_condition(syntax::ExprId written) {
    Scope scope = state.scope("a task's `where`");
    scope.has_made_records = true;
    const ExprId condition = lower_as(context(), scope, written, Type::of(TypeKind::boolean), "a `where`");
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
    check_own_windows();
    add_implicit_inputs(state);
    number_ports();
  }

  /// A task that reads its own output reads what is before: its own element is none of that.
  void check_own_windows() {
    for (const program::Input& input : task().inputs) {
      if (input.lookup.direction != program::LookupDirection::window || !input.lookup.is_inclusive) continue;
      const bool is_own = std::any_of(task().outputs.begin(), task().outputs.end(),
                                      [&](const program::Output& output) { return output.dataset == input.dataset; });
      if (!is_own) continue;
      const std::string_view name = context().name(input.dataset);
      context()
          .report(Kind::window_on_itself, input.span, name, context().text(task().name))
          .help(fmt::format("end the window before the task's own element: `window {} before T`", name));
      state.failed_ports.push_back(input.name);
    }
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
      const bool is_external = context().program.datasets[input.dataset.index].is_external;
      if (input.branch > 0) {
        ports.back().is_external = ports.back().is_external && is_external;
        if (ports.back().dataset.exists() && !have_same_fields(ports.back().dataset, input.dataset)) ports.back().dataset = {};
      } else if (!input.is_implicit) {
        ports.push_back({input.name, index, input.type, true, true, is_external, input.dataset});
      }
      ++index;
    }
    for (const program::Output& output : task().outputs) {
      ports.push_back({output.name, index++, output.type, true, false, false, output.dataset});
    }
    for (const Symbol name : state.failed_ports) ports.push_back({name, 0, {}, true, true});
  }

  [[nodiscard]] bool have_same_fields(DatasetId a, DatasetId b) const {
    const auto& first = context().program.datasets[a.index].fields;
    const auto& second = context().program.datasets[b.index].fields;
    return std::equal(first.begin(), first.end(), second.begin(), second.end(),
                      [](const program::Column& x, const program::Column& y) { return x.name == y.name && x.type == y.type; });
  }

  [[nodiscard]] Scope body_scope() const {
    Scope scope = state.scope("a task");
    scope.ports = &ports;
    scope.record_ports = &ports;
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
    if (!apply_body(context(), task(), scope_of(context(), *bound), self.declaration->clauses, BodyOf::tool)) return false;
    add_rungs(scope_of(context(), *bound), self.declaration->clauses, &*bound);
    add_rungs(scope, decl.clauses, &*bound);
    take_docs(*bound, self.declaration->clauses);
    return true;
  }

  /// Attempts behind `then`: the task's own stand in for the tool's, with the whole clause.
  void add_rungs(const Scope& scope, const std::vector<syntax::Clause>& clauses, const BoundTool* bound) {
    for (const syntax::Clause& clause : clauses) {
      if (const auto* retry = std::get_if<syntax::RetryClause>(&clause)) apply_rungs(context(), task(), scope, bound, *retry);
    }
  }

  /// A port without words of its own has those of the tool's.
  void take_docs(const BoundTool& bound, const std::vector<syntax::Clause>& clauses) {
    const std::size_t inputs = task().inputs.size();
    const auto take = [&](const std::vector<syntax::Name>& names, const std::string& doc) {
      for (const Port& port : bound.ports) {
        const bool is_named = std::any_of(names.begin(), names.end(), [&](const syntax::Name& name) { return name.symbol == port.name; });
        if (!is_named || !port.is_bound) continue;
        std::string& own = port.index < inputs ? task().inputs[port.index].doc : task().outputs[port.index - inputs].doc;
        if (own.empty()) own = doc;
      }
    };
    for (const syntax::Clause& clause : clauses) {
      if (const auto* input = std::get_if<syntax::InputClause>(&clause)) take(input->names, input->doc);
      if (const auto* output = std::get_if<syntax::OutputClause>(&clause)) take(output->names, output->doc);
    }
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
    if (use == nullptr) add_rungs(scope, decl.clauses, nullptr);
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
