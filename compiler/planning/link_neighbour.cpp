// `of prev` and `of next`: the element some places before or after the task's own along one dimension, among those that agree with it on
// all else. Found by binary search among candidates sorted once.

#include <algorithm>
#include <numeric>

#include "compiler/planning/agree.h"
#include "compiler/planning/links.h"

namespace osac::planning {

namespace {

/// All that `basis` determines if `along` implies nothing; without `along` itself.
std::vector<std::uint8_t> determined_beside(const program::Program& program, const std::vector<std::uint32_t>& basis, std::uint32_t along) {
  std::vector<std::uint8_t> found(program.dimensions.size(), 0);
  std::vector<std::uint32_t> open = basis;
  while (!open.empty()) {
    const std::uint32_t d = open.back();
    open.pop_back();
    if (found[d] != 0) continue;
    found[d] = 1;
    if (program.dimensions[d].parent.exists()) open.push_back(program.dimensions[d].parent.index);
    if (d == along) continue;
    for (const auto& implied : program.dimensions[d].implies) open.push_back(implied.dimension.index);
  }
  found[along] = 0;
  return found;
}

/// Records with the same key in different parents get one number.
std::vector<std::uint32_t> key_numbers(const Frame& frame, std::uint32_t dimension) {
  const Axis& axis = frame.axes[dimension];
  std::vector<std::uint32_t> order(axis.count);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return axis.keys[a] != axis.keys[b] ? axis.keys[a] < axis.keys[b] : a < b; });
  std::vector<std::uint32_t> numbers(axis.count, 0);
  for (std::uint32_t i = 1; i < axis.count; ++i)
    numbers[order[i]] = numbers[order[i - 1]] + (axis.keys[order[i]] != axis.keys[order[i - 1]] ? 1 : 0);
  return numbers;
}

struct Candidate {
  std::uint32_t group;
  std::uint32_t rank;
  std::uint32_t element;
};

class NeighbourMaker {
 public:
  explicit NeighbourMaker(const InputSides& sides)
      : sides_(sides),
        lookup_(sides.input.lookup),
        is_before_(lookup_.direction == program::LookupDirection::previous),
        filter_(sides, MemberFilter::Fixes::all) {}

  Links run(std::vector<Failure>& failures) {
    const std::uint32_t along = lookup_.dimension.index;
    make_groups_of_sides();
    sort_candidates();
    const auto own = record_column(sides_.frame, sides_.task, along);
    Links links;
    links.target.assign(sides_.task.count, none);
    for (std::uint32_t t = 0; t < sides_.task.count; ++t) {
      Failure failure;
      failure.element = t;
      failure.what = Failure::What::nothing_found;
      failure.first = failure.second = 0;
      const std::uint32_t group = groups_.of[0][t];
      if (group != none && own[t] != none) links.target[t] = find(t, group, rank(own[t]), failure);
      if (links.target[t] == none) failures.push_back(failure);
    }
    return links;
  }

 private:
  [[nodiscard]] std::uint32_t rank(std::uint32_t record) const {
    const auto& ranks = sides_.frame.axes[lookup_.dimension.index].ranks;
    return ranks.empty() ? record : ranks[record];
  }

  void make_groups_of_sides() {
    const NeighbourDimensions shared = neighbour_dimensions(sides_);
    Columns readers = columns_on(sides_.frame, sides_.task, shared.by_record);
    Columns members = columns_on(sides_.frame, sides_.members, shared.by_record);
    auto sizes = axis_sizes(sides_.frame, shared.by_record);
    for (const std::uint32_t d : shared.by_key) {
      const auto numbers = key_numbers(sides_.frame, d);
      for (Columns* columns : {&readers, &members}) {
        columns->push_back(record_column(sides_.frame, columns == &readers ? sides_.task : sides_.members, d));
        for (auto& record : columns->back()) record = record == none ? none : numbers[record];
      }
      sizes.push_back(sides_.frame.axes[d].count);
    }
    groups_ = make_groups({&readers, &members}, {sides_.task.count, sides_.members.count}, sizes);
  }

