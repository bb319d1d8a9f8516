// Lets, parameters and their order: each is lowered when it is first needed, so a circle shows itself as one that is still open.

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/constants.h"
#include "compiler/semantics/declarations.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/types.h"

namespace osac::semantics {

using expression::Node;
using expression::Op;

ExprId report_circle(Context& context, const syntax::Name& name) {
  std::string circle;
  const auto begin = std::find(context.open_names.begin(), context.open_names.end(), name.symbol);
  for (auto at = begin; at != context.open_names.end(); ++at) circle += fmt::format("`{}` -> ", context.text(*at));
  context.report(Kind::circular_definition, name.span, circle + fmt::format("`{}`", context.text(name.symbol)));
  return error_node(context, name.span);
}

namespace {

ExprId reference_to(Context& context, program::ParameterId id, Type type, Span span) {
  Node node;
  node.op = Op::parameter;
  node.index = id.index;
  node.type = type;
  node.span = span;
  return add_unfolded(context, node, {});
}

/// A parameter of the workflow: gets its number after all that its default uses.
ExprId declare_parameter(Context& context, const ParameterState& state, Type type, ExprId default_value) {
  const syntax::Name& name = state.declaration->name;
  if (type.is_error() || (state.declaration->default_value && context.failed(default_value))) return error_node(context, name.span);
  const program::ParameterId id{static_cast<std::uint32_t>(context.program.parameters.size())};
  context.program.parameters.push_back({name.symbol, type, default_value, *state.doc, name.span});
  return reference_to(context, id, type, name.span);
}

/// A parameter of an imported module cannot be set: it is its default.
ExprId fixed_parameter(Context& context, const ParameterState& state, ExprId default_value) {
  const syntax::Name& name = state.declaration->name;
  if (state.declaration->default_value) return default_value;
  context.report(Kind::module_parameter, name.span, context.text(name.symbol));
  return error_node(context, name.span);
}

}  // namespace

ExprId parameter_value(Context& context, std::uint32_t index) {
  const ParameterState state = context.parameters[index];
  const syntax::ParamDecl& decl = *state.declaration;
  if (state.progress == Progress::done) return state.value;
  if (state.progress == Progress::open) return report_circle(context, decl.name);
  context.parameters[index].progress = Progress::open;
  context.open_names.push_back(decl.name.symbol);
  const Type type = resolve_type(context, state.module, decl.type, TypePlace::parameter);
  ExprId default_value;
  if (decl.default_value) {
    Scope scope;
    scope.module = state.module;
    scope.place = "a parameter's default";
    default_value = lower_as(context, scope, *decl.default_value, type, fmt::format("`{}`", context.text(decl.name.symbol)));
  }
  context.open_names.pop_back();
  const ExprId value =
      state.module == 0 ? declare_parameter(context, state, type, default_value) : fixed_parameter(context, state, default_value);
  context.parameters[index].progress = Progress::done;
  context.parameters[index].value = value;
  return value;
}

ExprId let_value(Context& context, std::uint32_t index) {
  const LetState state = context.lets[index];
  const syntax::LetDecl& decl = *state.declaration;
  if (state.progress == Progress::done) return state.value;
  if (state.is_function()) {
    check_function(context, index);
    return error_node(context, decl.name.span);
  }
  if (state.progress == Progress::open) return report_circle(context, decl.name);
  context.lets[index].progress = Progress::open;
  context.open_names.push_back(decl.name.symbol);
  Scope scope;
  scope.module = state.module;
  scope.place = "a `let`";
  ExprId value;
  if (decl.type) {
    const Type type = resolve_type(context, state.module, *decl.type, TypePlace::parameter);
    value = lower_as(context, scope, decl.value, type, fmt::format("`{}`", context.text(decl.name.symbol)));
  } else {
    value = lower(context, scope, decl.value);
  }
  context.open_names.pop_back();
  context.lets[index].progress = Progress::done;
  context.lets[index].value = value;
  return value;
}

void analyse_values(Context& context) {
  for (std::uint32_t i = 0; i < context.parameters.size(); ++i) {
    if (context.parameters[i].module == 0) parameter_value(context, i);
  }
  for (std::uint32_t i = 0; i < context.lets.size(); ++i)
    context.lets[i].is_function() ? check_function(context, i) : void(let_value(context, i));
}

}  // namespace osac::semantics
