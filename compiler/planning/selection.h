#pragma once
// `--where`: a condition on the goals' elements, given as text on the command line. Its language is small: comparisons `name op value`,
// `name in lo .. hi`, `name in [a, b]`, with and, or, not and parentheses; names are dimensions and their attributes. It becomes an
// ordinary expression for each family that has the names.

#include <optional>
#include <string>
#include <vector>

#include "compiler/planning/fold.h"

namespace osac::planning {

/// A parsed condition; empty if none was given.
struct SelectionNode {
  enum class What : std::uint8_t { comparison, in_range, in_list, logical_and, logical_or, logical_not };
  What what = What::comparison;
  std::string name;                 ///< `run`, `exposure.filter`
  std::string op;                   ///< of a comparison
  std::vector<std::string> values;  ///< as written, without quotes
  bool excludes_high = false;
  std::vector<std::uint32_t> children;  ///< in Selection::nodes
};
struct Selection {
  std::string text;
  std::vector<SelectionNode> nodes;  ///< the last one is the root
  [[nodiscard]] bool is_empty() const { return nodes.empty(); }
};

/// Reports text that it cannot read, with what was expected, and names that are no dimension or attribute at all, with the nearest.
Selection parse_selection(Context& context);

/// The parts that `and` joins, each a selection of its own; none if it is empty.
std::vector<Selection> conjuncts_of(const Selection& selection);

/// The selection as an expression over what `basis` determines; none() if it does not determine every name in it. Values that do not fit a
/// name's type are reported.
ExprId bind_selection(const Selection& selection, Context& context, Folder& fold, const std::vector<program::DimensionId>& basis);

}  // namespace osac::planning
