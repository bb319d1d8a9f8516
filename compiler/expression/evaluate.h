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

/// Evaluates `id`. Throws EvaluationError (caught by the callers in planning and plan, which know the element). Absent values pass
/// through arithmetic and builtins; comparisons with them are false but for `==` and `!=`; as a condition they count as false. A `range`
/// gives a list of two integers, the first and the one after the last. Work, depth and the size of texts are bounded.
Value evaluate(Pool pool, ExprId id, const Scope& scope);

/// The argument vector of a command without a shell. `words` are its templates, one a word as the shell would split them (quotes were
/// resolved by scan_shell). A hole in context `word` that holds a list gives one argument an item, none if it is empty (text around it
/// goes to the first and the last); an absent value that is the whole word gives no argument. All else in a word is joined to one argument.
std::vector<std::string> evaluate_words(Pool pool, std::span<const ExprId> words, const Scope& scope);

}  // namespace osac::expression
