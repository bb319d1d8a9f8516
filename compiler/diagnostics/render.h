#pragma once
// The three printers of diagnostics: framed text in the manner of rustc, one line each, JSON lines. They never fail: spans are
// clamped, tabs expanded, columns counted in code points; plain ASCII without colour unless asked for.

#include <string>

#include "compiler/diagnostics/diagnostic.h"

namespace osac {

enum class DiagnosticFormat : std::uint8_t { text, line, json };

struct RenderOptions {
  DiagnosticFormat format = DiagnosticFormat::text;
  bool colour = false;
};

/// All diagnostics, sorted, with the closing line "2 errors, 1 warning" (text form only). Standard-library places print as `std/x.osa`.
std::string render(const Diagnostics& diagnostics, const Sources& sources, const RenderOptions& options);

}  // namespace osac
