#pragma once
// What every topic of planning needs: the program, the world, the options, and where diagnostics go. It is a bundle of references, made
// once by make_plan and passed down; it knows no records and no plan.

#include <fmt/core.h>

#include "compiler/planning/make_plan.h"

namespace osac::planning {

using expression::ExprId;
using expression::Kind;
using expression::Node;
using expression::Op;
using expression::Scalar;
using expression::Type;
using expression::Value;

struct Context {
  const program::Program& program;
  Strings& strings;
  Sources& sources;
  const World& world;
  const Options& options;
  Diagnostics& diagnostics;

  [[nodiscard]] std::string_view text(Symbol symbol) const { return strings.text(symbol); }
};

/// Whether a dimension, dataset or task number stands for "none" in the plan's way.
inline constexpr std::uint32_t none = plan::no_element;

/// Numbers of dimensions, as families and plans hold them.
std::vector<std::uint32_t> numbers(const std::vector<program::DimensionId>& ids);

/// Reports an EvaluationError at its node (at `fallback` if that has no place), with the element it happened for ("" for none).
void report_evaluation(Context& context, const Span& fallback, const Span& place, const std::string& what, const std::string& element);

}  // namespace osac::planning
