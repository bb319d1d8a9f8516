#include "compiler/planning/failures.h"

#include <algorithm>

#include "compiler/base/text.h"

namespace osac::planning {

namespace {

std::string limit_of(const Context& context, const program::Input& input) {
  if (!input.lookup.within.exists()) return {};
  return fmt::format("; limit {}", source_text(context, context.program.expressions[input.lookup.within].span));
}

DiagnosticKind kind_of(Failure::What what) {
  switch (what) {
    case Failure::What::too_few:
      return DiagnosticKind::too_few_inputs;
    case Failure::What::fewer_than_expected:
      return DiagnosticKind::fewer_than_expected;
    case Failure::What::nothing_found:
      return DiagnosticKind::lookup_found_nothing;
    case Failure::What::tie:
    case Failure::What::unsettled:
      break;
  }
  return DiagnosticKind::ambiguous_lookup;
}

bool is_neighbour(const program::Input& input) {
  return input.lookup.direction == program::LookupDirection::previous || input.lookup.direction == program::LookupDirection::following;
}

/// "exposure 5 and exposure 7 are equally good: both 2 h before"
std::string describe_tie(const Frame& frame, const InputSides& sides, const Failure& failure) {
  const std::string one = element_key(frame, sides.members, failure.first);
  const std::string other = element_key(frame, sides.members, failure.second);
  if (is_neighbour(sides.input)) {
    const auto along = frame.context.text(frame.context.program.dimensions[sides.input.lookup.dimension.index].name);
    return fmt::format("{} and {} are equally good: both are of the same {}", one, other, along);
  }
  const std::string distance = lookup_distance(sides, failure.element, failure.first);
  const std::string other_distance = lookup_distance(sides, failure.element, failure.second);
  if (distance == other_distance) return fmt::format("{} and {} are equally good: both {}", one, other, distance);
  return fmt::format("{} and {} are equally good: one {}, one {}", one, other, distance, other_distance);
}

/// "of 3 candidates 1 comes before it; the 2nd is wanted"
std::string describe_neighbours(const program::Lookup& lookup, const Failure& failure) {
  if (failure.second == none || failure.second == 0) return "there is no candidate at all";
  const std::string side = lookup.direction == program::LookupDirection::previous ? "before" : "after";
  if (failure.first == 0) return fmt::format("of {} none comes {} it", count_of(failure.second, "candidate"), side);
  return fmt::format("of {} only {} come{} {} it, {} are needed", count_of(failure.second, "candidate"), failure.first,
                     failure.first == 1 ? "s" : "", side, lookup.distance);
}

class Reporter {
 public:
  Reporter(const Frame& frame, Folder& fold, const Draft& draft, std::uint32_t task)
      : frame_(frame), fold_(fold), draft_(draft), declared_(frame.context.program.tasks[task]), task_(draft.tasks[task]) {}

  void report(const Failure& first, std::uint64_t count) const {
    Context& context = frame_.context;
    const program::Input& input = declared_.inputs[first.input];
    const std::string element = element_name(frame_, context.text(declared_.name), declared_.dimensions, task_.family, first.element);
    auto builder = is_count(first) ? report_count(first, input, element) : report_lookup(first, input, element);
    if (count > 1) builder.note(fmt::format("{} of `{}` likewise", count_of(count - 1, "more element"), context.text(declared_.name)));
  }

 private:
  static bool is_count(const Failure& failure) {
    return failure.what == Failure::What::too_few || failure.what == Failure::What::fewer_than_expected;
  }

  [[nodiscard]] DiagnosticBuilder report_count(const Failure& first, const program::Input& input, const std::string& element) const {
    const bool is_minimum = first.what == Failure::What::too_few;
    const Span written = is_minimum ? input.minimum_span : input.expected_span;
    return frame_.context.diagnostics.report(kind_of(first.what), written.empty() ? input.span : written, element,
                                             is_minimum ? input.minimum : input.expected, frame_.context.text(input.name), first.first);
  }

