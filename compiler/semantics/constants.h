#pragma once
// Making nodes: literals, folding of what is constant, conversion of constants to a wanted type, and the limits that keep evaluation
// small. It knows no names.

#include <span>

#include "compiler/semantics/context.h"

namespace osac::semantics {

/// A node that stands for something reported: every check stays silent on it.
ExprId error_node(Context& context, Span span);
ExprId constant_node(Context& context, expression::Scalar bits, Type type, Span span);
ExprId text_constant(Context& context, std::string_view text, Span span);

/// Adds a node with its children; folds it to a constant if they are constant and evaluation needs no file. Reports an evaluation that
/// fails and an expression that grows too large. Children of error type give an error node.
ExprId add_node(Context& context, expression::Node node, std::span<const ExprId> children);
/// The same without folding, for holes and templates of commands.
ExprId add_unfolded(Context& context, expression::Node node, std::span<const ExprId> children);

/// `2 GiB`, `1 h 15 min`, `3.5 arcsec`.
ExprId quantity(Context& context, const syntax::QuantityLiteral& literal, Span span);

/// Converts a constant to a wanted type where a literal of that type is written as text ("2026-11-20" for a date) or int for float; other
/// nodes come back unchanged. A list is converted item by item.
ExprId converted(Context& context, ExprId id, Type want);

/// The value of a constant integer, if it is one.
std::optional<std::int64_t> constant_integer(const Context& context, ExprId id);

}  // namespace osac::semantics
