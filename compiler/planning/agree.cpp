#include "compiler/planning/agree.h"

#include <algorithm>

namespace osac::planning {

std::vector<std::uint32_t> axis_sizes(const Frame& frame, const std::vector<std::uint32_t>& dimensions) {
  std::vector<std::uint32_t> sizes;
  for (const std::uint32_t d : dimensions) sizes.push_back(frame.axes[d].count);
  return sizes;
}

Columns columns_on(const Frame& frame, const Family& family, const std::vector<std::uint32_t>& dimensions) {
  Columns columns;
  for (const std::uint32_t d : dimensions) columns.push_back(record_column(frame, family, d));
  return columns;
}

std::vector<std::uint32_t> common_dimensions(const Frame& frame, const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  const program::Program& program = frame.context.program;
  const auto ids = [](const std::vector<std::uint32_t>& list) {
    std::vector<program::DimensionId> result;
    for (const std::uint32_t d : list) result.push_back(program::DimensionId{d});
    return result;
  };
  const auto of_a = numbers(program::determined_by(program, ids(a)));
  const auto of_b = numbers(program::determined_by(program, ids(b)));
  std::vector<std::uint32_t> both;
  std::set_intersection(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::back_inserter(both));
  return reduced_basis(program, both);
}

namespace {

/// Moves the tuples that stay to the front, and cuts the rest off.
template <typename Keep>
std::uint32_t keep_tuples(Columns& tuples, std::uint32_t count, Keep keep) {
  std::uint32_t to = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!keep(i, to)) continue;
    for (auto& column : tuples) column[to] = column[i];
    ++to;
  }
  for (auto& column : tuples) column.resize(to);
  return to;
}

}  // namespace

Family family_of_tuples(const Frame& frame, std::vector<std::uint32_t> basis, Columns tuples) {
  Family family;
  family.basis = std::move(basis);
  auto count = static_cast<std::uint32_t>(tuples.empty() ? 0 : tuples[0].size());
  count = keep_tuples(tuples, count, [&](std::uint32_t i, std::uint32_t) {
    return std::none_of(tuples.begin(), tuples.end(), [&](const auto& column) { return column[i] == none; });
  });
  if (const auto order = sorted_order(tuples, count, axis_sizes(frame, family.basis)); !order.empty()) {
    for (auto& column : tuples) {
      std::vector<std::uint32_t> sorted(count);
      for (std::uint32_t i = 0; i < count; ++i) sorted[i] = column[order[i]];
      column.swap(sorted);
    }
  }
  family.count = keep_tuples(tuples, count, [&](std::uint32_t i, std::uint32_t to) {
    return to == 0 || std::any_of(tuples.begin(), tuples.end(), [&](const auto& column) { return column[i] != column[to - 1]; });
  });
  family.records = std::move(tuples);
  return family;
}

Family project(const Frame& frame, const Family& family, const std::vector<std::uint32_t>& basis) {
  if (basis == family.basis) return family;
  if (basis.empty()) {
    Family one;
    one.count = family.count > 0 ? 1 : 0;
    return one;
  }
  return family_of_tuples(frame, basis, columns_on(frame, family, basis));
}

Family united(const Frame& frame, const Family& a, const Family& b) {
  if (a.count == 0 || b.count == 0) return a.count == 0 ? b : a;
  if (a.basis.empty()) return a;
  Columns tuples = columns_on(frame, a, a.basis);
  const Columns more = columns_on(frame, b, a.basis);
  for (std::size_t c = 0; c < tuples.size(); ++c) tuples[c].insert(tuples[c].end(), more[c].begin(), more[c].end());
  return family_of_tuples(frame, a.basis, std::move(tuples));
}

std::vector<std::uint8_t> find_agreeing(const Frame& frame, const Family& family, const Family& others,
                                        const std::vector<std::uint32_t>& dimensions) {
  std::vector<std::uint8_t> flags(family.count, 0);
  if (others.count == 0) return flags;
  const Columns own = columns_on(frame, family, dimensions);
  const Columns theirs = columns_on(frame, others, dimensions);
  const Groups groups = make_groups({&own, &theirs}, {family.count, others.count}, axis_sizes(frame, dimensions));
  std::vector<std::uint8_t> is_there(groups.count, 0);
  for (const std::uint32_t group : groups.of[1])
    if (group != none) is_there[group] = 1;
  for (std::uint32_t i = 0; i < family.count; ++i) flags[i] = groups.of[0][i] == none ? 0 : is_there[groups.of[0][i]];
  return flags;
}

}  // namespace osac::planning
