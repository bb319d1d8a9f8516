#include "compiler/planning/write_plan.h"

#include <algorithm>

#include "compiler/planning/certificates.h"
#include "compiler/planning/failures.h"
#include "compiler/planning/recorded.h"
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

plan::Publication publication_of(program::Publication publication) {
  switch (publication) {
    case program::Publication::none:
      return plan::Publication::none;
    case program::Publication::move:
      return plan::Publication::move;
    case program::Publication::link:
      break;
  }
  return plan::Publication::link;
}

class Writer {
 public:
  Writer(const Stages& stages, Folder& fold, plan::PlanData& data)
      : stages_(stages), frame_(stages.frame), program_(frame_.context.program), fold_(fold), draft_(stages.draft), data_(data) {
    task_rows_.resize(program_.tasks.size());
    for (std::uint32_t row = 0; row < draft_.order.size(); ++row) task_rows_[draft_.order[row]] = row;
  }

  void run(const ParameterValues& parameters) {
    data_.workflow = program_.name;
    data_.doc = text(program_.doc);
    reserve();
    for (std::uint32_t d = 0; d < program_.dimensions.size(); ++d) write_dimension(d);
    for (std::uint32_t d = 0; d < program_.datasets.size(); ++d) write_dataset(d);
    for (const std::uint32_t t : draft_.order) write_task(t);
    for (const program::Certify& certify : program_.certifications) write_certify(certify);
    for (std::uint32_t stage = 0; stage < draft_.stages.size(); ++stage) write_stage(stage);
    write_unusable();
    write_recorded(program_, draft_, task_rows_, data_);
    for (std::size_t p = 0; p < program_.parameters.size(); ++p) {
      const program::Parameter& parameter = program_.parameters[p];
      data_.parameters.push_back({parameter.name, text(parameter_text(*parameters[p], parameter.type)), parameter.type});
    }
    data_.sources = stages_.tables.sources;
    data_.nodes.assign(copied_.pool().nodes.begin(), copied_.pool().nodes.end());
    data_.children.assign(copied_.pool().children.begin(), copied_.pool().children.end());
  }

