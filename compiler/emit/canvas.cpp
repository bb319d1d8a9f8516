#include "compiler/emit/canvas.h"

#include <cairo-pdf.h>
#include <fmt/format.h>

#include <cmath>

#include "compiler/base/text.h"

namespace osac::emit {

namespace {

constexpr double pi = 3.14159265358979323846;

std::string web_colour(Colour colour) {
  const auto byte = [](double part) { return static_cast<int>(std::lround(part * 255)); };
  return fmt::format("#{:02x}{:02x}{:02x}", byte(colour.red), byte(colour.green), byte(colour.blue));
}

class SvgCanvas : public Canvas {
 public:
  SvgCanvas(double width, double height) {
    out_ = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}pt\" height=\"{1}pt\" "
        "viewBox=\"0 "
        "0 {0} {1}\" font-family=\"DejaVu Sans, sans-serif\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
        width, height);
  }
  void line(const std::vector<Point>& points, double width, Colour colour, std::string_view tooltip) override {
    std::string places;
    for (const Point& point : points) places += fmt::format("{}{:.2f},{:.2f}", places.empty() ? "" : " ", point.x, point.y);
    add(fmt::format("polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"", places, web_colour(colour), width),
        "polyline", tooltip);
  }
  void dot(Point centre, double radius, Colour colour, bool is_filled, std::string_view tooltip) override {
    add(fmt::format("circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{}\" fill=\"{}\" stroke=\"{}\"", centre.x, centre.y, radius,
                    is_filled ? web_colour(colour) : "white", web_colour(colour)),
        "circle", tooltip);
  }
  void text(Point at, std::string_view text, const TextStyle& style) override {
    const std::string_view anchor = style.anchor == Anchor::start ? "start" : style.anchor == Anchor::middle ? "middle" : "end";
    out_ += fmt::format("<text x=\"{:.2f}\" y=\"{:.2f}\" font-size=\"{}\" text-anchor=\"{}\" fill=\"{}\"{}{}>{}</text>\n", at.x, at.y,
                        style.size, anchor, web_colour(style.colour), style.is_bold ? " font-weight=\"bold\"" : "",
                        style.is_upright ? fmt::format(" transform=\"rotate(-90 {:.2f} {:.2f})\"", at.x, at.y) : "", markup(text));
  }
  Result<std::string> finish() override { return out_ + "</svg>\n"; }

 private:
  void add(const std::string& element, std::string_view name, std::string_view tooltip) {
    if (tooltip.empty())
      out_ += fmt::format("<{}/>\n", element);
    else
      out_ += fmt::format("<{}><title>{}</title></{}>\n", element, markup(tooltip), name);
  }
  /// Lines of a tooltip stay lines.
  static std::string markup(std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) {
      if (!out.empty()) out += "&#10;";
      for (const char c : visible(line)) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    }
    return out;
  }

  std::string out_;
};

cairo_status_t append(void* to, const unsigned char* bytes, unsigned int size) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), size);  // NOLINT: as cairo hands it over
  return CAIRO_STATUS_SUCCESS;
}

class PdfCanvas : public Canvas {
 public:
  PdfCanvas(double width, double height)
      : surface_(cairo_pdf_surface_create_for_stream(append, &out_, width, height), cairo_surface_destroy),
        context_(cairo_create(surface_.get()), cairo_destroy) {
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATE_DATE, "1970-01-01T00:00:00Z");  // the same bytes each time
  }
  void line(const std::vector<Point>& points, double width, Colour colour, std::string_view /*tooltip*/) override {
    set(colour);
    cairo_set_line_width(context_.get(), width);
    cairo_new_path(context_.get());  // texts leave a point behind
    for (const Point& point : points) cairo_line_to(context_.get(), point.x, point.y);
    cairo_stroke(context_.get());
  }
  void dot(Point centre, double radius, Colour colour, bool is_filled, std::string_view /*tooltip*/) override {
    cairo_new_sub_path(context_.get());
    cairo_arc(context_.get(), centre.x, centre.y, radius, 0, 2 * pi);
    set(is_filled ? colour : Colour{1, 1, 1});
    cairo_fill_preserve(context_.get());
    set(colour);
    cairo_set_line_width(context_.get(), 1);
    cairo_stroke(context_.get());
  }
  void text(Point at, std::string_view text, const TextStyle& style) override {
    const std::string shown = visible(text);
    cairo_save(context_.get());
    cairo_select_font_face(context_.get(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           style.is_bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context_.get(), style.size);
    cairo_text_extents_t extents{};
    cairo_text_extents(context_.get(), shown.c_str(), &extents);
    const double back = style.anchor == Anchor::start ? 0 : style.anchor == Anchor::middle ? extents.x_advance / 2 : extents.x_advance;
    cairo_translate(context_.get(), at.x, at.y);
    if (style.is_upright) cairo_rotate(context_.get(), -pi / 2);
    cairo_move_to(context_.get(), -back, 0);
    set(style.colour);
    cairo_show_text(context_.get(), shown.c_str());
    cairo_restore(context_.get());
  }
  Result<std::string> finish() override {
    const cairo_status_t drawn = cairo_status(context_.get());
    cairo_surface_finish(surface_.get());
    const cairo_status_t written = cairo_surface_status(surface_.get());
    if (drawn != CAIRO_STATUS_SUCCESS || written != CAIRO_STATUS_SUCCESS)
      return failure(Trouble::environment, fmt::format("cairo cannot draw the plot: {}",
                                                       cairo_status_to_string(drawn != CAIRO_STATUS_SUCCESS ? drawn : written)));
    return std::move(out_);
  }

 private:
  void set(Colour colour) { cairo_set_source_rgb(context_.get(), colour.red, colour.green, colour.blue); }

  std::string out_;
  std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface_;
  std::unique_ptr<cairo_t, void (*)(cairo_t*)> context_;
};

}  // namespace

std::unique_ptr<Canvas> svg_canvas(double width, double height) { return std::make_unique<SvgCanvas>(width, height); }
std::unique_ptr<Canvas> pdf_canvas(double width, double height) { return std::make_unique<PdfCanvas>(width, height); }

}  // namespace osac::emit
