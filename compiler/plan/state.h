#pragma once
// What a Plan holds: its bytes (owned or mapped), the sections as spans into them, and the few small tables made when it is opened: the
// texts that expressions name, the ways from dimension to dimension, the path templates. Private to this room.

#include "compiler/plan/format.h"
#include "compiler/plan/path_template.h"
#include "compiler/plan/plan.h"

namespace osac::plan {

/// One step from a record of a dimension towards one of another: look `records` up, which gives a record of `dimension`.
struct Hop {
  std::uint32_t dimension = no_row;
  Array records;
};

/// The first step of a shortest way to a dimension: a place in `hops`.
struct Way {
  std::uint32_t dimension = no_row;
  std::uint32_t hop = no_row;
};

struct Plan::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  std::string owned;
  void* mapping = nullptr;
  std::string_view bytes;

  format::Header header;
  std::vector<format::Section> table;  ///< by SectionKind; count 0 if it is not there

  std::span<const format::WorkflowRow> workflow;
  std::span<const std::uint64_t> string_offsets;
  std::span<const char> string_bytes;
  std::span<const expression::Node> nodes;
  std::span<const std::uint32_t> children;
  std::span<const Scalar> scalars;
  std::span<const std::uint32_t> indices;
  std::span<const ColumnRow> columns;
  std::span<const ImpliedRow> implied;
  std::span<const DimensionRow> dimensions;
  std::span<const DatasetRow> datasets;
  std::span<const TaskRow> tasks;
  std::span<const InputRow> inputs;
  std::span<const OutputRow> outputs;
  std::span<const MetricRow> metrics;
  std::span<const ExpectRow> expects;
  std::span<const SlotsRow> slots;
  std::span<const ParameterRow> parameters;
  std::span<const SourceRow> sources;
  std::span<const FieldRow> fields;
  std::span<const RungRow> rungs;
  std::span<const CertifyRow> certifications;
  std::span<const StageRow> stages;
  std::span<const VersionRow> versions;
  std::span<const ParameterUseRow> parameter_uses;
  std::span<const RunnerUpRow> runners_up;

  Strings strings;
  std::vector<Hop> hops;                 ///< of all dimensions, one after another: to the parent, then to those that it implies
  std::vector<std::uint64_t> way_begin;  ///< where each dimension's ways begin in `ways`; one more at the end
  std::vector<Way> ways;                 ///< to all that it determines, sorted by dimension
  std::vector<PathTemplate> paths;       ///< one a dataset
  bool names_fields = false;             ///< whether any expression names a field of an input's record

  /// The place in `hops` to go first; no_row if `from` does not determine `to`, or is it.
  [[nodiscard]] std::uint32_t first_hop(std::uint32_t from, std::uint32_t to) const {
    const auto begin = ways.begin() + static_cast<std::ptrdiff_t>(way_begin[from]);
    const auto end = ways.begin() + static_cast<std::ptrdiff_t>(way_begin[from + 1]);
    const auto found = std::lower_bound(begin, end, to, [](const Way& way, std::uint32_t dimension) { return way.dimension < dimension; });
    return found != end && found->dimension == to ? found->hop : no_row;
  }
  [[nodiscard]] std::string_view text(Symbol symbol) const {
    if (std::uint64_t{symbol.index} + 1 >= string_offsets.size()) return {};
    const std::uint64_t begin = string_offsets[symbol.index];
    const std::uint64_t end = string_offsets[symbol.index + 1];
    if (begin > end || end > string_bytes.size()) return {};
    return {string_bytes.data() + begin, static_cast<std::size_t>(end - begin)};
  }
};

/// Checks every declaration row against the sections; "" if all that it names is there, else what is wrong. Linear in rows, not in
/// elements.
std::string check_rows(const Plan::State& state);

}  // namespace osac::plan
