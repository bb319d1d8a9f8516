#include "compiler/base/columns.h"

#include <algorithm>

#include "compiler/base/text.h"

namespace osac {

std::string columns_text(const std::vector<std::vector<std::string>>& rows, const std::set<std::size_t>& right) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], count_code_points(row[i]));
    }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - count_code_points(row[i]), ' ');
      line += i > 0 ? "  " : "";
      line += right.contains(i) ? space + row[i] : row[i] + space;
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

}  // namespace osac
