#pragma once
// Evaluation: a tree walk over checked nodes. It always ends: there are no loops, no recursion, no I/O but what Scope does.

#include <optional>
#include <string>

#include "compiler/expression/expression.h"

namespace osac::expression {

/// What references mean, for one element. Planning and plans implement it.
class Scope {
 public:
  virtual ~Scope() = default;
  /// The value of a reference node (parameter, key, attribute, port_path, port_count, resource, scratch).
  virtual Value reference(const Node& node) const = 0;
  /// Size in bytes of an external file; nothing if it is not there. Only asked while planning.
  virtual std::optional<std::int64_t> file_size(const std::string& path) const = 0;
  /// Writes (or names) the file that holds `names`, one a line, and returns its path (`{files:list}`).
  virtual std::string list_file(const Node& hole, const std::vector<Value>& names) const = 0;
  virtual const Strings& strings() const = 0;
};

/// Something that types cannot rule out: an overflow, a division by zero, a value that cannot stand where it is.
struct EvaluationError {
  Span span;         ///< of the node
  std::string what;  ///< "the sum does not fit 64 bits"
};

/// Evaluates `id`. Throws EvaluationError (caught by the callers in planning and plan, which know the element).
Value evaluate(Pool pool, ExprId id, const Scope& scope);

/// Evaluates a `text` template of a command without a shell into its words: the template's literal blanks separate words (quotes
/// in it were resolved by the compiler into HoleContext::word holes and constant parts); a list hole that stands alone gives one word an
/// item.
std::vector<std::string> evaluate_words(Pool pool, std::span<const ExprId> words, const Scope& scope);

}  // namespace osac::expression
