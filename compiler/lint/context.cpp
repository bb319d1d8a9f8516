#include "compiler/lint/context.h"

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/syntax/format_lines.h"
#include "compiler/syntax/layout.h"

namespace osac::lint {

namespace {

/// Parses the file again with its layout, which only the formatter keeps, and takes comments and words from its lines.
void read_lines(Context& context) {
  const std::string_view text = context.file();
  Strings strings;
  Diagnostics unused;
  syntax::Layout layout;
  syntax::parse_with_layout(context.sources, context.tree.source, strings, unused, &layout);
  const std::uint32_t base = context.sources.begin(context.tree.source);
  const std::vector<syntax::Line> lines = syntax::split_into_lines(text, layout);
  std::vector<Span> imports;
  for (const syntax::Declaration& declaration : context.tree.declarations)
    if (std::holds_alternative<syntax::ImportDecl>(declaration.kind)) imports.push_back(declaration.span);
  std::size_t next_import = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const syntax::Token& token : lines[i].tokens) {
      const auto begin = base + static_cast<std::uint32_t>(token.text.data() - text.data());
      const Span span{begin, begin + static_cast<std::uint32_t>(token.text.size())};
      while (next_import < imports.size() && imports[next_import].end <= begin) ++next_import;
      const bool is_in_import = next_import < imports.size() && imports[next_import].begin <= begin;
      if (token.kind == syntax::TokenKind::comment)
        context.comments.push_back({span, token.text, lines[i].is_comment(), i + 1 < lines.size() && lines[i + 1].blank_before});
      else if (token.kind == syntax::TokenKind::word && !is_in_import)
        context.words.push_back(token.text);
    }
  }
  for (const syntax::Expr& expression : context.tree.expressions)  // holes of texts are no tokens
    if (const auto* name = std::get_if<syntax::NameExpr>(&expression.kind)) context.words.push_back(context.text(name->name));
  std::sort(context.words.begin(), context.words.end());
  context.words.erase(std::unique(context.words.begin(), context.words.end()), context.words.end());
}

}  // namespace

Context make_context(const std::vector<semantics::Module>& modules, const Sources& sources, const Strings& strings, const Options& options,
                     Diagnostics& diagnostics) {
  Context context{modules, sources, strings, options, diagnostics, modules.front().tree, {}, {}};
  read_lines(context);
  return context;
}

const Comment* Context::trailing_comment(Span item) const {
  const auto at = std::lower_bound(comments.begin(), comments.end(), item.end,
                                   [](const Comment& comment, std::uint32_t end) { return comment.span.begin < end; });
  if (at == comments.end() || at->stands_alone) return nullptr;
  return text(Span{item.end, at->span.begin}).find_first_not_of(" \t") == std::string_view::npos ? &*at : nullptr;
}

bool Context::is_documented(Span item) const {
  if (const Comment* behind = trailing_comment(item); behind != nullptr && behind->text.starts_with("##")) return true;
  const auto at = std::lower_bound(comments.begin(), comments.end(), item.begin,
                                   [](const Comment& comment, std::uint32_t begin) { return comment.span.begin < begin; });
  if (at == comments.begin()) return false;
  const Comment& above = *(at - 1);
  return above.stands_alone && above.text.starts_with("##") && trim(text(Span{above.span.end, item.begin})).empty();
}

std::vector<Body> bodies_of(const syntax::Tree& tree) {
  std::vector<Body> bodies;
  for (const syntax::Declaration& declaration : tree.declarations) {
    if (const auto* task = std::get_if<syntax::TaskDecl>(&declaration.kind))
      bodies.push_back({task->name, task->clauses, declaration.span, false});
    if (const auto* tool = std::get_if<syntax::ToolDecl>(&declaration.kind))
      bodies.push_back({tool->name, tool->clauses, declaration.span, true});
  }
  return bodies;
}

const syntax::ToolDecl* tool_of(const Context& context, const Body& body) {
  const auto* use = find_clause<syntax::UseClause>(body.clauses);
  if (use == nullptr || use->tool.parts.empty()) return nullptr;
  for (const semantics::Module& module : context.modules)
    for (const syntax::Declaration& declaration : module.tree.declarations)
      if (const auto* tool = std::get_if<syntax::ToolDecl>(&declaration.kind);
          tool != nullptr && tool->name.symbol == use->tool.parts.back().symbol)
        return tool;
  return nullptr;
}

