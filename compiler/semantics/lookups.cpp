// Look-ups by time: latest, next, nearest, window, valid. Which axis is searched, from where, and that what is left of the dataset's key is
// known.

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/constants.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/ports.h"

namespace osac::semantics {

namespace {

using program::LookupDirection;
using syntax::SourceVerb;
using syntax::TimeBound;

bool contains(const std::vector<DimensionId>& list, DimensionId id) { return std::find(list.begin(), list.end(), id) != list.end(); }

struct Verb {
  SourceVerb verb;
  LookupDirection direction;
  std::string_view name;
};
constexpr Verb verbs[] = {
    {SourceVerb::latest, LookupDirection::latest, "latest"},    {SourceVerb::next, LookupDirection::next, "next"},
    {SourceVerb::nearest, LookupDirection::nearest, "nearest"}, {SourceVerb::valid, LookupDirection::valid, "valid"},
    {SourceVerb::window, LookupDirection::window, "window"},
};
LookupDirection direction_of(SourceVerb verb) {
  return std::find_if(std::begin(verbs), std::end(verbs), [&](const Verb& each) { return each.verb == verb; })->direction;
}
std::string_view name_of(LookupDirection direction) {
  return std::find_if(std::begin(verbs), std::end(verbs), [&](const Verb& each) { return each.direction == direction; })->name;
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
  [[nodiscard]] bool is_window() const { return lookup().direction == LookupDirection::window; }
  [[nodiscard]] bool is_valid() const { return lookup().direction == LookupDirection::valid; }
  /// As it is written: of `valid` the dataset that was certified.
  [[nodiscard]] std::string_view written_name() const { return context().text(source.dataset.parts.back().symbol); }

  /// The ordered dimension of the dataset; of several the one that the task does not determine already.
  bool choose_axis(const std::vector<DimensionId>& open) const {
    if (is_valid()) {
      lookup().dimension = dataset().dimensions.front();
      lookup().time_attribute = 0;
      lookup().until_attribute = 1;
      return true;
    }
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
    const bool is_lost = std::any_of(open.begin(), open.end(), [&](DimensionId id) { return context().lost_orders.count(id) > 0; });
    if (ordered.empty() && is_lost) return false;
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
    const bool looks_back = source.bound == TimeBound::before || source.bound == TimeBound::upto;
    const bool fits = (lookup().direction == LookupDirection::latest && looks_back) ||
                      (is_window() && (looks_back || source.bound == TimeBound::none)) ||
                      (lookup().direction == LookupDirection::next && source.bound == TimeBound::after) ||
                      ((lookup().direction == LookupDirection::nearest || is_valid()) && source.bound == TimeBound::at);
    if (fits && (source.bound_time || source.bound == TimeBound::none)) return true;
    report_no_time(
        fmt::format("`latest {0} before T`, `latest {0} upto T`, `next {0} after T`, `nearest {0} at T`, `valid {0} at T`, "
                    "`window {0} upto T`",
                    written_name()));
    return false;
  }
  void report_no_time(std::string help) const {
    context().report(Kind::lookup_without_time, verb_span(), name_of(lookup().direction)).help(std::move(help));
  }

  void resolve_time() {
    const program::Attribute& attribute = at(lookup().dimension).attributes[lookup().time_attribute];
    const Type wanted = attribute.type.required();
    lookup().is_inclusive = source.bound == TimeBound::upto || source.bound == TimeBound::none;
    source.bound_time ? resolve_written_time(attribute, wanted) : take_own_time(attribute);
    if (source.within && fine) resolve_within(wanted);
  }

  void resolve_written_time(const program::Attribute& attribute, Type wanted) {
    lookup().at = lower_as(context(), state.scope("the time of a look-up"), *source.bound_time, wanted,
                           fmt::format("a look-up along `{}`", context().text(attribute.name)));
    fine = fine && !context().failed(lookup().at);
  }

  /// A window without a time ends at the task's own element.
  void take_own_time(const program::Attribute& attribute) {
    const DimensionId axis = lookup().dimension;
    const auto own = determines(context().program, state.task().dimensions, axis)
                         ? find_column(context(), axis, attribute.name, verb_span())
                         : std::nullopt;
    if (!own) {
      report_no_time(fmt::format("task `{}` does not determine `{}`, so it has no time of its own there: `window {} upto T`",
                                 context().text(state.task().name), context().name(axis), written_name()));
      fine = false;
      return;
    }
    lookup().at = attribute.type.is_optional ? checked_as(context(), *own, verb_span(), attribute.type.required(),
                                                          fmt::format("`{}`", context().text(attribute.name)))
                                             : *own;
    fine = fine && !context().failed(lookup().at);
  }

  void resolve_within(Type wanted) {
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

  /// `last N`; 0 if it is not said.
  std::uint32_t window_size() {
    if (!source.window_last) return 0;
    const Scope scope = state.scope("a count");
    const ExprId value = lower_as(context(), scope, *source.window_last, Type::of(TypeKind::integer), "`last`");
    if (context().failed(value)) {
      fine = false;
      return 0;
    }
    const auto number = constant_integer(context(), value);
    if (number && *number >= 1 && *number <= 0xffffffffLL) return static_cast<std::uint32_t>(*number);
    context().report(Kind::not_a_count, context().tree(0)[*source.window_last].span, "last").help("it starts at 1");
    fine = false;
    return 0;
  }

  /// What remains of the dataset's key must be the task's: it becomes part of `same`.
  void close_rest(const std::vector<DimensionId>& open) {
    std::vector<DimensionId> left;
    for (const DimensionId id : open) {
      if (!is_valid() && determines(context().program, {lookup().dimension}, id)) continue;
      if (!determines(context().program, state.task().dimensions, id))
        left.push_back(id);
      else if (!contains(lookup().same, id))
        lookup().same.push_back(id);
    }
    if (left.empty()) return;
    fine = false;
    const std::string_view name = written_name();
    context()
        .report(Kind::lookup_leaves_open, source.dataset.span, name_of(lookup().direction), name, quoted_names(context(), left))
        .label(dataset().span, fmt::format("over {}", quoted_names(context(), open)))
        .help(fmt::format("fix a key, as in `{} {}[{} = ...]`", name_of(lookup().direction), name, context().name(left.front())));
  }

  bool run(const std::vector<DimensionId>& open) {
    lookup().direction = direction_of(source.verb);
    if (!check_bound() || !choose_axis(open)) return false;
    resolve_time();
    if (is_window()) lookup().last = window_size();
    fine = resolve_same(state, source, dataset().dimensions, lookup()) && fine;
    close_rest(open);
    return fine;
  }
};

}  // namespace

bool resolve_same(TaskState& state, const syntax::Source& source, const std::vector<DimensionId>& dataset, program::Lookup& lookup) {
  Context& context = state.context;
  bool fine = true;
  for (const syntax::Name& name : source.same) {
    const auto id = find_dimension(context, name);
    if (!id) {
      fine = false;
      continue;
    }
    const bool by_dataset = determines(context.program, dataset, *id);
    if (by_dataset && determines(context.program, state.task().dimensions, *id)) {
      if (!contains(lookup.same, *id)) lookup.same.push_back(*id);
      continue;
    }
    fine = false;
    context.report(Kind::same_needs_both, name.span, context.text(name.symbol),
                   by_dataset ? fmt::format("task `{}`", context.text(state.task().name))
                              : fmt::format("dataset `{}`", context.text(source.dataset.parts.back().symbol)));
  }
  return fine;
}

bool resolve_lookup(TaskState& state, const syntax::Source& source, const std::vector<DimensionId>& open, program::Input& input) {
  return Resolver{state, source, input}.run(open);
}

}  // namespace osac::semantics