  [[nodiscard]] DiagnosticBuilder report_lookup(const Failure& first, const program::Input& input, const std::string& element) const {
    const Context& context = frame_.context;
    const program::Input& port = declared_.inputs[first.input - input.branch];
    auto builder = frame_.context.diagnostics.report(kind_of(first.what), port.span, context.text(name_of(port)), element);
    for (std::uint32_t row = first.input - input.branch; row < first.input && first.what == Failure::What::nothing_found; ++row)
      if (const Failure* before = find_branch(first.element, row); before != nullptr)
        builder.note(fmt::format("`{}`: {}", context.text(name_of(declared_.inputs[row])), describe(*before)));
    const std::string own = describe(first);
    builder.note(input.branch == 0 ? own : fmt::format("`{}`: {}", context.text(name_of(input)), own));
    if (first.what == Failure::What::tie)
      builder.help("tell them apart by `where` or `same`");
    else if (is_neighbour(input))
      builder.help(fmt::format("the {} have none: make it optional with `?`, or give them something else by `else`",
                               input.lookup.direction == program::LookupDirection::previous ? "first ones" : "last ones"));
    else
      builder.help("make it optional with `?`, widen the limit, or leave such elements out by `where`");
    return builder;
  }

  [[nodiscard]] const Failure* find_branch(std::uint32_t element, std::uint32_t row) const {
    for (const Failure& failure : task_.branch_failures)
      if (failure.element == element && failure.input == row) return &failure;
    return nullptr;
  }
  [[nodiscard]] Symbol name_of(const program::Input& input) const { return frame_.context.program.datasets[input.dataset.index].name; }
  [[nodiscard]] std::string describe(const Failure& failure) const {
    return describe_failure(frame_, fold_, draft_, declared_, task_.family, failure);
  }

  const Frame& frame_;
  Folder& fold_;
  const Draft& draft_;
  const program::Task& declared_;
  const TaskDraft& task_;
};

}  // namespace

std::string source_text(const Context& context, Span span) {
  if (span.empty()) return {};
  std::string out;
  for (const char c : context.sources.text(span)) {
    const bool is_blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!is_blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return visible(trim(out));
}

std::string describe_failure(const Frame& frame, Folder& fold, const Draft& draft, const program::Task& task, const Family& family,
                             const Failure& failure) {
  const program::Input& input = task.inputs[failure.input];
  const Context& context = frame.context;
  const Family& members = draft.datasets[input.dataset.index].family;
  const InputSides sides{frame, fold, input, context.program.datasets[input.dataset.index], family, members};
  switch (failure.what) {
    case Failure::What::too_few:
      return fmt::format("{} planned, at least {} needed", failure.first, input.minimum);
    case Failure::What::fewer_than_expected:
      return fmt::format("{} planned, {} expected", failure.first, input.expected);
    case Failure::What::tie:
      return describe_tie(frame, sides, failure);
    case Failure::What::nothing_found:
    case Failure::What::unsettled:
      break;
  }
  if (is_neighbour(input)) return describe_neighbours(input.lookup, failure);
  if (input.lookup.direction == program::LookupDirection::none) return "there is no such element";
  if (failure.second == none || failure.second == 0) return "there is no candidate at all";
  if (failure.first == none) return fmt::format("of {} none will do", count_of(failure.second, "candidate"));
  return fmt::format("nearest: {}, {}{}", element_key(frame, members, failure.first),
                     lookup_distance(sides, failure.element, failure.first), limit_of(context, input));
}

void report_failures(const Frame& frame, Folder& fold, const Draft& draft, const Keep& keep) {
  for (std::uint32_t t = 0; t < draft.tasks.size(); ++t) {
    struct Seen {
      const Failure* first = nullptr;
      std::uint64_t count = 0;
    };
    std::map<std::pair<std::uint32_t, Failure::What>, Seen> seen;
    for (const Failure& failure : draft.tasks[t].failures) {
      if (keep.tasks[t][failure.element] == 0) continue;
      Seen& entry = seen[{failure.input, failure.what}];
      if (entry.count++ == 0) entry.first = &failure;
    }
    const Reporter reporter(frame, fold, draft, t);
    for (const auto& [key, entry] : seen) reporter.report(*entry.first, entry.count);
  }
}

}  // namespace osac::planning
