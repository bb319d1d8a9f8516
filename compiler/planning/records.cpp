#include "compiler/planning/records.h"

#include <algorithm>
#include <numeric>

#include "compiler/base/check.h"

namespace osac::planning {

namespace {

void use_expression(const program::Program& program, ExprId root, UsedAttributes& used) {
  if (!root.exists()) return;
  std::vector<ExprId> open = {root};
  while (!open.empty()) {
    const ExprId id = open.back();
    open.pop_back();
    const Node& node = program.expressions[id];
    if (node.op == Op::attribute && node.index != program::metric_scope) used.emplace(std::pair{node.index, node.extra}, node.span);
    for (std::uint32_t i = 0; i < node.child_count; ++i) open.push_back(program.expressions.child(id, i));
  }
}

void use_command(const program::Program& program, const program::Command& command, UsedAttributes& used) {
  for (const ExprId word : command.words) use_expression(program, word, used);
  use_expression(program, command.text, used);
}

void use_task(const program::Program& program, const program::Task& task, UsedAttributes& used) {
  use_expression(program, task.where, used);
  for (const program::Input& input : task.inputs) {
    for (const auto& fix : input.fixes) use_expression(program, fix.value, used);
    for (const ExprId id : {input.where, input.lookup.at, input.lookup.within, input.condition}) use_expression(program, id, used);
    const auto& basis = program.datasets[input.dataset.index].basis;
    if (input.order_by && !basis.empty()) used.emplace(std::pair{basis.back().index, *input.order_by}, input.span);
    using program::LookupDirection;
    const LookupDirection direction = input.lookup.direction;
    const bool is_neighbour = direction == LookupDirection::previous || direction == LookupDirection::following;
    if (direction != LookupDirection::none && !is_neighbour)
      used.emplace(std::pair{input.lookup.dimension.index, input.lookup.time_attribute}, input.span);
    if (direction == LookupDirection::valid)
      used.emplace(std::pair{input.lookup.dimension.index, input.lookup.until_attribute}, input.span);
  }
  for (const program::Output& output : task.outputs) use_expression(program, output.where, used);
  use_command(program, task.command, used);
  if (task.verify) use_command(program, *task.verify, used);
  for (const ExprId id : task.resources) use_expression(program, id, used);
  for (const auto& slots : task.slots) use_expression(program, slots.count, used);
  for (const auto& rung : task.rungs) use_command(program, rung.command, used);
  for (const auto& expect : task.expects) {
    use_expression(program, expect.condition, used);
    use_expression(program, expect.message, used);
  }
}

class AxesMaker {
 public:
  AxesMaker(Context& context, Folder& fold, TableSet& tables, MadeFields& fields)
      : tables_(tables),
        fields_(fields),
        records_{context, fold, tables, axes_},
        frame_{context, fold.expressions(), axes_, &fields},
        used_(find_used_attributes(context.program)) {
    axes_.list.resize(context.program.dimensions.size());
    row_records_.resize(axes_.list.size());
    states_.assign(axes_.list.size(), State::untouched);
  }

  Axes run() {
    const auto count = static_cast<std::uint32_t>(axes_.list.size());
    for (std::uint32_t d = 0; d < count; ++d) make_records(d);
    for (std::uint32_t d = 0; d < count; ++d) make_implied(d);
    for (std::uint32_t d = 0; d < count; ++d) make_order(d);
    for (std::uint32_t t = 0; t < program().tables.size(); ++t) read_table(program::TableId{t});
    return std::move(axes_);
  }

 private:
  enum class State : std::uint8_t { untouched, in_work, done };

  void make_records(std::uint32_t d) {
    if (states_[d] == State::done) return;
    const program::Dimension& dimension = program().dimensions[d];
    OSAC_CHECK(states_[d] != State::in_work, "dimensions determine each other in a circle");  // semantics refuses that
    states_[d] = State::in_work;
    if (dimension.parent.exists()) make_records(dimension.parent.index);
    if (dimension.parent.exists() && std::holds_alternative<program::RangeSource>(dimension.source)) {
      // Bounds may use what the parent determines.
      const auto above = program::determined_by(program(), {dimension.parent});
      for (const auto id : above) make_records(id.index);
      for (const auto id : above) make_implied(id.index);
    }
    read_table(dimension.table);
    read_table(dimension.without);
    FoundKeys found = std::visit([&](const auto& source) { return find(d, source); }, dimension.source);
    place_keys(records_, d, found);
    row_records_[d] = std::move(found.row_records);
    read_attributes(records_, d, row_records_[d], used_);
    states_[d] = State::done;
  }
  FoundKeys find(std::uint32_t d, const program::ColumnSource& source) { return find_column_keys(records_, d, source); }
  FoundKeys find(std::uint32_t d, const program::RangeSource& source) { return find_range_keys(records_, d, source); }
  FoundKeys find(std::uint32_t d, const program::ListSource& source) { return find_list_keys(records_, d, source); }
  FoundKeys find(std::uint32_t d, const program::ScanSource& source) { return find_scan_keys(records_, d, source); }
  FoundKeys find(std::uint32_t d, const program::EnumSource& source) { return find_enum_keys(records_, d, source); }

