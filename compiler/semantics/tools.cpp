#include "compiler/semantics/tools.h"

#include <fmt/core.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/expression/rules.h"
#include "compiler/semantics/body.h"
#include "compiler/semantics/constants.h"
#include "compiler/semantics/declarations.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/types.h"

namespace osac::semantics {

namespace {

using Argument = syntax::CallExpr::Argument;

/// A port of a tool as declared.
struct ToolPort {
  const syntax::Name* name;
  const std::optional<syntax::TypeSyntax>* type;
  bool is_input;
};

std::vector<ToolPort> declared_ports(const syntax::ToolDecl& decl) {
  std::vector<ToolPort> ports;
  for (const syntax::Clause& clause : decl.clauses) {
    if (const auto* input = std::get_if<syntax::InputClause>(&clause)) {
      for (const syntax::Name& name : input->names) ports.push_back({&name, &input->type, true});
    }
    if (const auto* output = std::get_if<syntax::OutputClause>(&clause)) {
      for (const syntax::Name& name : output->names) ports.push_back({&name, &output->type, false});
    }
  }
  return ports;
}

std::vector<const syntax::ToolParamClause*> declared_parameters(const syntax::ToolDecl& decl) {
  std::vector<const syntax::ToolParamClause*> parameters;
  for (const syntax::Clause& clause : decl.clauses) {
    if (const auto* parameter = std::get_if<syntax::ToolParamClause>(&clause)) parameters.push_back(parameter);
  }
  return parameters;
}

const Argument* find_argument(const syntax::UseClause& clause, Symbol name) {
  for (const Argument& argument : clause.arguments) {
    if (argument.name && argument.name->symbol == name) return &argument;
  }
  return nullptr;
}

/// The name that an argument is, if it is just that.
const syntax::Name* name_of(const Context& context, const Argument& argument) {
  const auto* name = std::get_if<syntax::NameExpr>(&context.tree(0)[argument.value].kind);
  return name != nullptr ? &name->name : nullptr;
}

Type port_type(Context& context, std::uint32_t module, const ToolPort& port) {
  return *port.type ? resolve_type(context, module, **port.type, TypePlace::port) : Type::of(TypeKind::file);
}

/// A parameter's default, which may use those before it.
ExprId default_of(Context& context, const BoundTool& bound, const syntax::ToolParamClause& parameter) {
  Scope own = scope_of(context, bound);
  own.ports = nullptr;
  own.has_resources = false;
  own.place = "a parameter's default";
  const Type type = resolve_type(context, own.module, parameter.type, TypePlace::parameter);
  return lower_as(context, own, *parameter.default_value, type, fmt::format("`{}`", context.text(parameter.name.symbol)));
}

struct Binder {
  TaskState& state;
  std::uint32_t tool;
  const syntax::UseClause& clause;
  const Scope& scope;
  BoundTool bound;
  bool fine = true;
  std::vector<syntax::Name> unbound{};  ///< what `...` found nothing for

  [[nodiscard]] Context& context() const { return state.context; }
  [[nodiscard]] const ToolState& self() const { return context().tools[tool]; }
  [[nodiscard]] std::string_view tool_name() const { return context().text(self().declaration->name.symbol); }

  void check_names() {
    std::vector<std::string_view> known;
    for (const ToolPort& port : declared_ports(*self().declaration)) known.push_back(context().text(port.name->symbol));
    for (const auto* parameter : declared_parameters(*self().declaration)) known.push_back(context().text(parameter->name.symbol));
    std::map<Symbol, Span> given;
    for (const Argument& argument : clause.arguments) {
      if (!argument.name) {
        fine = false;
        context()
            .report(Kind::unnamed_argument, context().tree(0)[argument.value].span, tool_name())
            .help(fmt::format("as in `{}({}: ...)`", tool_name(), known.empty() ? "name" : known.front()));
        continue;
      }
      const std::string_view name = context().text(argument.name->symbol);
      const auto [place, is_new] = given.emplace(argument.name->symbol, argument.name->span);
      if (!is_new) {
        fine = false;
        context().report(Kind::duplicate_declaration, argument.name->span, "argument", name).label(place->second, "first given here");
      } else if (std::find(known.begin(), known.end(), name) == known.end()) {
        fine = false;
        auto report = context().report(Kind::unknown_name, argument.name->span, name, "port or parameter");
        report.label(self().declaration->name.span, "of this tool");
        suggest_or_list(context(), report, *argument.name, known, fmt::format("`{}` has", tool_name()));
      }
    }
  }

  [[nodiscard]] bool has_unnamed() const {
    return std::any_of(clause.arguments.begin(), clause.arguments.end(), [](const Argument& argument) { return !argument.name; });
  }

  void report_missing(const syntax::Name& name, std::string_view what) {
    fine = false;
    if (clause.arguments.empty() && context().had_errors) return;  // they were left out, which the parser has reported
    if (has_unnamed()) return;                                     // it may be meant for this one
    if (clause.rest) return unbound.push_back(name);
    context()
        .report(Kind::missing_argument, clause.tool.span, tool_name(), what, context().text(name.symbol))
        .label(name.span, "declared here")
        .help(fmt::format("add `{}: ...`", context().text(name.symbol)));
  }

