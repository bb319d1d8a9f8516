#pragma once
// The indented lines that print() is made of, and the printing of expressions and types. Private to print.cpp and print_expression.cpp.

#include <string>
#include <string_view>

#include "compiler/base/source.h"
#include "compiler/base/strings.h"
#include "compiler/syntax/parse.h"

namespace osac::syntax {

struct Printer {
  const Tree& tree;
  const Sources& sources;
  const Strings& strings;
  Places places;
  std::string out;
  std::size_t level = 0;

  struct Level {
    std::size_t& counter;
    explicit Level(Printer& printer) : counter(++printer.level) {}
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() { --counter; }
  };

  /// One line: words, and where they stand as `line:column-column`.
  void line(std::string_view words, Span place);
  void line(std::string_view words);
  /// Empty for a name that a mistake took away.
  [[nodiscard]] std::string_view text(const Name& name) const {
    return name.symbol.exists() ? strings.text(name.symbol) : std::string_view{};
  }
  [[nodiscard]] std::string text(const QualifiedName& name) const;

  /// `role NAME`; nothing for a name that is not there, or that a mistake took away.
  void name(std::string_view role, const Name& value);
  void name(std::string_view role, const std::optional<Name>& value);
  void names(std::string_view role, const std::vector<Name>& values);
  void name(std::string_view role, const std::optional<QualifiedName>& value);
  /// `role` and the expression below it.
  void expression(std::string_view role, ExprId id);
  void expression(std::string_view role, const std::optional<ExprId>& id);
  void type(const std::optional<TypeSyntax>& value);
  void arguments(const std::vector<CallExpr::Argument>& values);
  void doc(const std::string& value);

  void expression(ExprId id);
};

}  // namespace osac::syntax
