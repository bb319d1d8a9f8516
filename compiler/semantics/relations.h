#pragma once
// Relations: finding them by name, and what they connect. They know dimensions and tables, but neither tasks nor inputs.

#include "compiler/semantics/context.h"

namespace osac::semantics {

/// The relation of that name, marked used; reports an unknown one. Nothing, too, if its declaration failed.
std::optional<RelationId> find_relation(Context& context, const syntax::Name& name);

/// Whether a relation's tuples pair keys of two sets of dimensions: each has one that the relation determines. `b` are keys that `a` leaves
/// open.
bool pairs(const Context& context, RelationId relation, const std::vector<DimensionId>& a, const std::vector<DimensionId>& b);

/// "it pairs `visit`, `detector` and `patch`": for labels.
std::string what_it_pairs(const Context& context, RelationId relation);

}  // namespace osac::semantics
