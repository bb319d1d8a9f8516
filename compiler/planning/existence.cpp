#include "compiler/planning/existence.h"

#include <thread>

#include "compiler/base/text.h"
#include "compiler/planning/path_checks.h"

namespace osac::planning {

namespace {

/// The share of one thread: elements [begin, end). What cannot be worked out is kept for the caller to report.
struct Share {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::optional<expression::EvaluationError> error;
  std::uint32_t error_element = 0;

  void run(const Frame& frame, ExprId path, const Family& family, std::vector<std::uint8_t>& flags) {
    PathWriter writer(frame, path, family);
    std::string text;
    for (std::uint32_t i = begin; i < end; ++i) {
      text.clear();
      try {
        writer.write(i, text);
        flags[i] = frame.context.world.size(text).has_value() ? 1 : 0;
      } catch (const expression::EvaluationError& problem) {
        if (error) continue;
        error = problem;
        error_element = i;
      }
    }
  }
};

}  // namespace

std::vector<std::uint8_t> find_existing(const Frame& frame, ExprId path, const Family& family) {
  std::vector<std::uint8_t> flags(family.count, 1);
  constexpr std::uint32_t worth_a_thread = 64;
  const std::uint32_t middle = family.count < worth_a_thread ? family.count : family.count / 2;
  Share first{0, middle, {}, 0};
  Share second{middle, family.count, {}, 0};
  if (middle < family.count) {
    std::thread helper([&] { second.run(frame, path, family, flags); });
    first.run(frame, path, family, flags);
    helper.join();
  } else {
    first.run(frame, path, family, flags);
  }
  for (const Share* share : {&first, &second}) {
    if (!share->error) continue;
    report_evaluation(frame.context, frame.expressions[path].span, share->error->span, share->error->what,
                      element_key(frame, family, share->error_element));
    break;
  }
  return flags;
}

void check_existence(const Frame& frame, Folder& fold, const Draft& draft) {
  const program::Program& program = frame.context.program;
  for (std::uint32_t d = 0; d < program.datasets.size(); ++d) {
    const program::Dataset& dataset = program.datasets[d];
    const Family& family = draft.datasets[d].family;
    if (!dataset.is_external || dataset.is_optional || family.count == 0) continue;
    const ExprId path = fold(dataset.path);
    const auto flags = find_existing(frame, path, family);
    std::vector<std::uint32_t> missing;
    for (std::uint32_t i = 0; i < family.count; ++i)
      if (flags[i] == 0) missing.push_back(i);
    if (missing.empty()) continue;
    const std::string share = missing.size() == family.count
                                  ? (family.count == 1 ? "the file" : fmt::format("all {} files", grouped(family.count)))
                                  : fmt::format("{} of {} files", grouped(missing.size()), grouped(family.count));
    auto builder =
        frame.context.diagnostics.report(DiagnosticKind::missing_files, frame.context.program.expressions[dataset.path].span, share,
                                         frame.context.text(dataset.name), missing.size() == 1 && family.count == 1 ? "is" : "are");
    constexpr std::size_t shown = 5;
    PathWriter writer(frame, path, family);
    for (std::size_t i = 0; i < std::min(shown, missing.size()); ++i) builder.note(fmt::format("`{}`", visible(writer.path(missing[i]))));
    if (missing.size() > shown) builder.note(fmt::format("and {} more", grouped(missing.size() - shown)));
    builder.help("an `optional` dataset may miss files");
  }
}

}  // namespace osac::planning
