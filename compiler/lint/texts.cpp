// Rules on what is written: documentation, imports that nothing uses, things said twice, fractional numbers compared exactly.

#include <algorithm>

#include "compiler/lint/context.h"

namespace osac::lint {

namespace {

// ---- documentation

/// A comment that would be documentation with one more mark.
bool hides_documentation(const Comment* comment) {
  return comment != nullptr && !comment->text.starts_with("##") && !comment->text.starts_with("# lint:") &&
         !comment->text.starts_with("#!");
}

void check_comment(Context& context, std::string_view what, const syntax::Name& name, Span item, bool wants_one) {
  if (context.is_documented(item)) return;
  const Comment* comment = context.trailing_comment(item);
  if (hides_documentation(comment)) {
    context.report(Kind::comment_not_shown, comment->span, what, context.text(name))
        .help("with `##` it is documentation: `osac doc`, and `--help` for parameters, show it")
        .fix(Span{comment->span.begin, comment->span.begin + 1}, "##");
  } else if (wants_one) {
    context.report(Kind::undocumented, name.span, what, context.text(name))
        .help("a line `## ...` above it is shown by `osac doc`, and by `--help` for parameters");
  }
}

void check_documentation(Context& context) {
  const syntax::Tree& tree = context.tree;
  if (tree.workflow && tree.doc.empty())
    context.report(Kind::undocumented, tree.workflow->span, "workflow", context.text(*tree.workflow))
        .help("a line `## ...` at the top says what it is for");
  for (const syntax::Declaration& declaration : tree.declarations) {
    if (const auto* param = std::get_if<syntax::ParamDecl>(&declaration.kind))
      check_comment(context, "parameter", param->name, declaration.span, true);
    if (const auto* table = std::get_if<syntax::TableDecl>(&declaration.kind))
      for (const syntax::ColumnDecl& column : table->columns) check_comment(context, "column", column.name, column.span, false);
    const auto* tool = std::get_if<syntax::ToolDecl>(&declaration.kind);
    if (tool != nullptr && !tree.workflow && declaration.doc.empty())
      context.report(Kind::undocumented, tool->name.span, "tool", context.text(tool->name))
          .help("who imports this module finds it by `osac doc`: say in a line `## ...` what it does");
  }
  for (const Body& body : bodies_of(tree)) {
    for (const syntax::Clause& clause : body.clauses) {
      if (const auto* param = std::get_if<syntax::ToolParamClause>(&clause))
        check_comment(context, "parameter", param->name, param->span, false);
      if (const auto* metric = std::get_if<syntax::MetricClause>(&clause))
        check_comment(context, "metric", metric->name, metric->span, false);
    }
  }
}

// ---- imports

bool is_used(const Context& context, const syntax::Name& name) {
  return std::binary_search(context.words.begin(), context.words.end(), context.text(name));
}

/// A declaration with its line, if nothing else stands there.
Span with_line(const Context& context, Span item) {
  const std::string_view text = context.file();
  const std::uint32_t base = context.sources.begin(context.tree.source);
  std::size_t begin = item.begin - base;
  std::size_t end = item.end - base;
  while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t')) --begin;
  while (end < text.size() && (text[end] == ' ' || text[end] == '\t' || text[end] == '\r')) ++end;
  const bool is_alone = (begin == 0 || text[begin - 1] == '\n') && (end == text.size() || text[end] == '\n');
  if (!is_alone) return item;
  return {base + static_cast<std::uint32_t>(begin), base + static_cast<std::uint32_t>(end + (end < text.size() ? 1 : 0))};
}

void check_imported_names(Context& context, const syntax::ImportDecl& import, Span declaration) {
  const auto& names = import.names;
  const auto used =
      static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [&](const syntax::Name& name) { return is_used(context, name); }));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (is_used(context, names[i])) continue;
    auto report = context.report(Kind::unused_import, names[i].span, "name", context.text(names[i]));
    const Span with_comma = i + 1 < names.size() ? Span{names[i].span.begin, names[i + 1].span.begin}
                            : i > 0              ? Span{names[i - 1].span.end, names[i].span.end}
                                                 : names[i].span;
    report.help("leave it out").fix(used == 0 ? with_line(context, declaration) : with_comma, "");
  }
}

void check_imports(Context& context) {
  for (const syntax::Declaration& declaration : context.tree.declarations) {
    const auto* import = std::get_if<syntax::ImportDecl>(&declaration.kind);
    if (import == nullptr || import->module.parts.empty()) continue;
    if (!import->names.empty()) check_imported_names(context, *import, declaration.span);
    const syntax::Name& name = import->alias ? *import->alias : import->module.parts.back();
    if ((import->alias || import->names.empty()) && !is_used(context, name))
      context.report(Kind::unused_import, name.span, "module", context.text(name))
          .help("leave it out")
          .fix(with_line(context, declaration.span), "");
  }
}

// ---- said twice

/// `in raw = raw`, `out stack = stack`
void check_repetition(Context& context) {
  for (const Body& body : bodies_of(context.tree)) {
    for (const syntax::Clause& clause : body.clauses) {
      const syntax::QualifiedName* dataset = nullptr;
      const std::vector<syntax::Name>* names = nullptr;
      if (const auto* in = std::get_if<syntax::InputClause>(&clause);
          in != nullptr && in->source && in->source->verb == syntax::SourceVerb::plain) {
        dataset = &in->source->dataset;
        names = &in->names;
        if (in->source->span != dataset->span) continue;  // fixed keys, `?` and the like need the long form
      } else if (const auto* out = std::get_if<syntax::OutputClause>(&clause); out != nullptr && out->dataset) {
        dataset = &*out->dataset;
        names = &out->names;
      }
      if (dataset == nullptr || names->size() != 1 || dataset->parts.size() != 1 || names->front().symbol != dataset->parts[0].symbol)
        continue;
      context.report(Kind::needless_repetition, Span{names->front().span.begin, dataset->span.end}, context.text(names->front()))
          .help("leave out what follows the name")
          .fix(Span{names->front().span.end, dataset->span.end}, "");
    }
  }
}

// ---- exact comparisons

bool is_fractional(const syntax::Tree& tree, syntax::ExprId id) {
  const auto& kind = tree[id].kind;
  if (const auto* unary = std::get_if<syntax::UnaryExpr>(&kind)) return is_fractional(tree, unary->operand);
  if (const auto* quantity = std::get_if<syntax::QuantityLiteral>(&kind))
    return std::any_of(quantity->parts.begin(), quantity->parts.end(), [](const auto& part) { return !part.is_integer; });
  return std::holds_alternative<syntax::RealLiteral>(kind);
}

void check_comparisons(Context& context) {
  for (const syntax::Expr& expression : context.tree.expressions) {
    const auto* binary = std::get_if<syntax::BinaryExpr>(&expression.kind);
    if (binary == nullptr || (binary->op != syntax::BinaryOperator::equal && binary->op != syntax::BinaryOperator::not_equal)) continue;
    if (!is_fractional(context.tree, binary->left) && !is_fractional(context.tree, binary->right)) continue;
    context.report(Kind::exact_comparison, expression.span, context.text(binary->op_span))
        .help("a value that was computed or rounded elsewhere hardly ever equals it; compare with a range: `x > 0.49 and x < 0.51`");
  }
}

}  // namespace

void check_texts(Context& context) {
  check_documentation(context);
  check_imports(context);
  check_repetition(context);
  check_comparisons(context);
}

}  // namespace osac::lint
