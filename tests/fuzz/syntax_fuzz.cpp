// Fuzzes the parser: any bytes give a tree and diagnostics that print; a text without mistakes stays the same tree when formatted, and formatting it
// twice changes nothing.

#include <cstdlib>

#include "compiler/diagnostics/render.h"
#include "compiler/syntax/parse.h"

using namespace osac;

namespace {

std::string formatted(std::string text) {
  Sources sources;
  Diagnostics diagnostics;
  const SourceId source = sources.add("fuzz.osa", std::move(text));
  std::string result = syntax::format(sources, source, diagnostics);
  if (diagnostics.has_errors()) std::abort();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Sources sources;
  Strings strings;
  Diagnostics diagnostics;
  const SourceId source = sources.add("fuzz.osa", std::string(reinterpret_cast<const char*>(data), size));
  const syntax::Tree tree = syntax::parse(sources, source, strings, diagnostics);
  if (render(diagnostics, sources, {}).empty() && diagnostics.has_errors()) std::abort();
  if (syntax::print(tree, sources, strings).empty()) std::abort();
  if (!diagnostics.has_errors()) {
    const std::string once = formatted(std::string(sources.text(source)));
    if (formatted(once) != once) std::abort();
  }
  return 0;
}
