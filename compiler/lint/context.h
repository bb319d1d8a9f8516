#pragma once
// What all rules see: the file's tree with its comments, the modules it imports, and where to report. Private to this room.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lint/lint.h"

namespace osac::lint {

using Kind = DiagnosticKind;

struct Comment {
  Span span;
  std::string_view text;        ///< with its marks
  bool stands_alone = false;    ///< on a line of its own
  bool ends_paragraph = false;  ///< a blank line follows
};

struct Context {
  const std::vector<semantics::Module>& modules;
  const Sources& sources;
  const Strings& strings;
  const Options& options;
  Diagnostics& diagnostics;
  const syntax::Tree& tree;
  std::vector<Comment> comments;        ///< in order
  std::vector<std::string_view> words;  ///< every word outside of imports, comments and quoted texts; sorted, each once

  template <typename... Arguments>
  DiagnosticBuilder report(Kind kind, Span place, const Arguments&... arguments) {
    return diagnostics.report(kind, place, arguments...);
  }
  [[nodiscard]] std::string_view text(const syntax::Name& name) const { return strings.text(name.symbol); }
  [[nodiscard]] std::string_view text(Span span) const { return sources.text(span); }
  [[nodiscard]] std::string_view file() const { return sources.text(tree.source); }
  /// The comment behind an item on the line where it ends; null if there is none.
  [[nodiscard]] const Comment* trailing_comment(Span item) const;
  /// Whether `##` comments stand above or behind an item.
  [[nodiscard]] bool is_documented(Span item) const;
};

/// Reads comments and words; the tree has no syntax errors.
Context make_context(const std::vector<semantics::Module>& modules, const Sources& sources, const Strings& strings, const Options& options,
                     Diagnostics& diagnostics);

/// A task or tool, seen alike.
struct Body {
  const syntax::Name& name;
  const std::vector<syntax::Clause>& clauses;
  Span span;
  bool is_tool = false;
};
std::vector<Body> bodies_of(const syntax::Tree& tree);
/// The tool that a task uses, wherever it is declared, with the tree it is in.
const syntax::ToolDecl* tool_of(const Context& context, const Body& body);

template <typename T>
const T* find_clause(const std::vector<syntax::Clause>& clauses) {
  for (const syntax::Clause& clause : clauses)
    if (const T* found = std::get_if<T>(&clause)) return found;
  return nullptr;
}

using NameVisitor = std::function<void(const syntax::Name&)>;
/// Every name in an expression (of members the object's).
void for_each_name(const syntax::Tree& tree, syntax::ExprId id, const NameVisitor& visit);
/// Every name in the expressions of a clause.
void for_each_name(const syntax::Tree& tree, const syntax::Clause& clause, const NameVisitor& visit);
Span span_of(const syntax::Clause& clause);

/// The rules, by topic. Each reports what it finds.
void check_names(Context& context);
void check_tasks(Context& context);
void check_texts(Context& context);
void check_paths(Context& context);
void check_scripts(Context& context);
void check_environments(Context& context);
/// Every command, script and `verify` of the file whose language is known.
std::vector<Script> scripts_of(const Context& context);
/// Of one command: files that it writes beside its outputs.
void check_writes(Context& context, const Script& script);

}  // namespace osac::lint
