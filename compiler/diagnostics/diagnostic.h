#pragma once
// A diagnostic is data: kind, message, labels, notes, help. Printers (render.h) turn it into text, one line, or JSON. All kinds
// are listed in kinds/*.def with severity and wording; each has a golden test and a page docs/errors/<kind>.md.

#include <fmt/core.h>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/source.h"
#include "compiler/base/span.h"

namespace osac {

/// An advice is a matter of care, not a mistake: only `osac lint` gives them.
enum class Severity : std::uint8_t { error, warning, advice };

enum class DiagnosticKind : std::uint16_t {
#define OSAC_KIND(name, severity, words) name,
#include "compiler/diagnostics/kinds/all.def"
#undef OSAC_KIND
};

struct KindInfo {
  std::string_view name;  ///< with dashes: `unknown-dataset`
  Severity severity;
  std::string_view words;  ///< fmt format of the message
};
const KindInfo& info(DiagnosticKind kind);
/// Every kind, sorted by name.
std::vector<DiagnosticKind> all_kinds();

struct Label {
  Span span;
  std::string text;  ///< may be empty
  bool is_primary = false;
};

/// A replacement that would put it right.
struct Edit {
  Span span;
  std::string replacement;
};

struct Diagnostic {
  DiagnosticKind kind{};
  Severity severity{};
  std::string message;
  std::vector<Label> labels;  ///< the primary one first; none for a fact without a place
  std::vector<std::string> notes;
  std::vector<std::string> help;
  std::vector<Edit> edits;
  std::string code;  ///< what another program that found it calls it ("SC2086"), or empty
  std::string link;  ///< its page there, or empty
};

/// Adds to a diagnostic that has been reported; use it in the same statement.
class DiagnosticBuilder {
 public:
  explicit DiagnosticBuilder(Diagnostic& diagnostic) : diagnostic_(diagnostic) {}
  /// Words for the primary place (after the carets).
  DiagnosticBuilder& here(std::string text);
  /// A second place that explains it.
  DiagnosticBuilder& label(Span span, std::string text);
  DiagnosticBuilder& note(std::string text);
  DiagnosticBuilder& help(std::string text);
  DiagnosticBuilder& fix(Span span, std::string replacement);
  /// The name and page of it in the program that found it.
  DiagnosticBuilder& found_as(std::string code, std::string link);

 private:
  Diagnostic& diagnostic_;
};

/// Collects the diagnostics of one compilation. At most `limit` errors and as many of the others are kept; the rest is counted.
class Diagnostics {
 public:
  static constexpr std::size_t limit = 100;

  /// Reports a kind at a place. The arguments fill the kind's words; text in them is made visible (text.h).
  template <typename... Arguments>
  DiagnosticBuilder report(DiagnosticKind kind, Span place, const Arguments&... arguments) {
    return add(kind, place, fill(kind, fmt::make_format_args(arguments...)), true);
  }
  /// Reports a kind that has no place in any source.
  template <typename... Arguments>
  DiagnosticBuilder report_without_place(DiagnosticKind kind, const Arguments&... arguments) {
    return add(kind, {}, fill(kind, fmt::make_format_args(arguments...)), false);
  }

  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  [[nodiscard]] std::size_t error_count() const { return errors_; }
  [[nodiscard]] std::size_t warning_count() const { return warnings_; }
  [[nodiscard]] std::size_t advice_count() const { return advice_; }
  [[nodiscard]] std::size_t not_kept() const { return not_kept_; }
  /// Takes over what others reported about the same sources, for which `is_wanted` holds.
  template <typename Predicate>
  void take(const Diagnostics& others, Predicate is_wanted) {
    for (const Diagnostic& diagnostic : others.list_)
      if (is_wanted(diagnostic)) keep(diagnostic);
  }
  /// Sorted by place, those without a place last; exact repetitions are dropped.
  [[nodiscard]] std::vector<Diagnostic> sorted() const;

 private:
  static std::string fill(DiagnosticKind kind, fmt::format_args arguments);
  DiagnosticBuilder add(DiagnosticKind kind, Span place, std::string message, bool has_place);
  Diagnostic& keep(Diagnostic diagnostic);
  std::deque<Diagnostic> list_;  // a deque, so that a builder stays good while others report
  Diagnostic overflow_;          // what the builder of one that is not kept writes to
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
  std::size_t advice_ = 0;
  std::size_t not_kept_ = 0;
};

}  // namespace osac
