#pragma once
// Checks on the paths of a finished draft: keys that may stand in paths, external files that exist, paths that never meet. Linear in
// elements; most disjointness is proven from templates, without rendering a path.

#include "compiler/planning/draft.h"
#include "compiler/planning/path_writer.h"
#include "compiler/planning/table_set.h"

namespace osac::planning {

/// Keys and attributes that go into paths are not empty and hold no '/', `..` or control characters; produced paths do not climb by `..`.
/// Reported at the cell of the table, if there is one.
void check_path_keys(const Frame& frame, Folder& fold, const TableSet& tables, const Draft& draft);

/// Every kept element of external datasets that are not optional: one report a dataset, with the first five.
void check_existence(const Frame& frame, Folder& fold, const Draft& draft);

/// Two elements, of one dataset or of two, with one path; or one inside the other. Two external datasets may share files. Where elements
/// are published is a path like all others: nothing else may be there.
void check_disjointness(const Frame& frame, Folder& fold, const Draft& draft);

}  // namespace osac::planning
