#include "compiler/planning/axis.h"

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/planning/sort_symbols.h"

namespace osac::planning {

std::vector<Route> find_routes(const program::Program& program, const Axes& axes, std::span<const std::uint32_t> basis) {
  std::vector<Route> routes(program.dimensions.size());
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < basis.size(); ++i) {
    routes[basis[i]].basis = i;
    open.push_back(basis[i]);
  }
  for (std::size_t next = 0; next < open.size(); ++next) {  // breadth first: the shortest way wins
    const std::uint32_t from = open[next];
    const program::Dimension& dimension = program.dimensions[from];
    const auto reach = [&](std::uint32_t to, const std::vector<std::uint32_t>& map) {
      if (routes[to].exists()) return;
      routes[to] = routes[from];
      routes[to].steps.push_back(map.data());
      open.push_back(to);
    };
    if (dimension.parent.exists()) reach(dimension.parent.index, axes[from].parents);
    for (std::size_t i = 0; i < dimension.implies.size(); ++i)
      if (i < axes[from].implied.size()) reach(dimension.implies[i].dimension.index, axes[from].implied[i]);
  }
  return routes;
}

namespace {

/// The bits of a real as an integer that sorts as the real.
std::int64_t sortable(Scalar bits) {
  return bits >= 0 ? bits : static_cast<std::int64_t>(~static_cast<std::uint64_t>(bits) ^ (std::uint64_t{1} << 63));
}

int sign(std::int64_t a, std::int64_t b) { return a < b ? -1 : (a > b ? 1 : 0); }

/// The place of an enum's member in its declaration.
std::int64_t member_place(const Context& context, Type type, Symbol member) {
  for (const program::Enum& enumeration : context.program.enums) {
    if (enumeration.name.index != type.detail) continue;
    return std::find(enumeration.members.begin(), enumeration.members.end(), member) - enumeration.members.begin();
  }
  return 0;
}

}  // namespace

int compare_keys(const Context& context, Scalar a, Scalar b, Type type) {
  if (a == b) return 0;
  const Symbol x{static_cast<std::uint32_t>(a)};
  const Symbol y{static_cast<std::uint32_t>(b)};
  if (type.kind == Kind::enumeration) return sign(member_place(context, type, x), member_place(context, type, y));
  if (type.is_textual()) return context.text(x).compare(context.text(y));
  if (type.kind == Kind::real) return sign(sortable(a), sortable(b));
  return sign(a, b);
}

std::vector<std::int64_t> sort_keys(const Context& context, std::span<const Scalar> values, Type type) {
  if (type.is_textual()) return sort_symbols(context, values, type);
  std::vector<std::int64_t> result(values.begin(), values.end());
  if (type.kind == Kind::real)
    for (auto& value : result) value = value == expression::absent_scalar ? value : sortable(value);
  return result;
}

std::uint32_t find_record(const Context& context, const Axes& axes, std::uint32_t dimension, std::uint32_t parent, Scalar key) {
  const Axis& axis = axes[dimension];
  const Type type = context.program.dimensions[dimension].type;
  std::uint32_t begin = 0;
  std::uint32_t end = axis.count;
  if (context.program.dimensions[dimension].parent.exists()) {
    if (parent == none) return none;
    begin = axis.children_begin[parent];
    end = axis.children_begin[parent + 1];
  }
  const auto first = axis.keys.begin() + begin;
  const auto last = axis.keys.begin() + end;
  const auto found = std::lower_bound(first, last, key, [&](Scalar a, Scalar b) { return compare_keys(context, a, b, type) < 0; });
  return found != last && *found == key ? static_cast<std::uint32_t>(found - axis.keys.begin()) : none;
}

std::string key_text(const Context& context, const Axes& axes, std::uint32_t dimension, std::uint32_t record) {
  const Type type = context.program.dimensions[dimension].type;
  return visible(expression::to_text(expression::to_value(axes[dimension].keys[record], type, context.strings), type));
}

std::string record_name(const Context& context, const Axes& axes, std::uint32_t dimension, std::uint32_t record) {
  const program::Dimension& declared = context.program.dimensions[dimension];
  std::string own = fmt::format("{} {}", context.text(declared.name), key_text(context, axes, dimension, record));
  if (!declared.parent.exists()) return own;
  return record_name(context, axes, declared.parent.index, axes[dimension].parents[record]) + ", " + own;
}

}  // namespace osac::planning
