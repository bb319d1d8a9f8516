#pragma once
// Files that planning was to read and cannot: those of tasks, and external ones that need not be there. A warning names the file and who
// made it. What depends on such a file stays unplanned, as if it were not there; all else is planned.

#include "compiler/planning/family.h"

namespace osac::planning {

/// `keys`: elements that the dataset may have; `element` one of them.
void report_unusable(const Frame& frame, std::uint32_t dataset, const Family& keys, std::uint32_t element, const std::string& path,
                     const Diagnostic& problem);
void report_unusable(const Frame& frame, std::uint32_t dataset, const Family& keys, std::uint32_t element, const std::string& path,
                     const std::string& problem);

}  // namespace osac::planning
