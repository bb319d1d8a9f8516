#pragma once
// Inputs and outputs of a task: which dataset, by which row of the cardinality rule, with which type.

#include "compiler/semantics/scope.h"

namespace osac::semantics {

/// How a dataset (less its fixed keys) lies to a task.
struct Cardinalities {
  bool is_determined = false;      ///< K(D) in F(T): the task's key says which one
  bool determines_task = false;    ///< K(T) in F(D)
  std::vector<DimensionId> open;   ///< of K(D): not in F(T)
  std::vector<DimensionId> extra;  ///< of K(T): not in F(D)
};
Cardinalities compare(const Context& context, const std::vector<DimensionId>& dataset, const std::vector<DimensionId>& task);
/// Dimensions with all their parents (K of the rule), each once.
std::vector<DimensionId> with_parents(const Context& context, const std::vector<DimensionId>& dimensions);

/// Finds a dataset by name; reports an unknown one. Nothing, too, if its declaration failed.
std::optional<DatasetId> find_dataset(Context& context, const syntax::QualifiedName& name);

/// A task while its ports are collected: `failed_ports` are names whose declaration was reported.
struct TaskState {
  Context& context;
  program::TaskId id;
  std::vector<syntax::Name> port_names;  ///< of all ports, for duplicates
  std::vector<Symbol> failed_ports;
  bool dimensions_failed = false;

  [[nodiscard]] program::Task& task() const { return context.program.tasks[id.index]; }
  /// What the task's own expressions see, without ports.
  [[nodiscard]] Scope scope(std::string_view place) const;
};

/// Takes a port's name; false if it is taken, which is reported.
bool take_port_name(TaskState& state, const syntax::Name& name);

void add_inputs(TaskState& state, const syntax::InputClause& clause);
/// An input that a tool's argument names by its dataset: `use t(image: raw)`.
void add_plain_input(TaskState& state, const syntax::Name& name);
void add_outputs(TaskState& state, const syntax::OutputClause& clause);
void add_plain_output(TaskState& state, const syntax::Name& name);

/// Fills an input from one source: its dataset, cardinality, type (source.cpp). False if something was reported.
bool resolve_source(TaskState& state, const syntax::Source& source, program::Input& input);

/// Fills the look-up of an input: by time (lookups.cpp), `of prev` and `of next` (neighbours.cpp). False if something was reported. `open`
/// is K(D) less fixed keys; of `valid` D is the dataset that was certified, while the input's is that of its certificates.
bool resolve_lookup(TaskState& state, const syntax::Source& source, const std::vector<DimensionId>& open, program::Input& input);
bool resolve_neighbour(TaskState& state, const syntax::Source& source, const std::vector<DimensionId>& open, program::Input& input);

/// Resolves the dimensions behind `same` and adds them to the look-up; false if something was reported.
bool resolve_same(TaskState& state, const syntax::Source& source, const std::vector<DimensionId>& dataset, program::Lookup& lookup);

}  // namespace osac::semantics
