#include "compiler/planning/links.h"

#include <algorithm>

#include "compiler/planning/made_fields.h"

namespace osac::planning {

namespace {

template <typename T>
void keep_flagged(std::vector<T>& list, const std::vector<std::uint8_t>& flags) {
  std::size_t to = 0;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (flags[i] != 0) list[to++] = list[i];
  list.resize(to);
}

}  // namespace

void keep_only(Links& links, const std::vector<std::uint8_t>& flags) {
  if (links.is_list)
    keep_flagged(links.group, flags);
  else
    keep_flagged(links.target, flags);
  if (!links.runner_up.empty()) keep_flagged(links.runner_up, flags);
}

std::string_view task_name(const InputSides& sides) {
  for (const program::Task& task : sides.frame.context.program.tasks)
    for (const program::Input& input : task.inputs)
      if (&input == &sides.input) return sides.frame.context.text(task.name);
  return {};
}

bool is_structural(const program::Program& program, const program::Dataset& dataset, std::uint32_t dimension) {
  for (program::DimensionId d : dataset.basis)
    for (; d.exists(); d = program.dimensions[d.index].parent)
      if (d.index == dimension) return true;
  return false;
}

std::optional<Scalar> fix_value(const Frame& frame, const Point& point, ExprId value, Type type) {
  try {
    const Value found = expression::evaluate(frame.expressions.pool(), value, point);
    if (found.is_absent()) return std::nullopt;
    return expression::to_scalar(found, type, frame.context.strings);
  } catch (const expression::EvaluationError& error) {
    report_evaluation(frame.context, frame.expressions[value].span, error.span, error.what, point.name());
    return std::nullopt;
  }
}

MemberFilter::MemberFilter(const InputSides& sides, Fixes fixes)
    : sides_(sides),
      flags_(sides.members.count, 1),
      pair_(sides.frame, {&sides.members, &sides.task}),
      reader_(sides.frame, {&sides.task}) {
  const program::Program& program = sides.frame.context.program;
  for (const auto& fix : sides.input.fixes)
    if (fixes == Fixes::all || !is_structural(program, sides.dataset, fix.dimension.index)) add_fix(fix);
  const auto routes = find_routes(program, sides.frame.axes, sides.members.basis);
  for (const ExprId condition : conjuncts(sides.frame.expressions, sides.fold(sides.input.where))) {
    const auto dimensions = dimensions_in(sides.frame.expressions, condition);
    const bool is_own = std::all_of(dimensions.begin(), dimensions.end(), [&](std::uint32_t d) { return routes[d].exists(); });
    if (is_own)
      restrict_known(condition);
    else
      pair_conditions_.push_back(std::make_unique<Condition>(pair_, condition));
  }
}

/// Where a record is not known yet, the condition may hold: such elements stay, and whoever reads one waits.
void MemberFilter::restrict_known(ExprId condition) {
  const bool is_doubtful = sides_.held != nullptr && !records_in(sides_.frame.expressions, condition).empty();
  const std::vector<std::uint8_t> before = is_doubtful ? flags_ : std::vector<std::uint8_t>{};
  restrict_elements(sides_.frame, sides_.members, condition, flags_);
  for (std::size_t m = 0; m < before.size(); ++m)
    if (before[m] != 0 && (*sides_.held)[m] != none) flags_[m] = 1;
}

void MemberFilter::add_fix(const program::KeyFix& fix) {
  const ExprId value = sides_.fold(fix.value);
  if (!dimensions_in(sides_.frame.expressions, value).empty()) {
    pair_fixes_.push_back({fix.dimension.index, value});
    return;
  }
  const Type type = sides_.frame.context.program.dimensions[fix.dimension.index].type;
  const auto wanted = fix_value(sides_.frame, reader_, value, type);
  const auto records = record_column(sides_.frame, sides_.members, fix.dimension.index);
  const auto& keys = sides_.frame.axes[fix.dimension.index].keys;
  for (std::uint32_t i = 0; i < flags_.size(); ++i)
    if (!wanted || records[i] == none || keys[records[i]] != *wanted) flags_[i] = 0;
}

bool MemberFilter::holds(std::uint32_t task_element, std::uint32_t member) {
  if (flags_[member] == 0) return false;
  pair_.move(0, member);
  pair_.move(1, task_element);
  reader_.move(0, task_element);
  for (const PairFix& fix : pair_fixes_) {
    const Type type = sides_.frame.context.program.dimensions[fix.dimension].type;
    const auto wanted = fix_value(sides_.frame, reader_, fix.value, type);
    const std::uint32_t record = pair_.record(fix.dimension);
    if (!wanted || record == none || sides_.frame.axes[fix.dimension].keys[record] != *wanted) return false;
  }
  return std::all_of(pair_conditions_.begin(), pair_conditions_.end(), [](const auto& condition) { return condition->holds(); });
}

namespace {

/// Columns of records that an input's key has, seen from the task: fixed dimensions first, else the task's own, else what a fixed one
/// determines.
class KeyColumns {
 public:
  explicit KeyColumns(const InputSides& sides)
      : sides_(sides),
        reader_(sides.frame, {&sides.task}),
        routes_(find_routes(sides.frame.context.program, sides.frame.axes, sides.task.basis)) {}

