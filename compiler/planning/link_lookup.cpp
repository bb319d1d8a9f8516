// Look-ups: the latest, next or nearest element in time, or the certificate that holds at one, found by binary search among candidates
// sorted once by group and time.

#include <algorithm>
#include <cmath>

#include "compiler/planning/lookup_candidates.h"

namespace osac::planning {

namespace {

using program::LookupDirection;

class LookupMaker {
 public:
  explicit LookupMaker(const InputSides& sides)
      : sides_(sides),
        lookup_(sides.input.lookup),
        candidates_(sides),
        at_(sides, lookup_.at),
        records_(record_column(sides.frame, sides.members, lookup_.dimension.index)) {}

  Links run(std::vector<Failure>& failures) {
    Links links;
    links.target.assign(sides_.task.count, none);
    links.runner_up.assign(sides_.task.count, none);
    std::optional<ValueAt> within;
    if (lookup_.within.exists()) within.emplace(sides_, lookup_.within);
    for (std::uint32_t t = 0; t < sides_.task.count; ++t) {
      const std::uint32_t group = candidates_.group(t);
      const auto time = at_.at(t);
      std::optional<Distance> limit;
      if (within)
        if (const auto scalar = within->at(t)) limit = number_of(*scalar, within->type());
      Failure failure;
      failure.element = t;
      failure.what = Failure::What::nothing_found;
      next_best_ = none;
      if (group != none && time) links.target[t] = find(t, group, order_of(*time, candidates_.type()), limit, failure);
      if (links.target[t] != none) links.runner_up[t] = next_best_;
      if (links.target[t] == none) failures.push_back(failure);
    }
    return links;
  }

 private:
  /// The first candidate that fits, from just below `from` downwards to `low`; no_candidate if there is none.
  static constexpr std::uint64_t no_candidate = UINT64_MAX;
  static constexpr std::uint64_t most_runners_up = 100;
  std::uint64_t fitting_below(std::uint32_t t, std::uint64_t from, std::uint64_t low) {
    for (std::uint64_t i = from; i > low; --i)
      if (candidates_.fits(t, i - 1)) return i - 1;
    return no_candidate;
  }
  std::uint64_t fitting_above(std::uint32_t t, std::uint64_t from, std::uint64_t high) {
    for (std::uint64_t i = from; i < high; ++i)
      if (candidates_.fits(t, i)) return i;
    return no_candidate;
  }

  [[nodiscard]] bool searches_before() const {
    return lookup_.direction == LookupDirection::latest || lookup_.direction == LookupDirection::valid;
  }

  std::uint32_t find(std::uint32_t t, std::uint32_t group, std::int64_t at, std::optional<Distance> within, Failure& failure) {
    const std::uint64_t low = candidates_.low(group);
    const std::uint64_t high = candidates_.high(group);
    failure.second = static_cast<std::uint32_t>(high - low);
    const bool includes_equal =
        lookup_.is_inclusive || lookup_.direction == LookupDirection::nearest || lookup_.direction == LookupDirection::valid;
    // Candidates before `split` are earlier (or as early, if those belong to the side that is searched).
    const std::uint64_t split = candidates_.split(group, at, includes_equal != (lookup_.direction == LookupDirection::next));
    std::uint64_t before = no_candidate;
    std::uint64_t after = no_candidate;
    if (lookup_.direction != LookupDirection::next) before = fitting_below(t, split, low);
    if (!searches_before()) after = fitting_above(t, split, high);
    std::uint64_t found = searches_before() ? before : after;
    if (lookup_.direction == LookupDirection::nearest) found = nearer_of(before, after, at);
    if (found == no_candidate) {  // the nearest on the other side, to show
      const std::uint64_t shown = searches_before() ? fitting_above(t, split, high) : fitting_below(t, split, low);
      if (shown != no_candidate) failure.first = candidates_[shown].element;
      return none;
    }
    failure.first = candidates_[found].element;
    if (within && candidates_.distance(found, at) > *within) return none;
    if (lookup_.direction == LookupDirection::valid && has_ended(found, at)) return none;
    if (const std::uint64_t rival = find_rival(t, found, before, after, at, low, high); rival != no_candidate) {
      failure.what = Failure::What::tie;
      failure.second = candidates_[rival].element;
      if (failure.second < failure.first) std::swap(failure.first, failure.second);
      return none;
    }
    next_best_ = find_runner_up(t, found, before, after, at, within, low, high);
    return candidates_[found].element;
  }

