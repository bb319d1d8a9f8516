// Elements over several dimensions: a natural join, one dimension after another. Linear in rows and results (a sort where keys interleave).

#include <algorithm>
#include <numeric>

#include "compiler/base/text.h"
#include "compiler/planning/family.h"
#include "compiler/planning/table_set.h"

namespace osac::planning {

namespace {

using program::DimensionId;

bool determines(const program::Program& program, std::uint32_t from, std::uint32_t to) {
  return program::determines(program, {DimensionId{from}}, DimensionId{to});
}

/// What a family has must depend neither on how far a run has come nor on what was certified once.
bool may_connect(const program::Program& program, std::uint32_t dimension) {
  const program::TableId table = program.dimensions[dimension].table;
  const bool is_certificate = table.exists() && program.tables[table.index].certificates_of.exists();
  return !is_certificate && !is_staged(program, dimension);
}

/// A dimension whose records say which keys of `reached` and of the dimension to add go together.
struct Connector {
  std::uint32_t dimension = none;
  std::vector<std::uint32_t> reached;  ///< of the prefix
};

/// The connectors of `next` with the prefix: of those that reach the same dimensions the coarsest (of equals the first declared), and none
/// that reaches no more than another one. The first reaches most.
std::vector<Connector> find_connectors(const program::Program& program, const std::vector<std::uint32_t>& prefix, std::uint32_t next) {
  std::vector<Connector> candidates;
  for (std::uint32_t c = 0; c < program.dimensions.size(); ++c) {
    if (c == next || !may_connect(program, c) || !determines(program, c, next)) continue;
    Connector connector{c, {}};
    std::copy_if(prefix.begin(), prefix.end(), std::back_inserter(connector.reached),
                 [&](std::uint32_t p) { return p != c && determines(program, c, p); });
    if (!connector.reached.empty()) candidates.push_back(std::move(connector));
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Connector& a, const Connector& b) { return a.reached.size() > b.reached.size(); });
  std::vector<Connector> chosen;
  for (const Connector& candidate : candidates) {
    const bool is_coarsest = std::none_of(candidates.begin(), candidates.end(), [&](const Connector& other) {
      return other.reached == candidate.reached && determines(program, candidate.dimension, other.dimension) &&
             !determines(program, other.dimension, candidate.dimension);
    });
    const bool is_covered = std::any_of(chosen.begin(), chosen.end(), [&](const Connector& other) {
      return std::all_of(candidate.reached.begin(), candidate.reached.end(),
                         [&](std::uint32_t r) { return std::find(other.reached.begin(), other.reached.end(), r) != other.reached.end(); });
    });
    if (is_coarsest && !is_covered) chosen.push_back(candidate);
  }
  return chosen;
}

struct Join {
  std::vector<std::uint32_t> dimensions;  // on which both sides have to agree
  Columns left, right;                    // one column a dimension
  std::vector<std::uint32_t> targets;     // of each right row: the record of the dimension that is added
};

/// The rows of the right side: one a record of `next`, or one a record of the connector.
Join make_join(const Frame& frame, const Family& prefix, std::uint32_t next, std::uint32_t connector) {
  const program::Program& program = frame.context.program;
  Family source;
  source.basis = {connector == none ? next : connector};
  source.count = frame.axes[source.basis[0]].count;
  source.is_whole = true;
  Join join;
  join.targets = record_column(frame, source, next);
  const auto prefix_routes = find_routes(program, frame.axes, prefix.basis);
  const auto source_routes = find_routes(program, frame.axes, source.basis);
  std::vector<std::uint32_t> shared;
  for (std::uint32_t d = 0; d < program.dimensions.size(); ++d) {
    if (!prefix_routes[d].exists() || !source_routes[d].exists()) continue;
    // With a connector: what it says of the prefix's own keys, and what `next` and the prefix both determine.
    const bool is_key = std::find(prefix.basis.begin(), prefix.basis.end(), d) != prefix.basis.end();
    if (connector == none || is_key || determines(program, next, d)) shared.push_back(d);
  }
  join.dimensions = reduced_basis(program, shared);
  for (const std::uint32_t d : join.dimensions) {
    join.left.push_back(record_column(frame, prefix, d));
    join.right.push_back(record_column(frame, source, d));
  }
  return join;
}

/// The right rows of each group: distinct targets, ascending.
struct Buckets {
  std::vector<std::uint64_t> begin;
  std::vector<std::uint32_t> targets;
};

Buckets make_buckets(const std::vector<std::uint32_t>& groups, std::uint32_t group_count, const std::vector<std::uint32_t>& targets) {
  Buckets buckets;
  buckets.begin.assign(std::size_t{group_count} + 1, 0);
  for (std::size_t row = 0; row < targets.size(); ++row)
    if (groups[row] != none && targets[row] != none) ++buckets.begin[groups[row] + 1];
  std::partial_sum(buckets.begin.begin(), buckets.begin.end(), buckets.begin.begin());
  buckets.targets.resize(buckets.begin.back());
  std::vector<std::uint64_t> fill(buckets.begin.begin(), buckets.begin.end() - 1);
  for (std::size_t row = 0; row < targets.size(); ++row)
    if (groups[row] != none && targets[row] != none) buckets.targets[fill[groups[row]]++] = targets[row];
  std::uint64_t to = 0;
  for (std::uint32_t group = 0; group < group_count; ++group) {
    const auto first = buckets.targets.begin() + static_cast<std::ptrdiff_t>(buckets.begin[group]);
    const auto last = buckets.targets.begin() + static_cast<std::ptrdiff_t>(buckets.begin[group + 1]);
    if (!std::is_sorted(first, last)) std::sort(first, last);
    const auto end = std::unique(first, last);
    buckets.begin[group] = to;
    to = static_cast<std::uint64_t>(std::copy(first, end, buckets.targets.begin() + static_cast<std::ptrdiff_t>(to)) -
                                    buckets.targets.begin());
  }
  buckets.begin[group_count] = to;
  buckets.targets.resize(to);
  return buckets;
}

/// "visit 1,000 x detector 189"; of more than two dimensions the ones so far count as a whole.
std::string arithmetic(const Frame& frame, const Family& prefix, std::uint32_t next, std::uint64_t total) {
  std::string names;
  for (const std::uint32_t d : prefix.basis)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", frame.context.text(frame.context.program.dimensions[d].name));
  const bool is_product = total == std::uint64_t{prefix.count} * frame.axes[next].count;
  return fmt::format("{} {} {} x {} {}", is_product ? "that is" : "joined from", prefix.basis.size() > 1 ? "(" + names + ")" : names,
                     grouped(prefix.count), frame.context.text(frame.context.program.dimensions[next].name),
                     grouped(frame.axes[next].count));
}

std::vector<std::uint32_t> sizes_of(const Frame& frame, const std::vector<std::uint32_t>& dimensions) {
  std::vector<std::uint32_t> sizes;
  for (const std::uint32_t d : dimensions) sizes.push_back(frame.axes[d].count);
  return sizes;
}

/// The family with one more basis dimension; nothing if it would be too large (reported).
std::optional<Family> extended(const Frame& frame, const Family& prefix, std::uint32_t next, std::uint32_t connector, Span place,
                               std::string_view name) {
  const Join join = make_join(frame, prefix, next, connector);
  const Groups groups = make_groups({&join.left, &join.right}, {prefix.count, static_cast<std::uint32_t>(join.targets.size())},
                                    sizes_of(frame, join.dimensions));
  const Buckets buckets = make_buckets(groups.of[1], groups.count, join.targets);
  std::uint64_t total = 0;
  for (const std::uint32_t group : groups.of[0])
    if (group != none) total += buckets.begin[group + 1] - buckets.begin[group];
  Family family;
  family.basis = prefix.basis;
  family.basis.push_back(next);
  if (total > std::min<std::uint64_t>(frame.context.options.element_limit, none - 1)) {
    frame.context.diagnostics
        .report(DiagnosticKind::too_many_elements, place, name, grouped(total), grouped(frame.context.options.element_limit))
        .note(arithmetic(frame, prefix, next, total));
    return std::nullopt;
  }
  family.records.resize(family.basis.size());
  for (auto& column : family.records) column.reserve(total);
  for (std::uint32_t e = 0; e < prefix.count; ++e) {
    if (groups.of[0][e] == none) continue;
    for (std::uint64_t k = buckets.begin[groups.of[0][e]]; k < buckets.begin[groups.of[0][e] + 1]; ++k) {
      for (std::size_t c = 0; c < prefix.basis.size(); ++c) family.records[c].push_back(prefix.record(c, e));
      family.records.back().push_back(buckets.targets[k]);
    }
  }
  family.count = static_cast<std::uint32_t>(total);
  return family;
}

/// Keeps the elements whose keys some record of the connector has together.
void keep_connected(const Frame& frame, Family& family, const Connector& connector) {
  std::vector<std::uint32_t> dimensions = connector.reached;
  dimensions.push_back(family.basis.back());
  Family source;
  source.basis = {connector.dimension};
  source.count = frame.axes[connector.dimension].count;
  source.is_whole = true;
  Columns own;
  Columns others;
  for (const std::uint32_t d : dimensions) {
    own.push_back(record_column(frame, family, d));
    others.push_back(record_column(frame, source, d));
  }
  const Groups groups = make_groups({&own, &others}, {family.count, source.count}, sizes_of(frame, dimensions));
  std::vector<std::uint8_t> is_there(groups.count, 0);
  for (const std::uint32_t group : groups.of[1])
    if (group != none) is_there[group] = 1;
  std::vector<std::uint8_t> flags(family.count, 0);
  for (std::uint32_t i = 0; i < family.count; ++i) flags[i] = groups.of[0][i] != none ? is_there[groups.of[0][i]] : 0;
  keep_only(family, flags);
}

}  // namespace

