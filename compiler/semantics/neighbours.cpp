// `D of prev DIM`, `D of next DIM`: the element a place before or behind the task's own along one dimension, equal in all else.

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/constants.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/ports.h"

namespace osac::semantics {

namespace {

bool contains(const std::vector<DimensionId>& list, DimensionId id) { return std::find(list.begin(), list.end(), id) != list.end(); }

struct Resolver {
  TaskState& state;
  const syntax::Source& source;
  program::Input& input;

  [[nodiscard]] Context& context() const { return state.context; }
  [[nodiscard]] program::Lookup& lookup() const { return input.lookup; }
  [[nodiscard]] const program::Dataset& dataset() const { return context().program.datasets[input.dataset.index]; }
  [[nodiscard]] std::string spelling() const {
    return fmt::format("of {} {}", context().text(source.neighbour->symbol), context().text(source.neighbour_dimension->symbol));
  }

  bool refuse(const std::string& why) const {
    context()
        .report(Kind::neighbour_needs_both, source.neighbour->span.to(source.neighbour_dimension->span), spelling(), why)
        .label(dataset().span, dataset().dimensions.empty() ? "it is a single file"
                                                            : fmt::format("over {}", quoted_names(context(), dataset().dimensions)));
    return false;
  }

  /// The dimension is a key of the dataset by itself, and the task knows its own place on it.
  bool choose_dimension(const std::vector<DimensionId>& open) const {
    const auto id = find_dimension(context(), *source.neighbour_dimension);
    if (!id) return false;
    lookup().dimension = *id;
    const std::string_view name = context().name(*id);
    if (!contains(open, *id)) return refuse(fmt::format("`{}` has no `{}` to step along", context().text(dataset().name), name));
    if (!determines(context().program, state.task().dimensions, *id)) {
      return refuse(fmt::format("task `{}` does not determine `{}`", context().text(state.task().name), name));
    }
    for (const DimensionId other : open) {
      if (other != *id && determines(context().program, {other}, *id)) {
        return refuse(fmt::format("`{}` determines `{}`, so no other one has the same", context().name(other), name));
      }
    }
    return true;
  }

  bool set_distance() const {
    if (!source.neighbour_distance) return true;
    const ExprId value = lower(context(), state.scope("a distance"), *source.neighbour_distance);
    if (context().failed(value)) return false;
    const auto number = constant_integer(context(), value);
    if (number && *number >= 1 && *number <= 0xffffffffLL) {
      lookup().distance = static_cast<std::uint32_t>(*number);
      return true;
    }
    context().report(Kind::not_a_count, context().tree(0)[*source.neighbour_distance].span, spelling()).help("it starts at 1");
    return false;
  }

  /// What the dataset's other keys say, and the task knows, must be equal.
  bool close_rest(const std::vector<DimensionId>& open) const {
    std::vector<DimensionId> others;
    std::vector<DimensionId> left;
    for (const DimensionId id : open) {
      if (id == lookup().dimension) continue;
      others.push_back(id);
      if (!determines(context().program, state.task().dimensions, id)) left.push_back(id);
    }
    if (!left.empty()) {
      const std::string_view name = context().text(dataset().name);
      context()
          .report(Kind::lookup_leaves_open, source.dataset.span, name, spelling(), quoted_names(context(), left))
          .label(dataset().span, fmt::format("over {}", quoted_names(context(), dataset().dimensions)))
          .help(fmt::format("fix a key, as in `{}[{} = ...] {}`", name, context().name(left.front()), spelling()));
      return false;
    }
    for (const DimensionId id : basis_of(context().program, others)) {
      if (!contains(lookup().same, id)) lookup().same.push_back(id);
    }
    return true;
  }

  bool run(const std::vector<DimensionId>& open) const {
    lookup().direction =
        context().text(source.neighbour->symbol) == "prev" ? program::LookupDirection::previous : program::LookupDirection::following;
    if (!choose_dimension(open) || !set_distance()) return false;
    return resolve_same(state, source, dataset().dimensions, lookup()) && close_rest(open);
  }
};

}  // namespace

bool resolve_neighbour(TaskState& state, const syntax::Source& source, const std::vector<DimensionId>& open, program::Input& input) {
  if (!source.neighbour || !source.neighbour_dimension) return false;  // the parser has reported it
  return Resolver{state, source, input}.run(open);
}

}  // namespace osac::semantics
