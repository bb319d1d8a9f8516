#include "compiler/planning/write_plan.h"

#include "compiler/planning/failures.h"
#include "compiler/planning/relations.h"

namespace osac::planning {

namespace {

plan::CommandKind kind_of(program::CommandKind kind) {
  switch (kind) {
    case program::CommandKind::words:
      return plan::CommandKind::words;
    case program::CommandKind::shell:
      return plan::CommandKind::shell;
    case program::CommandKind::script:
      break;
  }
  return plan::CommandKind::script;
}

plan::Persistence persistence_of(program::Persistence persistence) {
  switch (persistence) {
    case program::Persistence::keep:
      return plan::Persistence::keep;
    case program::Persistence::temp:
      return plan::Persistence::temp;
    case program::Persistence::protect:
      break;
  }
  return plan::Persistence::protect;
}

class Writer {
 public:
  Writer(const Frame& frame, Folder& fold, const Draft& draft, plan::PlanData& data)
      : frame_(frame), program_(frame.context.program), fold_(fold), draft_(draft), data_(data) {
    task_rows_.resize(program_.tasks.size());
    for (std::uint32_t row = 0; row < draft.order.size(); ++row) task_rows_[draft.order[row]] = row;
  }

  void run(const ParameterValues& parameters, const TableSet& tables) {
    data_.workflow = program_.name;
    data_.doc = text(program_.doc);
    for (std::uint32_t d = 0; d < program_.dimensions.size(); ++d) write_dimension(d);
    for (std::uint32_t d = 0; d < program_.datasets.size(); ++d) write_dataset(d);
    for (const std::uint32_t t : draft_.order) write_task(t);
    for (std::size_t p = 0; p < program_.parameters.size(); ++p) {
      const program::Parameter& parameter = program_.parameters[p];
      data_.parameters.push_back({parameter.name, text(parameter_text(*parameters[p], parameter.type)), parameter.type});
    }
    data_.sources = tables.sources;
    data_.nodes.assign(copied_.pool().nodes.begin(), copied_.pool().nodes.end());
    data_.children.assign(copied_.pool().children.begin(), copied_.pool().children.end());
  }

 private:
  Symbol text(std::string_view string) { return frame_.context.strings.intern(string); }
  std::uint32_t line(Span span) const { return frame_.context.sources.position(span.begin).line; }
  plan::Array indices(const std::vector<std::uint32_t>& list) {
    const plan::Array array{data_.indices.size(), list.size()};
    data_.indices.insert(data_.indices.end(), list.begin(), list.end());
    return array;
  }
  plan::Array scalars(const std::vector<Scalar>& list) {
    const plan::Array array{data_.scalars.size(), list.size()};
    data_.scalars.insert(data_.scalars.end(), list.begin(), list.end());
    return array;
  }

  /// The folded form of an expression, without places in the source.
  ExprId expression(ExprId id) { return id.exists() ? copy(fold_(id)) : id; }
  ExprId copy(ExprId folded) {
    if (folded.index >= memo_.size()) memo_.resize(folded.index + std::size_t{1});
    if (memo_[folded.index].exists()) return memo_[folded.index];
    Node node = frame_.expressions[folded];
    std::vector<ExprId> children;
    for (std::uint32_t i = 0; i < node.child_count; ++i) children.push_back(copy(frame_.expressions.child(folded, i)));
    node.span = {};
    memo_[folded.index] = copied_.add(node, children);
    return memo_[folded.index];
  }