std::optional<Family> extend_family(const Frame& frame, Family family, const std::vector<std::uint32_t>& dimensions, std::size_t hidden,
                                    bool is_cross, Span place, std::string_view name) {
  for (const std::uint32_t next : dimensions) {
    std::vector<Connector> connectors;
    const std::vector<std::uint32_t> visible(family.basis.begin() + static_cast<std::ptrdiff_t>(hidden), family.basis.end());
    if (!is_cross) connectors = find_connectors(frame.context.program, visible, next);
    auto larger = extended(frame, family, next, connectors.empty() ? none : connectors[0].dimension, place, name);
    if (!larger) return std::nullopt;
    family = std::move(*larger);
    for (std::size_t c = 1; c < connectors.size(); ++c) keep_connected(frame, family, connectors[c]);
  }
  return family;
}

std::optional<Family> make_family(const Frame& frame, const std::vector<std::uint32_t>& basis, bool is_cross, Span place,
                                  std::string_view name) {
  Family family;
  family.count = 1;
  if (basis.empty()) return family;
  family.basis = {basis[0]};
  family.count = frame.axes[basis[0]].count;
  family.is_whole = true;
  return extend_family(frame, std::move(family), {basis.begin() + 1, basis.end()}, 0, is_cross, place, name);
}

}  // namespace osac::planning
