#include "compiler/planning/lookup_candidates.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compiler/planning/agree.h"

namespace osac::planning {

std::int64_t order_of(Scalar scalar, Type type) {
  if (type.kind != Kind::real || scalar >= 0) return scalar;
  return static_cast<std::int64_t>(~static_cast<std::uint64_t>(scalar) ^ (std::uint64_t{1} << 63U));
}

Distance number_of(Scalar scalar, Type type) {
  constexpr Distance day = 86'400e9L;
  if (type.kind == Kind::real) return static_cast<Distance>(expression::real_of(scalar));
  return type.kind == Kind::date ? static_cast<Distance>(scalar) * day : static_cast<Distance>(scalar);
}

std::optional<Scalar> ValueAt::at(std::uint32_t element) {
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

std::vector<std::uint32_t> shared_by_lookup(const InputSides& sides) {
  const program::Program& program = sides.frame.context.program;
  const auto routes = find_routes(program, sides.frame.axes, sides.task.basis);
  std::vector<std::uint32_t> dimensions = numbers(sides.input.lookup.same);
  for (const auto id : sides.dataset.basis) {
    const std::uint32_t d = id.index;
    const bool is_fixed =
        std::any_of(sides.input.fixes.begin(), sides.input.fixes.end(), [&](const auto& fix) { return fix.dimension.index == d; });
    if (d != sides.input.lookup.dimension.index && routes[d].exists() && !is_fixed) dimensions.push_back(d);
  }
  return reduced_basis(program, dimensions);
}

LookupCandidates::LookupCandidates(const InputSides& sides)
    : type_(sides.frame.context.program.dimensions[sides.input.lookup.dimension.index].attributes[sides.input.lookup.time_attribute].type),
      filter_(sides, MemberFilter::Fixes::all) {
  const auto shared = shared_by_lookup(sides);
  const Columns readers = columns_on(sides.frame, sides.task, shared);
  const Columns members = columns_on(sides.frame, sides.members, shared);
  groups_ = make_groups({&readers, &members}, {sides.task.count, sides.members.count}, axis_sizes(sides.frame, shared));
  sort(sides);
}

void LookupCandidates::sort(const InputSides& sides) {
  const std::uint32_t dimension = sides.input.lookup.dimension.index;
  const auto records = record_column(sides.frame, sides.members, dimension);
  const auto& times = sides.frame.axes[dimension].attributes[sides.input.lookup.time_attribute];
  for (std::uint32_t m = 0; m < sides.members.count; ++m) {
    if (filter_.flags()[m] == 0 || records[m] == none || groups_.of[1][m] == none) continue;
    if (times[records[m]] == expression::absent_scalar) continue;
    list_.push_back({groups_.of[1][m], m, order_of(times[records[m]], type_)});
  }
  const auto less = [](const Candidate& a, const Candidate& b) {
    if (a.group != b.group) return a.group < b.group;
    return a.order != b.order ? a.order < b.order : a.element < b.element;
  };
  if (!std::is_sorted(list_.begin(), list_.end(), less)) std::sort(list_.begin(), list_.end(), less);
  begin_.assign(std::size_t{groups_.count} + 1, 0);
  for (const Candidate& candidate : list_) ++begin_[candidate.group + 1];
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
}

std::uint64_t LookupCandidates::split(std::uint32_t group, std::int64_t at, bool is_inclusive) const {
  const auto first = list_.begin() + static_cast<std::ptrdiff_t>(low(group));
  const auto last = list_.begin() + static_cast<std::ptrdiff_t>(high(group));
  const auto found = std::partition_point(first, last, [&](const Candidate& c) { return is_inclusive ? c.order <= at : c.order < at; });
  return static_cast<std::uint64_t>(found - list_.begin());
}

Distance LookupCandidates::distance(std::uint64_t candidate, std::int64_t at) const {
  return std::abs(number_of(order_of(list_[candidate].order, type_), type_) - number_of(order_of(at, type_), type_));
}

}  // namespace osac::planning
