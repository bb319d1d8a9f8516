#pragma once
// Writes paths of a dataset's elements, fast: literals are copied, integer keys written by hand, other holes remembered per record where
// that pays. One writer a thread.

#include <string>

#include "compiler/planning/path_template.h"
#include "compiler/planning/point.h"

namespace osac::planning {

class PathWriter {
 public:
  PathWriter(const Frame& frame, ExprId path, const Family& family);
  PathWriter(const PathWriter&) = delete;
  PathWriter& operator=(const PathWriter&) = delete;
  /// Appends the path of an element. Throws EvaluationError.
  void write(std::uint32_t element, std::string& out);
  [[nodiscard]] std::string path(std::uint32_t element);

 private:
  struct Hole {
    PathPart part;
    Route route;                     ///< to the key's dimension, or to the dimension that all of it depends on
    std::uint32_t dimension = none;  ///< that dimension; none: it depends on several
    std::uint32_t width = 0;
    bool is_integer_key = false;
    std::vector<std::string> remembered;  ///< one a record, empty if not yet known; no entries if it does not pay
  };
  void write_hole(Hole& hole, std::uint32_t element, std::string& out);
  [[nodiscard]] std::string text_of(const Hole& hole) const;

  const Frame& frame_;
  const Family& family_;
  Point point_;
  std::vector<Hole> holes_;
};

/// The text that one hole writes at a point; nothing if its value is absent.
std::optional<std::string> hole_text(const Frame& frame, ExprId hole, const Point& point);

/// A path in the one spelling that comparisons use: no doubled '/', no `.`, no final '/'.
std::string normalized(std::string_view path);

}  // namespace osac::planning
