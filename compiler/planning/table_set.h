#pragma once
// The program's tables, read: paths evaluated, files fetched through World, rows parsed by the tables room; and which columns say what
// about dimensions. Tables that nothing uses are read, too, so that their mistakes show.

#include <vector>

#include "compiler/planning/fold.h"
#include "compiler/tables/table.h"

namespace osac::planning {

struct TableSet {
  std::vector<tables::TableData> data;   ///< one a table of the program
  std::vector<plan::SourceRow> sources;  ///< name and digest of each file, in declaration order, each file once
};
TableSet read_tables(Context& context, Folder& fold);

/// Columns of `table` that name a record of `dimension`: its ancestors' keys from the root on, then its own. Empty if the table lacks one.
/// `own_column`: the dimension's own, if it is known; else found by the dimension's source or name.
std::vector<std::uint32_t> key_columns(const program::Program& program, std::uint32_t table, std::uint32_t dimension,
                                       std::optional<std::uint32_t> own_column);

}  // namespace osac::planning