  void write_dimension(std::uint32_t d) {
    const program::Dimension& declared = program_.dimensions[d];
    const Axis& axis = frame_.axes[d];
    plan::DimensionRow row;
    row.name = declared.name;
    row.record_count = axis.count;
    row.key_column = static_cast<std::uint32_t>(data_.columns.size());
    data_.columns.push_back({declared.name, 0, declared.type, scalars(axis.keys)});
    if (declared.parent.exists()) {
      row.parent = declared.parent.index;
      row.parent_records = indices(axis.parents);
    }
    row.first_attribute = static_cast<std::uint32_t>(data_.columns.size());
    row.attribute_count = static_cast<std::uint32_t>(declared.attributes.size());
    for (std::size_t a = 0; a < declared.attributes.size(); ++a)
      data_.columns.push_back({declared.attributes[a].name, 0, declared.attributes[a].type, scalars(axis.attributes[a])});
    row.first_implied = static_cast<std::uint32_t>(data_.implied.size());
    row.implied_count = static_cast<std::uint32_t>(declared.implies.size());
    for (std::size_t i = 0; i < declared.implies.size(); ++i)
      data_.implied.push_back({declared.implies[i].dimension.index, 0, indices(axis.implied[i])});
    if (declared.order_by) row.order_attribute = *declared.order_by;
    data_.dimensions.push_back(row);
  }

  plan::FamilyRow family(Symbol name, const std::vector<program::DimensionId>& dimensions, const Family& family) {
    plan::FamilyRow row;
    row.name = name;
    row.count = family.count;
    row.dimensions = indices(numbers(dimensions));
    row.basis = indices(family.basis);
    row.records = {data_.indices.size(), 0};
    if (family.is_whole || is_prefix(family)) return row;
    for (const auto& column : family.records) indices(column);
    row.records.count = data_.indices.size() - row.records.first;
    return row;
  }
  static bool is_prefix(const Family& family) {
    if (family.records.size() != 1) return false;
    for (std::uint32_t i = 0; i < family.count; ++i)
      if (family.records[0][i] != i) return false;
    return true;
  }

  void write_dataset(std::uint32_t d) {
    const program::Dataset& declared = program_.datasets[d];
    const DatasetDraft& dataset = draft_.datasets[d];
    plan::DatasetRow row;
    row.family = family(declared.name, declared.dimensions, dataset.family);
    row.path = expression(declared.path);
    row.persistence = persistence_of(declared.persistence);
    row.is_external = declared.is_external ? 1 : 0;
    row.is_optional = declared.is_optional ? 1 : 0;
    row.is_directory = declared.is_directory ? 1 : 0;
    row.is_goal = dataset.is_goal ? 1 : 0;
    row.doc = text(declared.doc);
    row.line = line(declared.span);
    if (!dataset.producers.empty()) write_producers(dataset, row);
    data_.datasets.push_back(row);
  }

  void write_producers(const DatasetDraft& dataset, plan::DatasetRow& row) {
    row.producer = task_rows_[dataset.producers.front()];
    bool is_one_task = true;
    bool is_identity = true;
    for (std::uint32_t i = 0; i < dataset.family.count; ++i) {
      is_one_task = is_one_task && dataset.task_of(i) == dataset.task_of(0);
      is_identity = is_identity && dataset.producer_element[i] == i;
    }
    if (is_one_task && dataset.family.count > 0) row.producer = task_rows_[dataset.task_of(0)];
    if (is_one_task && is_identity) return;
    row.producer_elements = indices(dataset.producer_element);
    if (is_one_task) return;
    row.producer_tasks = {data_.indices.size(), dataset.producer_task.size()};
    for (const std::uint32_t task : dataset.producer_task) data_.indices.push_back(task_rows_[task]);
  }

  plan::CommandRow command(const program::Command& declared) {
    plan::CommandRow row;
    row.kind = kind_of(declared.kind);
    row.interpreter = declared.interpreter;
    row.text = expression(declared.text);
    std::vector<std::uint32_t> words;
    for (const ExprId word : declared.words) words.push_back(expression(word).index);
    row.words = indices(words);
    return row;
  }

