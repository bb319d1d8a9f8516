#pragma once
// Plots of numbers: panels of points and lines below one another, with axes whose ticks are round. As SVG (with tooltips) and PDF; the same
// plot gives the same bytes. It does not know what the numbers mean.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "compiler/base/result.h"

namespace osac::emit {

struct PlotAxis {
  std::string label;  ///< with its unit: `fwhm [arcsec]`
  enum class Kind : std::uint8_t {
    number,
    time,     ///< seconds since 1970
    category  ///< places in `categories`
  } kind = Kind::number;
  std::vector<std::string> categories;
};
struct PlotPoint {
  double x = 0, y = 0;
  std::string tooltip;
  bool is_faint = false;
};
struct PlotLine {
  std::vector<std::pair<double, double>> points;
  std::string tooltip;
  double shade = 0;  ///< 0 dark to 1 light
};
struct PlotPanel {
  PlotAxis x, y;
  std::vector<PlotPoint> points;
  std::vector<PlotLine> lines;
  std::string note;  ///< a few words in its corner
};
struct Plot {
  std::string title, subtitle;
  std::vector<PlotPanel> panels;
};

enum class PlotFormat : std::uint8_t { svg, pdf };
Result<std::string> render_plot(const Plot& plot, PlotFormat format);

struct PlotTick {
  double value = 0;
  std::string label;
};
/// About `about` round numbers between two, those at the ends included if they are round: steps are 1, 2 or 5 times a power of ten, of
/// times round parts of minutes, hours and days.
std::vector<PlotTick> round_ticks(const PlotAxis& axis, double least, double most, std::size_t about);

}  // namespace osac::emit
