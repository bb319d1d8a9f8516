#pragma once
// Copies the program's expressions with parameters replaced by their values, constants folded and template parts merged. All of
// planning evaluates the folded ones. Spans are kept, for diagnostics; the writer of the plan leaves them out.

#include <optional>
#include <span>
#include <vector>

#include "compiler/planning/parameters.h"

namespace osac::planning {

class Folder {
 public:
  Folder(Context& context, const ParameterValues& parameters);
  /// The folded copy of an expression of the program; none() stays none().
  ExprId operator()(ExprId id);
  /// Adds a node of planning's own (`--where` is one).
  ExprId add(Node node, std::span<const ExprId> children = {}) { return folded_.add(node, children); }
  [[nodiscard]] const expression::Expressions& expressions() const { return folded_; }

 private:
  ExprId fold(ExprId id);
  ExprId fold_conditional(ExprId id);
  ExprId fold_logic(ExprId id);
  ExprId fold_text(ExprId id);
  ExprId fold_operation(ExprId id);
  ExprId fold_field(ExprId id);
  ExprId constant(const Value& value, Type type, Span span);
  [[nodiscard]] bool is_constant(ExprId id) const;
  [[nodiscard]] std::optional<bool> truth(ExprId id) const;
  [[nodiscard]] std::optional<std::string> constant_part(ExprId id) const;
  [[nodiscard]] std::vector<ExprId> parts_of(ExprId id) const;

  Context& context_;
  const ParameterValues& parameters_;
  expression::Expressions folded_;
  std::vector<ExprId> memo_;
};

}  // namespace osac::planning
