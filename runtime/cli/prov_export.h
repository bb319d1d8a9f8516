#pragma once
// `osac prov export`: what was recorded, in the words of other programs.

#include "runtime/cli/session.h"

namespace osac::cli {

int export_provenance(const Arguments& arguments, const Past& past);

}  // namespace osac::cli
