#pragma once
// visit_fields(row, visitor): calls visitor(field) for each symbol, expression id and type that a row holds, in a fixed order. Numbering
// anew when a plan is written and checking when it is read both go through here, so that no field can be forgotten in one of them. Private
// to this room.

#include "compiler/plan/format.h"

namespace osac::plan {

template <typename Visitor>
void visit_fields(format::WorkflowRow& row, Visitor&& visitor) {
  visitor(row.name), visitor(row.doc);
}
template <typename Visitor>
void visit_fields(ColumnRow& row, Visitor&& visitor) {
  visitor(row.name), visitor(row.type);
}
template <typename Visitor>
void visit_fields(ImpliedRow&, Visitor&&) {}
template <typename Visitor>
void visit_fields(DimensionRow& row, Visitor&& visitor) {
  visitor(row.name);
}
template <typename Visitor>
void visit_fields(DatasetRow& row, Visitor&& visitor) {
  visitor(row.family.name), visitor(row.path), visitor(row.doc);
  if (row.publication != Publication::none) visitor(row.published_path);  // files of minor version 1 have zero there
}
template <typename Visitor>
void visit_fields(InputRow& row, Visitor&& visitor) {
  visitor(row.name), visitor(row.type);
}
template <typename Visitor>
void visit_fields(OutputRow& row, Visitor&& visitor) {
  visitor(row.name), visitor(row.type);
}
template <typename Visitor>
void visit_fields(CommandRow& row, Visitor&& visitor) {
  visitor(row.interpreter), visitor(row.text);
}
template <typename Visitor>
void visit_fields(MetricRow& row, Visitor&& visitor) {
  visitor(row.name), visitor(row.doc), visitor(row.type);
}
template <typename Visitor>
void visit_fields(ExpectRow& row, Visitor&& visitor) {
  visitor(row.condition), visitor(row.message), visitor(row.text);
}
template <typename Visitor>
void visit_fields(SlotsRow& row, Visitor&& visitor) {
  visitor(row.name), visitor(row.count);
}
template <typename Visitor>
void visit_fields(TaskRow& row, Visitor&& visitor) {
  visitor(row.family.name), visitor(row.doc), visitor(row.tool), visitor(row.env);
  visit_fields(row.command, visitor);
  visit_fields(row.verify, visitor);
  for (ExprId& resource : row.resources) visitor(resource);
}
template <typename Visitor>
void visit_fields(ParameterRow& row, Visitor&& visitor) {
  visitor(row.name), visitor(row.value), visitor(row.type);
}
template <typename Visitor>
void visit_fields(SourceRow& row, Visitor&& visitor) {
  visitor(row.name);
}

template <typename Visitor>
void visit_fields(FieldRow& row, Visitor&& visitor) {
  visitor(row.name), visitor(row.source), visitor(row.type);
}
template <typename Visitor>
void visit_fields(RungRow& row, Visitor&& visitor) {
  visit_fields(row.command, visitor);
}
template <typename Visitor>
void visit_fields(CertifyRow& row, Visitor&& visitor) {
  visitor(row.begin), visitor(row.until);
}
template <typename Visitor>
void visit_fields(StageRow& row, Visitor&& visitor) {
  visitor(row.what);
}

template <typename Visitor>
void visit_fields(VersionRow& row, Visitor&& visitor) {
  visitor(row.command);
}
template <typename Visitor>
void visit_fields(ParameterUseRow&, Visitor&&) {}
template <typename Visitor>
void visit_fields(RunnerUpRow&, Visitor&&) {}

/// Whether a type's `detail` is a symbol: the unit of a number, the name of an enumeration.
constexpr bool detail_is_symbol(Type type) { return type.kind == expression::Kind::real || type.kind == expression::Kind::enumeration; }
/// Whether a node's `bits` are a symbol: a constant text, or the format of a hole.
inline bool bits_are_symbol(const expression::Node& node) {
  if (node.op == expression::Op::hole) return true;
  return node.op == expression::Op::constant && node.type.is_textual() && node.bits != expression::absent_scalar;
}

}  // namespace osac::plan
