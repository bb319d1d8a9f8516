#include "compiler/semantics/commands.h"

#include <fmt/core.h>

#include <algorithm>

#include "compiler/base/check.h"
#include "compiler/base/text.h"
#include "compiler/expression/quote.h"
#include "compiler/semantics/constants.h"
#include "compiler/semantics/expressions.h"

namespace osac::semantics {

namespace {

using expression::CommandPart;
using expression::HoleContext;
using expression::Language;
using expression::Node;
using expression::Op;

struct Text {
  Context& context;
  const Scope& scope;
  const syntax::TextLiteral& literal;
  Span span;
  bool fine = true;

  [[nodiscard]] std::vector<CommandPart> parts() const {
    std::vector<CommandPart> result;
    for (const auto& part : literal.parts) {
      result.push_back({part.hole.has_value(), part.hole ? std::string_view{} : std::string_view(part.text), part.span.begin});
    }
    return result;
  }

  ExprId joined(const std::vector<ExprId>& children) {
    Node node;
    node.op = Op::text;
    node.type = Type::of(TypeKind::text);
    node.span = span;
    const ExprId id = add_unfolded(context, node, children);
    fine = fine && !context.failed(id);
    return id;
  }

  ExprId hole(std::size_t part, HoleContext where) {
    const ExprId id = lower_hole(context, scope, literal.parts[part], where);
    fine = fine && !context.failed(id);
    return id;
  }

  /// The whole text as one template, the holes with their contexts.
  ExprId whole(const std::vector<HoleContext>& contexts, Language language) {
    const std::vector<HoleContext> where = by_part(contexts);
    std::vector<ExprId> children;
    for (std::size_t i = 0; i < literal.parts.size(); ++i) {
      const auto& part = literal.parts[i];
      if (!part.hole) {
        children.push_back(text_constant(context, part.text, part.span));
        continue;
      }
      const ExprId id = hole(i, where[i]);
      if (!context.failed(id)) context.program.expressions[id].extra |= expression::language_bits(language);
      if (where[i] == HoleContext::shell_bare && is_bare_list(id) && is_glued(i)) report_glued(i, id);
      children.push_back(id);
    }
    return joined(children);
  }

  void report(const std::vector<expression::ContextProblem>& problems) {
    for (const auto& problem : problems) {
      const Span place = problem.part < literal.parts.size() ? literal.parts[problem.part].span : span;
      auto report = context.report(Kind::command_quoting, place, problem.what);
      if (!problem.help.empty()) report.help(problem.help);
      fine = false;
    }
  }

  // ---- lists inside words

  /// A list that is spread into several words.
  [[nodiscard]] bool is_bare_list(ExprId id) const {
    const Node& node = context.program.expressions[id];
    return node.op == Op::hole && node.type.is_list && (node.extra & (expression::hole_raw | expression::hole_list)) == 0;
  }
  static bool ends_word(char c) { return std::string_view(" \t\n;|&<>()").find(c) != std::string_view::npos; }
  [[nodiscard]] bool is_glued(std::size_t i) const {
    const auto touches = [&](const syntax::TextLiteral::Part& part, bool at_end) {
      if (part.hole) return true;
      return !part.text.empty() && !ends_word(at_end ? part.text.back() : part.text.front());
    };
    return (i > 0 && touches(literal.parts[i - 1], true)) || (i + 1 < literal.parts.size() && touches(literal.parts[i + 1], false));
  }
  void report_glued(std::size_t part, ExprId id) {
    const std::string_view written = context.sources.text(literal.parts[part].span);
    context.report(Kind::list_inside_word, literal.parts[part].span, type_name(context.type(id), context.strings))
        .help(fmt::format("put blanks around `{}` for a word each, or join them: `{{join(..., \",\")}}`", visible(written)));
    fine = false;
  }

  // ---- kinds

  /// The context of each part that is a hole.
  [[nodiscard]] std::vector<HoleContext> by_part(const std::vector<HoleContext>& contexts) const {
    std::vector<HoleContext> result(literal.parts.size(), HoleContext::plain);
    std::size_t hole_number = 0;
    for (std::size_t i = 0; i < literal.parts.size() && hole_number < contexts.size(); ++i) {
      if (literal.parts[i].hole) result[i] = contexts[hole_number++];
    }
    return result;
  }

