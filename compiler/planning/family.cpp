#include "compiler/planning/family.h"

#include <algorithm>
#include <numeric>

#include "compiler/base/text.h"

namespace osac::planning {

std::vector<std::uint32_t> record_column(const Frame& frame, const Family& family, std::uint32_t dimension) {
  const auto routes = find_routes(frame.context.program, frame.axes, family.basis);
  const Route& route = routes[dimension];
  std::vector<std::uint32_t> column(family.count, none);
  if (!route.exists()) return column;
  for (std::uint32_t i = 0; i < family.count; ++i) column[i] = route.follow(family.record(route.basis, i));
  return column;
}

Family empty_family(std::vector<std::uint32_t> basis) {
  Family family;
  family.basis = std::move(basis);
  family.records.resize(family.basis.size());
  return family;
}

void keep_only(Family& family, const std::vector<std::uint8_t>& flags) {
  const auto kept = static_cast<std::uint32_t>(std::count_if(flags.begin(), flags.end(), [](std::uint8_t flag) { return flag != 0; }));
  if (kept == family.count) return;
  if (family.basis.empty()) {
    family.count = kept;
    return;
  }
  if (family.is_whole) {
    family.is_whole = false;
    family.records.assign(1, {});
    family.records[0].reserve(kept);
    for (std::uint32_t i = 0; i < family.count; ++i)
      if (flags[i] != 0) family.records[0].push_back(i);
  } else {
    for (auto& column : family.records) {
      std::uint32_t to = 0;
      for (std::uint32_t i = 0; i < family.count; ++i)
        if (flags[i] != 0) column[to++] = column[i];
      column.resize(kept);
    }
  }
  family.count = kept;
}

TupleIndex::TupleIndex(const Family& family, const Axes& axes) : family_(family) {
  if (family.is_whole || family.basis.empty()) return;
  begin_.assign(std::size_t{axes[family.basis[0]].count} + 1, 0);
  for (std::uint32_t i = 0; i < family.count; ++i) ++begin_[family.records[0][i] + 1];
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
}

std::uint32_t TupleIndex::find(std::span<const std::uint32_t> tuple) const {
  if (family_.basis.empty()) return family_.count > 0 ? 0 : none;
  if (std::find(tuple.begin(), tuple.end(), none) != tuple.end()) return none;
  if (family_.is_whole) return tuple[0] < family_.count ? tuple[0] : none;
  std::uint32_t low = begin_[tuple[0]];
  std::uint32_t high = begin_[tuple[0] + 1];
  for (std::size_t c = 1; c < tuple.size() && low < high; ++c) {
    const auto& column = family_.records[c];
    const auto range = std::equal_range(column.begin() + low, column.begin() + high, tuple[c]);
    low = static_cast<std::uint32_t>(range.first - column.begin());
    high = static_cast<std::uint32_t>(range.second - column.begin());
  }
  return low < high ? low : none;
}

std::vector<std::uint32_t> find_elements(const Family& family, const Axes& axes, const Columns& columns, std::uint32_t count) {
  const TupleIndex index(family, axes);
  std::vector<std::uint32_t> found(count);
  std::vector<std::uint32_t> tuple(columns.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < columns.size(); ++c) tuple[c] = columns[c][i];
    found[i] = index.find(tuple);
  }
  return found;
}

std::vector<std::uint32_t> sorted_order(const Columns& columns, std::uint32_t count, const std::vector<std::uint32_t>& sizes) {
  const auto less = [&](std::uint32_t a, std::uint32_t b) {
    for (const auto& column : columns)
      if (column[a] != column[b]) return column[a] < column[b];
    return false;
  };
  bool is_sorted = true;
  for (std::uint32_t i = 1; i < count && is_sorted; ++i) is_sorted = !less(i, i - 1);
  if (is_sorted) return {};
  // One stable counting pass a column, the last first: linear, as long as dimensions are not much larger than the list.
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::vector<std::uint32_t> next(count);
  for (std::size_t c = columns.size(); c-- > 0;) {
    std::vector<std::uint32_t> begin(std::size_t{sizes[c]} + 1, 0);
    for (std::uint32_t i = 0; i < count; ++i) ++begin[columns[c][i] + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    for (const std::uint32_t i : order) next[begin[columns[c][i]]++] = i;
    order.swap(next);
  }
  return order;
}

std::vector<std::uint32_t> reduced_basis(const program::Program& program, const std::vector<std::uint32_t>& dimensions) {
  std::vector<program::DimensionId> ids;
  for (const std::uint32_t dimension : dimensions) ids.push_back(program::DimensionId{dimension});
  return numbers(program::basis_of(program, ids));
}

namespace {

/// As plans write keys in names: texts that are no plain word are quoted.
std::string quoted_key(const Frame& frame, std::uint32_t dimension, std::uint32_t record) {
  const std::string key = key_text(frame.context, frame.axes, dimension, record);
  const bool is_plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.-+").find(c) != std::string_view::npos;
  });
  return is_plain || !frame.context.program.dimensions[dimension].type.is_textual() ? key : json_quoted(key);
}

}  // namespace

std::string element_name(const Frame& frame, std::string_view name, const std::vector<program::DimensionId>& dimensions,
                         const Family& family, std::uint32_t element) {
  if (dimensions.empty()) return std::string(name);
  const auto routes = find_routes(frame.context.program, frame.axes, family.basis);
  std::string out(name);
  std::string_view separator = "[";
  // A parent that the key needs is named even if `for` does not list it.
  std::vector<std::uint32_t> shown;
  const auto show = [&](auto&& self, std::uint32_t dimension) -> void {
    const auto parent = frame.context.program.dimensions[dimension].parent;
    if (parent.exists()) self(self, parent.index);
    if (std::find(shown.begin(), shown.end(), dimension) == shown.end()) shown.push_back(dimension);
  };
  for (const auto id : dimensions) show(show, id.index);
  for (const std::uint32_t dimension : shown) {
    const Route& route = routes[dimension];
    const std::uint32_t record = route.exists() ? route.follow(family.record(route.basis, element)) : none;
    out += fmt::format("{}{}={}", separator, frame.context.text(frame.context.program.dimensions[dimension].name),
                       record == none ? "?" : quoted_key(frame, dimension, record));
    separator = ",";
  }
  return out + "]";
}

std::string element_key(const Frame& frame, const Family& family, std::uint32_t element) {
  if (family.basis.empty()) return "its only element";
  std::string out;
  for (std::size_t c = 0; c < family.basis.size(); ++c) {
    if (!out.empty()) out += ", ";
    out += record_name(frame.context, frame.axes, family.basis[c], family.record(c, element));
  }
  return out;
}

}  // namespace osac::planning
