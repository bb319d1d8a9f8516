// The invariants of a checked program. A broken one is a bug in osac, never a mistake of the user; so the words are for us.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/program/program.h"

namespace osac::program {

namespace {

using expression::Kind;
using expression::Node;
using expression::Op;

enum class Need : std::uint8_t { required, may_be_none };

class Verifier {
 public:
  explicit Verifier(const Program& program) : program_(program), seen_(program.expressions.size(), false) {}

  std::string run() {
    verify_nodes();
    for (const Parameter& parameter : program_.parameters) {
      where_ = "parameter";
      expression(parameter.default_value, Need::may_be_none);
    }
    for (const Table& table : program_.tables) verify_table(table);
    for (const Dimension& dimension : program_.dimensions) verify_dimension(dimension);
    for (const Relation& relation : program_.relations) verify_relation(relation);
    for (const Dataset& dataset : program_.datasets) verify_dataset(dataset);
    for (const Task& task : program_.tasks) verify_task(task);
    for (const Certify& certify : program_.certifications) verify_certify(certify);
    where_ = "goals";
    for (const DatasetId goal : program_.goals) in_range(goal, program_.datasets.size(), "dataset");
    return problem_;
  }

 private:
  void fail(const std::string& what) {
    if (problem_.empty()) problem_ = where_ + ": " + what;
  }
  template <typename Tag>
  bool in_range(Id<Tag> id, std::size_t size, const char* what) {
    if (id.index < size) return true;
    fail(fmt::format("{} {} of {}", what, id.index, size));
    return false;
  }

  void verify_nodes() {
    const auto pool = program_.expressions.pool();
    for (std::uint32_t i = 0; i < pool.nodes.size(); ++i) {
      where_ = fmt::format("node {}", i);
      const Node& node = pool.nodes[i];
      if (std::uint64_t{node.first_child} + node.child_count > pool.children.size()) {
        fail("children out of range");
        continue;
      }
      for (std::uint32_t c = 0; c < node.child_count; ++c) {
        if (pool.child(node, c) >= i) fail("a child that is not older than its parent");
      }
    }
  }

  void verify_reference(const Node& node) {
    switch (node.op) {
      case Op::parameter:
        in_range(ParameterId{node.index}, program_.parameters.size(), "parameter");
        break;
      case Op::key:
        in_range(DimensionId{node.index}, program_.dimensions.size(), "key of dimension");
        break;
      case Op::attribute:
        verify_attribute(node);
        break;
      case Op::port_path:
        if (task_ == nullptr || node.index >= task_->inputs.size() + task_->outputs.size()) fail("port out of range");
        break;
      case Op::port_count:
        if (task_ == nullptr || node.index >= task_->inputs.size()) fail("port count out of range");
        break;
      case Op::port_field:
        if (task_ == nullptr || node.index >= task_->inputs.size())
          fail("port of a field out of range");
        else
          verify_field(task_->inputs[node.index].dataset.index, node.extra);
        break;
      case Op::dataset_field:
        verify_field(node.index, node.extra);
        break;
      case Op::resource:
        if (node.index >= expression::resource_count) fail("resource out of range");
        break;
      default:
        break;
    }
  }

  void verify_field(std::uint32_t dataset, std::uint32_t field) {
    if (!in_range(DatasetId{dataset}, program_.datasets.size(), "field of dataset")) return;
    if (field >= program_.datasets[dataset].fields.size()) fail("field out of range");
  }

  void verify_attribute(const Node& node) {
    if (node.index == metric_scope) {
      if (task_ == nullptr || node.extra >= task_->metrics.size()) fail("metric out of range");
      return;
    }
    if (!in_range(DimensionId{node.index}, program_.dimensions.size(), "attribute of dimension")) return;
    if (node.extra >= program_.dimensions[node.index].attributes.size()) fail("attribute out of range");
  }

