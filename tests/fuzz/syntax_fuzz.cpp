// Fuzzes the parser: any bytes give a tree and diagnostics that print; a text without mistakes stays the same tree when formatted, and
// formatting it twice changes nothing.

#include <cstdlib>

#include "compiler/diagnostics/render.h"
#include "compiler/syntax/parse.h"

using namespace osac;

namespace {

/// A text with everything that was read of it.
struct Parsed {
  Sources sources;
  Strings strings;
  Diagnostics diagnostics;
  SourceId source;
  syntax::Tree tree;

  explicit Parsed(std::string text) : source(sources.add("fuzz.osa", std::move(text))) {
    tree = syntax::parse(sources, source, strings, diagnostics);
  }
  [[nodiscard]] std::string printed() const { return syntax::print(tree, sources, strings, syntax::Places::hidden); }
};

std::string formatted(std::string text) {
  Sources sources;
  Diagnostics diagnostics;
  const SourceId source = sources.add("fuzz.osa", std::move(text));
  std::string result = syntax::format(sources, source, diagnostics);
  if (diagnostics.has_errors()) std::abort();
  return result;
}

void need(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Parsed parsed(text);
  syntax::print(parsed.tree, parsed.sources, parsed.strings);
  for (const DiagnosticFormat format : {DiagnosticFormat::text, DiagnosticFormat::line, DiagnosticFormat::json})
    need(render(parsed.diagnostics, parsed.sources, {format, false}).empty() == parsed.diagnostics.sorted().empty());
  if (!parsed.diagnostics.has_errors()) {
    const std::string once = formatted(text);
    need(formatted(once) == once);
    need(Parsed(once).printed() == parsed.printed());
  }
  return 0;
}