 private:
  /// Room for the lists of millions, so that they are not copied while they grow. What is not written costs nothing: it is never touched.
  void reserve() {
    std::size_t scalars = 0;
    std::size_t indices = 0;
    for (const Axis& axis : frame_.axes.list) {
      scalars += axis.keys.size();
      for (const auto& values : axis.attributes) scalars += values.size();
      indices += axis.parents.size() + axis.implied.size() * axis.count;
    }
    const auto count_family = [&](const Family& family) {
      for (const auto& column : family.records) indices += column.size();
    };
    for (const DatasetDraft& dataset : draft_.datasets) {
      count_family(dataset.family);
      indices += dataset.producer_element.size() + dataset.producer_task.size();
    }
    for (const TaskDraft& task : draft_.tasks) {
      count_family(task.family);
      for (const auto* ports : {&task.inputs, &task.outputs})
        for (const Links& links : *ports) indices += links.target.size() + links.group.size() + links.members.size() + 1;
    }
    data_.scalars.reserve(scalars);
    data_.indices.reserve(indices);
  }
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
    if (node.op == Op::dataset_field) node.first_child = node.child_count = 0;  // the keys are planning's own
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
    row.keep_for = declared.keep_for;
    row.publication = publication_of(declared.publication);
    if (declared.publication != program::Publication::none) row.published_path = expression(declared.published_path);
    row.is_certified = is_certified(program_, d) ? 1 : 0;
    write_fields(d, row);
    if (!dataset.producers.empty()) write_producers(dataset, row);
    data_.datasets.push_back(row);
  }

  /// Values only of fields that the plan is made of; those of a file that is not there yet stay empty, and nothing asks for them.
  void write_fields(std::uint32_t d, plan::DatasetRow& row) {
    const program::Dataset& declared = program_.datasets[d];
    const Family& family = draft_.datasets[d].family;
    row.first_field = static_cast<std::uint32_t>(data_.fields.size());
    row.field_count = static_cast<std::uint32_t>(declared.fields.size());
    const FieldTable* table = stages_.fields.tables[d].get();
    std::vector<std::uint32_t> elements;
    if (table != nullptr)
      elements = find_elements(table->elements, frame_.axes, columns_on(frame_, family, table->elements.basis), family.count);
    for (std::uint32_t f = 0; f < declared.fields.size(); ++f) {
      const program::Column& field = declared.fields[f];
      plan::FieldRow written{field.name, field.source_name, field.type, {data_.scalars.size(), 0}};
      if (table != nullptr && stages_.fields.used[d].count(f) > 0) {
        for (const std::uint32_t e : elements) data_.scalars.push_back(e == none ? expression::absent_scalar : table->values[f][e]);
        written.values.count = family.count;
      }
      data_.fields.push_back(written);
    }
  }

  /// The dataset's element with the task's key.
  void write_certify(const program::Certify& certify) {
    const DatasetDraft& dataset = draft_.datasets[certify.dataset.index];
    const Family& task = draft_.tasks[certify.task.index].family;
    Links links;
    links.target = find_elements(dataset.family, frame_.axes, columns_on(frame_, task, dataset.family.basis), task.count);
    const auto& validity = program_.datasets[certify.dataset.index].validity;
    plan::CertifyRow row;
    row.dataset = certify.dataset.index;
    row.task = task_rows_[certify.task.index];
    row.begin = expression(certify.from.exists() || !validity ? certify.from : validity->begin);
    if (validity) row.until = expression(validity->until);
    row.relation = make_relation(links, dataset.family.count, data_.indices);
    data_.certifications.push_back(row);
  }

  /// Only what something waits for; and of the files those that are not there.
  void write_stage(std::uint32_t stage) {
    const auto waits = [&](const TaskDraft& task) {
      return std::find(task.held.begin(), task.held.end(), stage) != task.held.end() ||
             std::any_of(task.pending.begin(), task.pending.end(), [&](const Pending& pending) { return pending.stage == stage; });
    };
    std::vector<std::uint32_t> tasks;
    for (std::uint32_t row = 0; row < draft_.order.size(); ++row)
      if (waits(draft_.tasks[draft_.order[row]])) tasks.push_back(row);
    if (tasks.empty()) return;
    plan::StageRow row;
    row.what = text(draft_.stages[stage].what);
    row.dataset = draft_.stages[stage].dataset;
    std::vector<std::uint32_t> elements;
    const auto unmade = find_unmade(stages_, row.dataset);
    for (std::uint32_t e = 0; e < unmade.size(); ++e)
      if (unmade[e] != 0) elements.push_back(e);
    row.elements = indices(elements);
    row.tasks = indices(tasks);
    data_.stages.push_back(row);
  }

  /// Tables of which a file cannot be read: what comes of it is not planned.
  void write_unusable() {
    const auto unusable = find_unusable(stages_);
    for (std::uint32_t t = 0; t < unusable.size(); ++t) {
      if (unusable[t].empty()) continue;
      const auto reads = [&](program::DimensionId dimension) { return program_.dimensions[dimension.index].table.index == t; };
      std::vector<std::uint32_t> tasks;
      for (std::uint32_t row = 0; row < draft_.order.size(); ++row) {
        const auto dimensions = program::determined_by(program_, program_.tasks[draft_.order[row]].dimensions);
        if (std::any_of(dimensions.begin(), dimensions.end(), reads)) tasks.push_back(row);
      }
      plan::StageRow row;
      row.what = text(fmt::format("what comes of table `{}`", frame_.context.text(program_.tables[t].name)));
      row.dataset = program_.tables[t].produced.index;
      row.elements = indices(unusable[t]);
      row.tasks = indices(tasks);
      data_.stages.push_back(row);
    }
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
    row.pending_count = task.held_count;
    row.first_rung = static_cast<std::uint32_t>(data_.rungs.size());
    row.rung_count = static_cast<std::uint32_t>(declared.rungs.size());
    for (const program::Rung& rung : declared.rungs) data_.rungs.push_back({rung.count, 0, command(rung.command)});
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
      port.branch = input.branch;
      port.is_implicit = input.is_implicit ? 1 : 0;
      port.is_recurrent = task.is_recurrent[i];
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

  const Stages& stages_;
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

void write_plan(const Stages& stages, Folder& fold, const ParameterValues& parameters, plan::PlanData& data) {
  Writer(stages, fold, data).run(parameters);
}

}  // namespace osac::planning