  /// Walks an expression in its context. Nodes outside tasks are walked once; a task's own again, since ports are the task's.
  void expression(ExprId id, Need need = Need::required) {
    if (!id.exists()) {
      if (need == Need::required) fail("an expression is missing");
      return;
    }
    if (!in_range(id, program_.expressions.size(), "expression")) return;
    std::vector<ExprId> open = {id};
    std::vector<bool>& seen = seen_;
    std::vector<std::uint32_t> marked;
    while (!open.empty()) {
      const ExprId next = open.back();
      open.pop_back();
      if (seen[next.index]) continue;
      seen[next.index] = true;
      marked.push_back(next.index);
      const Node& node = program_.expressions[next];
      if (node.type.is_error()) fail(fmt::format("node {} has the error type", next.index));
      verify_reference(node);
      for (std::uint32_t c = 0; c < node.child_count; ++c) open.push_back(program_.expressions.child(next, c));
    }
    for (const std::uint32_t index : marked) seen[index] = false;
  }
  void typed(ExprId id, Kind kind, const char* what, Need need = Need::may_be_none) {
    expression(id, need);
    if (!id.exists() || id.index >= program_.expressions.size()) return;
    const expression::Type type = program_.expressions[id].type;
    if (type.kind != kind || type.is_list) fail(fmt::format("{} has another type", what));
  }
  void dimensions(const std::vector<DimensionId>& ids) {
    for (const DimensionId id : ids) in_range(id, program_.dimensions.size(), "dimension");
  }
  void basis(const std::vector<DimensionId>& all, const std::vector<DimensionId>& found) {
    dimensions(all);
    dimensions(found);
    if (problem_.empty() && found != basis_of(program_, all)) fail("the basis is not that of the dimensions");
  }

  void verify_table(const Table& table) {
    where_ = fmt::format("table {}", table.name.index);
    dimensions(table.dimensions);
    if (table.produced.exists()) in_range(table.produced, program_.datasets.size(), "produced dataset");
    if (table.certificates_of.exists()) in_range(table.certificates_of, program_.datasets.size(), "dataset with certificates");
    const int origins = (table.path.exists() ? 1 : 0) + (table.produced.exists() ? 1 : 0) + (table.certificates_of.exists() ? 1 : 0);
    if (origins != 1) fail("a table has one place where its rows are");
    expression(table.path, Need::may_be_none);
    typed(table.query, Kind::text, "the query");
    if (table.query.exists() != (table.format == TableFormat::sqlite)) fail("a query without sqlite, or the reverse");
    if (table.columns.empty()) fail("no columns");
  }

  void verify_relation(const Relation& relation) {
    where_ = fmt::format("relation {}", relation.name.index);
    basis(relation.dimensions, relation.basis);
    in_range(relation.table, program_.tables.size(), "table");
  }

  void verify_certify(const Certify& certify) {
    where_ = "certify";
    in_range(certify.task, program_.tasks.size(), "task");
    typed(certify.from, Kind::time, "the time from which it holds", Need::required);
    if (in_range(certify.dataset, program_.datasets.size(), "dataset") && !program_.datasets[certify.dataset.index].validity)
      fail("a dataset without validity");
  }

  void verify_dimension(const Dimension& dimension) {
    where_ = fmt::format("dimension {}", dimension.name.index);
    if (dimension.parent.exists()) in_range(dimension.parent, program_.dimensions.size(), "parent");
    if (dimension.without.exists()) in_range(dimension.without, program_.tables.size(), "table");
    if (const auto* column = std::get_if<ColumnSource>(&dimension.source)) {
      if (dimension.table != column->table) fail("its table is not that of its source");
      if (in_range(column->table, program_.tables.size(), "table") && column->column >= columns_of(column->table))
        fail("column out of range");
    } else if (dimension.table.exists() || !dimension.attributes.empty()) {
      fail("a table without a column source");
    }
    if (const auto* range = std::get_if<RangeSource>(&dimension.source)) typed(range->range, Kind::range, "the range", Need::required);
    if (const auto* list = std::get_if<ListSource>(&dimension.source)) expression(list->list);
    if (const auto* scan = std::get_if<ScanSource>(&dimension.source)) expression(scan->pattern);
    if (const auto* members = std::get_if<EnumSource>(&dimension.source)) in_range(members->enumeration, program_.enums.size(), "enum");
    for (const auto& implied : dimension.implies) {
      in_range(implied.dimension, program_.dimensions.size(), "implied dimension");
      if (!dimension.table.exists() || implied.column >= columns_of(dimension.table)) fail("implied column out of range");
    }
    for (const Attribute& attribute : dimension.attributes) {
      if (dimension.table.exists() && attribute.column >= columns_of(dimension.table)) fail("attribute column out of range");
    }
    if (dimension.order_by && *dimension.order_by >= dimension.attributes.size()) fail("order out of range");
  }
  std::size_t columns_of(TableId table) { return table.index < program_.tables.size() ? program_.tables[table.index].columns.size() : 0; }

  void verify_dataset(const Dataset& dataset) {
    where_ = fmt::format("dataset {}", dataset.name.index);
    basis(dataset.dimensions, dataset.basis);
    expression(dataset.path);
    if (dataset.publication != Publication::none) expression(dataset.published_path);
    if (dataset.keep_for < 0) fail("kept for less than nothing");
    if ((dataset.record_format == RecordFormat::none) != dataset.fields.empty()) fail("fields without a format, or the reverse");
    if (!dataset.validity) return;
    typed(dataset.validity->begin, Kind::time, "the begin of its validity", Need::required);
    typed(dataset.validity->until, Kind::time, "the end of its validity");
  }