  void sort_candidates() {
    const auto records = record_column(sides_.frame, sides_.members, lookup_.dimension.index);
    for (std::uint32_t m = 0; m < sides_.members.count; ++m)
      if (filter_.flags()[m] != 0 && records[m] != none && groups_.of[1][m] != none)
        candidates_.push_back({groups_.of[1][m], rank(records[m]), m});
    const auto less = [](const Candidate& a, const Candidate& b) {
      if (a.group != b.group) return a.group < b.group;
      return a.rank != b.rank ? a.rank < b.rank : a.element < b.element;
    };
    if (!std::is_sorted(candidates_.begin(), candidates_.end(), less)) std::sort(candidates_.begin(), candidates_.end(), less);
    begin_.assign(std::size_t{groups_.count} + 1, 0);
    for (const Candidate& candidate : candidates_) ++begin_[candidate.group + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  }

  /// Walks away from the own place; of several candidates on one record none can be told from the others.
  std::uint32_t find(std::uint32_t t, std::uint32_t group, std::uint32_t own, Failure& failure) {
    const auto low = static_cast<std::ptrdiff_t>(begin_[group]);
    const auto high = static_cast<std::ptrdiff_t>(begin_[group + 1]);
    failure.second = static_cast<std::uint32_t>(high - low);
    const auto split = std::partition_point(candidates_.begin() + low, candidates_.begin() + high,
                                            [&](const Candidate& c) { return is_before_ ? c.rank < own : c.rank <= own; });
    std::ptrdiff_t at = split - candidates_.begin() - (is_before_ ? 1 : 0);
    const std::ptrdiff_t step = is_before_ ? -1 : 1;
    const Candidate* found = nullptr;
    std::uint32_t passed = 0;
    for (; at >= low && at < high; at += step) {
      const Candidate& candidate = candidates_[static_cast<std::size_t>(at)];
      const bool is_new = found == nullptr || found->rank != candidate.rank;
      if (passed == lookup_.distance && is_new) break;
      if (filter_.depends_on_pair() && !filter_.holds(t, candidate.element)) continue;
      if (sides_.held != nullptr && (*sides_.held)[candidate.element] != none) {  // it may yet not be, and then another one is meant
        failure.what = Failure::What::unsettled;
        failure.first = candidate.element;
        return none;
      }
      if (passed == lookup_.distance) {
        failure.what = Failure::What::tie;
        failure.first = std::min(found->element, candidate.element);
        failure.second = std::max(found->element, candidate.element);
        return none;
      }
      if (is_new) ++passed;
      found = &candidate;
    }
    failure.first = passed;
    return passed == lookup_.distance ? found->element : none;
  }

  const InputSides& sides_;
  const program::Lookup& lookup_;
  bool is_before_;
  MemberFilter filter_;
  Groups groups_;
  std::vector<Candidate> candidates_;
  std::vector<std::uint64_t> begin_;
};

}  // namespace

NeighbourDimensions neighbour_dimensions(const InputSides& sides) {
  const program::Program& program = sides.frame.context.program;
  const std::uint32_t along = sides.input.lookup.dimension.index;
  const auto of_task = determined_beside(program, sides.task.basis, along);
  const auto of_members = determined_beside(program, sides.members.basis, along);
  NeighbourDimensions result;
  std::vector<std::uint32_t> shared = numbers(sides.input.lookup.same);
  for (std::uint32_t d = 0; d < of_task.size(); ++d) {
    const bool is_fixed =
        std::any_of(sides.input.fixes.begin(), sides.input.fixes.end(), [&](const auto& fix) { return fix.dimension.index == d; });
    if (of_task[d] == 0 || of_members[d] == 0 || is_fixed) continue;
    if (program::determines(program, {program::DimensionId{d}}, program::DimensionId{along}))
      result.by_key.push_back(d);
    else
      shared.push_back(d);
  }
  result.by_record = reduced_basis(program, shared);
  return result;
}

Links link_neighbour(const InputSides& sides, std::vector<Failure>& failures) { return NeighbourMaker(sides).run(failures); }

}  // namespace osac::planning
