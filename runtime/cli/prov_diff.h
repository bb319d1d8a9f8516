#pragma once
// `osac prov diff`: what two executions did differently.

#include <string>

#include "compiler/base/result.h"
#include "runtime/registry/archive.h"

namespace osac::cli {

struct ProvDiff {
  std::string before, after;   ///< as find_execution takes them
  bool with_elements = false;  ///< every element, not one of each sort
  bool json = false;
};
Result<int> diff_provenance(const ProvDiff& question, registry::Archive& archive);

}  // namespace osac::cli
