#pragma once
// A command template as one text with a mark for each hole, for the lexers of shells and scripts, and the way back to its parts. It knows
// no language. Private to this room.

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/expression/quote.h"

namespace osac::expression {

/// Stands for a hole; no literal character is one.
inline constexpr char hole_mark = '\0';

/// A command's parts as one text, each hole one `hole_mark`.
class FlatCommand {
 public:
  explicit FlatCommand(const std::vector<CommandPart>& parts);

  [[nodiscard]] std::size_t size() const { return text.size(); }
  [[nodiscard]] bool is_hole(std::size_t at) const { return at < text.size() && text[at] == hole_mark; }
  /// The character at `at`; a hole's mark is that of the end as well, which no test of a character takes for one.
  [[nodiscard]] char at(std::size_t at) const { return at < text.size() ? text[at] : '\0'; }
  [[nodiscard]] std::size_t part_at(std::size_t at) const;
  /// The number of the hole at `at`.
  [[nodiscard]] std::size_t hole_at(std::size_t at) const;
  [[nodiscard]] std::size_t hole_position(std::size_t number) const { return holes_[number]; }
  [[nodiscard]] std::size_t hole_count() const { return holes_.size(); }

  std::string text;
  bool has_nul = false;  ///< a NUL byte stood in the literal text (replaced by a blank)

 private:
  std::vector<std::size_t> part_begins_;  // of each part; empty parts share the next one's
  std::vector<std::size_t> holes_;        // positions
};

}  // namespace osac::expression
