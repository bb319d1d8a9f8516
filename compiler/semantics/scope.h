#pragma once
// What the names in an expression mean: a Scope says what is visible where it stands, resolve_name looks a name up. Order: ports, a tool's
// parameters, metrics, resources, keys and attributes (the dataset's first, then the task's), parameters, lets, enum members.

#include "compiler/semantics/context.h"

namespace osac::semantics {

/// A port as an expression sees it. In a tool the name is the tool's, `index` that of the task's port; not bound: an absent `file?`.
struct Port {
  Symbol name;
  std::uint32_t index = 0;
  Type type;
  bool is_bound = true;
  bool is_input = true;
  bool is_external = true;  ///< its files exist while planning, so that their sizes are known
  DatasetId dataset{};      ///< whose fields it has; none() in a tool, and where sources differ in theirs
};

struct Scope {
  std::uint32_t module = 0;             ///< whose declarations are visible
  std::string_view place;               ///< "a dataset's path", for messages
  std::vector<DimensionId> inner;       ///< of a dataset in its input's `where`: all determined, seen first
  std::vector<DimensionId> dimensions;  ///< all determined ones
  const std::vector<Port>* ports = nullptr;
  const std::vector<program::Metric>* metrics = nullptr;
  const std::map<Symbol, ExprId>* arguments = nullptr;  ///< a tool's parameters
  bool misses_metrics = false;                          ///< the tool that has them is not known: expectations are not checked
  bool has_resources = false;                           ///< and the scratch directory
  const std::vector<Port>* record_ports = nullptr;      ///< whose fields are read when the element starts
  bool has_made_records = false;                        ///< fields of datasets: known while planning, once they are made
};

/// Resolves a name to a node; `hint` picks among enums that share a member. Reports and gives an error node if there is nothing.
ExprId resolve_name(Context& context, const Scope& scope, const syntax::Name& name, Type hint);
/// Whether a bare name can only be an enum's member, so that the other side of a comparison has to say of which.
bool is_only_member(Context& context, const Scope& scope, Symbol name);
/// `dimension.column`, `Enum.MEMBER`, `module.let`.
ExprId resolve_member(Context& context, const Scope& scope, const syntax::MemberExpr& member, Span span);

/// The node of a dimension's column (its key, too); nothing if it has no such column.
std::optional<ExprId> find_column(Context& context, DimensionId dimension, Symbol column, Span span);
/// The enum of a type.
const program::Enum* find_enum(const Context& context, Type type);

/// The node of a name, if it is a value here; says nothing if it is not. Enums' members are left out.
std::optional<ExprId> find_value(Context& context, const Scope& scope, const syntax::Name& name);

/// Reports that a definition needs itself: the names between are those being worked out.
ExprId report_circle(Context& context, const syntax::Name& name);

/// A let's or parameter's value, lowered at first need (lets.cpp).
ExprId let_value(Context& context, std::uint32_t index);
ExprId parameter_value(Context& context, std::uint32_t index);

}  // namespace osac::semantics
