#include "compiler/expression/flat_command.h"

#include <algorithm>

namespace osac::expression {

FlatCommand::FlatCommand(const std::vector<CommandPart>& parts) {
  for (const CommandPart& part : parts) {
    part_begins_.push_back(text.size());
    if (part.is_hole) {
      holes_.push_back(text.size());
      text += hole_mark;
    } else {
      const std::size_t begin = text.size();
      text += part.text;
      has_nul = has_nul || part.text.find('\0') != std::string_view::npos;
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), '\0', ' ');
    }
  }
}

std::size_t FlatCommand::part_at(std::size_t at) const {
  if (part_begins_.empty()) return 0;
  const auto after = std::upper_bound(part_begins_.begin(), part_begins_.end(), at);
  return static_cast<std::size_t>(after - part_begins_.begin()) - 1;
}

std::size_t FlatCommand::hole_at(std::size_t at) const {
  return static_cast<std::size_t>(std::lower_bound(holes_.begin(), holes_.end(), at) - holes_.begin());
}

}  // namespace osac::expression
