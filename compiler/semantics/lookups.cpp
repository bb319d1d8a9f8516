// Look-ups: latest, next, nearest. Which axis is searched, from where, and that what is left of the dataset's key is known.

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/ports.h"

namespace osac::semantics {

namespace {

using program::LookupDirection;
using syntax::SourceVerb;
using syntax::TimeBound;

bool contains(const std::vector<DimensionId>& list, DimensionId id) { return std::find(list.begin(), list.end(), id) != list.end(); }

LookupDirection direction_of(SourceVerb verb) {
  if (verb == SourceVerb::latest) return LookupDirection::latest;
  return verb == SourceVerb::next ? LookupDirection::next : LookupDirection::nearest;
}
std::string_view name_of(LookupDirection direction) {
  if (direction == LookupDirection::latest) return "latest";
  return direction == LookupDirection::next ? "next" : "nearest";
}

struct Resolver {
  TaskState& state;
  const syntax::Source& source;
  program::Input& input;
  bool fine = true;

  [[nodiscard]] Context& context() const { return state.context; }
  [[nodiscard]] program::Lookup& lookup() const { return input.lookup; }
  [[nodiscard]] const program::Dataset& dataset() const { return context().program.datasets[input.dataset.index]; }
  [[nodiscard]] const program::Dimension& at(DimensionId id) const { return context().program.dimensions[id.index]; }
  [[nodiscard]] Span verb_span() const { return source.verb_span.empty() ? source.span : source.verb_span; }

  /// The ordered dimension of the dataset; of several the one that the task does not determine already.
  bool choose_axis(const std::vector<DimensionId>& open) const {
    std::vector<DimensionId> ordered;
    for (const DimensionId id : open) {
      if (at(id).order_by) ordered.push_back(id);
    }
    if (ordered.size() > 1) {
      std::vector<DimensionId> free;
      for (const DimensionId id : ordered) {
        if (!determines(context().program, state.task().dimensions, id)) free.push_back(id);
      }
      if (free.size() == 1) ordered = free;
    }
    const std::string_view name = context().text(dataset().name);
    if (ordered.empty()) {
      auto report = context().report(Kind::lookup_without_order, source.dataset.span, name, name_of(lookup().direction));
      report.label(dataset().span, open.empty() ? "it is a single file" : fmt::format("over {}", quoted_names(context(), open)));
      report.help("give one of its dimensions an `order by COLUMN`, a time");
      return false;
    }
    if (ordered.size() > 1) {
      context()
          .report(Kind::ambiguous_name, source.dataset.span, name, quoted_names(context(), ordered))
          .note("both have an `order by`, so either could be searched")
          .help("fix one of the keys");
      return false;
    }
    lookup().dimension = ordered.front();
    lookup().time_attribute = *at(ordered.front()).order_by;
    return true;
  }

  bool check_bound() const {
    const bool fits =
        (lookup().direction == LookupDirection::latest && (source.bound == TimeBound::before || source.bound == TimeBound::upto)) ||
        (lookup().direction == LookupDirection::next && source.bound == TimeBound::after) ||
        (lookup().direction == LookupDirection::nearest && source.bound == TimeBound::at);
    if (fits && source.bound_time) return true;
    const std::string_view name = context().text(dataset().name);
    context()
        .report(Kind::lookup_without_time, verb_span(), name_of(lookup().direction))
        .help(fmt::format("`latest {0} before T`, `latest {0} upto T`, `next {0} after T`, `nearest {0} at T`", name));
    return false;
  }

  void resolve_time() {
    const program::Attribute& attribute = at(lookup().dimension).attributes[lookup().time_attribute];
    const Type wanted = attribute.type.required();
    lookup().is_inclusive = source.bound == TimeBound::upto;
    lookup().at = lower_as(context(), state.scope("the time of a look-up"), *source.bound_time, wanted,
                           fmt::format("a look-up along `{}`", context().text(attribute.name)));
    fine = fine && !context().failed(lookup().at);
    if (!source.within) return;
    if (wanted.kind != TypeKind::time) {
      context()
          .report(Kind::misplaced_modifier, context().tree(0)[*source.within].span, "within",
                  fmt::format("an order by `{}`", type_name(wanted, context().strings)))
          .help("only an order by a `time` has distances");
      fine = false;
      return;
    }
    lookup().within = lower_as(context(), state.scope("`within` of a look-up"), *source.within, Type::of(TypeKind::duration), "`within`");
    fine = fine && !context().failed(lookup().within);
  }

  void resolve_same() {
    for (const syntax::Name& name : source.same) {
      const auto id = find_dimension(context(), name);
      if (!id) {
        fine = false;
        continue;
      }
      const bool by_dataset = determines(context().program, dataset().dimensions, *id);
      if (by_dataset && determines(context().program, state.task().dimensions, *id)) {
        if (!contains(lookup().same, *id)) lookup().same.push_back(*id);
        continue;
      }
      fine = false;
      context().report(Kind::same_needs_both, name.span, context().text(name.symbol),
                       by_dataset ? fmt::format("task `{}`", context().text(state.task().name))
                                  : fmt::format("dataset `{}`", context().text(dataset().name)));
    }
  }

  /// What remains of the dataset's key must be the task's: it becomes part of `same`.
  void close_rest(const std::vector<DimensionId>& open) {
    std::vector<DimensionId> left;
    for (const DimensionId id : open) {
      if (determines(context().program, {lookup().dimension}, id)) continue;
      if (!determines(context().program, state.task().dimensions, id))
        left.push_back(id);
      else if (!contains(lookup().same, id))
        lookup().same.push_back(id);
    }
    if (left.empty()) return;
    fine = false;
    const std::string_view name = context().text(dataset().name);
    context()
        .report(Kind::lookup_leaves_open, source.dataset.span, name_of(lookup().direction), name, quoted_names(context(), left))
        .label(dataset().span, fmt::format("over {}", quoted_names(context(), dataset().dimensions)))
        .help(fmt::format("fix a key, as in `{} {}[{} = ...]`", name_of(lookup().direction), name, context().name(left.front())));
  }

  bool run(const std::vector<DimensionId>& open) {
    lookup().direction = direction_of(source.verb);
    if (!check_bound() || !choose_axis(open)) return false;
    resolve_time();
    resolve_same();
    close_rest(open);
    return fine;
  }
};

}  // namespace

bool resolve_lookup(TaskState& state, const syntax::Source& source, const std::vector<DimensionId>& open, program::Input& input) {
  return Resolver{state, source, input}.run(open);
}

}  // namespace osac::semantics
