#pragma once
// The text of a query, read: a list of steps in postfix order, each of which takes the results before it. It knows nothing of a plan, so
// names are as written. Private to this room.

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "compiler/plan/query.h"

namespace osac::plan {

/// A piece of the text, for messages: bytes [begin, end).
struct Stretch {
  std::size_t begin = 0, end = 0;
};

struct WrittenValue {
  std::string text;  ///< without quotes
  Stretch place;
};

/// A step of a condition `name[...]`: a leaf gives the elements for which it holds, the others take one or two results.
struct ConditionStep {
  enum class What : std::uint8_t { comparison, in_range, in_list, logical_and, logical_or, logical_not };
  What what = What::comparison;
  std::string name;  ///< of a dimension or attribute, of leaves
  Stretch place;     ///< of the name
  std::string op;    ///< of a comparison: `==`, `<`, ...
  std::vector<WrittenValue> values;
  bool excludes_high = false;
};

struct QueryStep {
  enum class What : std::uint8_t { all, name, task, dataset, file, downstream, upstream, path, intersection, sum, difference };
  What what = What::all;
  std::string name;  ///< of a task or dataset, or a file's path
  Stretch place;
  std::vector<ConditionStep> condition;  ///< of a name; empty: all its elements
  std::uint32_t depth = 0;               ///< of downstream and upstream
};

/// Reads an expression; the last step's result is the answer. No step needs more than `deepest_query` results at a time.
tl::expected<std::vector<QueryStep>, QueryProblem> read_query(std::string_view text);

/// The flags of the family's elements for which a condition holds. A problem if it names what the family does not determine, values that
/// are none, keys that are not there.
tl::expected<std::vector<std::uint8_t>, QueryProblem> match(const Plan& plan, const FamilyRow& family,
                                                            const std::vector<ConditionStep>& condition);

}  // namespace osac::plan
