#pragma once
// Text to tree. All mistakes of a file are reported in one go; the tree holds what could be read.

#include "compiler/base/source.h"
#include "compiler/base/strings.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/tree.h"

namespace osac::syntax {

/// Parses a source. Reports NUL bytes, malformed UTF-8, nesting deeper than `depth_limit`, and all syntax errors.
Tree parse(const Sources& sources, SourceId source, Strings& strings, Diagnostics& diagnostics);
inline constexpr unsigned depth_limit = 200;

/// The tree as indented text, for `osac compile --emit tree`: places, names, every field that is set.
std::string print(const Tree& tree, const Sources& sources, const Strings& strings);

/// Formats a file's text as `osac fmt` does. Comments and author's line breaks are kept; format(format(x)) == format(x), and the
/// tree stays the same. A text with syntax errors is returned unchanged (and has been reported).
std::string format(const Sources& sources, SourceId source, Diagnostics& diagnostics);

/// The grammar in EBNF (ISO 14977 spirit), generated from the PEGTL rules.
std::string grammar_ebnf();

}  // namespace osac::syntax
