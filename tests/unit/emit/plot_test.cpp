#include "compiler/emit/plot.h"

#include <catch2/catch.hpp>

using namespace osac;
using emit::PlotAxis;

namespace {

std::vector<std::string> labels(const PlotAxis& axis, double least, double most, std::size_t about) {
  std::vector<std::string> out;
  for (const emit::PlotTick& tick : emit::round_ticks(axis, least, most, about)) out.push_back(tick.label);
  return out;
}

emit::Plot small_plot() {
  emit::Plot plot;
  plot.title = "measure & <more>";
  emit::PlotPanel panel;
  panel.x.label = "airmass";
  panel.y.label = "fwhm [arcsec]";
  panel.points = {{1.1, 0.9, "measure[exposure=1]\nfwhm = 0.9", false}, {1.9, 2.5, "a < b \xff", true}};
  panel.lines = {{{{1.1, 0.9}, {1.9, 2.5}}, "", 0.5}};
  plot.panels.push_back(panel);
  return plot;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("ticks stand at round numbers") {
  const PlotAxis number;
  using Texts = std::vector<std::string>;
  CHECK(labels(number, 0.97, 2.43, 5) == Texts{"1.0", "1.5", "2.0"});
  CHECK(labels(number, 0, 10, 5) == Texts{"0", "2", "4", "6", "8", "10"});
  CHECK(labels(number, -0.021, 0.02, 4) == Texts{"-0.02", "0.00", "0.02"});
  CHECK(labels(number, 1'000'000, 3'000'000, 2) == Texts{"1e+06", "2e+06", "3e+06"});
  CHECK(labels(number, 1, 1, 5).empty());
  CHECK(labels({"", PlotAxis::Kind::category, {"g", "r", "i"}}, -0.6, 2.6, 5) == Texts{"g", "r", "i"});
}

TEST_CASE("ticks of times stand at round times") {
  const PlotAxis time{"", PlotAxis::Kind::time, {}};
  using Texts = std::vector<std::string>;
  const double evening = 1'726'686'000;  // 2024-09-18T19:00:00
  CHECK(labels(time, evening, evening + 36'000, 5) == Texts{"20:00", "22:00", "2024-09-19", "02:00", "04:00"});
  CHECK(labels(time, evening + 1, evening + 130, 5) == Texts{"19:00:30", "19:01:00", "19:01:30", "19:02:00"});
  CHECK(labels(time, evening, evening + 86'400 * 4.5, 5) == Texts{"2024-09-19", "2024-09-20", "2024-09-21", "2024-09-22", "2024-09-23"});
}

TEST_CASE("a plot is SVG with tooltips, its texts escaped") {
  const std::string svg = emit::render_plot(small_plot(), emit::PlotFormat::svg).value();
  CHECK(count(svg, "<circle ") == 2);
  CHECK(svg.find("<title>measure[exposure=1]&#10;fwhm = 0.9</title>") != std::string::npos);
  CHECK(svg.find("<title>a &lt; b \\xff</title>") != std::string::npos);
  CHECK(svg.find(">measure &amp; &lt;more&gt;</text>") != std::string::npos);
  CHECK(svg.find(">fwhm [arcsec]</text>") != std::string::npos);
}

TEST_CASE("the same plot gives the same bytes") {
  for (const auto format : {emit::PlotFormat::svg, emit::PlotFormat::pdf})
    CHECK(emit::render_plot(small_plot(), format).value() == emit::render_plot(small_plot(), format).value());
  CHECK(emit::render_plot(small_plot(), emit::PlotFormat::pdf)->starts_with("%PDF"));
}
