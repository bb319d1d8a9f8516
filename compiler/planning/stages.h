#pragma once
// Where waiting begins: dimensions and relations of tables that tasks make, and records that are not made yet.

#include "compiler/planning/draft.h"
#include "compiler/planning/made_fields.h"
#include "compiler/planning/table_set.h"

namespace osac::planning {

/// What domains are made of beside the frame.
struct Stages {
  const Frame& frame;
  const TableSet& tables;
  MadeFields& fields;
  Draft& draft;
};

/// Keys below which a dimension (a relation) may have more records (tuples) later. The datasets whose files say so have been made.
PendingSets pending_records(const Stages& stages, std::uint32_t dimension);
PendingSets pending_tuples(const Stages& stages, std::uint32_t relation);
/// Of all dimensions of a basis.
PendingSets pending_keys(const Stages& stages, const std::vector<std::uint32_t>& basis);

/// Clears the flags of elements on records from a file that no task makes any more.
void drop_void(const Stages& stages, const Family& family, std::vector<std::uint8_t>& flags);

/// Holds the elements for which an expression needs a record that is not known yet; `what` names the stage.
void hold_unknown(const Stages& stages, const Family& family, ExprId expression, const std::string& what, Held& held);
/// Holds the elements that agree with keys.
void hold_agreeing(const Frame& frame, const Family& family, const Pending& pending, const std::vector<std::uint32_t>& dimensions,
                   Held& held);

/// The datasets whose files decide what a task is planned with: tables of its dimensions and relations, records that it names.
std::vector<std::uint32_t> stage_datasets(const program::Program& program, std::uint32_t task);
/// Elements of a dataset whose files are not known, though the plan is made of them; one flag an element.
std::vector<std::uint8_t> find_unmade(const Stages& stages, std::uint32_t dataset);

/// Elements of external datasets whose files cannot be read as tables (TableFiles::unusable): one list a table, ascending.
std::vector<std::vector<std::uint32_t>> find_unusable(const Stages& stages);

}  // namespace osac::planning
