// Panels below one another: axes with round ticks and faint lines, then lines, then points.

#include "compiler/emit/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/base/text.h"
#include "compiler/emit/canvas.h"
#include "compiler/expression/calendar.h"

namespace osac::emit {

namespace {

using Kind = PlotAxis::Kind;

constexpr double page_width = 520;
constexpr double panel_height = 130;  // at least
constexpr double row_height = 13;     // of a name on the upright axis: there all of them are written
constexpr double gap = 52;            // below a panel: ticks and the axis' name
constexpr double top = 58;
constexpr double right = 20;
constexpr double letter_width = 5.4;      // of a text of size 9, about
constexpr std::size_t most_letters = 24;  // of a category's name
constexpr std::size_t most_tooltips = 5'000;
constexpr Colour ink{0.13, 0.15, 0.17};
constexpr Colour quiet{0.36, 0.39, 0.43};
constexpr Colour faint{0.88, 0.89, 0.9};
constexpr Colour blue{0.07, 0.33, 0.56};

struct Range {
  double least = 0, most = 0;
};

/// All values of an axis with some air around them.
Range range_of(const PlotAxis& axis, const std::vector<double>& values) {
  if (axis.kind == Kind::category) return {-0.6, static_cast<double>(axis.categories.size()) - 0.4};
  if (values.empty()) return {0, 1};
  Range range{*std::min_element(values.begin(), values.end()), *std::max_element(values.begin(), values.end())};
  const double size = range.most - range.least;
  const double air = size > 0 ? size * 0.06 : std::max(std::abs(range.most) * 0.05, axis.kind == Kind::time ? 60.0 : 0.5);
  return {range.least - air, range.most + air};
}

std::string cut(std::string_view text) {
  if (count_code_points(text) <= most_letters) return std::string(text);
  std::string out(text.substr(0, most_letters));
  while (!out.empty() && find_malformed_utf8(out)) out.pop_back();
  return out + "…";
}

/// The least of 1, 2, 5, 10, ... times a power of ten that is at least `size`.
double round_step(double size) {
  const double power = std::pow(10.0, std::floor(std::log10(size)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (power * factor >= size * (1 - 1e-9)) return power * factor;
  return power * 10;
}

double round_time_step(double size) {
  if (size < 1) return round_step(size);
  for (const double step :
       {1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, 21600.0, 43200.0})
    if (step >= size) return step;
  return round_step(size / 86400) * 86400;
}

/// `2026-11-21`, `04:16`, `04:16:30`, by what a step tells apart.
std::string time_label(double seconds, double step) {
  const expression::Moment moment = expression::moment_of_time(std::llround(seconds * 1e9));
  const bool is_midnight = moment.hour == 0 && moment.minute == 0 && moment.second == 0;
  if (step >= 86400 || is_midnight) return fmt::format("{:04}-{:02}-{:02}", moment.year, moment.month, moment.day);
  if (step >= 60) return fmt::format("{:02}:{:02}", moment.hour, moment.minute);
  return fmt::format("{:02}:{:02}:{:02}", moment.hour, moment.minute, moment.second);
}

double height_of(const PlotPanel& panel) { return std::max(panel_height, row_height * static_cast<double>(panel.y.categories.size())); }

class Panel {
 public:
  Panel(const PlotPanel& panel, double left, double above, Canvas& canvas, bool has_tooltips)
      : panel_(panel), left_(left), top_(above), canvas_(canvas), has_tooltips_(has_tooltips) {
    std::vector<double> xs, ys;
    for (const PlotPoint& point : panel.points) xs.push_back(point.x), ys.push_back(point.y);
    for (const PlotLine& line : panel.lines)
      for (const auto& [x, y] : line.points) xs.push_back(x), ys.push_back(y);
    x_ = range_of(panel.x, xs);
    y_ = range_of(panel.y, ys);
  }

  void draw() {
    draw_axes();
    for (const PlotLine& line : panel_.lines) {
      std::vector<Point> points;
      for (const auto& [x, y] : line.points) points.push_back(place(x, y));
      const double light = 0.75 * line.shade;
      canvas_.line(points, 1,
                   {blue.red + (1 - blue.red) * light, blue.green + (1 - blue.green) * light, blue.blue + (1 - blue.blue) * light},
                   has_tooltips_ ? line.tooltip : "");
    }
    for (const bool is_faint : {true, false})  // the newest ones on top
      for (const PlotPoint& point : panel_.points)
        if (point.is_faint == is_faint)
          canvas_.dot(place(point.x, point.y), 2.4, is_faint ? quiet : blue, !is_faint, has_tooltips_ ? point.tooltip : "");
  }

 private:
  [[nodiscard]] double bottom() const { return top_ + height_of(panel_); }
  [[nodiscard]] Point place(double x, double y) const {
    return {left_ + (x - x_.least) / (x_.most - x_.least) * (page_width - right - left_),
            bottom() - (y - y_.least) / (y_.most - y_.least) * height_of(panel_)};
  }

  void draw_axes() {
    const double end = page_width - right;
    for (const PlotTick& tick : round_ticks(panel_.y, y_.least, y_.most, std::max<std::size_t>(5, panel_.y.categories.size()))) {
      const double y = place(x_.least, tick.value).y;
      canvas_.line({{left_, y}, {end, y}}, 0.6, faint, "");
      canvas_.text({left_ - 6, y + 3}, cut(tick.label), {9, Anchor::end, ink, false, false});
    }
    for (const PlotTick& tick : round_ticks(panel_.x, x_.least, x_.most, panel_.x.kind == Kind::number ? 8 : 6)) {
      const double x = place(tick.value, y_.least).x;
      canvas_.line({{x, bottom()}, {x, bottom() + 4}}, 0.8, ink, "");
      canvas_.text({x, bottom() + 14}, cut(tick.label), {9, Anchor::middle, ink, false, false});
    }
    canvas_.line({{left_, top_}, {left_, bottom()}, {end, bottom()}}, 0.8, ink, "");
    canvas_.text({(left_ + end) / 2, bottom() + 28}, panel_.x.label, {9, Anchor::middle, quiet, false, false});
    canvas_.text({14, (top_ + bottom()) / 2}, panel_.y.label, {10, Anchor::middle, ink, true, true});
    if (!panel_.note.empty()) canvas_.text({end, top_ - 4}, panel_.note, {8, Anchor::end, quiet, false, false});
  }

  const PlotPanel& panel_;  // NOLINT: lives for one call
  double left_, top_;
  Canvas& canvas_;  // NOLINT
  bool has_tooltips_;
  Range x_, y_;
};

/// Room for the widest label of all panels' y axes, so that they stand below one another.
double left_of(const Plot& plot) {
  std::size_t widest = 4;
  for (const PlotPanel& panel : plot.panels) {
    for (const std::string& name : panel.y.categories) widest = std::max(widest, std::min(count_code_points(name), most_letters) + 1);
    std::vector<double> values;
    for (const PlotPoint& point : panel.points) values.push_back(point.y);
    for (const PlotLine& line : panel.lines)
      for (const auto& [x, y] : line.points) values.push_back(y);
    const Range range = range_of(panel.y, values);
    for (const PlotTick& tick : round_ticks(panel.y, range.least, range.most, 5))
      widest = std::max(widest, std::min(count_code_points(tick.label), most_letters + 1));
  }
  return 30 + letter_width * static_cast<double>(widest);
}

}  // namespace

std::vector<PlotTick> round_ticks(const PlotAxis& axis, double least, double most, std::size_t about) {
  std::vector<PlotTick> ticks;
  if (axis.kind == Kind::category) {
    const std::size_t every = axis.categories.size() / (about * 2) + 1;  // some names, if there are too many to be read
    for (std::size_t i = 0; i < axis.categories.size(); i += every) ticks.push_back({static_cast<double>(i), axis.categories[i]});
    return ticks;
  }
  if (!(most > least)) return ticks;
  const double size = (most - least) / static_cast<double>(about);
  const double step = axis.kind == Kind::time ? round_time_step(size) : round_step(size);
  const int digits = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  const double first = std::ceil(least / step - 1e-9);
  for (double i = first; i * step <= most + step * 1e-9 && ticks.size() < 100; ++i) {
    const double value = i * step;
    if (axis.kind == Kind::time)
      ticks.push_back({value, time_label(value, step)});
    else if (std::max(std::abs(least), std::abs(most)) >= 1e6 || step < 1e-5)
      ticks.push_back({value, value == 0 ? "0" : fmt::format("{:.6g}", value)});
    else
      ticks.push_back({value, fmt::format("{:.{}f}", value == 0 ? 0.0 : value, digits)});
  }
  return ticks;
}

Result<std::string> render_plot(const Plot& plot, PlotFormat format) {
  double height = top;
  for (const PlotPanel& panel : plot.panels) height += height_of(panel) + gap;
  const auto canvas = format == PlotFormat::svg ? svg_canvas(page_width, height) : pdf_canvas(page_width, height);
  canvas->text({page_width / 2, 22}, plot.title, {14, Anchor::middle, ink, true, false});
  canvas->text({page_width / 2, 38}, plot.subtitle, {9, Anchor::middle, quiet, false, false});
  const double left = left_of(plot);
  double above = top;
  for (const PlotPanel& panel : plot.panels) {
    const std::size_t marks = panel.points.size() + panel.lines.size();
    Panel(panel, left, above, *canvas, marks <= most_tooltips).draw();
    above += height_of(panel) + gap;
  }
  return canvas->finish();
}

}  // namespace osac::emit
