#include <string>

#include "compiler/syntax/format_align.h"
#include "compiler/syntax/layout.h"
#include "compiler/syntax/parse.h"

namespace osac::syntax {

namespace {

std::string write(const std::vector<Line>& lines, std::size_t size_hint) {
  std::string out;
  out.reserve(size_hint + size_hint / 8);
  for (const Line& line : lines) {
    if (line.blank_before) out += '\n';
    out.append(line.level * indentation_width, ' ');
    for (const Token& token : line.tokens) out.append(token.before, ' ').append(token.text);
    out += '\n';
  }
  return out;
}

}  // namespace

std::string format(const Sources& sources, SourceId source, Diagnostics& diagnostics) {
  const std::string_view text = sources.text(source);
  Strings strings;
  Layout layout;
  const std::size_t errors_before = diagnostics.error_count();
  parse_with_layout(sources, source, strings, diagnostics, &layout);
  if (diagnostics.error_count() > errors_before) return std::string(text);
  std::vector<Line> lines = split_into_lines(text, layout);
  align(lines);
  return write(lines, text.size());
}

}  // namespace osac::syntax
