// Gathers: the members of each task element, in order. Linear in both families, but for lists that a pair condition makes one by one.

#include <algorithm>
#include <numeric>

#include "compiler/planning/links.h"

namespace osac::planning {

std::vector<std::uint32_t> joined_dimensions(const InputSides& sides) {
  const program::Program& program = sides.frame.context.program;
  const auto is_fixed = [&](std::uint32_t d) {
    return std::any_of(sides.input.fixes.begin(), sides.input.fixes.end(), [&](const auto& fix) { return fix.dimension.index == d; });
  };
  std::vector<std::uint8_t> is_free(program.dimensions.size(), 0);
  std::vector<std::uint8_t> is_seen(program.dimensions.size(), 0);
  std::vector<std::uint32_t> open = sides.members.basis;
  while (!open.empty()) {
    const std::uint32_t d = open.back();
    open.pop_back();
    if (is_seen[d] != 0) continue;
    is_seen[d] = 1;
    is_free[d] = is_fixed(d) ? 0 : 1;
    if (program.dimensions[d].parent.exists()) open.push_back(program.dimensions[d].parent.index);
    if (is_fixed(d)) continue;
    for (const auto& implied : program.dimensions[d].implies) open.push_back(implied.dimension.index);
  }
  const auto routes = find_routes(program, sides.frame.axes, sides.task.basis);
  std::vector<std::uint32_t> shared;
  for (std::uint32_t d = 0; d < routes.size(); ++d)
    if (is_free[d] != 0 && routes[d].exists()) shared.push_back(d);
  return reduced_basis(program, shared);
}

namespace {

Groups group_sides(const InputSides& sides) {
  Columns readers;
  Columns members;
  std::vector<std::uint32_t> sizes;
  for (const std::uint32_t d : joined_dimensions(sides)) {
    readers.push_back(record_column(sides.frame, sides.task, d));
    members.push_back(record_column(sides.frame, sides.members, d));
    sizes.push_back(sides.frame.axes[d].count);
  }
  return make_groups({&readers, &members}, {sides.task.count, sides.members.count}, sizes);
}

/// The order of a list's members: by `order by` (of the input, else of the dimensions), then by key.
class MemberOrder {
 public:
  explicit MemberOrder(const InputSides& sides) : members_(sides.members) {
    const auto& basis = sides.members.basis;
    if (sides.input.order_by && !basis.empty()) {
      const Axis& axis = sides.frame.axes[basis.back()];
      const Type type = sides.frame.context.program.dimensions[basis.back()].attributes[*sides.input.order_by].type;
      values_ = sort_keys(sides.frame.context, axis.attributes[*sides.input.order_by], type);
      return;
    }
    for (std::size_t c = 0; c < basis.size(); ++c) {
      ranks_.push_back(&sides.frame.axes[basis[c]].ranks);
      has_ranks_ = has_ranks_ || !ranks_.back()->empty();
    }
  }
  [[nodiscard]] bool is_by_key() const { return values_.empty() && !has_ranks_; }
  [[nodiscard]] bool less(std::uint32_t a, std::uint32_t b) const {
    if (!values_.empty()) {
      const std::size_t last = members_.basis.size() - 1;
      const auto x = values_[members_.record(last, a)];
      const auto y = values_[members_.record(last, b)];
      return x != y ? x < y : a < b;
    }
    for (std::size_t c = 0; c < ranks_.size(); ++c) {
      const std::uint32_t x = rank(c, a);
      const std::uint32_t y = rank(c, b);
      if (x != y) return x < y;
    }
    return a < b;
  }

 private:
  [[nodiscard]] std::uint32_t rank(std::size_t column, std::uint32_t element) const {
    const std::uint32_t record = members_.record(column, element);
    return ranks_[column]->empty() ? record : (*ranks_[column])[record];
  }
  const Family& members_;
  std::vector<std::int64_t> values_;
  std::vector<const std::vector<std::uint32_t>*> ranks_;
  bool has_ranks_ = false;
};

}  // namespace

void filter_pairs(const InputSides& sides, MemberFilter& filter, Links& links) {
  Links own;
  own.is_list = true;
  own.begin.push_back(0);
  for (std::uint32_t t = 0; t < sides.task.count; ++t) {
    links.for_each(t, [&](std::uint32_t member) {
      if (filter.holds(t, member)) own.members.push_back(member);
    });
    own.group.push_back(t);
    own.begin.push_back(own.members.size());
  }
  links = std::move(own);
}

void sort_members(const InputSides& sides, Links& links) {
  const MemberOrder order(sides);
  const auto less = [&](std::uint32_t a, std::uint32_t b) { return order.is_by_key() ? a < b : order.less(a, b); };
  for (std::size_t g = 0; g + 1 < links.begin.size(); ++g) {
    const auto first = links.members.begin() + static_cast<std::ptrdiff_t>(links.begin[g]);
    const auto last = links.members.begin() + static_cast<std::ptrdiff_t>(links.begin[g + 1]);
    if (!std::is_sorted(first, last, less)) std::sort(first, last, less);
  }
}

Links link_gather(const InputSides& sides) {
  MemberFilter filter(sides, MemberFilter::Fixes::all);
  Groups groups = group_sides(sides);
  const auto& group_of = groups.of[1];
  Links links;
  links.is_list = true;
  links.group = std::move(groups.of[0]);
  links.begin.assign(std::size_t{groups.count} + 1, 0);
  for (std::uint32_t m = 0; m < sides.members.count; ++m)
    if (filter.flags()[m] != 0 && group_of[m] != none) ++links.begin[group_of[m] + 1];
  std::partial_sum(links.begin.begin(), links.begin.end(), links.begin.begin());
  links.members.resize(links.begin.back());
  std::vector<std::uint64_t> fill(links.begin.begin(), links.begin.end() - 1);
  for (std::uint32_t m = 0; m < sides.members.count; ++m)
    if (filter.flags()[m] != 0 && group_of[m] != none) links.members[fill[group_of[m]]++] = m;
  sort_members(sides, links);
  if (filter.depends_on_pair()) filter_pairs(sides, filter, links);
  return links;
}

}  // namespace osac::planning
