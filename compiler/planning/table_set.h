#pragma once
// The program's tables, read: paths evaluated, files fetched through World, rows parsed by the tables room; and which columns say what
// about dimensions. Tables that nothing uses are read, too, so that their mistakes show. A table with dimensions has a file for each of
// their keys, and is read when those are known; where a task makes the files, those that are not there yet are unknown.

#include <map>
#include <memory>
#include <vector>

#include "compiler/planning/family.h"
#include "compiler/planning/fold.h"
#include "compiler/tables/table.h"

namespace osac::planning {

/// The files of a table that has one for each key.
struct TableFiles {
  /// Keys of the table's dimensions that there may be files for. Where a task makes them, it may make fewer.
  Family keys;
  std::vector<std::uint8_t> is_known;  ///< one a key
  /// Keys with a file of nobody's making that cannot be read, where there need not be one: as if there were none, but what comes of it is
  /// not planned, and that is said. Ascending.
  std::vector<std::uint32_t> unusable;
  struct Part {
    std::uint32_t first_row = 0;
    tables::TableData data;  ///< for places in the file; its values are in the whole
  };
  std::vector<Part> parts;
  std::uint32_t key_count = 0;  ///< the whole's first columns are keys
  program::Program declared;    ///< the other columns as a table of their own, and the enums
};

struct TableSet {
  std::vector<tables::TableData> data;             ///< one a table of the program
  std::vector<std::unique_ptr<TableFiles>> files;  ///< likewise; null for tables of one file
  std::vector<plan::SourceRow> sources;            ///< name and digest of each file, in the order of reading, each file once
  std::map<Symbol, std::uint32_t> source_places;   ///< in `sources`, by name
};
/// Remembers the bytes of a file that was read as a table. False if they were others when another table read it, which is reported.
bool add_source(Context& context, TableSet& set, const program::Table& table, const std::string& path, std::string_view bytes);
/// Reads tables of one file. Those with a file for each key are read by read_files, when the keys are known.
TableSet read_tables(Context& context, Folder& fold);
[[nodiscard]] bool has_files(const program::Program& program, std::uint32_t table);
/// The dimensions whose keys the table's files are for.
const std::vector<program::DimensionId>& dimensions_of(const program::Program& program, std::uint32_t table);
/// Whether its files are what tasks make, so that they are known late.
[[nodiscard]] bool is_made_by_tasks(const program::Program& program, std::uint32_t table);
void read_files(const Frame& frame, Folder& fold, TableSet& set, std::uint32_t table);

/// The place of a cell in its file.
Span cell_span(const Context& context, const TableSet& set, std::uint32_t table, std::uint32_t row, std::uint32_t column);

/// Whether a dimension's records depend on what tasks make.
bool is_staged(const program::Program& program, std::uint32_t dimension);
/// A table's or record's name as diagnostics show it.
std::string shown_name(const Context& context, const std::string& path);

/// Columns of `table` that name a record of `dimension`: its ancestors' keys from the root on, then its own. Empty if the table lacks one.
/// `own_column`: the dimension's own, if it is known; else found by the dimension's source or name.
std::vector<std::uint32_t> key_columns(const program::Program& program, std::uint32_t table, std::uint32_t dimension,
                                       std::optional<std::uint32_t> own_column);

}  // namespace osac::planning