  std::vector<std::uint32_t> column(std::uint32_t dimension) {
    for (const auto& fix : sides_.input.fixes)
      if (fix.dimension.index == dimension) return fixed_column(fix);
    if (routes_[dimension].exists()) return record_column(sides_.frame, sides_.task, dimension);
    for (const auto& fix : sides_.input.fixes) {
      const auto below = find_routes(sides_.frame.context.program, sides_.frame.axes, std::array{fix.dimension.index});
      if (!below[dimension].exists()) continue;
      auto result = fixed_column(fix);
      for (auto& record : result) record = below[dimension].follow(record);
      return result;
    }
    return std::vector<std::uint32_t>(sides_.task.count, none);
  }

 private:
  std::vector<std::uint32_t> fixed_column(const program::KeyFix& fix) {
    const Context& context = sides_.frame.context;
    const program::Dimension& dimension = context.program.dimensions[fix.dimension.index];
    std::vector<std::uint32_t> parents(sides_.task.count, 0);
    if (dimension.parent.exists()) parents = column(dimension.parent.index);
    const ExprId value = sides_.fold(fix.value);
    const bool varies = !dimensions_in(sides_.frame.expressions, value).empty();
    std::optional<Scalar> key;
    std::vector<std::uint32_t> result(sides_.task.count, none);
    for (std::uint32_t i = 0; i < sides_.task.count; ++i) {
      reader_.move(0, i);
      if (i == 0 || varies) key = fix_value(sides_.frame, reader_, value, dimension.type);
      const bool repeats = !varies && i > 0 && parents[i] == parents[i - 1];
      if (key) result[i] = repeats ? result[i - 1] : find_record(context, sides_.frame.axes, fix.dimension.index, parents[i], *key);
    }
    return result;
  }

  const InputSides& sides_;
  Point reader_;
  std::vector<Route> routes_;
};

}  // namespace

Links link_single(const InputSides& sides) {
  KeyColumns keys(sides);
  Columns columns;
  for (const std::uint32_t dimension : sides.members.basis) columns.push_back(keys.column(dimension));
  Links links;
  links.target = find_elements(sides.members, sides.frame.axes, columns, sides.task.count);
  if (!sides.input.where.exists() && sides.input.fixes.empty()) return links;
  MemberFilter filter(sides, MemberFilter::Fixes::not_structural);
  for (std::uint32_t i = 0; i < sides.task.count; ++i) {
    std::uint32_t& target = links.target[i];
    if (target == none) continue;
    const bool holds = filter.depends_on_pair() ? filter.holds(i, target) : filter.flags()[target] != 0;
    if (!holds) target = none;
  }
  return links;
}

}  // namespace osac::planning
