#pragma once
// Syntax expressions to typed nodes of the program. Every mistake is reported once; what is wrong becomes a node of error type.

#include "compiler/semantics/scope.h"

namespace osac::semantics {

/// Lowers an expression. `hint` is the type its place wants, if known: it decides between enums and reads dates written as text.
ExprId lower(Context& context, const Scope& scope, syntax::ExprId id, Type hint = {});
/// Lowers and demands a type; `what` names the place for the message: "`cpus`", "a `where`". An error node if it does not fit.
ExprId lower_as(Context& context, const Scope& scope, syntax::ExprId id, Type want, std::string_view what);
/// Demands a type of a node that is there already.
ExprId checked_as(Context& context, ExprId value, Span place, Type want, std::string_view what);

/// `name(...)`, `module.name(...)`: a call of a function that some file declares (functions.cpp). Nothing if none has that name.
std::optional<ExprId> lower_function_call(Context& context, const Scope& scope, const syntax::CallExpr& call, Span span);
/// Checks a function's body by itself, once; its calls are expanded later.
void check_function(Context& context, std::uint32_t let);

/// One hole of a template: its expression, format and flags checked; `where` decides how its value will be quoted.
ExprId lower_hole(Context& context, const Scope& scope, const syntax::TextLiteral::Part& part, expression::HoleContext where);
/// A text with its holes, as a path or a message.
ExprId lower_text(Context& context, const Scope& scope, const syntax::TextLiteral& literal, Span span);
/// A text template that names files: every hole must be one value.
ExprId lower_path(Context& context, const Scope& scope, syntax::ExprId id, std::string_view what);

}  // namespace osac::semantics