  void verify_input(const Input& input) {
    if (in_range(input.dataset, program_.datasets.size(), "dataset")) {
      for (const KeyFix& fix : input.fixes) {
        if (!determines(program_, program_.datasets[input.dataset.index].dimensions, fix.dimension)) fail("a fix of a foreign dimension");
        expression(fix.value);
      }
    }
    typed(input.where, Kind::boolean, "the input's where");
    typed(input.condition, Kind::boolean, "the input's condition");
    if (input.type.kind != Kind::file) fail("an input that is no file");
    const bool is_list = input.cardinality == Cardinality::gather || input.cardinality == Cardinality::relation;
    if (input.type.is_list != is_list) fail("an input whose type is not that of its cardinality");
    if (input.via.exists()) in_range(input.via, program_.relations.size(), "relation");
    if (input.cardinality == Cardinality::relation && !input.via.exists()) fail("cardinality relation without one");
    if (input.lookup.direction != LookupDirection::none) verify_lookup(input.lookup);
  }

  void verify_lookup(const Lookup& lookup) {
    const bool has_time = lookup.direction != LookupDirection::previous && lookup.direction != LookupDirection::following;
    if (has_time != lookup.at.exists()) fail("a look-up's time");
    expression(lookup.at, Need::may_be_none);
    typed(lookup.within, Kind::duration, "within");
    dimensions(lookup.same);
    if (!in_range(lookup.dimension, program_.dimensions.size(), "look-up's dimension") || !has_time) return;
    const std::size_t attributes = program_.dimensions[lookup.dimension.index].attributes.size();
    if (lookup.time_attribute >= attributes) fail("the look-up's attribute is out of range");
    if (lookup.direction == LookupDirection::valid && lookup.until_attribute >= attributes) fail("the end's attribute is out of range");
  }

  /// A branch stands behind the one before it, and is of its type.
  void verify_branch(const Task& task, std::size_t i) {
    const Input& input = task.inputs[i];
    if (input.branch == 0) return;
    if (i == 0 || task.inputs[i - 1].branch + 1 != input.branch || task.inputs[i - 1].name != input.name)
      fail("a branch that is not behind the one before it");
    else if (task.inputs[i - 1].type != input.type)
      fail("a branch of another type");
  }

  void verify_command(const Command& command) {
    if (command.kind == CommandKind::words) {
      if (command.words.empty()) fail("a command without words");
      for (const ExprId word : command.words) expression(word);
    } else {
      expression(command.text);
    }
    if (command.kind == CommandKind::script && !command.interpreter.exists()) fail("a script without interpreter");
  }

  void verify_task(const Task& task) {
    where_ = fmt::format("task {}", task.name.index);
    task_ = &task;
    basis(task.dimensions, task.basis);
    typed(task.where, Kind::boolean, "where");
    if (task.via.exists()) in_range(task.via, program_.relations.size(), "relation");
    for (std::size_t i = 0; i < task.inputs.size(); ++i) {
      verify_input(task.inputs[i]);
      verify_branch(task, i);
    }
    for (const Output& output : task.outputs) {
      in_range(output.dataset, program_.datasets.size(), "dataset");
      typed(output.where, Kind::boolean, "the output's where");
      if (output.type.is_list != output.is_finer) fail("an output whose type is not that of its cardinality");
    }
    verify_command(task.command);
    if (task.verify) verify_command(*task.verify);
    for (const Rung& rung : task.rungs) verify_command(rung.command);
    constexpr Kind kinds[] = {Kind::integer, Kind::memory, Kind::duration, Kind::memory, Kind::integer};
    for (std::uint32_t i = 0; i < expression::resource_count; ++i) typed(task.resources[i], kinds[i], "a resource");
    for (const Slots& slots : task.slots) typed(slots.count, Kind::integer, "slots", Need::required);
    for (const Expect& expect : task.expects) {
      typed(expect.condition, Kind::boolean, "expect", Need::required);
      expression(expect.message, Need::may_be_none);
    }
    task_ = nullptr;
  }

  const Program& program_;
  const Task* task_ = nullptr;
  std::vector<bool> seen_;
  std::string where_;
  std::string problem_;
};

}  // namespace

std::string verify(const Program& program) { return Verifier(program).run(); }

}  // namespace osac::program