  /// All that keys over these dimensions are joined by: what they determine, and what connects them.
  void make_around(const std::vector<program::DimensionId>& dimensions) {
    const auto make = [&](program::DimensionId id) {
      const auto below = program::determined_by(program(), {id});
      for (const auto d : below) make_records(d.index);
      for (const auto d : below) make_implied(d.index);
    };
    for (const auto id : dimensions) make(id);
    if (program::basis_of(program(), dimensions).size() < 2) return;
    for (std::uint32_t c = 0; c < axes_.list.size(); ++c) {
      const auto reached = std::count_if(dimensions.begin(), dimensions.end(),
                                         [&](auto d) { return program::determines(program(), {program::DimensionId{c}}, d); });
      if (reached > 1 && !is_staged(program(), c)) make(program::DimensionId{c});
    }
  }

  /// A table with files for keys is read as soon as those are known; paths that records are part of need these before.
  void read_table(program::TableId table) {
    if (!table.exists() || !has_files(program(), table.index) || tables_.files[table.index]) return;
    make_around(dimensions_of(program(), table.index));
    const program::Table& declared = program().tables[table.index];
    const ExprId path = declared.produced.exists() ? program().datasets[declared.produced.index].path : declared.path;
    for (const std::uint32_t dataset : records_in(program().expressions, path)) read_records(dataset);
    if (!tables_.files[table.index]) read_files(frame_, records_.fold, tables_, table.index);
  }

  void read_records(std::uint32_t dataset) {
    if (fields_.tables[dataset]) return;
    const program::Dataset& declared = program().datasets[dataset];
    make_around(declared.dimensions);
    for (const std::uint32_t other : records_in(program().expressions, declared.path)) read_records(other);
    auto keys = make_family(frame_, numbers(declared.basis), declared.is_cross, declared.span, records_.context.text(declared.name));
    if (keys) read_fields(frame_, records_.fold, fields_, dataset, std::move(*keys));
  }

  void make_implied(std::uint32_t d) {
    Axis& axis = axes_.list[d];
    const auto& implies = program().dimensions[d].implies;
    if (axis.implied.size() == implies.size()) return;
    for (const auto& implied : implies) make_records(implied.dimension.index);
    read_implied(records_, d, row_records_[d]);
  }

  /// The place of each record in the order that the dimension declares: by the attribute, then by key. Absent values come first.
  void make_order(std::uint32_t d) {
    Axis& axis = axes_.list[d];
    const program::Dimension& dimension = program().dimensions[d];
    if (!dimension.order_by) return;
    const Type type = dimension.attributes[*dimension.order_by].type;
    const auto values = sort_keys(records_.context, axis.attributes[*dimension.order_by], type);
    if (std::is_sorted(values.begin(), values.end())) return;
    std::vector<std::uint32_t> order(axis.count);
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return values[a] < values[b]; });
    axis.ranks.resize(axis.count);
    for (std::uint32_t i = 0; i < axis.count; ++i) axis.ranks[order[i]] = i;
  }

  [[nodiscard]] const program::Program& program() const { return records_.context.program; }

  Axes axes_;
  TableSet& tables_;
  MadeFields& fields_;
  RecordContext records_;
  Frame frame_;
  UsedAttributes used_;
  std::vector<std::vector<std::uint32_t>> row_records_;
  std::vector<State> states_;
};

}  // namespace

UsedAttributes find_used_attributes(const program::Program& program) {
  UsedAttributes used;
  for (std::uint32_t d = 0; d < program.dimensions.size(); ++d) {
    const program::Dimension& dimension = program.dimensions[d];
    if (dimension.order_by) used.emplace(std::pair{d, *dimension.order_by}, dimension.span);
    if (const auto* range = std::get_if<program::RangeSource>(&dimension.source)) use_expression(program, range->range, used);
  }
  for (const program::Table& table : program.tables) use_expression(program, table.path, used);
  for (const program::Dataset& dataset : program.datasets) {
    for (const ExprId path : program::paths_of(dataset)) use_expression(program, path, used);
    if (!dataset.validity) continue;
    use_expression(program, dataset.validity->begin, used);
    use_expression(program, dataset.validity->until, used);
  }
  for (const program::Certify& certify : program.certifications) use_expression(program, certify.from, used);
  for (const program::Task& task : program.tasks) use_task(program, task, used);
  return used;
}

Axes make_axes(Context& context, Folder& fold, TableSet& tables, MadeFields& fields) {
  return AxesMaker(context, fold, tables, fields).run();
}

}  // namespace osac::planning
