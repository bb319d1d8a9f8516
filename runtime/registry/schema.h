#pragma once
// The tables of the index, by version (schema.sql): what makes them, and what brings older ones on a server up. Private to this room.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/registry/database.h"

namespace osac::registry {

/// The newest version of schema.sql: the one that this osac writes.
std::int64_t schema_version();

struct SchemaStep {
  std::int64_t version = 0;
  std::vector<std::string> statements;  ///< in the database's words
  std::vector<std::string> indexes;     ///< those that make indexes: quickest once the rows are in
};
/// Those that lead on from a version, in order; of 0 all.
std::vector<SchemaStep> schema_steps(std::int64_t after, site::RegistryKind kind);

/// Makes or brings up the tables on a server; whoever comes meanwhile waits. Damaged trouble if they are of a newer osac.
Status bring_up_schema(Database& server, const std::string& name);

/// The trouble with tables of a newer osac.
tl::unexpected<Error> newer_schema(const std::string& name, std::int64_t version);

}  // namespace osac::registry
