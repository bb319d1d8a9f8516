#pragma once
// The clauses of PlanMaker's tasks, and how all is put together; include plan_maker.h.

#include "tests/support/plan_maker.h"

namespace osac::test {

inline TaskMaker PlanMaker::add_task(plan::FamilyRow family) {
  Task task;
  task.row.family = family;
  task.row.doc = symbol("");
  task.row.line = static_cast<std::uint32_t>(tasks_.size() + 1);
  tasks_.push_back(std::move(task));
  return {*this, tasks_.size() - 1};
}

inline TaskMaker PlanMaker::task(std::string_view name, const Dimensions& dimensions) { return add_task(family(name, dimensions)); }

inline TaskMaker PlanMaker::task_at(std::string_view name, DimensionId dimension, const std::vector<std::uint32_t>& records) {
  plan::FamilyRow row = family(name, {dimension});
  row.count = static_cast<std::uint32_t>(records.size());
  row.records = add_indices(records);
  return add_task(row);
}

inline plan::InputRow& PlanMaker::add_input(std::size_t task, std::string_view name, DatasetId dataset, plan::Relation relation) {
  plan::InputRow row;
  row.name = symbol(name);
  row.dataset = dataset.index;
  row.type = Type::of(Kind::file);
  row.relation = relation;
  tasks_[task].inputs.push_back(row);
  return tasks_[task].inputs.back();
}

inline TaskMaker& TaskMaker::in(std::string_view name, DatasetId dataset) {
  maker_.add_input(task_, name, dataset, maker_.relation(maker_.tasks_[task_].row.family, maker_.row(dataset).family));
  return *this;
}
inline TaskMaker& TaskMaker::optional(std::string_view name, DatasetId dataset) {
  in(name, dataset);
  plan::InputRow& row = maker_.tasks_[task_].inputs.back();
  row.type = row.type.optional();
  return *this;
}
inline TaskMaker& TaskMaker::gather(std::string_view name, DatasetId dataset, std::uint32_t minimum) {
  in(name, dataset);
  plan::InputRow& row = maker_.tasks_[task_].inputs.back();
  row.type = row.type.list();
  row.is_gather = 1;
  row.minimum = minimum;
  return *this;
}
inline TaskMaker& TaskMaker::survivors(std::string_view name, DatasetId dataset, std::uint32_t minimum) {
  gather(name, dataset, minimum);
  maker_.tasks_[task_].inputs.back().is_survivors = 1;
  return *this;
}
inline TaskMaker& TaskMaker::lookup(std::string_view name, DatasetId dataset, std::vector<std::uint32_t> targets) {
  const bool is_optional = std::find(targets.begin(), targets.end(), plan::no_element) != targets.end();
  plan::InputRow& row = maker_.add_input(task_, name, dataset, maker_.mapped(targets));
  if (is_optional) row.type = row.type.optional();
  row.is_lookup = 1;
  return *this;
}

inline TaskMaker& TaskMaker::recurrent(std::string_view name, DatasetId dataset, std::vector<std::uint32_t> targets) {
  lookup(name, dataset, std::move(targets));
  maker_.tasks_[task_].inputs.back().is_recurrent = 1;
  return *this;
}
inline TaskMaker& TaskMaker::otherwise(DatasetId dataset, std::vector<std::uint32_t> targets) {
  const plan::InputRow before = maker_.tasks_[task_].inputs.back();
  plan::InputRow& row = maker_.add_input(task_, maker_.texts_[before.name.index], dataset, maker_.mapped(targets));
  row.type = before.type;
  row.branch = before.branch + 1;
  return *this;
}
inline TaskMaker& TaskMaker::implicit(DatasetId dataset) {
  in(maker_.texts_[maker_.row(dataset).family.name.index], dataset);
  maker_.tasks_[task_].inputs.back().is_implicit = 1;
  return *this;
}

inline TaskMaker& TaskMaker::out(std::string_view name, DatasetId dataset) {
  PlanMaker::Task& task = maker_.tasks_[task_];
  const plan::FamilyRow& made = maker_.row(dataset).family;
  plan::OutputRow row;
  row.name = maker_.symbol(name);
  row.dataset = dataset.index;
  row.relation = maker_.relation(task.row.family, made);
  row.type = Type::of(Kind::file);
  const auto lists = maker_.targets(task.row.family, made);
  for (std::uint32_t i = 0; i < lists.size(); ++i) {
    if (lists[i].size() > 1) row.type = row.type.list();
    for (const std::uint32_t target : lists[i]) maker_.makers_[dataset.index][target] = {static_cast<std::uint32_t>(task_), i};
  }
  task.outputs.push_back(row);
  return *this;
}

inline TaskMaker& TaskMaker::run(std::string_view words) {
  maker_.tasks_[task_].row.command = maker_.command(maker_.tasks_[task_], plan::CommandKind::words, words);
  return *this;
}
inline TaskMaker& TaskMaker::shell(std::string_view text) {
  maker_.tasks_[task_].row.command = maker_.command(maker_.tasks_[task_], plan::CommandKind::shell, text);
  return *this;
}
inline TaskMaker& TaskMaker::script(std::string_view interpreter, std::string_view text) {
  maker_.tasks_[task_].row.command = maker_.command(maker_.tasks_[task_], plan::CommandKind::script, text, interpreter);
  return *this;
}
inline TaskMaker& TaskMaker::verify(std::string_view shell_text) {
  maker_.tasks_[task_].row.verify = maker_.command(maker_.tasks_[task_], plan::CommandKind::shell, shell_text);
  return *this;
}
inline TaskMaker& TaskMaker::cpus(std::int64_t count) {
  maker_.tasks_[task_].row.resources[0] = maker_.constant(count, Type::of(Kind::integer));
  return *this;
}
inline TaskMaker& TaskMaker::memory(std::int64_t bytes) {
  maker_.tasks_[task_].row.resources[1] = maker_.constant(bytes, Type::of(Kind::memory));
  return *this;
}
inline TaskMaker& TaskMaker::time(std::int64_t nanoseconds) {
  maker_.tasks_[task_].row.resources[2] = maker_.constant(nanoseconds, Type::of(Kind::duration));
  return *this;
}
inline TaskMaker& TaskMaker::slots(std::string_view name, std::int64_t count) {
  maker_.tasks_[task_].slots.push_back({maker_.symbol(name), maker_.constant(count, Type::of(Kind::integer))});
  return *this;
}
inline TaskMaker& TaskMaker::env(std::string_view name) {
  maker_.tasks_[task_].row.env = maker_.symbol(name);
  return *this;
}
inline TaskMaker& TaskMaker::retry(std::uint32_t count, std::uint32_t causes, double memory_growth, double time_growth) {
  plan::RetryRow& row = maker_.tasks_[task_].row.retry;
  row.count = count;
  row.causes = causes;
  row.growth[1] = memory_growth;
  row.growth[2] = time_growth;
  return *this;
}
inline TaskMaker& TaskMaker::retry_on_exit(std::uint32_t count, const std::vector<std::int64_t>& codes) {
  retry(count, 8);
  maker_.tasks_[task_].row.retry.exit_codes = maker_.add_scalars(codes);
  return *this;
}
inline TaskMaker& TaskMaker::then(std::uint32_t count, std::string_view words) {
  maker_.tasks_[task_].rungs.push_back({count, 0, maker_.command(maker_.tasks_[task_], plan::CommandKind::words, words)});
  return *this;
}
inline TaskMaker& TaskMaker::empty_on(const std::vector<std::int64_t>& codes) {
  maker_.tasks_[task_].row.empty_codes = maker_.add_scalars(codes);
  return *this;
}
inline TaskMaker& TaskMaker::metric(std::string_view name, Kind kind) {
  maker_.tasks_[task_].metrics.push_back({maker_.symbol(name), maker_.symbol(""), Type::of(kind)});
  return *this;
}

inline TaskMaker& TaskMaker::expect(std::string_view metric, std::string_view operation, double limit, bool fails,
                                    std::string_view message) {
  PlanMaker::Task& task = maker_.tasks_[task_];
  Node value;
  value.op = Op::attribute;
  value.index = plan::metric_scope;
  while (maker_.texts_[task.metrics.at(value.extra).name.index] != metric) ++value.extra;
  value.type = task.metrics[value.extra].type;
  const ExprId left = maker_.add_node(value);
  const ExprId right = maker_.constant(expression::scalar_of(limit), Type::of(Kind::real));
  static const std::map<std::string_view, Op> operations = {
      {"<", Op::less}, {"<=", Op::less_equal}, {">", Op::greater}, {">=", Op::greater_equal}, {"==", Op::equal}};
  Node condition;
  condition.op = operations.at(operation);
  condition.type = Type::of(Kind::boolean);
  plan::ExpectRow row;
  row.condition = maker_.add_node(condition, {left, right});
  row.message = maker_.text_template(&task, message, HoleContext::plain);
  std::string shortest = std::to_string(limit);
  shortest.erase(shortest.find_last_not_of('0') + 1);
  if (shortest.ends_with('.')) shortest.pop_back();
  row.text = maker_.symbol(std::string(metric) + ' ' + std::string(operation) + ' ' + shortest);
  row.fails = fails ? 1 : 0;
  task.expects.push_back(row);
  return *this;
}

// ---- what is known late

inline void PlanMaker::certify(DatasetId dataset, std::string_view task, Scalar begin, Scalar until) {
  plan::CertifyRow row;
  row.dataset = dataset.index;
  row.begin = constant(begin, Type::of(Kind::time));
  if (until != expression::absent_scalar) row.until = constant(until, Type::of(Kind::time));
  certifications_.push_back({row, std::string(task)});
}

inline void PlanMaker::stage(std::string_view what, DatasetId dataset, const std::vector<std::uint32_t>& elements,
                             const std::vector<std::string>& tasks) {
  plan::StageRow row;
  row.what = symbol(what);
  row.dataset = dataset.index;
  row.elements = add_indices(elements);
  stages_.push_back({row, tasks});
}

inline void PlanMaker::set_late_rows(plan::PlanData& data) const {
  for (std::size_t d = 0; d < fields_.size(); ++d) {
    data.datasets[d].first_field = static_cast<std::uint32_t>(data.fields.size());
    data.datasets[d].field_count = static_cast<std::uint32_t>(fields_[d].size());
    data.fields.insert(data.fields.end(), fields_[d].begin(), fields_[d].end());
  }
  const auto find_task = [&](const std::string& name) {
    std::uint32_t task = 0;
    while (data.strings.text(data.tasks.at(task).family.name) != name) ++task;
    return task;
  };
  for (const Certification& certification : certifications_) {
    data.certifications.push_back(certification.row);
    data.certifications.back().task = find_task(certification.task);
  }
  for (const Stage& stage : stages_) {
    plan::StageRow row = stage.row;
    row.tasks = {data.indices.size(), stage.tasks.size()};
    for (const std::string& task : stage.tasks) data.indices.push_back(find_task(task));
    data.stages.push_back(row);
  }
}

// ---- all together

/// The longest chain of tasks before each task.
inline std::vector<std::uint32_t> PlanMaker::levels() const {
  std::vector<std::uint32_t> levels(tasks_.size(), 0);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t t = 0; t < tasks_.size(); ++t)
      for (const plan::InputRow& input : tasks_[t].inputs)
        for (const plan::ElementRef maker : makers_[input.dataset]) {
          if (maker.task == plan::no_row || input.is_recurrent != 0 || levels[maker.task] < levels[t]) continue;
          if (maker.task == t || levels[t] > tasks_.size()) throw std::logic_error("PlanMaker: a cycle");
          levels[t] = levels[maker.task] + 1;
          changed = true;
        }
  }
  return levels;
}

