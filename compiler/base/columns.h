#pragma once
// Rows of cells as text for people: columns as wide as they have to be.

#include <set>
#include <string>
#include <vector>

namespace osac {

/// A line a row, two blanks between columns, none at the ends of lines. Widths are counted in code points; `right`: places of columns whose
/// cells stand at their right ends.
std::string columns_text(const std::vector<std::vector<std::string>>& rows, const std::set<std::size_t>& right = {});

}  // namespace osac
