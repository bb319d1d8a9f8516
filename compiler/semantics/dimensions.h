#pragma once
// Finding dimensions by name, and what a list of them (`for a, b`) means: the closure, the basis, whether they hang together.

#include "compiler/semantics/context.h"

namespace osac::semantics {

/// The dimension of that name, marked used; reports an unknown one. Nothing, too, if its declaration failed.
std::optional<DimensionId> find_dimension(Context& context, const syntax::Name& name);

/// Reports circles of parents and implied dimensions, and cuts them so that every walk over them ends.
void cut_circles(Context& context);

/// A `for` clause.
struct Over {
  std::vector<DimensionId> dimensions;  ///< as written
  bool is_cross = false;
  bool failed = false;  ///< something in it was reported
};
/// Resolves `for a, b`; reports unknown and repeated dimensions.
Over resolve_over(Context& context, const std::optional<syntax::ForClause>& clause);

/// Whose `for` it is, and which relations connect its dimensions.
struct OverOf {
  std::string_view what;              ///< "task" or "dataset"
  std::vector<RelationId> relations;  ///< that connect
  bool may_name_relation = false;     ///< `via` can be written there
};
/// Reports dimensions that nothing connects, unless the text fixes their records; they count as crossed then.
void check_connected(Context& context, const std::optional<syntax::ForClause>& clause, Over& over, const OverOf& of);

/// The column of a dimension's declaration that an `order by` names: an attribute's index; nothing for the key itself or if reported.
std::optional<std::uint32_t> find_order(Context& context, DimensionId id, const syntax::QualifiedName& name);

}  // namespace osac::semantics
