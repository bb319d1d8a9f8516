#pragma once
// Scopes: what the references in a plan's expressions mean for one element. ElementScope knows keys and attributes; TaskScope also the
// task's files, resources and scratch directory, as a CommandContext gives them; MetricScope the metrics. Private to this room.

#include "compiler/expression/evaluate.h"
#include "compiler/plan/resolve.h"

namespace osac::plan {

class ElementScope : public expression::Scope {
 public:
  ElementScope(const Plan& plan, const FamilyRow& family, std::uint32_t element) : plan_(plan), family_(family), element_(element) {}
  expression::Value reference(const expression::Node& node) const override;
  std::optional<std::int64_t> file_size(const std::string& path) const override;
  std::string list_file(const expression::Node& hole, const std::vector<expression::Value>& names) const override;
  const Strings& strings() const override { return plan_.strings(); }

 private:
  [[nodiscard]] expression::Value record_value(const expression::Node& node) const;

 protected:
  const Plan& plan_;           // NOLINT: scopes live for one evaluation
  const FamilyRow& family_;    // NOLINT
  std::uint32_t element_ = 0;  // NOLINT
};

class TaskScope : public ElementScope {
 public:
  /// Neither outlives the evaluation. Without planned resources, those of `context` count.
  TaskScope(const Plan& plan, ElementRef ref, const CommandContext& context)
      : ElementScope(plan, plan.tasks()[ref.task].family, ref.element), ref_(ref), context_(context) {}
  expression::Value reference(const expression::Node& node) const override;
  std::string list_file(const expression::Node& hole, const std::vector<expression::Value>& names) const override;

 private:
  [[nodiscard]] expression::Value input_value(std::uint32_t port) const;
  [[nodiscard]] expression::Value output_value(std::uint32_t port) const;
  [[nodiscard]] std::vector<FileUse> input_uses(std::uint32_t port) const;
  [[nodiscard]] expression::Value field(std::uint32_t port, std::uint32_t place) const;
  ElementRef ref_;
  const CommandContext& context_;  // NOLINT: see above
};

class MetricScope final : public TaskScope {
 public:
  MetricScope(const Plan& plan, ElementRef ref, const std::vector<MetricValue>& metrics, const CommandContext& context)
      : TaskScope(plan, ref, context), metrics_(metrics) {}
  expression::Value reference(const expression::Node& node) const override;

 private:
  const std::vector<MetricValue>& metrics_;  // NOLINT: see above
};

/// Calls `work` and turns what evaluation throws into an Error: usage trouble with what cannot be evaluated, or damaged if the plan's
/// expressions do not fit their types.
template <typename Work>
auto guarded(Work&& work) -> Result<decltype(work())>;
Result<expression::Value> evaluate(const Plan& plan, ExprId id, const expression::Scope& scope);

// ---- implementation

template <typename Work>
auto guarded(Work&& work) -> Result<decltype(work())> {
  try {
    return work();
  } catch (const expression::EvaluationError& error) {
    return failure(Trouble::usage, error.what);
  } catch (const std::exception& error) {
    return failure(Trouble::damaged, std::string("an expression of the plan is damaged: ") + error.what());
  }
}

}  // namespace osac::plan
