#pragma once
// How diagnostics are printed when they are what a command was asked for: forms, colours, SARIF logs. session.h has the printing of those
// that come along.

#include <functional>

#include "compiler/diagnostics/render.h"
#include "compiler/diagnostics/sarif.h"
#include "runtime/cli/arguments.h"

namespace osac::cli {

/// Takes the diagnostics of one text after the other.
using DiagnosticSink = std::function<void(const Diagnostics&, const Sources&)>;

/// The form of `--diagnostics`; colours as `--color` says, for a terminal.
RenderOptions render_options(const Common& common, bool is_terminal);
/// A log with osac's version and its pages as rules' help.
SarifLog make_sarif_log();
bool stdout_is_terminal();

/// Prints diagnostics to stdout, in whichever form was asked for; a SARIF log is written as a whole at the end.
class Findings {
 public:
  Findings(const Common& common, bool json, bool sarif);
  void add(const Diagnostics& diagnostics, const Sources& sources);
  /// Writes all; gives an exit code.
  int print();

 private:
  RenderOptions options_;
  bool is_sarif_;
  SarifLog log_;
  std::string text_;
};

}  // namespace osac::cli
