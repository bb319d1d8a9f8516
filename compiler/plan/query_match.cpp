// Conditions over a family: each comparison is worked out once a record of the dimension that it names, then looked up element by element.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/expression/operations.h"
#include "compiler/plan/element_text.h"
#include "compiler/plan/facts.h"
#include "compiler/plan/query_text.h"
#include "compiler/plan/state.h"

namespace osac::plan {

namespace {

using expression::Op;
using expression::Value;
using Flags = std::vector<std::uint8_t>;

/// A dimension or attribute that a name means: a column of the dimension's records.
struct Meaning {
  std::uint32_t dimension = no_row;
  std::uint32_t column = no_row;
  bool is_key = false;
};

[[noreturn]] void wrong(std::string what, Stretch place, std::string help = {}) {
  throw QueryProblem{std::move(what), std::move(help), place.begin, place.end};
}

std::string_view type_word(Type type) {
  switch (type.kind) {
    case expression::Kind::boolean:
      return "bool";
    case expression::Kind::integer:
      return "int";
    case expression::Kind::real:
      return "float";
    case expression::Kind::date:
      return "date";
    case expression::Kind::time:
      return "time";
    case expression::Kind::duration:
      return "duration";
    case expression::Kind::memory:
      return "memory";
    default:
      return "text";
  }
}

class Matcher {
 public:
  Matcher(const Plan& plan, const FamilyRow& family) : plan_(plan), family_(family) {
    for (const std::uint32_t dimension : naming_dimensions(plan, family)) dimensions_.push_back(dimension);
    for (std::uint32_t dimension = 0; dimension < plan.dimensions().size(); ++dimension) {
      const auto basis = plan.indices(family.basis);
      const bool is_determined = std::any_of(basis.begin(), basis.end(), [&](std::uint32_t from) {
        return from == dimension || plan.state().first_hop(from, dimension) != no_row;
      });
      if (is_determined && std::find(dimensions_.begin(), dimensions_.end(), dimension) == dimensions_.end())
        dimensions_.push_back(dimension);
    }
  }

  Flags run(const std::vector<ConditionStep>& condition) const {
    using What = ConditionStep::What;
    std::vector<Flags> results;
    for (const ConditionStep& step : condition) {
      if (step.what == What::logical_not) {
        for (std::uint8_t& flag : results.back()) flag ^= 1U;
      } else if (step.what == What::logical_and || step.what == What::logical_or) {
        const Flags right = std::move(results.back());
        results.pop_back();
        Flags& left = results.back();
        for (std::size_t i = 0; i < left.size(); ++i)
          left[i] = static_cast<std::uint8_t>(step.what == What::logical_and ? left[i] & right[i] : left[i] | right[i]);
      } else {
        results.push_back(holds(step));
      }
    }
    return std::move(results.back());
  }

 private:
  [[nodiscard]] std::string_view dimension_name(std::uint32_t dimension) const { return plan_.text(plan_.dimensions()[dimension].name); }
  [[nodiscard]] std::uint32_t find_attribute(std::uint32_t dimension, std::string_view name) const {
    const DimensionRow& row = plan_.dimensions()[dimension];
    for (std::uint32_t i = 0; i < row.attribute_count; ++i)
      if (plan_.text(plan_.columns()[row.first_attribute + i].name) == name) return row.first_attribute + i;
    return no_row;
  }

  /// A dimension of that name first, then the first that has the attribute.
  [[nodiscard]] Meaning meaning(const ConditionStep& step) const {
    for (const std::uint32_t d : dimensions_)
      if (dimension_name(d) == step.name) return {d, plan_.dimensions()[d].key_column, true};
    const std::string_view name = step.name;
    const auto dot = name.find('.');
    for (const std::uint32_t d : dimensions_) {
      if (dot != std::string_view::npos && dimension_name(d) != name.substr(0, dot)) continue;
      if (const std::uint32_t column = find_attribute(d, dot == std::string_view::npos ? name : name.substr(dot + 1)); column != no_row)
        return {d, column, false};
    }
    unknown_name(step);
  }
  [[noreturn]] void unknown_name(const ConditionStep& step) const {
    std::vector<std::string_view> names;
    std::vector<std::string> dimensions;
    for (const std::uint32_t d : dimensions_) {
      names.push_back(dimension_name(d));
      dimensions.push_back(fmt::format("`{}`", dimension_name(d)));
      const DimensionRow& row = plan_.dimensions()[d];
      for (std::uint32_t i = 0; i < row.attribute_count; ++i) names.push_back(plan_.text(plan_.columns()[row.first_attribute + i].name));
    }
    const auto nearest = nearest_name(step.name, names);
    const std::string_view family = plan_.text(family_.name);
    wrong(fmt::format("`{}` has no dimension or attribute `{}`", family, visible(step.name)), step.place,
          nearest              ? fmt::format("did you mean `{}`?", *nearest)
          : dimensions.empty() ? fmt::format("`{}` has no dimensions: it is one element", family)
                               : fmt::format("its dimensions are {}", join_words(dimensions)));
  }

