#pragma once
// The flow graph: advance -> start -> finish -> advance. oneTBB lives in flow.cpp only.

#include <functional>

#include "runtime/local/conductor.h"

namespace osac::local {

/// Runs until the conductor has nothing left to start and nothing runs. `interrupts` is readable after each interrupt; `interrupted_by`
/// gives the first one's number.
Status run_flow(Conductor& conductor, const Surroundings& surroundings, int interrupts, const std::function<int()>& interrupted_by);

}  // namespace osac::local
