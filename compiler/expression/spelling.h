#pragma once
// How operators and resources are written in a workflow. One list of each, for everything that reads or prints them.

#include <array>
#include <string_view>

#include "compiler/expression/expression.h"

namespace osac::expression {

/// In the order of Resource.
inline constexpr std::array<std::string_view, resource_count> resource_names = {"cpus", "memory", "time", "disk", "gpus"};

/// What a value of it is: memory, a duration, or a number.
Type resource_type(Resource resource);

/// Of an operation between two values: "+", "<=", "and"; else nothing.
std::string_view operator_text(Op op);

}  // namespace osac::expression
