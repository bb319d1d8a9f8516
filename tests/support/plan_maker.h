#pragma once
// PlanMaker: small plans by hand, for tests of everything that takes a plan. It works out families, relations, producers and levels from
// dimensions as planning would, by comparing all elements with all (so: small plans only), and knows no .osa text.
//
//   PlanMaker m("night");
//   const auto run = m.dimension("run", {1, 2, 3});
//   const auto raw = m.external("raw", {run}, "raw/{run:03}.txt");
//   const auto clean = m.dataset("clean", {run}, "work/{run:03}.txt");
//   const auto total = m.dataset("total", {}, "total.txt");
//   m.task("reduce", {run}).in("raw", raw).out("clean", clean).run("cp {raw} {clean}");
//   m.task("combine").gather("parts", clean).out("total", total).shell("cat {parts} > {total}");
//   m.goal(total);
//   const plan::Plan plan = m.plan();

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.h"

namespace osac::test {

struct DimensionId {
  std::uint32_t index = plan::no_row;
};
struct DatasetId {
  std::uint32_t index = plan::no_row;
};
using Dimensions = std::vector<DimensionId>;

class PlanMaker;

/// A task under construction; each call adds a clause. Ports come before the commands that name them.
class TaskMaker {
 public:
  /// Elements of the dataset with the same keys: chain, broadcast or (as a list) gather.
  TaskMaker& in(std::string_view name, DatasetId dataset);
  TaskMaker& optional(std::string_view name, DatasetId dataset);
  TaskMaker& gather(std::string_view name, DatasetId dataset, std::uint32_t minimum = 0);
  TaskMaker& survivors(std::string_view name, DatasetId dataset, std::uint32_t minimum = 0);
  /// One pinned element of the dataset for each element of the task; plan::no_element for none.
  TaskMaker& lookup(std::string_view name, DatasetId dataset, std::vector<std::uint32_t> targets);
  /// The same for elements of what the task, or one after it, makes (`of prev`).
  TaskMaker& recurrent(std::string_view name, DatasetId dataset, std::vector<std::uint32_t> targets);
  /// An `else` of the input before: where that has nothing.
  TaskMaker& otherwise(DatasetId dataset, std::vector<std::uint32_t> targets);
  /// Elements with the same keys, as no port of the command.
  TaskMaker& implicit(DatasetId dataset);
  TaskMaker& out(std::string_view name, DatasetId dataset);
  /// Templates: `{port}`, `{port:list}`, `{len(port)}`, `{port.field}`, `{dataset.field}`, `{dimension}`, `{dimension:05}`, `{cpus}`,
  /// `{memory}`, `{scratch}`, `{{`.
  TaskMaker& run(std::string_view words);
  TaskMaker& shell(std::string_view text);
  TaskMaker& script(std::string_view interpreter, std::string_view text);
  TaskMaker& verify(std::string_view shell_text);
  TaskMaker& cpus(std::int64_t count);
  TaskMaker& memory(std::int64_t bytes);
  TaskMaker& time(std::int64_t nanoseconds);
  TaskMaker& slots(std::string_view name, std::int64_t count);
  TaskMaker& env(std::string_view name);
  TaskMaker& retry(std::uint32_t count, std::uint32_t causes = 0, double memory_growth = 1, double time_growth = 1);
  TaskMaker& retry_on_exit(std::uint32_t count, const std::vector<std::int64_t>& codes);
  /// After all retries so far, `count` more with another command.
  TaskMaker& then(std::uint32_t count, std::string_view words);
  TaskMaker& empty_on(const std::vector<std::int64_t>& codes);
  TaskMaker& metric(std::string_view name, expression::Kind kind);
  /// `expect METRIC OP LIMIT else fail|warn MESSAGE` for a metric declared before; OP is one of < <= > >= ==.
  TaskMaker& expect(std::string_view metric, std::string_view operation, double limit, bool fails, std::string_view message);

 private:
  friend class PlanMaker;
  TaskMaker(PlanMaker& maker, std::size_t task) : maker_(maker), task_(task) {}
  PlanMaker& maker_;
  std::size_t task_;
};

class PlanMaker {
 public:
  explicit PlanMaker(std::string_view workflow = "test");

  DimensionId dimension(std::string_view name, const std::vector<std::int64_t>& keys);
  DimensionId dimension(std::string_view name, const std::vector<std::string>& keys);
  /// Keys that are unique only in their parent: (record of the parent, key), sorted.
  DimensionId dimension_in(DimensionId parent, std::string_view name, const std::vector<std::pair<std::uint32_t, std::int64_t>>& keys);
  /// Each record of `dimension` determines a record of `implied` (plan::no_element for none).
  void implies(DimensionId dimension, DimensionId implied, const std::vector<std::uint32_t>& records);
  void attribute(DimensionId dimension, std::string_view name, const std::vector<double>& values);