inline void PlanMaker::set_producers(plan::PlanData& data, const std::vector<std::uint32_t>& places) const {
  const auto add = [&](std::vector<std::uint32_t>& values) {
    const plan::Array array{data.indices.size(), values.size()};
    data.indices.insert(data.indices.end(), values.begin(), values.end());
    return array;
  };
  for (std::size_t d = 0; d < makers_.size(); ++d) {
    plan::DatasetRow& row = data.datasets[d];
    std::vector<std::uint32_t> tasks;
    std::vector<std::uint32_t> elements;
    bool is_identity = true;
    bool is_one_task = true;
    for (std::uint32_t i = 0; i < makers_[d].size(); ++i) {
      const plan::ElementRef maker = makers_[d][i];
      tasks.push_back(maker.task == plan::no_row ? plan::no_row : places[maker.task]);
      elements.push_back(maker.element);
      is_identity = is_identity && maker.element == i;
      is_one_task = is_one_task && tasks.back() == tasks.front();
    }
    if (tasks.empty() || (is_one_task && tasks.front() == plan::no_row)) continue;
    if (is_one_task) row.producer = tasks.front();
    if (!is_one_task) row.producer_tasks = add(tasks);
    if (!is_one_task || !is_identity) row.producer_elements = add(elements);
  }
}

