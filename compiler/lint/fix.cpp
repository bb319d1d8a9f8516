#include <algorithm>

#include "compiler/lint/lint.h"
#include "compiler/syntax/parse.h"

namespace osac::lint {

namespace {

/// All edits within a source by place, without those that overlap one before.
std::vector<Edit> edits_of(const Diagnostics& diagnostics, Span source) {
  std::vector<Edit> edits;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    if (diagnostic.severity == Severity::error) continue;
    for (const Edit& edit : diagnostic.edits)
      if (edit.span.begin >= source.begin && edit.span.end <= source.end) edits.push_back(edit);
  }
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.span.begin < b.span.begin; });
  std::vector<Edit> kept;
  for (Edit& edit : edits) {
    const bool is_repetition = !kept.empty() && kept.back().span == edit.span && kept.back().replacement == edit.replacement;
    if (kept.empty() || (edit.span.begin >= kept.back().span.end && !is_repetition)) kept.push_back(std::move(edit));
  }
  return kept;
}

/// The text as `osac fmt` has it; nothing if it has mistakes.
std::optional<std::string> formatted(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  std::string result = syntax::format(sources, sources.add("", text), diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  return result;
}

}  // namespace

std::optional<std::string> fixed(const Sources& sources, SourceId source, const Diagnostics& diagnostics) {
  const std::vector<Edit> edits = edits_of(diagnostics, sources.span(source));
  if (edits.empty()) return std::nullopt;
  const std::string before(sources.text(source));
  const std::uint32_t base = sources.begin(source);
  std::string after;
  std::size_t copied = 0;
  for (const Edit& edit : edits) {
    after += before.substr(copied, edit.span.begin - base - copied) + edit.replacement;
    copied = edit.span.end - base;
  }
  after += before.substr(copied);
  const auto tidy = formatted(after);
  if (!tidy || after == before) return std::nullopt;
  return formatted(before) == before ? *tidy : after;
}

}  // namespace osac::lint