  DatasetId external(std::string_view name, const Dimensions& dimensions, std::string_view path);
  DatasetId dataset(std::string_view name, const Dimensions& dimensions, std::string_view path);
  DatasetId temp(std::string_view name, const Dimensions& dimensions, std::string_view path);
  plan::DatasetRow& row(DatasetId dataset) { return datasets_[dataset.index]; }
  /// A field of the records in a dataset's files; `values`, if given, one a file.
  void field(DatasetId dataset, std::string_view name, expression::Kind kind, std::string_view source,
             const std::vector<expression::Scalar>& values = {});
  /// `certify DATASET when TASK`: each element's own; begin and end are constants.
  void certify(DatasetId dataset, std::string_view task, expression::Scalar begin, expression::Scalar until);
  void stage(std::string_view what, DatasetId dataset, const std::vector<std::uint32_t>& elements, const std::vector<std::string>& tasks);
  void goal(DatasetId dataset) { row(dataset).is_goal = 1; }
  void parameter(std::string_view name, std::string_view value);

  /// A task over all keys of its dimensions.
  TaskMaker task(std::string_view name, const Dimensions& dimensions = {});
  /// A task over some records of its only dimension.
  TaskMaker task_at(std::string_view name, DimensionId dimension, const std::vector<std::uint32_t>& records);

  [[nodiscard]] plan::PlanData data() const;
  [[nodiscard]] plan::Plan plan() const;

 private:
  friend class TaskMaker;
  struct Task {
    plan::TaskRow row;
    std::vector<plan::InputRow> inputs;
    std::vector<plan::OutputRow> outputs;
    std::vector<plan::MetricRow> metrics;
    std::vector<plan::ExpectRow> expects;
    std::vector<plan::SlotsRow> slots;
    std::vector<plan::RungRow> rungs;
  };
  struct Stage {
    plan::StageRow row;
    std::vector<std::string> tasks;
  };
  struct Certification {
    plan::CertifyRow row;
    std::string task;
  };
  struct Column {
    Symbol name;
    expression::Type type;
    std::vector<expression::Scalar> values;
  };
  struct Dimension {
    plan::DimensionRow row;
    Column key;
    std::vector<Column> attributes;
    std::vector<plan::ImpliedRow> implied;
  };

  Symbol symbol(std::string_view text);
  plan::Array add_indices(const std::vector<std::uint32_t>& values);
  [[nodiscard]] std::vector<std::uint32_t> indices(plan::Array array) const;
  DimensionId add_dimension(std::string_view name, expression::Kind kind, std::vector<expression::Scalar> keys);
  DatasetId add_dataset(std::string_view name, const Dimensions& dimensions, std::string_view path);
  TaskMaker add_task(plan::FamilyRow family);
  [[nodiscard]] std::uint32_t follow(std::uint32_t from, std::uint32_t record, std::uint32_t to) const;
  [[nodiscard]] std::uint32_t record(const plan::FamilyRow& family, std::uint32_t element, std::uint32_t dimension) const;
  plan::FamilyRow family(std::string_view name, const Dimensions& dimensions);
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> targets(const plan::FamilyRow& from, const plan::FamilyRow& to) const;
  plan::Relation relation(const plan::FamilyRow& from, const plan::FamilyRow& to);
  plan::Relation mapped(const std::vector<std::uint32_t>& map);
  plan::InputRow& add_input(std::size_t task, std::string_view name, DatasetId dataset, plan::Relation relation);
  plan::Array add_scalars(const std::vector<std::int64_t>& values);
  expression::ExprId add_node(expression::Node node, const std::vector<expression::ExprId>& children = {});
  expression::ExprId constant(std::int64_t bits, expression::Type type);
  expression::ExprId reference(const Task* task, std::string_view name);
  expression::ExprId field_reference(const Task* task, std::string_view name);
  expression::ExprId text_template(const Task* task, std::string_view text, expression::HoleContext context);
  plan::CommandRow command(const Task& task, plan::CommandKind kind, std::string_view text, std::string_view interpreter = {});
  [[nodiscard]] std::vector<std::uint32_t> levels() const;
  void set_late_rows(plan::PlanData& data) const;
  void set_producers(plan::PlanData& data, const std::vector<std::uint32_t>& places) const;

  std::string workflow_;
  std::vector<std::string> texts_ = {""};
  std::map<std::string, std::uint32_t, std::less<>> numbers_ = {{"", 0}};
  std::vector<expression::Node> nodes_;
  std::vector<std::uint32_t> children_;
  std::vector<expression::Scalar> scalars_;
  std::vector<std::uint32_t> indices_;
  std::vector<Dimension> dimensions_;
  std::vector<plan::DatasetRow> datasets_;
  std::vector<plan::ParameterRow> parameters_;
  std::vector<Task> tasks_;
  std::vector<std::vector<plan::FieldRow>> fields_;  ///< one list a dataset
  std::vector<Stage> stages_;
  std::vector<Certification> certifications_;
  std::vector<std::vector<plan::ElementRef>> makers_;  ///< one list a dataset: task as declared, element; task no_row for none
};

}  // namespace osac::test

#include "tests/support/plan_maker_inside.h"
