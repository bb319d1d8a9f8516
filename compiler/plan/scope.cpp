#include "compiler/plan/scope.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "compiler/plan/element_text.h"

namespace osac::plan {

using expression::EvaluationError;
using expression::Node;
using expression::Op;
using expression::Value;

Value ElementScope::reference(const Node& node) const {
  if (node.op == Op::dataset_field && node.index < plan_.datasets().size()) return record_value(node);
  if ((node.op != Op::key && node.op != Op::attribute) || node.index >= plan_.dimensions().size())
    throw EvaluationError{{}, "an expression names what is not known here"};
  const DimensionRow& dimension = plan_.dimensions()[node.index];
  const std::uint32_t column = node.op == Op::key ? dimension.key_column : dimension.first_attribute + node.extra;
  return plan_.value(plan_.columns()[column], plan_.record(family_, element_, node.index));
}

/// A field of the record in the file that the element's keys determine.
Value ElementScope::record_value(const Node& node) const {
  const DatasetRow& dataset = plan_.datasets()[node.index];
  const auto fields = plan_.fields(dataset);
  if (node.extra >= fields.size()) throw EvaluationError{{}, "an expression names a field that is not there"};
  const std::uint32_t holder = corresponding_element(plan_, family_, element_, dataset.family);
  if (holder == no_element)
    throw EvaluationError{
        {}, fmt::format("there is no `{}` to read `{}` from", plan_.text(dataset.family.name), plan_.text(fields[node.extra].name))};
  return field_value(plan_, fields[node.extra], holder);
}

std::optional<std::int64_t> ElementScope::file_size(const std::string& path) const {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return S_ISREG(status.st_mode) ? static_cast<std::int64_t>(status.st_size) : 0;
}

std::string ElementScope::list_file(const Node&, const std::vector<Value>&) const {
  throw EvaluationError{{}, "a list of names cannot be written here"};
}

namespace {

/// How a path stands in a command: a directory without its final '/', so that `{index}/genome` reads well.
std::string in_command(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

/// The files of a port, whichever of its branches they are of.
std::vector<FileUse> TaskScope::input_uses(std::uint32_t port) const {
  std::vector<FileUse> uses;
  for (const InputRow& input : port_rows(plan_, plan_.tasks()[ref_.task], port))
    plan_.for_each(input.relation, ref_.element, plan_.datasets()[input.dataset].family.count, [&](std::uint32_t target) {
      FileUse use{input.dataset, target, port, input.branch, dataset_path(plan_, input.dataset, target)};
      if (!context_.input_filter || context_.input_filter(use)) uses.push_back(std::move(use));
    });
  return uses;
}

Value TaskScope::input_value(std::uint32_t port) const {
  std::vector<Value> paths;
  for (FileUse& use : input_uses(port)) paths.emplace_back(in_command(std::move(use.path)));
  if (plan_.inputs(plan_.tasks()[ref_.task])[port].type.is_list) return paths;
  return paths.empty() ? Value{} : std::move(paths.front());
}

/// A field of the record in the port's file; branches of other datasets have it under the same name.
Value TaskScope::field(std::uint32_t port, std::uint32_t place) const {
  const std::vector<FileUse> uses = input_uses(port);
  if (uses.empty()) return {};
  const auto declared = plan_.fields(plan_.datasets()[plan_.inputs(plan_.tasks()[ref_.task])[port].dataset]);
  const auto fields = plan_.fields(plan_.datasets()[uses.front().dataset]);
  if (place >= declared.size()) throw EvaluationError{{}, "an expression names a field that the input does not have"};
  const std::string_view name = plan_.text(declared[place].name);
  const auto own = std::find_if(fields.begin(), fields.end(), [&](const FieldRow& row) { return plan_.text(row.name) == name; });
  if (own == fields.end() || !context_.record_field) throw EvaluationError{{}, fmt::format("the field `{}` is not known here", name)};
  auto value = context_.record_field(uses.front(), static_cast<std::uint32_t>(own - fields.begin()));
  if (!value) throw EvaluationError{{}, value.error().what};
  return std::move(*value);
}

Value TaskScope::output_value(std::uint32_t port) const {
  const OutputRow& output = plan_.outputs(plan_.tasks()[ref_.task])[port];
  std::vector<Value> paths;
  plan_.for_each(output.relation, ref_.element, plan_.datasets()[output.dataset].family.count, [&](std::uint32_t target) {
    std::string path = dataset_path(plan_, output.dataset, target);
    if (context_.output_path) path = context_.output_path({output.dataset, target, port, 0, std::move(path)});
    paths.emplace_back(in_command(std::move(path)));
  });
  if (output.type.is_list) return paths;
  return paths.empty() ? Value{} : std::move(paths.front());
}

Value TaskScope::reference(const Node& node) const {
  const TaskRow& task = plan_.tasks()[ref_.task];
  switch (node.op) {
    case Op::port_path:
      if (node.index < task.input_count) return input_value(node.index);
      if (node.index - task.input_count < task.output_count) return output_value(node.index - task.input_count);
      break;
    case Op::port_count:
      if (node.index < task.input_count) return static_cast<std::int64_t>(input_uses(node.index).size());
      break;
    case Op::port_field:
      if (node.index < task.input_count) return field(node.index, node.extra);
      break;
    case Op::resource:
      switch (static_cast<expression::Resource>(node.index)) {
        case expression::Resource::cpus:
          return context_.resources.cpus;
        case expression::Resource::memory:
          return context_.resources.memory;
        case expression::Resource::time:
          return context_.resources.time;
        case expression::Resource::disk:
          return context_.resources.disk;
        case expression::Resource::gpus:
          return context_.resources.gpus;
      }
      break;
    case Op::scratch:
      return context_.scratch;
    default:
      return ElementScope::reference(node);
  }
  throw EvaluationError{{}, "an expression names a port that the task does not have"};
}

std::string TaskScope::list_file(const Node& hole, const std::vector<Value>& names) const {
  if (!context_.list_file) return ElementScope::list_file(hole, names);
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (const Value& name : names) texts.push_back(name.text());
  return context_.list_file(static_cast<std::uint32_t>(&hole - plan_.pool().nodes.data()), texts);
}

Value MetricScope::reference(const Node& node) const {
  if (node.op != Op::attribute || node.index != metric_scope) return TaskScope::reference(node);
  for (const MetricValue& metric : metrics_)
    if (metric.metric == node.extra) return metric.value;
  return {};
}

Result<Value> dataset_value(const Plan& plan, std::uint32_t dataset, std::uint32_t element, ExprId id) {
  return evaluate(plan, id, ElementScope(plan, plan.datasets()[dataset].family, element));
}

std::optional<Published> published_path(const Plan& plan, std::uint32_t dataset, std::uint32_t element) {
  const DatasetRow& row = plan.datasets()[dataset];
  if (row.publication == Publication::none) return std::nullopt;
  const auto path = dataset_value(plan, dataset, element, row.published_path);
  if (!path) return Published{row.publication, {}};  // only in a damaged plan
  return Published{row.publication, expression::to_text(*path, plan.pool()[row.published_path].type)};
}

Result<Value> evaluate(const Plan& plan, ExprId id, const expression::Scope& scope) {
  return guarded([&] { return expression::evaluate(plan.pool(), id, scope); });
}

}  // namespace osac::plan
