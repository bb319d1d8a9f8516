#pragma once
// Expressions and relations of a plan in words, with names: for prints, graphs and messages.

#include <string>

#include "compiler/plan/plan.h"

namespace osac::plan {

/// As it would be written in .osa. `task` gives ports and metrics their names; it may be null for the paths of datasets.
std::string expression_text(const Plan& plan, ExprId id, const TaskRow* task);
/// A text template without its quotes: `raw/{exposure:05}.fits`.
std::string template_text(const Plan& plan, ExprId id, const TaskRow* task);
/// A command as one text, with its holes; empty if there is none.
std::string command_text(const Plan& plan, const CommandRow& command, const TaskRow* task);

/// What a stage waits for: "dimension `peak` waits for 3 files of `candidates`".
std::string stage_text(const Plan& plan, const StageRow& stage);

std::string_view relation_name(RelationKind kind);
std::string_view persistence_name(Persistence persistence);
std::string_view publication_name(Publication publication);
/// The names of a family's declared dimensions.
std::vector<std::string> dimension_names(const Plan& plan, const FamilyRow& family);

}  // namespace osac::plan
