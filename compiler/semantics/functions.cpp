// Functions: `let name(a : int) = ...`. A call is replaced by the body with the arguments in it, so that nothing behind semantics knows of
// them. A body is checked once by itself, whether it is called or not; what depends on the values in it shows at the call.

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "compiler/expression/rules.h"
#include "compiler/semantics/constants.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/types.h"

namespace osac::semantics {

namespace {

using expression::Node;
using expression::Op;

Scope scope_of_body(const LetState& function, const std::map<Symbol, ExprId>& arguments) {
  Scope scope;
  scope.module = function.module;
  scope.place = "a function";
  scope.arguments = &arguments;
  return scope;
}

Type parameter_type(Context& context, const LetState& function, const syntax::FunctionParam& parameter) {
  return resolve_type(context, function.module, parameter.type, TypePlace::parameter);
}

/// The body with its arguments; an error node if it is wrong.
ExprId lower_body(Context& context, const LetState& function, const std::map<Symbol, ExprId>& arguments) {
  const syntax::LetDecl& decl = *function.declaration;
  const Scope scope = scope_of_body(function, arguments);
  if (!decl.type) return lower(context, scope, decl.value);
  const Type type = resolve_type(context, function.module, *decl.type, TypePlace::parameter);
  return lower_as(context, scope, decl.value, type, fmt::format("`{}`", context.text(decl.name.symbol)));
}

/// Stands for any value of a type: a reference is never folded.
ExprId any_value(Context& context, Type type, Span span) {
  Node node;
  node.op = Op::resource;
  node.type = type;
  node.span = span;
  return add_unfolded(context, node, {});
}

struct Call {
  Context& context;
  const Scope& scope;
  const syntax::CallExpr& call;
  Span span;
  std::uint32_t let;

  [[nodiscard]] LetState& function() const { return context.lets[let]; }
  [[nodiscard]] const syntax::LetDecl& decl() const { return *function().declaration; }
  [[nodiscard]] std::string_view name() const { return context.text(decl().name.symbol); }
  [[nodiscard]] Span place(const syntax::CallExpr::Argument& argument) const { return context.tree(scope.module)[argument.value].span; }

  [[nodiscard]] bool check_count() const {
    bool fine = true;
    for (const auto& argument : call.arguments) {
      if (!argument.name) continue;
      context.report(Kind::named_argument, argument.name->span, name()).label(decl().name.span, "declared here");
      fine = false;
    }
    if (!fine || call.arguments.size() == decl().parameters.size()) return fine;
    context
        .report(Kind::wrong_argument_count, span, name(), decl().parameters.size(), decl().parameters.size() == 1 ? "" : "s",
                call.arguments.size())
        .label(decl().name.span, "declared here");
    return false;
  }

  [[nodiscard]] std::optional<ExprId> argument(std::size_t i) const {
    const syntax::FunctionParam& parameter = decl().parameters[i];
    const Type type = parameter_type(context, function(), parameter);
    const ExprId value = lower(context, scope, call.arguments[i].value, type);
    context.origins.push_back({parameter.name.span, "declared here"});
    const ExprId checked =
        checked_as(context, value, place(call.arguments[i]), type, fmt::format("`{}`", context.text(parameter.name.symbol)));
    context.origins.pop_back();
    return context.failed(checked) ? std::nullopt : std::optional(checked);
  }

