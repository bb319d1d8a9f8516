#pragma once
// The index, opened for questions: its database, and which rows of it are the state folder's own. Private to this room.

#include <memory>

#include "runtime/registry/ingest.h"
#include "runtime/registry/registry.h"

namespace osac::registry {

struct Index {
  std::unique_ptr<Database> database;
  Origin origin;
  RegistryReport report;  ///< of bringing it up to date
};

/// Brings it up to date first. Usage trouble if nothing was executed.
Result<Index> open_index(const std::string& state_folder);

}  // namespace osac::registry
