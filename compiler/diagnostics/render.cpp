#include "compiler/diagnostics/render.h"

#include <fmt/format.h>
#include <algorithm>
#include <optional>

#include "compiler/base/text.h"
#include "compiler/diagnostics/frame.h"

namespace osac {

namespace {

using diagnostics_frame::Paint;

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::advice:
      return "advice";
  }
  return "";
}

/// A place, or nothing when there are no sources it could be in.
std::optional<Position> position_of(const Sources& sources, std::uint32_t offset) {
  if (sources.size() == 0) return std::nullopt;
  return sources.position(offset);
}

/// A note or a help; its further lines are set under its first.
std::string remark(std::string_view word, const std::string& text, const Paint& paint) {
  std::string out = paint.strong(word) + ": ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += std::string(word.size() + 2, ' ');
  }
  return out + "\n";
}

std::string headline(const Diagnostic& diagnostic, const Paint& paint) {
  const std::string word = fmt::format("{}[{}]", severity_name(diagnostic.severity), info(diagnostic.kind).name);
  return paint.severity(diagnostic.severity, word) + paint.strong(": " + diagnostic.message) + "\n";
}

std::string as_text(const Diagnostic& diagnostic, const Sources& sources, const Paint& paint) {
  std::string out = headline(diagnostic, paint);
  if (sources.size() > 0) out += diagnostics_frame::frame(diagnostic, sources, paint);
  for (const std::string& note : diagnostic.notes) out += remark("note", note, paint);
  for (const std::string& help : diagnostic.help) out += remark("help", help, paint);
  return out;
}

std::string as_line(const Diagnostic& diagnostic, const Sources& sources, const Paint& paint) {
  std::string out;
  if (!diagnostic.labels.empty())
    if (const auto at = position_of(sources, diagnostic.labels.front().span.begin))
      out = fmt::format("{}:{}:{}: ", visible(sources.name(at->source)), at->line, at->column);
  return out + headline(diagnostic, paint);
}

// ---- JSON

/// `"file": ..., "line": ...` of a span; the end is exclusive. Empty when there are no sources.
std::string json_place(Span span, const Sources& sources) {
  const auto begin = position_of(sources, span.begin);
  if (!begin) return "";
  auto end = position_of(sources, std::max(span.begin, span.end));
  if (end->source != begin->source) end = begin;
  return fmt::format(R"("file":{},"line":{},"column":{},"end_line":{},"end_column":{},)", json_quoted(sources.name(begin->source)),
                     begin->line, begin->column, end->line, end->column);
}

template <typename Items, typename Print>
std::string json_list(const Items& items, Print print) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? "," : "") + print(item);
  return out + "]";
}

std::string as_json(const Diagnostic& diagnostic, const Sources& sources) {
  const auto text = [](const std::string& value) { return json_quoted(value); };
  const auto label = [&](const Label& value) {
    return fmt::format(R"({{{}"primary":{},"text":{}}})", json_place(value.span, sources), value.is_primary, json_quoted(value.text));
  };
  const auto edit = [&](const Edit& value) {
    return fmt::format(R"({{{}"replacement":{}}})", json_place(value.span, sources), json_quoted(value.replacement));
  };
  std::string found_as;
  if (!diagnostic.code.empty())
    found_as = fmt::format(R"(,"code":{},"link":{})", json_quoted(diagnostic.code), json_quoted(diagnostic.link));
  return fmt::format(R"({{"kind":"{}","severity":"{}","message":{},"labels":{},"notes":{},"help":{},"edits":{}{}}})",
                     info(diagnostic.kind).name, severity_name(diagnostic.severity), json_quoted(diagnostic.message),
                     json_list(diagnostic.labels, label), json_list(diagnostic.notes, text), json_list(diagnostic.help, text),
                     json_list(diagnostic.edits, edit), found_as) +
         "\n";
}

// ---- the end

/// "2 errors, 1 warning, 1 piece of advice", with those that were not kept.
std::string closing_line(const std::vector<Diagnostic>& list, const Diagnostics& diagnostics) {
  const auto count = [&](Severity severity, std::size_t reported) {
    const auto shown =
        static_cast<std::size_t>(std::count_if(list.begin(), list.end(), [&](const Diagnostic& d) { return d.severity == severity; }));
    return shown + (reported > Diagnostics::limit ? reported - Diagnostics::limit : 0);
  };
  std::vector<std::string> words;
  if (const std::size_t errors = count(Severity::error, diagnostics.error_count()); errors > 0) words.push_back(count_of(errors, "error"));
  if (const std::size_t warnings = count(Severity::warning, diagnostics.warning_count()); warnings > 0)
    words.push_back(count_of(warnings, "warning"));
  if (const std::size_t advice = count(Severity::advice, diagnostics.advice_count()); advice > 0)
    words.push_back(advice == 1 ? "1 piece of advice" : fmt::format("{} pieces of advice", grouped(advice)));
  std::string out = fmt::format("{}", fmt::join(words, ", "));
  if (diagnostics.not_kept() > 0) out += fmt::format(" ({} of them not shown)", grouped(diagnostics.not_kept()));
  return out + "\n";
}

}  // namespace

std::string render(const Diagnostics& diagnostics, const Sources& sources, const RenderOptions& options) {
  const std::vector<Diagnostic> list = diagnostics.sorted();
  const Paint paint{options.colour && options.format != DiagnosticFormat::json};
  std::string out;
  for (const Diagnostic& diagnostic : list) {
    switch (options.format) {
      case DiagnosticFormat::text:
        out += as_text(diagnostic, sources, paint) + "\n";
        break;
      case DiagnosticFormat::line:
        out += as_line(diagnostic, sources, paint);
        break;
      case DiagnosticFormat::json:
        out += as_json(diagnostic, sources);
        break;
    }
  }
  if (options.format == DiagnosticFormat::text && !list.empty()) out += closing_line(list, diagnostics);
  return out;
}

}  // namespace osac