  /// The record that would have been found if the best one were not there. Where conditions are about pairs, only so many candidates are
  /// looked at: this is for the record, and no look-up should take the square of the time for it.
  std::uint32_t find_runner_up(std::uint32_t t, std::uint64_t found, std::uint64_t before, std::uint64_t after, std::int64_t at,
                               std::optional<Distance> within, std::uint64_t low, std::uint64_t high) {
    if (found == before)
      before = fitting_below(t, found, found - std::min(found - low, most_runners_up));
    else
      after = fitting_above(t, found + 1, found + 1 + std::min(high - found - 1, most_runners_up));
    std::uint64_t next = searches_before() ? before : after;
    if (lookup_.direction == LookupDirection::nearest) next = nearer_of(before, after, at);
    if (next == no_candidate || (within && candidates_.distance(next, at) > *within)) return none;
    if (lookup_.direction == LookupDirection::valid && has_ended(next, at)) return none;
    return records_[candidates_[next].element];
  }

  /// Intervals are half open, and do not overlap: the latest one is the only one that can hold.
  [[nodiscard]] bool has_ended(std::uint64_t found, std::int64_t at) const {
    const auto& ends = sides_.frame.axes[lookup_.dimension.index].attributes[lookup_.until_attribute];
    const Scalar until = ends[records_[candidates_[found].element]];
    return until != expression::absent_scalar && order_of(until, candidates_.type()) <= at;
  }

  [[nodiscard]] std::uint64_t nearer_of(std::uint64_t before, std::uint64_t after, std::int64_t at) const {
    if (before == no_candidate) return after;
    if (after == no_candidate) return before;
    return candidates_.distance(before, at) <= candidates_.distance(after, at) ? before : after;
  }

  /// Another candidate that is just as good as the one found.
  std::uint64_t find_rival(std::uint32_t t, std::uint64_t found, std::uint64_t before, std::uint64_t after, std::int64_t at,
                           std::uint64_t low, std::uint64_t high) {
    const std::int64_t order = candidates_[found].order;
    for (std::uint64_t i = found; i > low && candidates_[i - 1].order == order; --i)
      if (candidates_.fits(t, i - 1)) return i - 1;
    for (std::uint64_t i = found + 1; i < high && candidates_[i].order == order; ++i)
      if (candidates_.fits(t, i)) return i;
    if (before == no_candidate || after == no_candidate || candidates_.distance(before, at) != candidates_.distance(after, at))
      return no_candidate;
    return found == before ? after : before;
  }

  const InputSides& sides_;
  const program::Lookup& lookup_;
  LookupCandidates candidates_;
  ValueAt at_;
  std::vector<std::uint32_t> records_;  ///< each candidate's, by its number in the dataset
  std::uint32_t next_best_ = none;      ///< of the last element looked at
};

std::string readable_duration(Distance nanoseconds) {
  struct Step {
    Distance length;
    std::string_view name;
  };
  constexpr Step steps[] = {{86'400e9L, "days"}, {3'600e9L, "h"}, {60e9L, "min"}, {1e9L, "s"}, {1e6L, "ms"}};
  for (const Step& step : steps)
    if (nanoseconds >= 2 * step.length) return fmt::format("{:.3g} {}", static_cast<double>(nanoseconds / step.length), step.name);
  return fmt::format("{} ns", static_cast<std::int64_t>(nanoseconds));
}

}  // namespace

std::string lookup_distance(const InputSides& sides, std::uint32_t task_element, std::uint32_t member) {
  const program::Lookup& lookup = sides.input.lookup;
  const std::uint32_t dimension = lookup.dimension.index;
  const Type type = sides.frame.context.program.dimensions[dimension].attributes[lookup.time_attribute].type;
  ValueAt at(sides, lookup.at);
  const auto here = at.at(task_element);
  Point point(sides.frame, {&sides.members});
  point.move(0, member);
  const std::uint32_t record = point.record(dimension);
  if (!here || record == none) return {};
  const Scalar there = sides.frame.axes[dimension].attributes[lookup.time_attribute][record];
  if (there == *here) return "at the same time";
  const bool is_time = type.kind == Kind::time || type.kind == Kind::date;
  const Distance length = std::abs(number_of(there, type) - number_of(*here, type));
  return fmt::format("{} {}", is_time ? readable_duration(length) : fmt::format("{}", static_cast<double>(length)),
                     order_of(there, type) < order_of(*here, type) ? "before" : "after");
}

Links link_lookup(const InputSides& sides, std::vector<Failure>& failures) { return LookupMaker(sides).run(failures); }

}  // namespace osac::planning
