#pragma once
// A dataset's path template, taken apart: literals and holes with what each hole's text can look like. From that alone follows for most
// templates that different keys give different paths, and that two datasets never meet. It renders nothing.

#include <functional>
#include <string>
#include <vector>

#include "compiler/planning/family.h"

namespace osac::planning {

/// What a hole can write.
enum class Alphabet : std::uint8_t {
  digits,    ///< an integer: -?[0-9]+
  word,      ///< one or more characters, no '/' among them
  anything,  ///< a path: may hold '/'
};

struct PathPart {
  bool is_hole = false;
  std::string literal;
  Alphabet alphabet = Alphabet::anything;
  ExprId hole;               ///< the hole's node, or the whole expression if it is no template
  std::uint32_t key = none;  ///< the dimension, if the hole writes its key so that no other key is written the same
  bool is_checked = false;   ///< its text has to be checked before it goes into a path (see path_keys.h)
};
std::vector<PathPart> split_template(const Frame& frame, ExprId path);

/// A template cut at its '/': each segment a row of parts; `is_open` if something that may hold '/' follows the last.
struct PathPattern {
  std::vector<std::vector<PathPart>> segments;
  bool is_open = false;
  bool is_absolute = false;
  bool climbs = false;  ///< a component is `..`
};
PathPattern make_pattern(const std::vector<PathPart>& parts);

/// Whether different elements over `basis` certainly have different paths. If not: the dimensions whose key the template forgets, if that
/// is why.
bool is_injective(const Frame& frame, const PathPattern& pattern, const std::vector<std::uint32_t>& basis);
std::vector<std::uint32_t> forgotten_keys(const Frame& frame, const std::vector<PathPart>& parts, const std::vector<std::uint32_t>& basis);

/// Whether a path of one may be a path of the other, or lie inside it.
bool may_meet(const PathPattern& a, const PathPattern& b);
/// Calls f(a, b), a < b, for all pairs that may meet and some others: those whose texts before the first hole begin alike. Of thousands of
/// datasets that are mostly few.
void for_each_near_pair(const std::vector<PathPattern>& patterns, const std::function<void(std::uint32_t, std::uint32_t)>& f);

}  // namespace osac::planning
