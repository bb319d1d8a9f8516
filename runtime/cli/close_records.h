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

/// The same of a closed night, into its folder: `provenance.pdf`, and for each key of `dimension`, unless that is empty, a picture and a
/// document (PROV-JSON) of what has that key and all that it came from, `run=1807.pdf` and `run=1807.json`. Trouble if these cannot be
/// made.
Status keep_provenance(const plan::Plan& plan, const std::string& state, const std::string& dimension, const std::string& folder,
                       const std::string& prefix);

}  // namespace osac::cli
