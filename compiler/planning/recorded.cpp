#include "compiler/planning/recorded.h"

#include <algorithm>

namespace osac::planning {

namespace {

class Recorder {
 public:
  Recorder(const program::Program& program, const Draft& draft, const std::vector<std::uint32_t>& task_rows, plan::PlanData& data)
      : program_(program), draft_(draft), task_rows_(task_rows), data_(data) {}

  void run() {
    for (const std::uint32_t t : draft_.order) {
      const program::Task& task = program_.tasks[t];
      const std::uint32_t row = task_rows_[t];
      if (task.version.exists()) data_.versions.push_back({row, task.version});
      write_parameter_uses(task, row);
      write_runners_up(task, draft_.tasks[t], data_.tasks[row]);
    }
  }

 private:
  void write_parameter_uses(const program::Task& task, std::uint32_t row) {
    is_used_.assign(program_.parameters.size(), false);
    is_seen_.resize(program_.expressions.size(), none);
    row_ = row;
    use_task(task);
    for (std::uint32_t parameter = 0; parameter < is_used_.size(); ++parameter)
      if (is_used_[parameter]) data_.parameter_uses.push_back({row, parameter});
  }

  void use(ExprId root) {
    if (!root.exists()) return;
    open_.assign(1, root);
    while (!open_.empty()) {
      const ExprId id = open_.back();
      open_.pop_back();
      if (is_seen_[id.index] == row_) continue;
      is_seen_[id.index] = row_;
      const Node& node = program_.expressions[id];
      if (node.op == Op::parameter) is_used_[node.index] = true;
      for (std::uint32_t i = 0; i < node.child_count; ++i) open_.push_back(program_.expressions.child(id, i));
    }
  }
  void use(const program::Command& command) {
    for (const ExprId word : command.words) use(word);
    use(command.text);
  }

  void use_task(const program::Task& task) {
    use(task.where);
    for (const program::Input& input : task.inputs) {
      for (const auto& fix : input.fixes) use(fix.value);
      for (const ExprId id : {input.where, input.lookup.at, input.lookup.within, input.condition}) use(id);
      use(program_.datasets[input.dataset.index].path);
    }
    for (const program::Output& output : task.outputs) {
      use(output.where);
      use(program_.datasets[output.dataset.index].path);
    }
    use(task.command);
    if (task.verify) use(*task.verify);
    for (const ExprId id : task.resources) use(id);
    for (const auto& slots : task.slots) use(slots.count);
    for (const auto& rung : task.rungs) use(rung.command);
    for (const auto& expect : task.expects) {
      use(expect.condition);
      use(expect.message);
    }
  }

  void write_runners_up(const program::Task& task, const TaskDraft& draft, const plan::TaskRow& row) {
    for (std::uint32_t i = 0; i < task.inputs.size(); ++i) {
      const std::vector<std::uint32_t>& records = draft.inputs[i].runner_up;
      if (records.empty()) continue;
      const bool is_one = std::all_of(records.begin(), records.end(), [&](std::uint32_t record) { return record == records[0]; });
      const plan::Array array{data_.indices.size(), is_one ? 1 : records.size()};
      data_.indices.insert(data_.indices.end(), records.begin(), records.begin() + static_cast<std::ptrdiff_t>(array.count));
      data_.runners_up.push_back({row.first_input + i, task.inputs[i].lookup.dimension.index, array});
    }
  }

  const program::Program& program_;
  const Draft& draft_;
  const std::vector<std::uint32_t>& task_rows_;
  plan::PlanData& data_;
  std::uint32_t row_ = 0;
  std::vector<bool> is_used_;           // one a parameter
  std::vector<std::uint32_t> is_seen_;  // one an expression: the last task that it was looked at for
  std::vector<ExprId> open_;
};

}  // namespace

void write_recorded(const program::Program& program, const Draft& draft, const std::vector<std::uint32_t>& task_rows,
                    plan::PlanData& data) {
  Recorder(program, draft, task_rows, data).run();
}

}  // namespace osac::planning
