// Graphviz, used as a library. It is not thread-safe, not even with a context per thread, writes its errors to stderr and returns success:
// hence one context, one mutex, and a collector of what it says.

#include <fmt/format.h>
#include <graphviz/cgraph.h>
#include <graphviz/gvc.h>

#include <memory>
#include <mutex>

#include "compiler/base/text.h"
#include "compiler/emit/graph.h"

namespace osac::emit {

namespace {

struct Graphviz {
  std::mutex mutex;
  std::unique_ptr<GVC_t, int (*)(GVC_t*)> context{nullptr, gvFreeContext};
  std::string said;  ///< what it wrote since the last render began
};
Graphviz& graphviz() {
  static Graphviz one;  // its own globals allow no second one
  return one;
}

int collect(char* text) {
  graphviz().said += text;
  return 0;
}

/// The first error in what Graphviz said; warnings (a font it replaced) are none.
std::string first_error(const std::string& said) {
  const auto begin = said.find("Error");
  if (begin == std::string::npos) return {};
  const std::string_view rest = std::string_view(said).substr(begin);
  std::string_view text = rest.substr(0, rest.find('\n'));
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(": ", std::string_view("Error").size())));
  return visible(trim(text));
}

std::string_view name_of(GraphFormat format) {
  switch (format) {
    case GraphFormat::dot:
      return "dot";
    case GraphFormat::svg:
      return "svg";
    case GraphFormat::pdf:
      return "pdf";
    case GraphFormat::png:
      return "png";
  }
  return "";
}

/// Scales what was laid out down to one sheet of paper, A3 at most, upright or on its side as suits it.
void fit_page(Agraph_t* graph) {
  constexpr double long_side = 1190;  // points
  constexpr double short_side = 841;
  const boxf box = GD_bb(graph);
  const bool is_wide = box.UR.x - box.LL.x > box.UR.y - box.LL.y;
  GD_drawing(graph)->size = is_wide ? pointf{long_side, short_side} : pointf{short_side, long_side};
}

Result<std::string> render(Graphviz& library, const std::string& dot, GraphFormat format) {
  const auto failed = [&](std::string_view step) {
    const std::string error = first_error(library.said);
    return failure(
        Trouble::environment, fmt::format("Graphviz cannot {} the graph{}{}", step, error.empty() ? "" : ": ", error),
        format == GraphFormat::pdf || format == GraphFormat::png ? "its plug-ins for PDF and PNG are in the package graphviz" : "");
  };
  library.said.clear();
  agseterrf(collect);
  if (library.context == nullptr) library.context.reset(gvContext());
  const std::unique_ptr<Agraph_t, int (*)(Agraph_t*)> graph(agmemread(dot.c_str()), agclose);
  if (graph == nullptr || !first_error(library.said).empty()) return failed("read");
  if (gvLayout(library.context.get(), graph.get(), "dot") != 0) return failed("lay out");
  if (format == GraphFormat::pdf) fit_page(graph.get());
  char* data = nullptr;
  unsigned int size = 0;
  const int code = gvRenderData(library.context.get(), graph.get(), std::string(name_of(format)).c_str(), &data, &size);
  std::string picture(data != nullptr ? std::string_view(data, size) : std::string_view());
  if (data != nullptr) gvFreeRenderData(data);
  gvFreeLayout(library.context.get(), graph.get());
  if (code != 0 || picture.empty() || !first_error(library.said).empty()) return failed("draw");
  return picture;
}

}  // namespace

Result<std::string> render_graph(const std::string& dot, GraphFormat format) {
  if (format == GraphFormat::dot) return dot;
  Graphviz& library = graphviz();
  const std::lock_guard lock(library.mutex);
  return render(library, dot, format);
}

}  // namespace osac::emit
