#pragma once
// What is made of the records when an execution or a night ends: the index of what ran, and its provenance. Trouble with these is
// mentioned, and no reason to fail.

#include <string>

#include "compiler/plan/plan.h"
#include "runtime/site/site.h"

namespace osac::cli {

/// Brings the registry up to what the journals say.
void bring_up_registry(const std::string& state, const site::RegistryUrl& url);

/// The provenance of all that was made, as a picture at `path`; nothing if nothing was made. `prefix` comes before the path in what is
/// told.
void draw_provenance(const plan::Plan& plan, const std::string& state, const std::string& path, const std::string& prefix);

/// For each key of a dimension a picture and a document (PROV-JSON), `run=1807.pdf` and `run=1807.json`, in `folder`: what has that key,
/// and all that it came from. Usage trouble if there is no such dimension.
Status draw_provenance_by(const plan::Plan& plan, const std::string& state, const std::string& dimension, const std::string& folder,
                          const std::string& prefix);

}  // namespace osac::cli