Span span_of(const syntax::Clause& clause) {
  return std::visit([](const auto& each) { return each.span; }, clause);
}

namespace {

template <typename... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

/// The expressions of a clause, handed to `visit` one by one.
struct ClauseExpressions {
  const std::function<void(syntax::ExprId)>& visit;

  void operator()(const std::optional<syntax::ExprId>& id) const {
    if (id) visit(*id);
  }
  void of_source(const syntax::Source& source) const {
    for (const syntax::KeyFix& fix : source.fixes) visit(fix.value);
    for (const auto& part :
         {source.where, source.bound_time, source.within, source.neighbour_distance, source.window_last, source.minimum, source.expected})
      (*this)(part);
    for (const syntax::Source& otherwise : source.otherwise) of_source(otherwise);
  }
  void of_clause(const syntax::Clause& clause) const {
    std::visit(overloaded{
                   [&](const syntax::InputClause& in) {
                     if (in.source) of_source(*in.source);
                     (*this)(in.condition);
                   },
                   [&](const syntax::OutputClause& out) { (*this)(out.where); },
                   [&](const syntax::ToolParamClause& param) { (*this)(param.default_value); },
                   [&](const syntax::WhereClause& where) { visit(where.condition); },
                   [&](const syntax::ResourceClause& resource) { visit(resource.value); },
                   [&](const syntax::SlotsClause& slots) { visit(slots.count); },
                   [](const syntax::EnvClause&) {},
                   [&](const syntax::RetryClause& retry) {
                     visit(retry.count);
                     for (const auto& rung : retry.rungs)
                       for (const auto& change : rung.changes) visit(change.value);
                   },
                   [&](const syntax::CommandClause& command) { visit(command.text); },
                   [&](const syntax::UseClause& use) {
                     for (const auto& argument : use.arguments) visit(argument.value);
                   },
                   [](const syntax::MetricClause&) {},
                   [&](const syntax::ExpectClause& expect) {
                     visit(expect.condition);
                     (*this)(expect.message);
                   },
                   [&](const syntax::VerifyClause& verify) { visit(verify.command); },
                   [&](const syntax::VersionClause& version) { visit(version.command); },
                   [](const syntax::EmptyClause&) {},
               },
               clause);
  }
};

}  // namespace

void for_each_name(const syntax::Tree& tree, syntax::ExprId id, const NameVisitor& visit) {
  const auto go = [&](syntax::ExprId child) { for_each_name(tree, child, visit); };
  std::visit(overloaded{
                 [](const syntax::BadExpr&) {},
                 [](const syntax::BooleanLiteral&) {},
                 [](const syntax::IntegerLiteral&) {},
                 [](const syntax::RealLiteral&) {},
                 [](const syntax::QuantityLiteral&) {},
                 [&](const syntax::TextLiteral& text) {
                   for (const auto& part : text.parts)
                     if (part.hole) go(*part.hole);
                 },
                 [&](const syntax::NameExpr& name) { visit(name.name); },
                 [&](const syntax::MemberExpr& member) { go(member.object); },
                 [&](const syntax::CallExpr& call) {
                   go(call.callee);
                   for (const auto& argument : call.arguments) go(argument.value);
                 },
                 [&](const syntax::UnaryExpr& unary) { go(unary.operand); },
                 [&](const syntax::BinaryExpr& binary) {
                   go(binary.left);
                   go(binary.right);
                 },
                 [&](const syntax::RangeExpr& range) {
                   go(range.low);
                   go(range.high);
                 },
                 [&](const syntax::ConditionalExpr& conditional) {
                   go(conditional.condition);
                   go(conditional.then_value);
                   go(conditional.else_value);
                 },
                 [&](const syntax::ListExpr& list) {
                   for (const syntax::ExprId item : list.items) go(item);
                 },
             },
             tree[id].kind);
}

void for_each_name(const syntax::Tree& tree, const syntax::Clause& clause, const NameVisitor& visit) {
  const std::function<void(syntax::ExprId)> each = [&](syntax::ExprId id) { for_each_name(tree, id, visit); };
  ClauseExpressions{each}.of_clause(clause);
}

}  // namespace osac::lint
