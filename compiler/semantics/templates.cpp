// Text with holes: formats checked, raw and list flags set, constant parts joined.

#include <fmt/core.h>

#include "compiler/semantics/constants.h"
#include "compiler/semantics/expressions.h"

namespace osac::semantics {

namespace {

using expression::HoleContext;
using expression::Node;
using expression::Op;

Span hole_span(const syntax::TextLiteral::Part& part) { return part.span; }

/// Whether a type can be written out at all.
bool is_writable(Type type) { return type.kind != TypeKind::range; }

struct Format {
  std::string_view spec;
  std::uint32_t flags = 0;
};

/// Splits `raw` and `list` off; nothing if the format does not fit, which is reported.
std::optional<Format> checked_format(Context& context, const syntax::TextLiteral::Part& part, Type type, HoleContext where) {
  const Span place = part.format_span.empty() ? hole_span(part) : part.format_span;
  if (part.format == "raw") {
    if (where == HoleContext::plain) {
      context.report(Kind::format_mismatch, place, "`raw` has a meaning only in commands");
      return std::nullopt;
    }
    context.report(Kind::raw_interpolation, place)
        .note("its text goes into the command as it is: blanks, quotes and `;` in it take effect")
        .help("without `:raw` every value is quoted as one word, a list as several");
    return Format{"", expression::hole_raw};
  }
  if (part.format == "list") {
    if (where == HoleContext::plain || !type.is_list || !type.is_textual()) {
      context.report(Kind::format_mismatch, place, "`list` writes the files of a list into a file of names, in a command");
      return std::nullopt;
    }
    return Format{"", expression::hole_list};
  }
  if (part.format.empty()) return Format{};
  const std::string problem = expression::check_format(type.element(), part.format);
  if (problem.empty()) return Format{part.format, 0};
  context.report(Kind::format_mismatch, place, problem).note(fmt::format("the value is `{}`", type_name(type, context.strings)));
  return std::nullopt;
}

}  // namespace

ExprId lower_hole(Context& context, const Scope& scope, const syntax::TextLiteral::Part& part, HoleContext where) {
  const ExprId value = lower(context, scope, *part.hole);
  const Type type = context.type(value);
  if (type.is_error()) return value;
  if (!is_writable(type)) {
    context.report(Kind::format_mismatch, hole_span(part), "a range cannot be written into a text");
    return error_node(context, part.span);
  }
  const auto format = checked_format(context, part, type, where);
  if (!format) return error_node(context, part.span);
  Node node;
  node.op = Op::hole;
  node.index = static_cast<std::uint32_t>(where);
  node.extra = format->flags;
  node.bits = context.strings.intern(format->spec).index;
  node.type = type;
  node.span = part.span;
  const ExprId children[] = {value};
  return add_unfolded(context, node, children);
}

ExprId lower_text(Context& context, const Scope& scope, const syntax::TextLiteral& literal, Span span) {
  std::vector<ExprId> parts;
  for (const auto& part : literal.parts) {
    parts.push_back(part.hole ? lower_hole(context, scope, part, HoleContext::plain) : text_constant(context, part.text, part.span));
  }
  if (parts.empty()) return text_constant(context, "", span);
  if (parts.size() == 1 && !literal.parts.front().hole) return parts.front();
  Node node;
  node.op = Op::text;
  node.type = Type::of(TypeKind::text);
  node.span = span;
  return add_node(context, node, parts);
}

ExprId lower_path(Context& context, const Scope& scope, syntax::ExprId id, std::string_view what) {
  const syntax::Expr& expr = context.tree(scope.module)[id];
  const ExprId path = lower_as(context, scope, id, Type::of(TypeKind::path), what);
  const auto* literal = std::get_if<syntax::TextLiteral>(&expr.kind);
  if (context.failed(path) || literal == nullptr || context.program.expressions[path].op != Op::text) return path;
  for (std::uint32_t i = 0; i < context.program.expressions[path].child_count; ++i) {
    const Node& part = context.program.expressions[context.program.expressions.child(path, i)];
    if (part.op != Op::hole || !part.type.is_list) continue;
    context.report(Kind::list_in_path, part.span, type_name(part.type, context.strings));
    return error_node(context, expr.span);
  }
  return path;
}

}  // namespace osac::semantics
