#pragma once
// Templates of commands before the records that they name are read (`{cleaning.picture}`): such a hole stands for itself, all else is
// evaluated. For identities, dry runs and prints. Private to this room.

#include <functional>
#include <string>
#include <vector>

#include "compiler/expression/evaluate.h"
#include "compiler/plan/plan.h"

namespace osac::plan {

/// Whether an expression names a field of an input's record.
bool names_field(const Plan& plan, ExprId id);

class SymbolicText {
 public:
  /// `on_value`, if given, is told each hole that stands for itself (as it is written), then the values of all else that it names.
  SymbolicText(const Plan& plan, const TaskRow& task, const expression::Scope& scope, std::function<void(std::string_view)> on_value)
      : plan_(plan), task_(task), scope_(scope), on_value_(std::move(on_value)) {}

  /// Both throw what evaluation throws.
  [[nodiscard]] std::string text(ExprId id) const;
  [[nodiscard]] std::vector<std::string> words(const std::vector<ExprId>& ids) const;

 private:
  [[nodiscard]] std::string symbol(ExprId id) const;
  void tell_values(ExprId id) const;

  const Plan& plan_;                // NOLINT: lives for one command
  const TaskRow& task_;             // NOLINT
  const expression::Scope& scope_;  // NOLINT
  std::function<void(std::string_view)> on_value_;
};

}  // namespace osac::plan