  void write_task(std::uint32_t t) {
    const program::Task& declared = program_.tasks[t];
    const TaskDraft& task = draft_.tasks[t];
    plan::TaskRow row;
    row.family = family(declared.name, declared.dimensions, task.family);
    row.doc = text(declared.doc);
    row.tool = declared.tool;
    row.env = declared.env;
    row.line = line(declared.span);
    row.first_element = next_element_;
    next_element_ += task.family.count;
    row.level = task.level;
    write_ports(declared, task, row);
    write_metrics(declared, row);
    row.first_slots = static_cast<std::uint32_t>(data_.slots.size());
    row.slots_count = static_cast<std::uint32_t>(declared.slots.size());
    for (const program::Slots& slots : declared.slots) data_.slots.push_back({slots.name, expression(slots.count)});
    row.command = command(declared.command);
    if (declared.verify) row.verify = command(*declared.verify);
    for (std::uint32_t r = 0; r < expression::resource_count; ++r) row.resources[r] = expression(declared.resources[r]);
    row.retry.count = declared.retry.count;
    row.retry.causes = declared.retry.causes;
    row.retry.exit_codes = scalars({declared.retry.exit_codes.begin(), declared.retry.exit_codes.end()});
    for (std::uint32_t r = 0; r < expression::resource_count; ++r) row.retry.growth[r] = declared.retry.growth[r];
    row.empty_codes = scalars({declared.empty_codes.begin(), declared.empty_codes.end()});
    data_.tasks.push_back(row);
  }

  void write_ports(const program::Task& declared, const TaskDraft& task, plan::TaskRow& row) {
    row.first_input = static_cast<std::uint32_t>(data_.inputs.size());
    row.input_count = static_cast<std::uint32_t>(declared.inputs.size());
    for (std::size_t i = 0; i < declared.inputs.size(); ++i) {
      const program::Input& input = declared.inputs[i];
      plan::InputRow port;
      port.name = input.name;
      port.dataset = input.dataset.index;
      port.type = input.type;
      port.relation = make_relation(task.inputs[i], draft_.datasets[input.dataset.index].family.count, data_.indices);
      port.is_survivors = input.is_survivors ? 1 : 0;
      port.minimum = input.minimum;
      port.is_lookup = input.lookup.direction == program::LookupDirection::none ? 0 : 1;
      port.is_gather = input.type.is_list ? 1 : 0;
      data_.inputs.push_back(port);
    }
    row.first_output = static_cast<std::uint32_t>(data_.outputs.size());
    row.output_count = static_cast<std::uint32_t>(declared.outputs.size());
    for (std::size_t o = 0; o < declared.outputs.size(); ++o) {
      const program::Output& output = declared.outputs[o];
      const std::uint32_t count = draft_.datasets[output.dataset.index].family.count;
      data_.outputs.push_back({output.name, output.dataset.index, output.type, make_relation(task.outputs[o], count, data_.indices)});
    }
  }

  void write_metrics(const program::Task& declared, plan::TaskRow& row) {
    row.first_metric = static_cast<std::uint32_t>(data_.metrics.size());
    row.metric_count = static_cast<std::uint32_t>(declared.metrics.size());
    for (const program::Metric& metric : declared.metrics) data_.metrics.push_back({metric.name, text(metric.doc), metric.type});
    row.first_expect = static_cast<std::uint32_t>(data_.expects.size());
    row.expect_count = static_cast<std::uint32_t>(declared.expects.size());
    for (const program::Expect& expect : declared.expects) {
      const Span written = program_.expressions[expect.condition].span;
      data_.expects.push_back(
          {expression(expect.condition), expression(expect.message), text(source_text(frame_.context, written)), expect.fails ? 1U : 0U});
    }
  }

  const Frame& frame_;
  const program::Program& program_;
  Folder& fold_;
  const Draft& draft_;
  plan::PlanData& data_;
  expression::Expressions copied_;
  std::vector<ExprId> memo_;
  std::vector<std::uint32_t> task_rows_;
  std::uint32_t next_element_ = 0;
};

}  // namespace

void write_plan(const Frame& frame, Folder& fold, const ParameterValues& parameters, const TableSet& tables, const Draft& draft,
                plan::PlanData& data) {
  Writer(frame, fold, draft, data).run(parameters, tables);
}

}  // namespace osac::planning
