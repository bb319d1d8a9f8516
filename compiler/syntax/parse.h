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
/// No expression of a tree is higher than this (chains of operators included): who walks trees may do so by recursion.
inline constexpr unsigned height_limit = 1000;
/// Longer sources are reported and not read.
inline constexpr std::uint64_t size_limit = std::uint64_t{64} << 20;

/// Parses a source that holds one expression, such as the text of `--where`. The expression is the last of `tree`; none() after a mistake.
ExprId parse_expression(const Sources& sources, SourceId source, Strings& strings, Diagnostics& diagnostics, Tree& tree);

enum class Places : std::uint8_t { shown, hidden };
/// The tree as indented text, for `osac compile --emit tree`: places, names, every field that is set.
std::string print(const Tree& tree, const Sources& sources, const Strings& strings, Places places = Places::shown);

/// Formats a file's text as `osac fmt` does. Comments and author's line breaks are kept; format(format(x)) == format(x), and the
/// tree stays the same. A text with syntax errors is returned unchanged (and has been reported).
std::string format(const Sources& sources, SourceId source, Diagnostics& diagnostics);

/// The grammar in EBNF (ISO 14977 spirit), generated from the PEGTL rules.
std::string grammar_ebnf();

}  // namespace osac::syntax