inline plan::PlanData PlanMaker::data() const {
  plan::PlanData data;
  for (const std::string& text : texts_) data.strings.intern(text);
  data.workflow = data.strings.find(workflow_);
  data.doc = Symbol{0};
  data.nodes = nodes_;
  data.children = children_;
  data.scalars = scalars_;
  data.indices = indices_;
  data.datasets = datasets_;
  data.parameters = parameters_;
  const auto add_column = [&](const Column& column) {
    data.columns.push_back({column.name, 0, column.type, {data.scalars.size(), column.values.size()}});
    data.scalars.insert(data.scalars.end(), column.values.begin(), column.values.end());
  };
  for (const Dimension& dimension : dimensions_) {
    plan::DimensionRow row = dimension.row;
    row.key_column = static_cast<std::uint32_t>(data.columns.size());
    add_column(dimension.key);
    row.first_attribute = static_cast<std::uint32_t>(data.columns.size());
    row.attribute_count = static_cast<std::uint32_t>(dimension.attributes.size());
    for (const Column& column : dimension.attributes) add_column(column);
    row.first_implied = static_cast<std::uint32_t>(data.implied.size());
    row.implied_count = static_cast<std::uint32_t>(dimension.implied.size());
    data.implied.insert(data.implied.end(), dimension.implied.begin(), dimension.implied.end());
    data.dimensions.push_back(row);
  }

  const auto level = levels();
  std::vector<std::uint32_t> order(tasks_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return level[a] < level[b]; });
  std::vector<std::uint32_t> places(tasks_.size());
  std::uint32_t elements = 0;
  for (const std::uint32_t id : order) {
    const Task& task = tasks_[id];
    plan::TaskRow row = task.row;
    const auto add = [](auto& list, const auto& own, std::uint32_t& first, std::uint32_t& count) {
      first = static_cast<std::uint32_t>(list.size());
      count = static_cast<std::uint32_t>(own.size());
      list.insert(list.end(), own.begin(), own.end());
    };
    add(data.inputs, task.inputs, row.first_input, row.input_count);
    add(data.outputs, task.outputs, row.first_output, row.output_count);
    add(data.metrics, task.metrics, row.first_metric, row.metric_count);
    add(data.expects, task.expects, row.first_expect, row.expect_count);
    add(data.slots, task.slots, row.first_slots, row.slots_count);
    add(data.rungs, task.rungs, row.first_rung, row.rung_count);
    row.level = level[id];
    row.first_element = elements;
    elements += row.family.count;
    places[id] = static_cast<std::uint32_t>(data.tasks.size());
    data.tasks.push_back(row);
  }
  set_producers(data, places);
  set_late_rows(data);
  return data;
}

inline plan::Plan PlanMaker::plan() const {
  auto plan = plan::Plan::from_bytes(plan::serialize(data()));
  if (!plan) throw std::logic_error("PlanMaker: " + plan.error().what);
  return std::move(*plan);
}

}  // namespace osac::test
