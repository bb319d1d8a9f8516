#pragma once
// Parameters' values: given from outside, or the default. It knows nothing of tables or dimensions.

#include <optional>
#include <vector>

#include "compiler/planning/context.h"

namespace osac::planning {

/// One entry a parameter of the program; nothing where it is missing or wrong, which has been reported.
using ParameterValues = std::vector<std::optional<Value>>;

/// Reads what was given, evaluates defaults. Reported: unknown names, texts that are no value of the type, missing values.
ParameterValues read_parameters(Context& context);

/// A parameter's value as text, as the plan keeps it: lists with commas.
std::string parameter_text(const Value& value, Type type);

}  // namespace osac::planning
