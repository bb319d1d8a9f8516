#pragma once
// Aligns what stands in columns: in groups of neighbouring lines of one sort the same marks (`:`, `=`, `for`, ...) stand below each
// other, and so do comments behind code.

#include <vector>

#include "compiler/syntax/format_lines.h"

namespace osac::syntax {

inline constexpr std::size_t indentation_width = 4;

/// Adds blanks before tokens.
void align(std::vector<Line>& lines);

}  // namespace osac::syntax
