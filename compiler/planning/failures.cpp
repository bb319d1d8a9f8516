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
      break;
  }
  return DiagnosticKind::ambiguous_lookup;
}

void report_one(const Frame& frame, Folder& fold, const Draft& draft, std::uint32_t task, const Failure& first, std::uint64_t count) {
  Context& context = frame.context;
  const program::Task& declared = context.program.tasks[task];
  const program::Input& input = declared.inputs[first.input];
  const Family& family = draft.tasks[task].family;
  const std::string element = element_name(frame, context.text(declared.name), declared.dimensions, family, first.element);
  const auto dataset = context.text(context.program.datasets[input.dataset.index].name);
  const bool is_count = first.what == Failure::What::too_few || first.what == Failure::What::fewer_than_expected;
  const std::uint32_t wanted = first.what == Failure::What::too_few ? input.minimum : input.expected;
  auto builder = is_count
                     ? context.diagnostics.report(kind_of(first.what), input.span, element, wanted, context.text(input.name), first.first)
                     : context.diagnostics.report(kind_of(first.what), input.span, dataset, element);
  if (!is_count) builder.note(describe_failure(frame, fold, draft, declared, family, first));
  if (count > 1) builder.note(fmt::format("{} of `{}` likewise", count_of(count - 1, "more element"), context.text(declared.name)));
  if (first.what == Failure::What::nothing_found)
    builder.help("make it optional with `?`, widen the limit, or leave such elements out by `where`");
  if (first.what == Failure::What::tie) builder.help("tell them apart by `where` or `same`");
}

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
      return fmt::format("{} and {} are equally good: both {}", element_key(frame, members, failure.first),
                         element_key(frame, members, failure.second), lookup_distance(sides, failure.element, failure.first));
    case Failure::What::nothing_found:
      break;
  }
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
    for (const auto& [key, entry] : seen) report_one(frame, fold, draft, t, *entry.first, entry.count);
  }
}

}  // namespace osac::planning
