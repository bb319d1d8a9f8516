#pragma once
// Certificates in planning: a table of intervals that the world keeps, seen as an external dataset (program.h, Table::certificates_of).

#include "compiler/planning/draft.h"
#include "compiler/planning/table_set.h"

namespace osac::planning {

/// The table of certificates whose rows are a dataset's elements; none if it is an ordinary one.
std::optional<std::uint32_t> certificates_table(const program::Program& program, std::uint32_t dataset);
inline bool is_certified(const program::Program& program, std::uint32_t dataset) {
  return certificates_table(program, dataset).has_value();
}

/// Intervals of one key that overlap are reported with both rows.
void check_certificates(const Frame& frame, const TableSet& tables);
/// A certified file that an element reads, and that this plan makes anew, is reported: `new` was meant, or another path.
void check_remade(const Frame& frame, Folder& fold, const Draft& draft);

}  // namespace osac::planning
