#pragma once
// Records: fields of datasets that are read `as json`. In commands a port's field is read when the element starts; in paths, conditions and
// requests a dataset's field is known once the file is made, which makes a stage.

#include "compiler/semantics/ports.h"

namespace osac::semantics {

/// `object.field`, where `object` is a port or a dataset that the place may ask; reports what is wrong with it. Nothing if `object` is
/// neither, so that it may be something else.
std::optional<ExprId> resolve_field(Context& context, const Scope& scope, const syntax::Name& object, const syntax::Name& field, Span span);

/// Fields of a dataset's declaration. False if one of them is wrong.
bool add_fields(Context& context, const syntax::DatasetDecl& decl, program::Dataset& dataset);

/// The datasets whose records an expression needs while planning, in order of first sight.
std::vector<DatasetId> records_in(const Context& context, ExprId id);

/// Whether an expression reads a port's field, which nobody knows before the element starts.
bool reads_port_field(const Context& context, ExprId id);

/// Adds the inputs that nobody wrote: records that paths of the task's outputs are made of.
void add_implicit_inputs(TaskState& state);

}  // namespace osac::semantics
