// Look-ups: the latest, next or nearest element in time, found by binary search among candidates sorted once by group and time.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compiler/planning/links.h"

namespace osac::planning {

namespace {

/// Exact for all stored kinds: a difference of two 64-bit integers has a place in its mantissa.
using Distance = long double;

/// A scalar as an integer that sorts as it does; the same function leads back.
std::int64_t order_of(Scalar scalar, Type type) {
  if (type.kind != Kind::real || scalar >= 0) return scalar;
  return static_cast<std::int64_t>(~static_cast<std::uint64_t>(scalar) ^ (std::uint64_t{1} << 63U));
}

/// A point on the time axis as a number: nanoseconds for times and dates (so that `within` compares), itself for all else.
Distance number_of(Scalar scalar, Type type) {
  constexpr Distance day = 86'400e9L;
  if (type.kind == Kind::real) return static_cast<Distance>(expression::real_of(scalar));
  return type.kind == Kind::date ? static_cast<Distance>(scalar) * day : static_cast<Distance>(scalar);
}

struct Candidate {
  std::uint32_t group;
  std::uint32_t element;
  std::int64_t order;  ///< its time, see order_of
};

/// A value at each element of a task: a column if the expression is an attribute or key, else worked out one by one.
class ValueAt {
 public:
  ValueAt(const InputSides& sides, ExprId id) : sides_(sides), id_(sides.fold(id)), point_(sides.frame, {&sides.task}) {}
  /// The stored value; nothing if it is absent.
  std::optional<Scalar> at(std::uint32_t element) {
    const Node& node = sides_.frame.expressions[id_];
    point_.move(0, element);
    Scalar scalar = node.bits;
    if (node.op == Op::key || node.op == Op::attribute) {
      const std::uint32_t record = point_.record(node.index);
      if (record == none) return std::nullopt;
      const Axis& axis = sides_.frame.axes[node.index];
      scalar = node.op == Op::key ? axis.keys[record] : axis.attributes[node.extra][record];
    } else if (node.op != Op::constant) {
      const auto value = fix_value(sides_.frame, point_, id_, node.type);
      if (!value) return std::nullopt;
      scalar = *value;
    }
    if (scalar == expression::absent_scalar) return std::nullopt;
    return scalar;
  }
  [[nodiscard]] Type type() const { return sides_.frame.expressions[id_].type; }

 private:
  const InputSides& sides_;
  ExprId id_;
  Point point_;
};

class LookupMaker {
 public:
  explicit LookupMaker(const InputSides& sides)
      : sides_(sides),
        lookup_(sides.input.lookup),
        type_(sides.frame.context.program.dimensions[lookup_.dimension.index].attributes[lookup_.time_attribute].type),
        filter_(sides, MemberFilter::Fixes::all),
        at_(sides, lookup_.at) {}

  Links run(std::vector<Failure>& failures) {
    Groups groups = make_join();
    sort_candidates(groups);
    Links links;
    links.target.assign(sides_.task.count, none);
    std::optional<ValueAt> within;
    if (lookup_.within.exists()) within.emplace(sides_, lookup_.within);
    for (std::uint32_t t = 0; t < sides_.task.count; ++t) {
      const std::uint32_t group = groups.of[0][t];
      const auto time = at_.at(t);
      std::optional<Distance> limit;
      if (within)
        if (const auto scalar = within->at(t)) limit = number_of(*scalar, within->type());
      Failure failure;
      failure.element = t;
      failure.what = Failure::What::nothing_found;
      if (group != none && time) links.target[t] = find(t, group, order_of(*time, type_), limit, failure);
      if (links.target[t] == none) failures.push_back(failure);
    }
    return links;
  }

 private:
  /// Both sides must agree on `same`, and on those keys of the dataset that are not the searched one, if the task has them.
  Groups make_join() {
    const program::Program& program = sides_.frame.context.program;
    const auto routes = find_routes(program, sides_.frame.axes, sides_.task.basis);
    std::vector<std::uint32_t> dimensions = numbers(lookup_.same);
    for (const std::uint32_t d : sides_.members.basis) {
      const bool is_fixed =
          std::any_of(sides_.input.fixes.begin(), sides_.input.fixes.end(), [&](const auto& fix) { return fix.dimension.index == d; });
      if (d != lookup_.dimension.index && routes[d].exists() && !is_fixed) dimensions.push_back(d);
    }
    Columns readers;
    Columns members;
    std::vector<std::uint32_t> sizes;
    for (const std::uint32_t d : reduced_basis(program, dimensions)) {
      readers.push_back(record_column(sides_.frame, sides_.task, d));
      members.push_back(record_column(sides_.frame, sides_.members, d));
      sizes.push_back(sides_.frame.axes[d].count);
    }
    return make_groups({&readers, &members}, {sides_.task.count, sides_.members.count}, sizes);
  }

