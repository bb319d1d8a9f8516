// Circles of dimensions: parents and implied ones form a graph that must have none.

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/dimensions.h"

namespace osac::semantics {

namespace {

class Circles {
 public:
  explicit Circles(Context& context) : context_(context), state_(context.program.dimensions.size(), Progress::waiting) {}

  void run() {
    for (std::uint32_t i = 0; i < state_.size(); ++i) visit(DimensionId{i});
  }

 private:
  void visit(DimensionId id) {
    if (state_[id.index] != Progress::waiting) return;
    state_[id.index] = Progress::open;
    open_.push_back(id);
    program::Dimension& dimension = context_.program.dimensions[id.index];
    if (dimension.parent.exists() && !follow(dimension.parent, dimension.span)) {
      dimension.parent = DimensionId::none();
      context_.dimension_failed[id.index] = true;
    }
    auto& implies = dimension.implies;
    implies.erase(std::remove_if(implies.begin(), implies.end(), [&](const auto& each) { return !follow(each.dimension, each.span); }),
                  implies.end());
    open_.pop_back();
    state_[id.index] = Progress::done;
  }

  /// False if going there closes a circle.
  bool follow(DimensionId next, Span span) {
    if (state_[next.index] != Progress::open) {
      visit(next);
      return true;
    }
    std::string circle;
    for (auto at = std::find(open_.begin(), open_.end(), next); at != open_.end(); ++at) {
      circle += fmt::format("`{}` -> ", context_.name(*at));
    }
    context_.report(Kind::circular_dimensions, span, circle + fmt::format("`{}`", context_.name(next)));
    return false;
  }

  Context& context_;
  std::vector<Progress> state_;
  std::vector<DimensionId> open_;
};

}  // namespace

void cut_circles(Context& context) { Circles(context).run(); }

}  // namespace osac::semantics