  void bind(const ToolPort& port) {
    Port made;
    made.name = port.name->symbol;
    made.is_input = port.is_input;
    made.type = port_type(context(), self().module, port);
    const Argument* argument = find_argument(clause, port.name->symbol);
    const Port* same = argument == nullptr && clause.rest ? find_port(port.name->symbol) : nullptr;
    if (same != nullptr && same->is_input == port.is_input) {
      take(*same, *clause.rest, port, made);
    } else if (argument == nullptr) {
      made.is_bound = false;
      if (has_failed(port.name->symbol) && clause.rest)
        fine = false;
      else if (!made.type.is_optional && !made.type.is_error())
        report_missing(*port.name, port.is_input ? "input" : "output");
    } else {
      bind(*argument, port, made);
    }
    bound.ports.push_back(made);
  }

  void bind(const Argument& argument, const ToolPort& port, Port& made) {
    const Span place = context().tree(0)[argument.value].span;
    const syntax::Name* name = name_of(context(), argument);
    const Port* given = name != nullptr ? find_port(name->symbol) : nullptr;
    if (given == nullptr || given->is_input != port.is_input) {
      made.type = {};
      fine = false;
      if (name != nullptr && has_failed(name->symbol)) return;
      context()
          .report(Kind::argument_not_a_port, place, context().text(port.name->symbol), tool_name(), port.is_input ? "input" : "output")
          .help("name a port of the task or a dataset");
      return;
    }
    take(*given, place, port, made);
  }

  /// Binds to a port of the task.
  void take(const Port& given, Span place, const ToolPort& port, Port& made) {
    if (given.type.is_error() || made.type.is_error()) {
      made.type = {};
      return;
    }
    if (!expression::is_assignable(given.type, made.type)) report_mismatch(place, port, made.type, given.type);
    made.type = given.type;
    made.index = given.index;
    made.is_external = given.is_external;
  }

  /// For `...`: a key, attribute, parameter or constant of the task's that is called so.
  [[nodiscard]] std::optional<ExprId> value_of_rest(const syntax::Name& name) const {
    if (!clause.rest) return std::nullopt;
    Scope own = scope;
    own.ports = own.record_ports = nullptr;
    own.has_resources = false;
    return find_value(context(), own, {name.symbol, *clause.rest});
  }

  void report_unbound() {
    if (unbound.empty()) return;
    std::vector<std::string> names;
    for (const syntax::Name& name : unbound) names.push_back(fmt::format("`{}`", context().text(name.symbol)));
    auto report = context().report(Kind::rest_finds_nothing, *clause.rest, join_words(names), tool_name());
    for (const syntax::Name& name : unbound) report.label(name.span, "declared here");
    report.note(
        "`...` binds each port of the tool to the task's port of the same name, and each parameter to the key, attribute, parameter "
        "or constant of the same name");
    report.help(fmt::format("add `{}: ...` before it", context().text(unbound.front().symbol)));
  }

  [[nodiscard]] const Port* find_port(Symbol name) const {
    for (const Port& port : *scope.ports) {
      if (port.name == name) return &port;
    }
    return nullptr;
  }
  [[nodiscard]] bool has_failed(Symbol name) const {
    return std::find(state.failed_ports.begin(), state.failed_ports.end(), name) != state.failed_ports.end();
  }

  void report_mismatch(Span place, const ToolPort& port, Type wanted, Type given) {
    fine = false;
    auto report = context().report(Kind::port_mismatch, place, context().text(port.name->symbol), tool_name(),
                                   type_name(wanted, context().strings), type_name(given, context().strings));
    report.label(port.name->span, fmt::format("`{}` here", type_name(wanted, context().strings)));
    if (wanted.is_list)
      report.help(port.is_input ? "gather a list: `in x = all ...`" : "make the output a list: `out x for ...`");
    else if (given.is_list)
      report.help("the tool takes one file: run the task once for each");
    else
      report.help("the input may be absent, the tool's is not `file?`");
  }

  void bind(const syntax::ToolParamClause& parameter) {
    const Type type = resolve_type(context(), self().module, parameter.type, TypePlace::parameter);
    const std::string what = fmt::format("`{}`", context().text(parameter.name.symbol));
    ExprId value;
    if (const Argument* argument = find_argument(clause, parameter.name.symbol)) {
      value = lower_as(context(), scope, argument->value, type, what);
    } else if (const auto same = value_of_rest(parameter.name)) {
      value = checked_as(context(), *same, *clause.rest, type, what);
    } else if (parameter.default_value) {
      value = default_of(context(), bound, parameter);
      bound.by_default.insert(parameter.name.symbol);
    } else {
      report_missing(parameter.name, "parameter");
      value = error_node(context(), parameter.name.span);
    }
    if (type.is_error()) value = error_node(context(), parameter.name.span);
    bound.arguments[parameter.name.symbol] = value;
  }
};

/// A task that uses the tool with every port bound to one of its own, to check the tool alone.
struct Alone {
  Context& context;
  std::uint32_t tool;
  program::Task task;
  BoundTool bound;

