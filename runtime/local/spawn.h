#pragma once
// Starts one process: own session, no stdin, output into its log, nothing inherited but that. posix_spawn, never fork: what a fork costs
// grows with the parent's memory.

#include <cstdint>
#include <string>

#include "runtime/step/step.h"

namespace osac::local {

struct Spawned {
  std::int64_t pid = 0;
  std::int32_t exit_code = 0;  ///< if it did not start: 127 not found, 126 cannot be executed
  std::string error;           ///< if it did not start: why
};
Spawned spawn(const step::Process& process);

}  // namespace osac::local
