#pragma once
// What plots are drawn on: a page in points, its origin at the left upper corner. Two of them: SVG text, and a PDF by cairo. Private to
// this room.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/base/result.h"

namespace osac::emit {

struct Colour {
  double red = 0, green = 0, blue = 0;  ///< 0 to 1
};
struct Point {
  double x = 0, y = 0;
};
enum class Anchor : std::uint8_t { start, middle, end };
struct TextStyle {
  double size = 9;
  Anchor anchor = Anchor::start;
  Colour colour;
  bool is_bold = false;
  bool is_upright = false;  ///< turned, to be read from below
};

class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void line(const std::vector<Point>& points, double width, Colour colour, std::string_view tooltip) = 0;
  virtual void dot(Point centre, double radius, Colour colour, bool is_filled, std::string_view tooltip) = 0;
  virtual void text(Point at, std::string_view text, const TextStyle& style) = 0;
  /// The whole document.
  virtual Result<std::string> finish() = 0;
};

std::unique_ptr<Canvas> svg_canvas(double width, double height);
std::unique_ptr<Canvas> pdf_canvas(double width, double height);

}  // namespace osac::emit
