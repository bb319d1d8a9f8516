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
  const DiagnosticKind kind = declared.is_external ? DiagnosticKind::unusable_input : DiagnosticKind::unusable_product;
  auto builder = frame.context.diagnostics.report(kind, place, name, problem);
  if (place != declared.span) builder.label(declared.span, "declared here");
  const std::string file = fmt::format("the file is `{}`", visible(shown_name(frame.context, path)));
  builder.note(declared.is_external ? file : fmt::format("{}, made by {}", file, makers_of(frame, dataset, keys, element)));
  builder.note(declared.is_external ? "what comes of it is not planned until it is mended"
                                    : "what depends on it is not planned until it is made anew");
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
