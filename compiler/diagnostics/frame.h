#pragma once
// The frame of a diagnostic in text form: place, numbered source lines, marks under them. Takes any spans: they are clamped to
// the text they begin in, and to its line. It knows nothing of kinds and severities but their colours.

#include <string>
#include <string_view>

#include "compiler/diagnostics/diagnostic.h"

namespace osac::diagnostics_frame {

/// Wraps words in ANSI colours, or leaves them as they are.
struct Paint {
  bool is_on = false;
  [[nodiscard]] std::string severity(Severity value, std::string_view text) const;
  [[nodiscard]] std::string strong(std::string_view text) const;
  [[nodiscard]] std::string faint(std::string_view text) const;  ///< of the frame itself and of secondary marks
};

/// All labels of a diagnostic; "" if it has none. There has to be a source.
std::string frame(const Diagnostic& diagnostic, const Sources& sources, const Paint& paint);

}  // namespace osac::diagnostics_frame