  void run() {
    const ToolState self = context.tools[tool];
    task.name = self.declaration->name.symbol;
    task.span = self.declaration->name.span;
    task.tool = task.name;
    task.env = Symbol::none();
    task.version = Symbol::none();
    bound.tool = tool;
    bind_ports(self);
    bind_parameters(self);
    add_metrics(context, task, self.module, self.declaration->clauses);
    const Scope scope = scope_of(context, bound);
    apply_body(context, task, scope, self.declaration->clauses, BodyOf::tool);
    for (const syntax::Clause& clause : self.declaration->clauses) {
      if (const auto* retry = std::get_if<syntax::RetryClause>(&clause)) apply_rungs(context, task, scope, &bound, *retry);
    }
  }

  void bind_ports(const ToolState& self) {
    std::map<Symbol, Span> said;
    std::uint32_t index = 0;
    for (const ToolPort& port : declared_ports(*self.declaration)) {
      const auto [place, is_new] = said.emplace(port.name->symbol, port.name->span);
      if (!is_new) {
        context.report(Kind::duplicate_declaration, port.name->span, "port", context.text(port.name->symbol))
            .label(place->second, "first declared here");
      }
      bound.ports.push_back({port.name->symbol, index++, port_type(context, self.module, port), true, port.is_input});
    }
  }

  void bind_parameters(const ToolState& self) {
    for (const auto* parameter : declared_parameters(*self.declaration)) {
      const Type type = resolve_type(context, self.module, parameter->type, TypePlace::parameter);
      if (parameter->default_value) {
        Scope own = scope_of(context, bound);
        own.ports = nullptr;
        own.has_resources = false;
        lower_as(context, own, *parameter->default_value, type, fmt::format("`{}`", context.text(parameter->name.symbol)));
      }
      // Stands for any value: a reference is never folded. These nodes are thrown away with the whole check.
      expression::Node node;
      node.op = expression::Op::parameter;
      node.type = type;
      node.span = parameter->name.span;
      bound.arguments[parameter->name.symbol] = add_unfolded(context, node, {});
    }
  }
};

}  // namespace

Scope scope_of(const Context& context, const BoundTool& bound) {
  Scope scope;
  scope.module = context.tools[bound.tool].module;
  scope.place = "a tool";
  scope.ports = &bound.ports;
  scope.arguments = &bound.arguments;
  scope.has_resources = true;
  return scope;
}

void add_ports_of_arguments(TaskState& state, std::uint32_t tool, const syntax::UseClause& clause) {
  for (const ToolPort& port : declared_ports(*state.context.tools[tool].declaration)) {
    const Argument* argument = find_argument(clause, port.name->symbol);
    const syntax::Name* name = argument != nullptr ? name_of(state.context, *argument) : nullptr;
    if (name == nullptr) continue;
    const bool is_port =
        std::any_of(state.port_names.begin(), state.port_names.end(), [&](const auto& other) { return other.symbol == name->symbol; });
    if (is_port || state.context.scopes[0].datasets.count(name->symbol) == 0) continue;
    port.is_input ? add_plain_input(state, *name) : add_plain_output(state, *name);
  }
}

BoundTool with_parameters(Context& context, const BoundTool& bound, const std::map<Symbol, ExprId>& changed) {
  BoundTool other = bound;
  for (const auto* parameter : declared_parameters(*context.tools[bound.tool].declaration)) {
    const auto found = changed.find(parameter->name.symbol);
    if (found != changed.end())
      other.arguments[parameter->name.symbol] = found->second;
    else if (bound.by_default.count(parameter->name.symbol) > 0)
      other.arguments[parameter->name.symbol] = default_of(context, other, *parameter);
  }
  return other;
}

std::optional<BoundTool> bind_tool(TaskState& state, std::uint32_t tool, const syntax::UseClause& clause, const Scope& scope) {
  Binder binder{state, tool, clause, scope, {}};
  binder.bound.tool = tool;
  binder.check_names();
  const syntax::ToolDecl& decl = *state.context.tools[tool].declaration;
  for (const ToolPort& port : declared_ports(decl)) binder.bind(port);
  for (const auto* parameter : declared_parameters(decl)) binder.bind(*parameter);
  binder.report_unbound();
  return binder.fine ? std::optional(std::move(binder.bound)) : std::nullopt;
}

void analyse_tools(Context& context) {
  for (std::uint32_t i = 0; i < context.tools.size(); ++i) {
    const bool is_standard = context.modules[context.tools[i].module].name.starts_with("std.");
    if (context.tools[i].is_used || is_standard) continue;
    const expression::Expressions kept = context.program.expressions;
    const std::vector<NodeFacts> kept_facts = context.facts;
    Alone{context, i, {}, {}}.run();
    context.program.expressions = kept;
    context.facts = kept_facts;
  }
}

}  // namespace osac::semantics