  void sort_candidates(const Groups& groups) {
    const std::uint32_t dimension = lookup_.dimension.index;
    const auto records = record_column(sides_.frame, sides_.members, dimension);
    const auto& times = sides_.frame.axes[dimension].attributes[lookup_.time_attribute];
    for (std::uint32_t m = 0; m < sides_.members.count; ++m) {
      if (filter_.flags()[m] == 0 || records[m] == none || groups.of[1][m] == none) continue;
      if (times[records[m]] == expression::absent_scalar) continue;
      candidates_.push_back({groups.of[1][m], m, order_of(times[records[m]], type_)});
    }
    const auto less = [](const Candidate& a, const Candidate& b) {
      if (a.group != b.group) return a.group < b.group;
      return a.order != b.order ? a.order < b.order : a.element < b.element;
    };
    if (!std::is_sorted(candidates_.begin(), candidates_.end(), less)) std::sort(candidates_.begin(), candidates_.end(), less);
    begin_.assign(std::size_t{groups.count} + 1, 0);
    for (const Candidate& candidate : candidates_) ++begin_[candidate.group + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  }

  [[nodiscard]] bool fits(std::uint32_t task_element, std::uint64_t candidate) {
    return !filter_.depends_on_pair() || filter_.holds(task_element, candidates_[candidate].element);
  }
  /// The first candidate that fits, from just below `from` downwards to `low`; no_candidate if there is none.
  static constexpr std::uint64_t no_candidate = UINT64_MAX;
  std::uint64_t fitting_below(std::uint32_t t, std::uint64_t from, std::uint64_t low) {
    for (std::uint64_t i = from; i > low; --i)
      if (fits(t, i - 1)) return i - 1;
    return no_candidate;
  }
  std::uint64_t fitting_above(std::uint32_t t, std::uint64_t from, std::uint64_t high) {
    for (std::uint64_t i = from; i < high; ++i)
      if (fits(t, i)) return i;
    return no_candidate;
  }

  [[nodiscard]] Distance distance(std::uint64_t candidate, std::int64_t at) const {
    return std::abs(number_of(order_of(candidates_[candidate].order, type_), type_) - number_of(order_of(at, type_), type_));
  }

  std::uint32_t find(std::uint32_t t, std::uint32_t group, std::int64_t at, std::optional<Distance> within, Failure& failure) {
    using program::LookupDirection;
    const std::uint64_t low = begin_[group];
    const std::uint64_t high = begin_[group + 1];
    failure.second = static_cast<std::uint32_t>(high - low);
    const bool includes_equal = lookup_.is_inclusive || lookup_.direction == LookupDirection::nearest;
    // Candidates before `split` are earlier (or as early, if those belong to the side that is searched).
    const bool is_equal_before = includes_equal != (lookup_.direction == LookupDirection::next);
    const auto first = candidates_.begin() + static_cast<std::ptrdiff_t>(low);
    const auto last = candidates_.begin() + static_cast<std::ptrdiff_t>(high);
    const auto found_split =
        std::partition_point(first, last, [&](const Candidate& c) { return is_equal_before ? c.order <= at : c.order < at; });
    const auto split = static_cast<std::uint64_t>(found_split - candidates_.begin());
    std::uint64_t before = no_candidate;
    std::uint64_t after = no_candidate;
    if (lookup_.direction != LookupDirection::next) before = fitting_below(t, split, low);
    if (lookup_.direction != LookupDirection::latest) after = fitting_above(t, split, high);
    std::uint64_t found = lookup_.direction == LookupDirection::latest ? before : after;
    if (lookup_.direction == LookupDirection::nearest) found = nearer_of(before, after, at);
    if (found == no_candidate) {  // the nearest on the other side, to show
      const std::uint64_t shown =
          lookup_.direction == LookupDirection::latest ? fitting_above(t, split, high) : fitting_below(t, split, low);
      if (shown != no_candidate) failure.first = candidates_[shown].element;
      return none;
    }
    failure.first = candidates_[found].element;
    if (within && distance(found, at) > *within) return none;
    if (const std::uint64_t rival = find_rival(t, found, before, after, at, low, high); rival != no_candidate) {
      failure.what = Failure::What::tie;
      failure.second = candidates_[rival].element;
      return none;
    }
    return candidates_[found].element;
  }

  [[nodiscard]] std::uint64_t nearer_of(std::uint64_t before, std::uint64_t after, std::int64_t at) const {
    if (before == no_candidate) return after;
    if (after == no_candidate) return before;
    return distance(before, at) <= distance(after, at) ? before : after;
  }

  /// Another candidate that is just as good as the one found.
  std::uint64_t find_rival(std::uint32_t t, std::uint64_t found, std::uint64_t before, std::uint64_t after, std::int64_t at,
                           std::uint64_t low, std::uint64_t high) {
    const std::int64_t order = candidates_[found].order;
    for (std::uint64_t i = found; i > low && candidates_[i - 1].order == order; --i)
      if (fits(t, i - 1)) return i - 1;
    for (std::uint64_t i = found + 1; i < high && candidates_[i].order == order; ++i)
      if (fits(t, i)) return i;
    if (before == no_candidate || after == no_candidate || distance(before, at) != distance(after, at)) return no_candidate;
    return found == before ? after : before;
  }

  const InputSides& sides_;
  const program::Lookup& lookup_;
  Type type_;  ///< of the time attribute
  MemberFilter filter_;
  ValueAt at_;
  std::vector<Candidate> candidates_;
  std::vector<std::uint64_t> begin_;
};

}  // namespace

namespace {

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