  std::vector<ExprId> words(const expression::ShellScan& scan) {
    const std::vector<HoleContext> contexts = by_part(scan.contexts);
    std::vector<ExprId> result;
    for (const auto& word : scan.words) {
      std::vector<ExprId> children;
      for (const auto& piece : word) {
        if (!literal.parts[piece.part].hole) {
          children.push_back(text_constant(context, piece.text, literal.parts[piece.part].span));
          continue;
        }
        const HoleContext where = contexts[piece.part];
        children.push_back(hole(piece.part, where));
        if (word.size() > 1 && where == HoleContext::word && is_bare_list(children.back())) report_glued(piece.part, children.back());
      }
      if (children.empty()) children.push_back(text_constant(context, "", span));
      result.push_back(joined(children));
    }
    return result;
  }

  [[nodiscard]] bool has_raw() const {
    return std::any_of(literal.parts.begin(), literal.parts.end(), [](const auto& part) { return part.hole && part.format == "raw"; });
  }

  /// Raw text may hold shell syntax, so a command with it needs a shell, whatever is written: a `;` behind it says so.
  [[nodiscard]] expression::ShellScan scanned() const {
    std::vector<CommandPart> all = parts();
    if (has_raw()) all.push_back({false, ";", span.end});
    return expression::scan_shell(all);
  }

  program::Command shell() {
    program::Command command;
    command.span = span;
    const expression::ShellScan scan = scanned();
    report(scan.problems);
    if (!scan.problems.empty() || scan.needs_shell) {
      command.kind = program::CommandKind::shell;
      command.text = whole(scan.contexts, Language::other);
      return command;
    }
    command.kind = program::CommandKind::words;
    command.words = words(scan);
    if (command.words.empty()) {
      context.report(Kind::empty_command, span);
      fine = false;
    }
    return command;
  }

  program::Command script(const syntax::Name& language) {
    program::Command command;
    command.span = span;
    command.kind = program::CommandKind::script;
    command.interpreter = language.symbol;
    std::vector<expression::ContextProblem> problems;
    const auto contexts = expression::scan_script(context.text(language.symbol), parts(), problems);
    report(problems);
    command.text = whole(contexts, expression::find_language(context.text(language.symbol)));
    return command;
  }
};

/// The literal that a clause holds; null if the parser found none and reported that.
const syntax::TextLiteral* literal_of(Context& context, const Scope& scope, syntax::ExprId id) {
  const syntax::Expr& expr = context.tree(scope.module)[id];
  const auto* literal = std::get_if<syntax::TextLiteral>(&expr.kind);
  OSAC_CHECK(literal != nullptr || std::holds_alternative<syntax::BadExpr>(expr.kind), "a command that is no text");
  return literal;
}

bool uses_port(const Context& context, ExprId id, std::uint32_t port) {
  const auto& expressions = context.program.expressions;
  std::vector<ExprId> open = {id};
  while (!open.empty()) {
    const ExprId next = open.back();
    open.pop_back();
    const Node& node = expressions[next];
    if (node.op == Op::port_path && node.index == port) return true;
    for (std::uint32_t i = 0; i < node.child_count; ++i) open.push_back(expressions.child(next, i));
  }
  return false;
}

}  // namespace

std::optional<program::Command> make_command(Context& context, const Scope& scope, const syntax::CommandClause& clause) {
  const syntax::TextLiteral* literal = literal_of(context, scope, clause.text);
  if (literal == nullptr) return std::nullopt;
  Text text{context, scope, *literal, context.tree(scope.module)[clause.text].span};
  program::Command command = clause.language ? text.script(*clause.language) : text.shell();
  return text.fine ? std::optional(std::move(command)) : std::nullopt;
}

std::optional<program::Command> make_verify(Context& context, const Scope& scope, const syntax::VerifyClause& clause) {
  return make_command(context, scope, {clause.command, std::nullopt, clause.span});
}

bool mentions_port(const Context& context, const program::Command& command, std::uint32_t port) {
  for (const ExprId word : command.words) {
    if (uses_port(context, word, port)) return true;
  }
  return command.text.exists() && uses_port(context, command.text, port);
}

}  // namespace osac::semantics
