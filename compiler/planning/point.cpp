#include "compiler/planning/point.h"

#include <algorithm>

#include "compiler/planning/made_fields.h"

namespace osac::planning {

Point::Point(const Frame& frame, std::vector<const Family*> sides) : frame_(frame) {
  for (const Family* family : sides) sides_.push_back({family, find_routes(frame.context.program, frame.axes, family->basis), 0});
}

std::uint32_t Point::record(std::uint32_t dimension) const {
  for (const Side& side : sides_) {
    const Route& route = side.routes[dimension];
    if (route.exists()) return route.follow(side.family->record(route.basis, side.element));
  }
  return none;
}

std::string Point::name() const {
  const Side& side = sides_.back();
  return element_key(frame_, *side.family, side.element);
}

Value Point::field(const Node& node) const {
  const FieldTable* table = frame_.fields == nullptr ? nullptr : frame_.fields->tables[node.index].get();
  if (table == nullptr) throw expression::EvaluationError{node.span, "it is not known while planning"};
  tuple_.clear();
  for (const std::uint32_t dimension : table->elements.basis) tuple_.push_back(record(dimension));
  const std::uint32_t element = table->index.find(tuple_);
  if (element == none) return {};
  return expression::to_value(table->values[node.extra][element], node.type, frame_.context.strings);
}

Value Point::reference(const Node& node) const {
  if (node.op == Op::dataset_field) return field(node);
  if (node.op != Op::key && node.op != Op::attribute) throw expression::EvaluationError{node.span, "it is not known while planning"};
  const std::uint32_t at = record(node.index);
  if (at == none) return {};
  const Axis& axis = frame_.axes[node.index];
  const Scalar scalar = node.op == Op::key ? axis.keys[at] : axis.attributes[node.extra][at];
  return expression::to_value(scalar, node.type, frame_.context.strings);
}

std::optional<std::int64_t> Point::file_size(const std::string& path) const { return frame_.context.world.size(path); }

std::string Point::list_file(const Node& hole, const std::vector<Value>&) const {
  throw expression::EvaluationError{hole.span, "a list file has no place here"};
}

std::vector<std::uint32_t> dimensions_in(const expression::Expressions& expressions, ExprId id) {
  std::vector<std::uint32_t> found;
  std::vector<ExprId> open = {id};
  while (!open.empty()) {
    const ExprId next = open.back();
    open.pop_back();
    const Node& node = expressions[next];
    const bool is_metric = node.op == Op::attribute && node.index == program::metric_scope;
    if (node.op == Op::key || (node.op == Op::attribute && !is_metric)) found.push_back(node.index);
    for (std::uint32_t i = 0; i < node.child_count; ++i) open.push_back(expressions.child(next, i));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<ExprId> conjuncts(const expression::Expressions& expressions, ExprId id) {
  if (!id.exists()) return {};
  if (expressions[id].op != Op::logical_and) return {id};
  std::vector<ExprId> all = conjuncts(expressions, expressions.child(id, 0));
  const auto right = conjuncts(expressions, expressions.child(id, 1));
  all.insert(all.end(), right.begin(), right.end());
  return all;
}

std::optional<std::uint32_t> coarsest(const Frame& frame, const std::vector<std::uint32_t>& basis,
                                      const std::vector<std::uint32_t>& dimensions) {
  const auto routes = find_routes(frame.context.program, frame.axes, basis);
  std::optional<std::uint32_t> best;
  for (std::uint32_t candidate = 0; candidate < routes.size(); ++candidate) {
    if (!routes[candidate].exists()) continue;
    const auto below = find_routes(frame.context.program, frame.axes, std::array{candidate});
    if (!std::all_of(dimensions.begin(), dimensions.end(), [&](std::uint32_t d) { return below[d].exists(); })) continue;
    if (!best || frame.axes[candidate].count < frame.axes[*best].count) best = candidate;
  }
  return best;
}

void restrict_elements(const Frame& frame, const Family& family, ExprId condition, std::vector<std::uint8_t>& flags) {
  Point point(frame, {&family});
  Condition check(point, condition);
  const auto holds_at = [&](std::uint32_t element) {
    point.move(0, element);
    return check.holds();
  };
  const auto dimensions = dimensions_in(frame.expressions, condition);
  const auto axis = dimensions.empty() ? std::nullopt : coarsest(frame, family.basis, dimensions);
  if (!axis || frame.axes[*axis].count >= family.count) {
    for (std::uint32_t i = 0; i < family.count; ++i)
      if (flags[i] != 0 && !holds_at(i)) flags[i] = 0;
    return;
  }
  enum : std::uint8_t { unknown, yes, no };
  std::vector<std::uint8_t> answers(frame.axes[*axis].count, unknown);
  const auto column = record_column(frame, family, *axis);
  for (std::uint32_t i = 0; i < family.count; ++i) {
    if (flags[i] == 0) continue;
    if (column[i] == none) {  // an absent implied record: there is no row to remember the answer by
      flags[i] = holds_at(i) ? 1 : 0;
      continue;
    }
    std::uint8_t& answer = answers[column[i]];
    if (answer == unknown) answer = holds_at(i) ? yes : no;
    flags[i] = answer == yes ? 1 : 0;
  }
}

}  // namespace osac::planning