  [[nodiscard]] Value read(const ConditionStep& step, const WrittenValue& written, Type type) const {
    if (type.is_textual()) return written.text;
    Value value;
    if (!expression::parse_value(written.text, type.required(), value))
      wrong(fmt::format("`{}` is no value for `{}`, which is of type `{}`", visible(written.text), visible(step.name), type_word(type)),
            written.place);
    return value;
  }
  /// A key that no record has is a mistake, not a condition that happens not to hold.
  [[noreturn]] void unknown_key(const Meaning& meaning, const WrittenValue& written) const {
    const DimensionRow& row = plan_.dimensions()[meaning.dimension];
    std::vector<std::string> keys;
    for (std::uint32_t record = 0; record < row.record_count; ++record) keys.push_back(key_text(plan_, meaning.dimension, record));
    const std::vector<std::string_view> names(keys.begin(), keys.end());
    const bool is_text = plan_.columns()[row.key_column].type.is_textual();
    const auto nearest = is_text ? nearest_name(written.text, names) : std::nullopt;
    const std::string range = key_range(plan_, row);
    wrong(fmt::format("there is no {} `{}`", dimension_name(meaning.dimension), visible(written.text)), written.place,
          nearest         ? fmt::format("did you mean `{}`?", visible(*nearest))
          : range.empty() ? ""
                          : fmt::format("in this plan there are {} of them: {}", grouped(row.record_count), visible(range)));
  }

  static Op operator_of(std::string_view op) {
    if (op == "==") return Op::equal;
    if (op == "!=") return Op::not_equal;
    if (op == "<") return Op::less;
    if (op == "<=") return Op::less_equal;
    return op == ">" ? Op::greater : Op::greater_equal;
  }

  /// One flag a record: whether `record op value`.
  [[nodiscard]] Flags compare(const ConditionStep& step, const Meaning& meaning, Op op, const WrittenValue& written) const {
    const ColumnRow& column = plan_.columns()[meaning.column];
    const bool is_ordering = op != Op::equal && op != Op::not_equal;
    if (is_ordering && (column.type.kind == expression::Kind::enumeration || column.type.kind == expression::Kind::boolean))
      wrong(fmt::format("`{}` has no order", visible(step.name)), step.place);
    const Value value = read(step, written, column.type);
    const std::uint32_t count = plan_.dimensions()[meaning.dimension].record_count;
    Flags flags(count, 0);
    bool is_any = false;
    for (std::uint32_t record = 0; record < count; ++record) {
      flags[record] = expression::apply_comparison(op, plan_.value(column, record), value) ? 1 : 0;
      is_any = is_any || flags[record] != 0;
    }
    if (meaning.is_key && op == Op::equal && !is_any) unknown_key(meaning, written);
    return flags;
  }

  [[nodiscard]] Flags by_record(const ConditionStep& step, const Meaning& meaning) const {
    switch (step.what) {
      case ConditionStep::What::in_range: {
        Flags flags = compare(step, meaning, Op::greater_equal, step.values[0]);
        const Flags below = compare(step, meaning, step.excludes_high ? Op::less : Op::less_equal, step.values[1]);
        for (std::size_t i = 0; i < flags.size(); ++i) flags[i] &= below[i];
        return flags;
      }
      case ConditionStep::What::in_list: {
        Flags flags(plan_.dimensions()[meaning.dimension].record_count, 0);
        for (const WrittenValue& value : step.values) {
          const Flags equal = compare(step, meaning, Op::equal, value);
          for (std::size_t i = 0; i < flags.size(); ++i) flags[i] |= equal[i];
        }
        return flags;
      }
      default:
        return compare(step, meaning, operator_of(step.op), step.values[0]);
    }
  }

  [[nodiscard]] Flags holds(const ConditionStep& step) const {
    const Meaning means = meaning(step);
    const Flags records = by_record(step, means);
    Flags flags(family_.count, 0);
    for (std::uint32_t element = 0; element < family_.count; ++element) {
      const std::uint32_t record = plan_.record(family_, element, means.dimension);
      flags[element] = record < records.size() ? records[record] : 0;
    }
    return flags;
  }

  const Plan& plan_;
  const FamilyRow& family_;
  std::vector<std::uint32_t> dimensions_;  ///< that the family determines, those in its elements' names first
};

}  // namespace

tl::expected<std::vector<std::uint8_t>, QueryProblem> match(const Plan& plan, const FamilyRow& family,
                                                            const std::vector<ConditionStep>& condition) {
  if (condition.empty()) return Flags(family.count, 1);
  try {
    return Matcher(plan, family).run(condition);
  } catch (QueryProblem& problem) {
    return tl::unexpected<QueryProblem>(std::move(problem));
  }
}

}  // namespace osac::plan
