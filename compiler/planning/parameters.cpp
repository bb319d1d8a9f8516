#include "compiler/planning/parameters.h"

#include <algorithm>

#include "compiler/base/check.h"
#include "compiler/base/text.h"
#include "compiler/expression/evaluate.h"

namespace osac::planning {

namespace {

/// Defaults may use parameters declared before.
class ParameterScope final : public expression::Scope {
 public:
  /// Thrown for a parameter without value: that has been reported, and this default stays without one, too.
  struct Unknown {};

  ParameterScope(const Context& context, const ParameterValues& values) : context_(context), values_(values) {}
  Value reference(const Node& node) const override {
    OSAC_CHECK(node.op == Op::parameter && node.index < values_.size(), "a default names what is not declared before it");
    if (!values_[node.index]) throw Unknown{};
    return *values_[node.index];
  }
  std::optional<std::int64_t> file_size(const std::string& path) const override { return context_.world.size(path); }
  std::string list_file(const Node&, const std::vector<Value>&) const override { return {}; }
  const Strings& strings() const override { return context_.strings; }

 private:
  const Context& context_;
  const ParameterValues& values_;
};

struct Problem {
  std::string what;
  std::string help;
};

const program::Enum* find_enum(const Context& context, Type type) {
  for (const program::Enum& candidate : context.program.enums)
    if (candidate.name.index == type.detail) return &candidate;
  return nullptr;
}

std::optional<Problem> check_member(const Context& context, std::string_view text, Type type) {
  const program::Enum* enumeration = find_enum(context, type);
  if (enumeration == nullptr) return std::nullopt;
  std::vector<std::string_view> members;
  for (const Symbol member : enumeration->members) members.push_back(context.text(member));
  if (std::find(members.begin(), members.end(), text) != members.end()) return std::nullopt;
  const auto nearest = nearest_name(text, members);
  std::vector<std::string> quoted;
  for (const auto member : members) quoted.push_back(fmt::format("`{}`", member));
  return Problem{fmt::format("`{}` is no member of `{}`", visible(text), context.text(enumeration->name)),
                 nearest ? fmt::format("did you mean `{}`?", *nearest) : fmt::format("its members are {}", join_words(quoted))};
}

std::optional<Problem> read_item(const Context& context, std::string_view text, Type type, Value& out) {
  if (type.kind == Kind::enumeration)
    if (auto problem = check_member(context, text, type)) return problem;
  if (expression::parse_value(text, type, out)) return std::nullopt;
  std::string help;
  if (type.kind == Kind::duration) help = "write a number with its unit, such as `90 min`";
  if (type.kind == Kind::memory) help = "write a number with its unit, such as `2 GiB`";
  if (type.kind == Kind::date) help = "write a date as 2026-11-20";
  return Problem{fmt::format("`{}` is no value of type `{}`", visible(text), type_name(type, context.strings)), help};
}

/// Lists are written with commas, with or without brackets: `1, 2, 3` or `[1, 2, 3]`.
std::optional<Problem> read_given(const Context& context, std::string_view text, Type type, Value& out) {
  if (!type.is_list) return read_item(context, text, type.required(), out);
  std::string_view inner = trim(text);
  if (inner.starts_with('[') && inner.ends_with(']')) inner = trim(inner.substr(1, inner.size() - 2));
  std::vector<Value> items;
  if (!inner.empty()) {
    for (const std::string_view part : split(inner, ',')) {
      Value item;
      if (auto problem = read_item(context, trim(part), type.element(), item)) return problem;
      items.push_back(std::move(item));
    }
  }
  out = Value(std::move(items));
  return std::nullopt;
}

void report_unknown(Context& context) {
  std::vector<std::string_view> names;
  for (const auto& parameter : context.program.parameters) names.push_back(context.text(parameter.name));
  for (const auto& [name, given] : context.options.parameters) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    auto builder = context.diagnostics.report_without_place(DiagnosticKind::unknown_parameter, visible(name));
    if (!given.origin.empty()) builder.note(fmt::format("given by {}", given.origin));
    if (const auto nearest = nearest_name(name, names)) builder.help(fmt::format("did you mean `{}`?", *nearest));
  }
}

}  // namespace

ParameterValues read_parameters(Context& context) {
  report_unknown(context);
  ParameterValues values;
  for (const program::Parameter& parameter : context.program.parameters) {
    const std::string name(context.text(parameter.name));
    values.emplace_back();
    if (const auto given = context.options.parameters.find(name); given != context.options.parameters.end()) {
      Value value;
      if (const auto problem = read_given(context, given->second.value, parameter.type, value)) {
        auto builder = context.diagnostics.report(DiagnosticKind::bad_parameter, parameter.span, name, problem->what);
        if (!given->second.origin.empty()) builder.note(fmt::format("given by {}", given->second.origin));
        if (!problem->help.empty()) builder.help(problem->help);
      } else {
        values.back() = std::move(value);
      }
    } else if (parameter.default_value.exists()) {
      try {
        const ParameterScope scope(context, values);
        values.back() = expression::evaluate(context.program.expressions.pool(), parameter.default_value, scope);
      } catch (const ParameterScope::Unknown&) {
        continue;
      } catch (const expression::EvaluationError& error) {
        report_evaluation(context, parameter.span, error.span, error.what, {});
      }
    } else if (parameter.type.is_optional) {
      values.back() = Value();
    } else {
      context.diagnostics.report(DiagnosticKind::missing_parameter, parameter.span, name)
          .help(fmt::format("give it by `--{} {}`, or write a default: `param {} : {} = ...`", name, "VALUE", name,
                            type_name(parameter.type, context.strings)));
    }
  }
  return values;
}

std::string parameter_text(const Value& value, Type type) {
  if (!type.is_list || value.is_absent()) return expression::to_text(value, type);
  std::string out;
  for (const Value& item : value.list()) {
    if (!out.empty()) out += ", ";
    out += expression::to_text(item, type.element());
  }
  return out;
}

}  // namespace osac::planning
