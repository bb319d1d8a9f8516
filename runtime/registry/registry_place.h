#pragma once
// Where a state folder's index is, and what the folder is called there: `registry.place` in it. A folder that was copied is another one;
// one that was moved is the same. Private to this room.

#include <string>

#include "compiler/base/result.h"
#include "runtime/site/registry_url.h"
#include "runtime/step/system.h"

namespace osac::registry {

struct RegistryPlace {
  site::RegistryUrl url;
  std::string origin;  ///< the folder's name on servers: 32 hexadecimal digits that nobody else has
};

/// The default is the file. Not under the lock: a copy is given its own name under it.
Result<RegistryPlace> registry_place(const std::string& state_folder);
/// The file of the default.
std::string registry_file(const std::string& state_folder);
/// Keeps others from writing to the index's file, or from replacing it. Busy trouble after `patience_ms`.
Result<step::Descriptor> lock_registry(const std::string& state_folder, int patience_ms);

}  // namespace osac::registry
