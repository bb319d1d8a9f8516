// Records from ranges, lists and enums: inside each parent's record, if there is a parent.

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/planning/point.h"
#include "compiler/planning/records.h"

namespace osac::planning {

namespace {

__extension__ using Wide = __int128;  // counts are made before anything is allocated, and cannot overflow

Family parents_of(const RecordContext& records, std::uint32_t dimension) {
  const auto parent = records.context.program.dimensions[dimension].parent;
  Family family;
  family.count = 1;
  if (!parent.exists()) return family;
  family.basis = {parent.index};
  family.count = records.axes[parent.index].count;
  family.is_whole = true;
  return family;
}

struct Bounds {
  std::int64_t low = 0;
  std::int64_t high = 0;  ///< the last one, if it is not excluded
  bool excludes_high = false;
  [[nodiscard]] Wide count() const {
    const Wide end = Wide{high} + (excludes_high ? 0 : 1);
    return end > low ? end - low : 0;
  }
};

std::string wide_text(Wide number) {
  return number > Wide{UINT64_MAX} ? "more than 18 quintillion" : grouped(static_cast<std::uint64_t>(number));
}

bool report_too_many(const RecordContext& records, std::uint32_t dimension, Wide total, const std::string& arithmetic) {
  Context& context = records.context;
  if (total <= Wide{context.options.element_limit}) return false;
  const program::Dimension& declared = context.program.dimensions[dimension];
  context.diagnostics
      .report(DiagnosticKind::too_many_elements, declared.span, context.text(declared.name), wide_text(total),
              grouped(context.options.element_limit))
      .note(arithmetic);
  return true;
}

/// The same keys in each parent's record.
FoundKeys in_each_parent(const RecordContext& records, std::uint32_t dimension, const std::vector<Scalar>& keys) {
  FoundKeys found;
  const Family parents = parents_of(records, dimension);
  const auto parent = records.context.program.dimensions[dimension].parent;
  const std::string per_parent =
      parent.exists()
          ? fmt::format(" x {} {}", records.context.text(records.context.program.dimensions[parent.index].name), grouped(parents.count))
          : "";
  if (report_too_many(records, dimension, Wide{parents.count} * static_cast<Wide>(keys.size()),
                      fmt::format("{} keys{}", grouped(keys.size()), per_parent)))
    return found;
  for (std::uint32_t p = 0; p < parents.count; ++p) {
    for (const Scalar key : keys) {
      found.parents.push_back(p);
      found.keys.push_back(key);
    }
  }
  return found;
}

}  // namespace

FoundKeys find_range_keys(const RecordContext& records, std::uint32_t dimension, const program::RangeSource& source) {
  Context& context = records.context;
  const program::Dimension& declared = context.program.dimensions[dimension];
  const ExprId range = records.fold(source.range);
  const expression::Expressions& expressions = records.fold.expressions();
  const Frame frame{context, expressions, records.axes};
  const Family parents = parents_of(records, dimension);
  Point point(frame, {&parents});
  std::vector<Bounds> bounds;
  Wide total = 0;
  std::uint32_t largest = 0;
  for (std::uint32_t p = 0; p < parents.count; ++p) {
    point.move(0, p);
    Bounds& here = bounds.emplace_back();
    try {
      const Value low = expression::evaluate(expressions.pool(), expressions.child(range, 0), point);
      const Value high = expression::evaluate(expressions.pool(), expressions.child(range, 1), point);
      if (low.is_absent() || high.is_absent())
        throw expression::EvaluationError{expressions[range].span, "a bound of the range has no value"};
      here = {low.integer(), high.integer(), expressions[range].extra == 1};
    } catch (const expression::EvaluationError& error) {
      report_evaluation(context, declared.span, error.span, error.what, declared.parent.exists() ? point.name() : std::string{});
      return {};
    }
    total += here.count();
    if (here.count() > bounds[largest].count()) largest = p;
  }
  FoundKeys found;
  if (parents.count == 0) return found;
  const std::string largest_text = wide_text(bounds[largest].count());
  const std::string arithmetic =
      !declared.parent.exists()
          ? fmt::format("the range holds {} {}", largest_text, declared.type.kind == Kind::date ? "dates" : "integers")
          : fmt::format("{} {}, each with up to {}", grouped(parents.count),
                        context.text(context.program.dimensions[declared.parent.index].name), largest_text);
  if (report_too_many(records, dimension, total, arithmetic)) return found;
  found.parents.reserve(static_cast<std::size_t>(total));
  found.keys.reserve(static_cast<std::size_t>(total));
  for (std::uint32_t p = 0; p < parents.count; ++p) {
    const auto count = static_cast<std::uint64_t>(bounds[p].count());
    for (std::uint64_t i = 0; i < count; ++i) {
      found.parents.push_back(p);
      found.keys.push_back(bounds[p].low + static_cast<std::int64_t>(i));
    }
  }
  return found;
}

namespace {

/// A key that the list has twice: at its second place, if the list is written in the text.
void report_repetition(const RecordContext& records, std::uint32_t dimension, ExprId list) {
  Context& context = records.context;
  const program::Dimension& declared = context.program.dimensions[dimension];
  const expression::Expressions& expressions = records.fold.expressions();
  std::map<Scalar, Span> seen;
  for (std::uint32_t i = 0; i < expressions[list].child_count; ++i) {
    const Node& item = expressions[expressions.child(list, i)];
    const auto [first, is_new] = seen.emplace(item.bits, item.span);
    if (is_new || item.op != Op::constant || item.bits == expression::absent_scalar) continue;
    const bool is_written = !item.span.empty() && item.span != first->second;
    const Span whole = expressions[list].span.empty() ? declared.span : expressions[list].span;
    const Value key = expression::to_value(item.bits, declared.type, context.strings);
    auto builder = context.diagnostics.report(DiagnosticKind::duplicate_key, is_written ? item.span : whole, context.text(declared.name),
                                              visible(expression::to_text(key, declared.type)));
    if (is_written) builder.label(first->second, "the first one");
    builder.help("leave one of them out");
    return;
  }
}

}  // namespace

FoundKeys find_list_keys(const RecordContext& records, std::uint32_t dimension, const program::ListSource& source) {
  const ExprId id = records.fold(source.list);
  const expression::Expressions& expressions = records.fold.expressions();
  if (expressions[id].op != Op::list) return {};  // it could not be worked out, which has been reported
  std::vector<Scalar> keys;
  for (std::uint32_t i = 0; i < expressions[id].child_count; ++i) {
    const Node& item = expressions[expressions.child(id, i)];
    if (item.op != Op::constant || item.bits == expression::absent_scalar) continue;
    keys.push_back(item.bits);
  }
  report_repetition(records, dimension, id);
  return in_each_parent(records, dimension, keys);
}

FoundKeys find_enum_keys(const RecordContext& records, std::uint32_t dimension, const program::EnumSource& source) {
  std::vector<Scalar> keys;
  for (const Symbol member : records.context.program.enums[source.enumeration.index].members) keys.push_back(member.index);
  return in_each_parent(records, dimension, keys);
}

}  // namespace osac::planning