  [[nodiscard]] ExprId run() const {
    if (function().progress == Progress::open) return report_circle(context, decl().name);
    check_function(context, let);
    std::map<Symbol, ExprId> arguments;
    bool fine = check_count() && !function().has_failed;
    const std::size_t known = std::min(call.arguments.size(), decl().parameters.size());
    for (std::size_t i = 0; i < known; ++i) {
      const auto value = argument(i);
      fine = fine && value.has_value();
      if (value) arguments[decl().parameters[i].name.symbol] = *value;
    }
    if (!fine) return error_node(context, span);
    context.origins.push_back({span, "called here"});
    const ExprId result = lower_body(context, function(), arguments);
    context.origins.pop_back();
    return context.failed(result) ? error_node(context, span) : result;
  }
};

/// The function that a name or `module.name` calls; its entry is marked used.
std::optional<std::uint32_t> find_function(Context& context, const Scope& scope, syntax::ExprId callee) {
  const syntax::Tree& tree = context.tree(scope.module);
  const auto is_function = [&](const Entry& entry) { return entry.kind == EntryKind::let && context.lets[entry.index].is_function(); };
  if (const auto* name = std::get_if<syntax::NameExpr>(&tree[callee].kind)) {
    const auto found = context.scopes[scope.module].names.find(name->name.symbol);
    if (found == context.scopes[scope.module].names.end() || !is_function(found->second)) return std::nullopt;
    found->second.is_used = true;
    return found->second.index;
  }
  const auto* member = std::get_if<syntax::MemberExpr>(&tree[callee].kind);
  const auto* object = member != nullptr ? std::get_if<syntax::NameExpr>(&tree[member->object].kind) : nullptr;
  if (object == nullptr) return std::nullopt;
  const auto module = context.scopes[scope.module].names.find(object->name.symbol);
  if (module == context.scopes[scope.module].names.end() || module->second.kind != EntryKind::module) return std::nullopt;
  module->second.is_used = true;
  const auto& names = context.scopes[module->second.index].names;
  const auto found = names.find(member->member.symbol);
  if (found == names.end() || !is_function(found->second) || found->second.is_import) return std::nullopt;
  return found->second.index;
}

/// What stands before the `.` of a call is a module; false if it is something else here.
bool report_unknown_module(Context& context, const Scope& scope, const syntax::Name& name) {
  const bool is_dataset = scope.module == 0 && context.scopes[0].datasets.count(name.symbol) > 0;
  const bool is_port = scope.ports != nullptr &&
                       std::any_of(scope.ports->begin(), scope.ports->end(), [&](const Port& port) { return port.name == name.symbol; });
  if (is_dataset || is_port || find_value(context, scope, name)) return false;
  std::vector<std::string_view> modules;
  for (const auto& [symbol, entry] : context.scopes[scope.module].names) {
    if (entry.kind == EntryKind::module) modules.push_back(context.text(symbol));
  }
  report_unknown_name(context, name, "module", modules);
  return true;
}

/// `module.name(...)` where the module is known, or was reported, and has no such function.
bool report_of_module(Context& context, const Scope& scope, syntax::ExprId callee) {
  const syntax::Tree& tree = context.tree(scope.module);
  const auto* member = std::get_if<syntax::MemberExpr>(&tree[callee].kind);
  const auto* object = member != nullptr ? std::get_if<syntax::NameExpr>(&tree[member->object].kind) : nullptr;
  if (object == nullptr) return false;
  const Entry* entry = find_name(context, scope.module, object->name.symbol);
  if (entry == nullptr) return report_unknown_module(context, scope, object->name);
  if (entry->kind == EntryKind::failed) return true;
  if (entry->kind != EntryKind::module) return false;
  std::vector<std::string_view> functions;
  for (const auto& [symbol, other] : context.scopes[entry->index].names) {
    if (other.kind == EntryKind::let && !other.is_import && context.lets[other.index].is_function())
      functions.push_back(context.text(symbol));
  }
  report_unknown_name(context, member->member, "function", functions, fmt::format("functions of `{}`", context.text(object->name.symbol)));
  return true;
}

}  // namespace

void check_function(Context& context, std::uint32_t let) {
  const LetState function = context.lets[let];
  const syntax::LetDecl& decl = *function.declaration;
  if (function.progress != Progress::waiting) return;
  context.lets[let].progress = Progress::open;
  context.open_names.push_back(decl.name.symbol);
  std::map<Symbol, ExprId> arguments;
  std::map<Symbol, Span> said;
  bool fine = true;
  for (const syntax::FunctionParam& parameter : decl.parameters) {
    const auto [place, is_new] = said.emplace(parameter.name.symbol, parameter.name.span);
    if (!is_new) {
      context.report(Kind::duplicate_declaration, parameter.name.span, "parameter", context.text(parameter.name.symbol))
          .label(place->second, "first declared here");
    }
    const Type type = parameter_type(context, function, parameter);
    fine = fine && is_new && !type.is_error();
    arguments[parameter.name.symbol] =
        type.is_error() ? error_node(context, parameter.name.span) : any_value(context, type, parameter.name.span);
  }
  const std::vector<Context::Origin> origins = std::exchange(context.origins, {});
  fine = !context.failed(lower_body(context, function, arguments)) && fine;
  context.origins = origins;
  context.open_names.pop_back();
  context.lets[let].progress = Progress::done;
  context.lets[let].has_failed = !fine;
}

std::optional<ExprId> lower_function_call(Context& context, const Scope& scope, const syntax::CallExpr& call, Span span) {
  if (const auto let = find_function(context, scope, call.callee)) return Call{context, scope, call, span, *let}.run();
  if (report_of_module(context, scope, call.callee)) return error_node(context, span);
  return std::nullopt;
}

}  // namespace osac::semantics
