#pragma once
// What a parse keeps while it runs: the tree so far, work stacks, open brackets, places for messages. The grammar's rules and actions
// (grammar*.h, actions*.h) work on it. It knows no PEGTL, so that everything that is not grammar compiles without it.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/base/strings.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/layout.h"
#include "compiler/syntax/tree.h"

namespace osac::syntax {

/// Thrown when a mistake has been reported; caught where the parse can go on: the next clause, column or declaration.
struct SyntaxFailure {};

enum class OpenerKind : std::uint8_t { block, parenthesis, bracket, text, hole };
struct Opener {
  OpenerKind kind;
  std::size_t offset;
};

/// A text literal whose end has not been seen.
struct OpenText {
  TextLiteral literal;
  std::size_t begin = 0;  // of the opening quotes
  std::size_t contents_begin = 0;
  ExprId hole;  // the value of the hole being read
  Span format_span;
};

struct OpenOperator {
  BinaryOperator op;
  Span span;
};

/// A call or list whose end has not been seen.
struct OpenCall {
  ExprId callee;
  std::size_t begin = 0;
  std::vector<CallExpr::Argument> arguments;
  std::optional<Name> argument_name;
};

struct State {
  State(Tree& tree_to_fill, Strings& all_strings, Diagnostics& all_diagnostics)
      : tree(tree_to_fill), strings(all_strings), diagnostics(all_diagnostics) {}

  std::string_view text;
  std::uint32_t base = 0;  // of text[0] in the address space of all sources
  Tree& tree;
  Strings& strings;
  Diagnostics& diagnostics;
  Layout* layout = nullptr;  // what the formatter wants to know; none for a plain parse

  // Places, as offsets into text.
  std::size_t previous_end = 0;  // of the last token
  std::size_t item_begin = 0;    // of the declaration, clause or column being read
  std::size_t declaration_begin = 0;
  std::size_t reported_offset = std::string_view::npos;  // of the last mistake
  std::size_t error_offset = 0;                          // where recovery starts: there, or behind the text it is in
  std::size_t error_count = 0;
  bool is_in_lost_body = false;  // clauses without their task, which has been reported
  unsigned depth = 0;
  std::vector<Opener> openers;

  // Values read and not yet used.
  std::vector<ExprId> values;
  std::vector<std::uint32_t> heights;  // of each expression of the tree
  std::vector<OpenOperator> operators;
  std::vector<OpenText> texts;
  std::vector<OpenCall> calls;
  std::vector<Source> sources;
  std::vector<Name> names;
  QualifiedName qualified;
  std::optional<QualifiedName> last_qualified;
  TypeSyntax type;
  ForClause over;
  QuantityLiteral quantity;
  std::string_view number;    // digits of the number being read
  std::vector<ExprId> codes;  // exit codes

  // What is being built.
  Declaration declaration;
  Clause clause;
  ColumnDecl column;
  std::vector<ColumnDecl> columns;
  std::string doc;       // of the item being read
  std::string item_doc;  // of the clause or column being read

  // ---- places
  [[nodiscard]] std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - text.data()); }
  [[nodiscard]] Span span(std::size_t begin, std::size_t end) const {
    return {base + static_cast<std::uint32_t>(begin), base + static_cast<std::uint32_t>(end)};
  }
  /// From `begin` to the end of the last token.
  [[nodiscard]] Span since(std::size_t begin) const { return span(begin, previous_end < begin ? begin : previous_end); }
  [[nodiscard]] Span exact(std::string_view part) const { return span(offset(part.data()), offset(part.data()) + part.size()); }
  /// The text from `begin` to the end of the last token.
  [[nodiscard]] std::string_view text_since(std::size_t begin) const { return text.substr(begin, previous_end - begin); }
  [[nodiscard]] Name name(std::string_view word) { return {strings.intern(word), exact(word)}; }
  [[nodiscard]] bool is_bracketed() const { return !openers.empty() && openers.back().kind != OpenerKind::block; }
  [[nodiscard]] bool in_hole() const { return !openers.empty() && !texts.empty(); }

  // ---- values (state.cpp)
  /// Adds an expression to the tree and to the work stack; `height` is that of its highest operand.
  void push(Span place, decltype(Expr::kind) kind, std::uint32_t height = 0);
  [[nodiscard]] ExprId pop();
  [[nodiscard]] std::uint32_t height(ExprId id) const { return heights[id.index]; }
  void push_binary();
  void push_number(Span place);
  void push_integer(std::string_view digits);
  void close_text(std::size_t end);
  /// The literal part that text is added to.
  TextLiteral::Part& literal_part(std::size_t at);

  // ---- taking what was collected
  std::vector<Name> take_names() { return std::exchange(names, {}); }
  QualifiedName take_qualified() { return std::exchange(last_qualified, std::nullopt).value_or(QualifiedName{}); }
  TypeSyntax take_type() { return std::exchange(type, {}); }
  ForClause take_over() { return std::exchange(over, {}); }

  template <typename T>
  T& begin_clause() {
    clause = T{};
    return std::get<T>(clause);
  }
  template <typename T>
  T& in_clause() {
    return std::get<T>(clause);
  }
  template <typename T>
  T& begin_declaration() {
    declaration.kind = T{};
    return std::get<T>(declaration.kind);
  }
  template <typename T>
  T& in_declaration() {
    return std::get<T>(declaration.kind);
  }

  /// Sets a part that may be given once; a second one is a mistake at the last token.
  template <typename T, typename U>
  void set_once(std::optional<T>& slot, U value, std::string_view part, std::size_t begin) {
    if (slot) report_repeated(part, begin);
    slot = std::move(value);
  }
  void report_repeated(std::string_view part, std::size_t begin);

  // ---- items (state.cpp)
  /// Starts a declaration, or a clause or column of one, at `at`: notes its doc comment.
  void begin_declaration_at(std::size_t at);
  void begin_item_at(std::size_t at);
  /// Forgets what a failed item left on the work stacks.
  void forget_item(std::size_t open_blocks);
};

/// Ends a part of a quantity: the number just read and its unit.
void add_quantity_part(State& state, Name unit);

/// The `##` comment behind the last token on its line, added to what stands above.
void add_trailing_doc(const State& state, std::string& doc);

/// The text of the `##` lines in trivia, lines joined, without the marks. A comment behind code on its line is not one.
std::string doc_of(std::string_view trivia, bool starts_line);

}  // namespace osac::syntax
