#include "compiler/planning/context.h"

namespace osac::planning {

std::vector<std::uint32_t> numbers(const std::vector<program::DimensionId>& ids) {
  std::vector<std::uint32_t> result;
  result.reserve(ids.size());
  for (const auto id : ids) result.push_back(id.index);
  return result;
}

void report_evaluation(Context& context, const Span& fallback, const Span& place, const std::string& what, const std::string& element) {
  auto builder = context.diagnostics.report(DiagnosticKind::evaluation_failed, place.empty() ? fallback : place, what);
  if (!element.empty()) builder.note(fmt::format("worked out for {}", element));
}

}  // namespace osac::planning
