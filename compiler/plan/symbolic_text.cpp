#include "compiler/plan/symbolic_text.h"

#include "compiler/plan/describe.h"

namespace osac::plan {

using expression::Node;
using expression::Op;

bool names_field(const Plan& plan, ExprId id) {
  const expression::Pool pool = plan.pool();
  const Node& node = pool[id];
  if (node.op == Op::port_field) return true;
  for (std::uint32_t i = 0; i < node.child_count; ++i)
    if (names_field(plan, ExprId{pool.child(node, i)})) return true;
  return false;
}

std::string SymbolicText::text(ExprId id) const {
  const expression::Pool pool = plan_.pool();
  const Node& node = pool[id];
  if (!names_field(plan_, id)) return expression::evaluate(pool, id, scope_).text();
  if (node.op != Op::text) return symbol(id);
  std::string out;
  for (std::uint32_t i = 0; i < node.child_count; ++i) {
    const ExprId part{pool.child(node, i)};
    const Op op = pool[part].op;
    if (names_field(plan_, part))
      out += symbol(part);
    else if (op == Op::hole || op == Op::text)
      out += expression::evaluate(pool, part, scope_).text();
    else
      out += expression::to_text(expression::evaluate(pool, part, scope_), pool[part].type);
  }
  return out;
}

std::vector<std::string> SymbolicText::words(const std::vector<ExprId>& ids) const {
  std::vector<std::string> out;
  for (const ExprId id : ids) {
    if (names_field(plan_, id)) {
      out.push_back(text(id));
      continue;
    }
    for (std::string& word : expression::evaluate_words(plan_.pool(), std::span(&id, 1), scope_)) out.push_back(std::move(word));
  }
  return out;
}

std::string SymbolicText::symbol(ExprId id) const {
  std::string out = template_text(plan_, id, &task_);
  if (on_value_) {
    on_value_(out);
    tell_values(id);
  }
  return out;
}

void SymbolicText::tell_values(ExprId id) const {
  const expression::Pool pool = plan_.pool();
  const Node& node = pool[id];
  switch (node.op) {
    case Op::key:
    case Op::attribute:
    case Op::port_path:
    case Op::port_count:
    case Op::dataset_field:
    case Op::resource:
      on_value_(expression::to_text(expression::evaluate(pool, id, scope_), node.type));
      return;
    default:
      for (std::uint32_t i = 0; i < node.child_count; ++i) tell_values(ExprId{pool.child(node, i)});
  }
}

}  // namespace osac::plan
