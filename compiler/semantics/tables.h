#pragma once
// Finding tables and their columns by name, and the columns in which a table says the key of a dimension.

#include "compiler/semantics/context.h"

namespace osac::semantics {

/// The table of that name, marked used; reports an unknown one. Nothing, too, if its declaration failed.
std::optional<TableId> find_table(Context& context, const syntax::Name& name);

std::optional<std::uint32_t> find_table_column(const program::Table& table, Symbol name);

/// Adds declared columns of a table or fields of a record (`what`); false if one of them is wrong.
bool add_columns(Context& context, const std::vector<syntax::ColumnDecl>& declared, std::string_view what,
                 std::vector<program::Column>& columns);

/// The column of a table that holds a dimension's keys: the one that the dimension comes from, else one called like it.
std::optional<std::uint32_t> find_key_column(const Context& context, TableId table, DimensionId dimension);

}  // namespace osac::semantics
