#pragma once
// What a `sqlite` table asks its database: the query's text, and whether the database has changes that are not in its file yet.

#include <optional>
#include <string>

#include "compiler/planning/fold.h"
#include "compiler/tables/table.h"

namespace osac::planning {

/// For tables of other formats an empty query; nothing if the query could not be worked out, which has been reported. To be asked after the
/// database was read: what has changed since then is in a log or journal.
std::optional<tables::Query> make_query(Context& context, Folder& fold, const program::Table& table, const std::string& path);

}  // namespace osac::planning
