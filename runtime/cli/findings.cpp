#include "runtime/cli/findings.h"

#include <unistd.h>
#include <algorithm>
#include <cstdlib>

#include "runtime/cli/output.h"
#include "stdlib/embedded.h"

namespace osac::cli {

namespace {

bool use_colour(const Common& common, bool is_terminal) {
  if (common.colour != "auto") return common.colour == "always";
  const char* no_colour = std::getenv("NO_COLOR");
  return (no_colour == nullptr || *no_colour == '\0') && is_terminal;
}

std::string_view page_of(std::string_view kind) {
  for (const auto& [name, page] : embedded::explanations())
    if (name == kind) return page;
  return {};
}

}  // namespace

RenderOptions render_options(const Common& common, bool is_terminal) {
  RenderOptions options;
  options.format = common.diagnostics == "json"   ? DiagnosticFormat::json
                   : common.diagnostics == "line" ? DiagnosticFormat::line
                                                  : DiagnosticFormat::text;
  options.colour = options.format == DiagnosticFormat::text && use_colour(common, is_terminal);
  return options;
}

SarifLog make_sarif_log() { return {version(), page_of}; }

bool stdout_is_terminal() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

Findings::Findings(const Common& common, bool json, bool sarif)
    : options_(render_options(common, stdout_is_terminal())), is_sarif_(sarif || common.diagnostics == "sarif"), log_(make_sarif_log()) {
  if (json) options_ = {DiagnosticFormat::json, false};
}

void Findings::add(const Diagnostics& diagnostics, const Sources& sources) {
  if (is_sarif_)
    log_.add(diagnostics, sources);
  else
    text_ += render(diagnostics, sources, options_);
}

int Findings::print() { return print_result(is_sarif_ ? log_.text() : text_); }

}  // namespace osac::cli
