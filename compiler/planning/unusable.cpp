#include "compiler/planning/unusable.h"

#include "compiler/base/text.h"
#include "compiler/planning/table_set.h"

namespace osac::planning {

namespace {

/// "`find[run=5]`", or "`find[run=5]` or `seek[run=5]`" where several tasks make parts of the dataset.
std::string makers_of(const Frame& frame, std::uint32_t dataset, const Family& keys, std::uint32_t element) {
  const program::Program& program = frame.context.program;
  std::vector<std::string> makers;
  for (const program::Task& task : program.tasks)
    for (const program::Output& output : task.outputs)
      if (output.dataset.index == dataset)
        makers.push_back(fmt::format("`{}`", element_name(frame, frame.context.text(task.name), task.dimensions, keys, element)));
  return join_words(makers, "or");
}

void report(const Frame& frame, std::uint32_t dataset, const Family& keys, std::uint32_t element, const std::string& path, Span place,
            const std::string& problem) {
  const program::Dataset& declared = frame.context.program.datasets[dataset];
  const std::string name = element_name(frame, frame.context.text(declared.name), declared.dimensions, keys, element);
  auto builder = frame.context.diagnostics.report(DiagnosticKind::unusable_product, place, name, problem);
  if (place != declared.span) builder.label(declared.span, "declared here");
  builder.note(
      fmt::format("the file is `{}`, made by {}", visible(shown_name(frame.context, path)), makers_of(frame, dataset, keys, element)));
  builder.note("what depends on it is not planned until it is made anew");
}

}  // namespace

void report_unusable(const Frame& frame, std::uint32_t dataset, const Family& keys, std::uint32_t element, const std::string& path,
                     const Diagnostic& problem) {
  const Span place = problem.labels.empty() ? frame.context.program.datasets[dataset].span : problem.labels.front().span;
  report(frame, dataset, keys, element, path, place, problem.message);
}

void report_unusable(const Frame& frame, std::uint32_t dataset, const Family& keys, std::uint32_t element, const std::string& path,
                     const std::string& problem) {
  report(frame, dataset, keys, element, path, frame.context.program.datasets[dataset].span, problem);
}

}  // namespace osac::planning
