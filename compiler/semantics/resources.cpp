// Resources, slots and retry: types, units, ranges.

#include <fmt/core.h>

#include <array>
#include <utility>

#include "compiler/expression/spelling.h"
#include "compiler/semantics/body.h"
#include "compiler/semantics/constants.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/records.h"

namespace osac::semantics {

namespace {

using expression::Resource;
using expression::resource_names;

std::optional<std::uint32_t> find_resource(Context& context, const syntax::Name& name) {
  for (std::uint32_t i = 0; i < resource_names.size(); ++i) {
    if (resource_names[i] == context.text(name.symbol)) return i;
  }
  report_unknown_name(context, name, "resource", {resource_names.begin(), resource_names.end()}, "resources");
  return std::nullopt;
}

/// What the clause sees: no resources, since those are what it says.
Scope without_resources(const Scope& scope, std::string_view place) {
  Scope own = scope;
  own.has_resources = false;
  own.record_ports = nullptr;
  own.has_made_records = true;
  own.place = place;
  return own;
}

/// A request is known before the element starts; what an argument of a tool reads then comes too late.
bool is_known_early(Context& context, ExprId value, std::string_view place) {
  if (!reads_port_field(context, value)) return true;
  const expression::Node& node = context.program.expressions[value];
  context.report(Kind::record_not_here, node.span, context.sources.text(node.span), place);
  return false;
}

/// A constant request that can never be granted.
bool is_below_least(const Context& context, ExprId value, std::uint32_t resource) {
  const expression::Node& node = context.program.expressions[value];
  const std::int64_t least = static_cast<Resource>(resource) == Resource::gpus ? 0 : 1;
  return node.op == expression::Op::constant && node.bits < least;
}

std::optional<double> constant_number(const Context& context, ExprId id) {
  const expression::Node& node = context.program.expressions[id];
  if (node.op != expression::Op::constant) return std::nullopt;
  if (node.type.kind == TypeKind::integer) return static_cast<double>(node.bits);
  if (node.type.kind == TypeKind::real) return expression::real_of(node.bits);
  return std::nullopt;
}

void set_causes(Context& context, const Scope& scope, const syntax::RetryClause& clause, program::Retry& retry) {
  constexpr std::array<std::pair<std::string_view, program::RetryCause>, 4> causes = {{
      {"memory", program::RetryCause::memory},
      {"timeout", program::RetryCause::timeout},
      {"lost", program::RetryCause::lost},
      {"exit", program::RetryCause::exit},
  }};
  for (const syntax::RetryCause& written : clause.causes) {
    bool found = false;
    for (const auto& [name, cause] : causes) {
      if (name != context.text(written.cause.symbol)) continue;
      retry.causes = static_cast<std::uint8_t>(retry.causes | static_cast<std::uint8_t>(cause));
      found = true;
    }
    if (!found) {
      report_unknown_name(context, written.cause, "cause of failure", {"memory", "timeout", "lost", "exit"}, "causes");
    }
    const auto codes = exit_codes(context, scope, written.codes);
    retry.exit_codes.insert(retry.exit_codes.end(), codes.begin(), codes.end());
  }
}

void set_growth(Context& context, const Scope& scope, const syntax::RetryClause& clause, program::Retry& retry) {
  for (const auto& growth : clause.growth) {
    const auto resource = find_resource(context, growth.resource);
    if (!resource) continue;
    if (static_cast<Resource>(*resource) == Resource::gpus) {
      context.report(Kind::misplaced_modifier, growth.resource.span, "gpus", "a retry").help("cpus, memory, time and disk can grow");
      continue;
    }
    const ExprId factor = lower_as(context, scope, growth.factor, Type::of(TypeKind::real), "a factor");
    if (context.failed(factor)) continue;
    const auto number = constant_number(context, factor);
    if (number && *number >= 1 && *number <= 1000) {
      retry.growth[*resource] = *number;
      retry.growth_spans[*resource] = growth.resource.span.to(context.tree(scope.module)[growth.factor].span);
    } else {
      context.report(Kind::not_a_factor, context.tree(scope.module)[growth.factor].span);
    }
  }
}

}  // namespace

void apply_resource(Context& context, program::Task& task, const Scope& scope, const syntax::ResourceClause& clause) {
  const auto resource = find_resource(context, clause.resource);
  if (!resource) return;
  const std::string_view name = resource_names[*resource];
  const Scope own = without_resources(scope, "a resource");
  const ExprId value =
      lower_as(context, own, clause.value, expression::resource_type(static_cast<Resource>(*resource)), fmt::format("`{}`", name));
  if (context.failed(value) || !is_known_early(context, value, own.place)) return;
  if (is_below_least(context, value, *resource)) {
    context.report(Kind::not_a_request, context.tree(scope.module)[clause.value].span, name);
    return;
  }
  task.resources[*resource] = value;
}

void apply_slots(Context& context, program::Task& task, const Scope& scope, const syntax::SlotsClause& clause) {
  const Scope own = without_resources(scope, "`slots`");
  const ExprId count = lower_as(context, own, clause.count, Type::of(TypeKind::integer), "`slots`");
  if (context.failed(count) || !is_known_early(context, count, own.place)) return;
  if (const auto number = constant_integer(context, count); number && *number < 1) {
    context.report(Kind::not_a_request, context.tree(scope.module)[clause.count].span, "slots");
    return;
  }
  for (program::Slots& slots : task.slots) {
    if (slots.name != clause.slot.symbol) continue;
    slots.count = count;
    return;
  }
  task.slots.push_back({clause.slot.symbol, count});
}

std::vector<std::int32_t> exit_codes(Context& context, const Scope& scope, const std::vector<syntax::ExprId>& codes) {
  std::vector<std::int32_t> result;
  for (const syntax::ExprId code : codes) {
    const ExprId value = lower_as(context, scope, code, Type::of(TypeKind::integer), "an exit code");
    if (context.failed(value)) continue;
    const auto number = constant_integer(context, value);
    if (number && *number >= 1 && *number <= 255) {
      result.push_back(static_cast<std::int32_t>(*number));
    } else {
      context.report(Kind::not_an_exit_code, context.tree(scope.module)[code].span);
    }
  }
  return result;
}

void apply_retry(Context& context, program::Task& task, const Scope& scope, const syntax::RetryClause& clause) {
  program::Retry retry;
  const Scope own = without_resources(scope, "`retry`");
  const ExprId count = lower_as(context, own, clause.count, Type::of(TypeKind::integer), "`retry`");
  if (!context.failed(count)) {
    const auto number = constant_integer(context, count);
    if (number && *number >= 0 && *number <= 100) {
      retry.count = static_cast<std::uint32_t>(*number);
    } else {
      context.report(Kind::not_a_count, context.tree(scope.module)[clause.count].span, "retry").help("a constant from 0 to 100");
    }
  }
  set_causes(context, own, clause, retry);
  set_growth(context, own, clause, retry);
  task.retry = retry;
}

}  // namespace osac::semantics
