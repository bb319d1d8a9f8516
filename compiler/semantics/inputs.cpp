// Inputs of tasks: sources, key fixes, conditions, and the cardinality rule's verdict.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/semantics/constants.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/ports.h"

namespace osac::semantics {

namespace {

using syntax::Source;
using syntax::SourceVerb;

bool contains(const std::vector<DimensionId>& list, DimensionId id) { return std::find(list.begin(), list.end(), id) != list.end(); }
bool is_lookup(SourceVerb verb) { return verb == SourceVerb::latest || verb == SourceVerb::next || verb == SourceVerb::nearest; }

/// A key as it could be written, for proposals.
std::string example_key(const Context& context, Type type) {
  switch (type.kind) {
    case TypeKind::integer:
      return "0";
    case TypeKind::enumeration: {
      const program::Enum* one = find_enum(context, type);
      return one != nullptr && !one->members.empty() ? std::string(context.text(one->members.front())) : "...";
    }
    default:
      return "\"...\"";
  }
}

std::string fixed_spelling(const Context& context, std::string_view dataset, const std::vector<DimensionId>& dimensions) {
  std::vector<std::string> fixes;
  for (const DimensionId id : dimensions) {
    fixes.push_back(fmt::format("{} = {}", context.name(id), example_key(context, context.program.dimensions[id.index].type)));
  }
  return fmt::format("{}[{}]", dataset, fmt::join(fixes, ", "));
}

struct Resolver {
  TaskState& state;
  const Source& source;
  program::Input& input;
  bool fine = true;

  [[nodiscard]] Context& context() const { return state.context; }
  [[nodiscard]] const program::Dataset& dataset() const { return context().program.datasets[input.dataset.index]; }
  [[nodiscard]] Span span_of(syntax::ExprId id) const { return context().tree(0)[id].span; }

  void not_supported(Span span, std::string_view construct) {
    report_not_supported(context(), span, construct);
    fine = false;
  }
  void misplaced(Span span, std::string_view what, std::string_view on, std::string help) {
    context().report(Kind::misplaced_modifier, span, what, on).help(std::move(help));
    fine = false;
  }

  void refuse_later_features() {
    const Span verb = source.verb_span.empty() ? source.span : source.verb_span;
    if (source.via) not_supported(source.via->span, "`via` a relation");
    if (source.verb == SourceVerb::fresh) not_supported(verb, "`new` of a dataset with validity");
    if (source.verb == SourceVerb::valid) not_supported(verb, "`valid ... at`");
    if (source.verb == SourceVerb::window) not_supported(verb, "`window`");
    if (source.verb == SourceVerb::of_neighbour) not_supported(verb, "an input `of prev` or `of next`");
    if (!source.otherwise.empty()) not_supported(source.otherwise.front().span, "`else` after a look-up");
  }

  /// K(D) less the fixed keys.
  std::vector<DimensionId> resolve_fixes() {
    std::vector<DimensionId> open = with_parents(context(), dataset().dimensions);
    for (const syntax::KeyFix& fix : source.fixes) {
      const auto id = find_dimension(context(), fix.dimension);
      if (!id) {
        fine = false;
      } else if (!contains(open, *id)) {
        report_foreign_fix(fix, *id);
      } else {
        open.erase(std::find(open.begin(), open.end(), *id));
        const ExprId value = lower_as(context(), state.scope("a fixed key"), fix.value, context().program.dimensions[id->index].type,
                                      fmt::format("`{}`", context().name(*id)));
        fine = fine && !context().failed(value);
        input.fixes.push_back({*id, value});
      }
    }
    return open;
  }

  void report_foreign_fix(const syntax::KeyFix& fix, DimensionId id) {
    fine = false;
    const std::string_view name = context().text(fix.dimension.symbol);
    if (std::any_of(input.fixes.begin(), input.fixes.end(), [&](const auto& other) { return other.dimension == id; })) {
      context().report(Kind::repeated_dimension, fix.dimension.span, name);
      return;
    }
    auto report = context().report(Kind::dataset_without_dimension, fix.dimension.span, context().text(dataset().name), name);
    report.label(dataset().span, dataset().dimensions.empty()
                                     ? "it is a single file"
                                     : fmt::format("its dimensions: {}", quoted_names(context(), dataset().dimensions)));
    report.help(fmt::format("choose by attributes with `where`: `all {} where ...`", context().text(dataset().name)));
  }

  void resolve_where() {
    if (!source.where) return;
    Scope scope = state.scope("an input's `where`");
    scope.inner = determined_by(context().program, dataset().dimensions);
    input.where = lower_as(context(), scope, *source.where, Type::of(TypeKind::boolean), "a `where`");
    fine = fine && !context().failed(input.where);
  }

  std::uint32_t count(const std::optional<syntax::ExprId>& written, std::string_view word) {
    if (!written) return 0;
    const ExprId value = lower_as(context(), state.scope("a count"), *written, Type::of(TypeKind::integer), fmt::format("`{}`", word));
    if (context().failed(value)) {
      fine = false;
      return 0;
    }
    const auto number = constant_integer(context(), value);
    if (number && *number >= 0 && *number <= 0xffffffffLL) return static_cast<std::uint32_t>(*number);
    context().report(Kind::not_a_count, span_of(*written), word);
    fine = false;
    return 0;
  }

  // ---- the rule

  void resolve_gather(const std::vector<DimensionId>& open) {
    const Cardinalities rule = compare(context(), open, state.task().dimensions);
    input.cardinality = program::Cardinality::gather;
    input.type = Type::of(TypeKind::file).list();
    if (rule.is_determined) return report_one_file();
    if (!rule.determines_task) return report_unrelated(rule);
    input.is_survivors = source.is_survivors;
    input.minimum = count(source.minimum, "min");
    input.expected = count(source.expected, "expect");
    if (fine && input.expected > 0 && input.minimum > input.expected) {
      context().report(Kind::not_a_count, span_of(*source.minimum), "min").help(fmt::format("it is more than `expect {}`", input.expected));
      fine = false;
    }
    if (source.order_by) resolve_order(open);
    if (source.is_optional) misplaced(source.span, "?", "`all`", "a gather is a list: leave out `?`, and `min` if it may be empty");
  }

  void resolve_order(const std::vector<DimensionId>& open) {
    const DimensionId last = dataset().basis.back();
    if (!contains(open, last)) return misplaced(source.order_by->span, "order by", "a list whose last key is fixed", "leave it out");
    const std::size_t before = context().diagnostics.error_count();
    input.order_by = find_order(context(), last, *source.order_by);
    fine = fine && context().diagnostics.error_count() == before;
  }

  void report_one_file() {
    const std::string_view name = context().text(dataset().name);
    const Span verb = source.verb_span.empty() ? source.span : source.verb_span;
    context()
        .report(Kind::one_file_where_list, verb, name, context().text(state.task().name))
        .label(dataset().span, dataset().dimensions.empty()
                                   ? "it is a single file"
                                   : fmt::format("over {}, which the task determines", quoted_names(context(), dataset().dimensions)))
        .help(fmt::format("leave out `all`: `in {} = {}`", context().text(input.name), name));
    fine = false;
  }

  std::string over(const std::vector<DimensionId>& dimensions) {
    return dimensions.empty() ? "no dimension" : quoted_names(context(), dimensions);
  }

  void report_unrelated(const Cardinalities& rule) {
    const std::string_view name = context().text(dataset().name);
    auto report = context().report(Kind::unrelated_input, source.dataset.span, name, over(rule.open), over(rule.extra));
    report.label(dataset().span, fmt::format("over {}", over(dataset().dimensions)));
    report.help(fmt::format("fix a key: `{}`, or add {} to the task's `for`", fixed_spelling(context(), name, rule.open), over(rule.open)));
    fine = false;
  }

  void report_list(const Cardinalities& rule) {
    const std::string_view name = context().text(dataset().name);
    const auto& of_task = state.task().dimensions;
    context()
        .report(Kind::needs_all, source.dataset.span, name, quoted_names(context(), rule.open), context().text(state.task().name),
                of_task.empty() ? "" : fmt::format(" for each {}", quoted_names(context(), of_task)))
        .label(dataset().span, fmt::format("over {}", over(dataset().dimensions)))
        .help(fmt::format("read all of them: `in {} = all {}`", context().text(input.name), name))
        .help(fmt::format("or one: `in {} = {}`", context().text(input.name), fixed_spelling(context(), name, rule.open)));
    fine = false;
  }

  void resolve_single(const std::vector<DimensionId>& open) {
    const Cardinalities rule = compare(context(), open, state.task().dimensions);
    input.cardinality = rule.determines_task ? program::Cardinality::chain : program::Cardinality::broadcast;
    input.type = Type::of(TypeKind::file);
    if (!rule.is_determined) return rule.determines_task ? report_list(rule) : report_unrelated(rule);
    refuse_gather_words("an input of one file");
  }

  void refuse_gather_words(std::string_view on) {
    const std::string help = fmt::format("it belongs to a gather: `all {}`", context().text(dataset().name));
    if (source.minimum) misplaced(span_of(*source.minimum), "min", on, help);
    if (source.expected) misplaced(span_of(*source.expected), "expect", on, help);
    if (source.order_by) misplaced(source.order_by->span, "order by", on, help);
    if (source.is_survivors) misplaced(source.survivors_span.empty() ? source.span : source.survivors_span, "survivors", on, help);
  }

  void refuse_lookup_words() {
    const std::string help = "it belongs to a look-up: `latest`, `next` or `nearest`";
    const std::string_view on = source.verb == SourceVerb::all ? "a gather" : "an input of one file";
    if (source.bound_time) misplaced(span_of(*source.bound_time), "a time to search from", on, help);
    if (source.within) misplaced(span_of(*source.within), "within", on, help);
    if (!source.same.empty()) misplaced(source.same.front().span, "same", on, help);
  }

  bool run() {
    refuse_later_features();
    const auto found = find_dataset(context(), source.dataset);
    if (!found) return false;
    input.dataset = *found;
    context().consumers[found->index].push_back({state.id, source.dataset.span});
    if (state.dimensions_failed || !fine) return false;
    const std::vector<DimensionId> open = resolve_fixes();
    resolve_where();
    if (!fine) return false;
    if (is_lookup(source.verb)) {
      input.cardinality = program::Cardinality::broadcast;
      input.type = Type::of(TypeKind::file);
      refuse_gather_words("a look-up");
      fine = resolve_lookup(state, source, open, input) && fine;
    } else {
      refuse_lookup_words();
      source.verb == SourceVerb::all ? resolve_gather(open) : resolve_single(open);
    }
    input.is_optional = source.is_optional;
    return fine;
  }
};

Source plain_source(const syntax::Name& name) {
  Source source;
  source.span = name.span;
  source.dataset.parts = {name};
  source.dataset.span = name.span;
  return source;
}

void add_input(TaskState& state, const syntax::Name& name, const Source& source, const std::optional<syntax::ExprId>& condition) {
  if (!take_port_name(state, name)) return;
  program::Input input;
  input.name = name.symbol;
  input.span = name.span;
  bool fine = Resolver{state, source, input}.run();
  if (condition) {
    input.condition = lower_as(state.context, state.scope("the condition of an input"), *condition, Type::of(TypeKind::boolean), "`if`");
    fine = fine && !state.context.failed(input.condition);
  }
  if ((input.is_optional || condition) && !input.type.is_list) input.type = input.type.optional();
  if (fine)
    state.task().inputs.push_back(std::move(input));
  else
    state.failed_ports.push_back(name.symbol);
}

}  // namespace

Scope TaskState::scope(std::string_view place) const {
  Scope scope;
  scope.place = place;
  scope.dimensions = determined_by(context.program, task().dimensions);
  return scope;
}

bool take_port_name(TaskState& state, const syntax::Name& name) {
  if (is_missing(name)) return false;
  for (const syntax::Name& other : state.port_names) {
    if (other.symbol != name.symbol) continue;
    state.context.report(Kind::duplicate_declaration, name.span, "port", state.context.text(name.symbol))
        .label(other.span, "first declared here");
    return false;
  }
  state.port_names.push_back(name);
  return true;
}

std::optional<DatasetId> find_dataset(Context& context, const syntax::QualifiedName& name) {
  if (name.parts.empty() || is_missing(name.parts.back())) return std::nullopt;
  const auto& datasets = context.scopes[0].datasets;
  const auto found = datasets.find(name.parts.back().symbol);
  if (name.parts.size() == 1 && found != datasets.end()) {
    return context.dataset_failed[found->second.index] ? std::nullopt : std::optional(found->second);
  }
  const syntax::Name wrong =
      name.parts.size() == 1 ? name.parts.front() : syntax::Name{context.strings.intern(context.sources.text(name.span)), name.span};
  std::vector<std::string_view> names;
  for (const program::Dataset& dataset : context.program.datasets) names.push_back(context.text(dataset.name));
  report_unknown_name(context, wrong, "dataset", names);
  return std::nullopt;
}

void add_plain_input(TaskState& state, const syntax::Name& name) { add_input(state, name, plain_source(name), std::nullopt); }

void add_inputs(TaskState& state, const syntax::InputClause& clause) {
  for (const syntax::Name& name : clause.names) {
    add_input(state, name, clause.source ? *clause.source : plain_source(name), clause.condition);
  }
}

}  // namespace osac::semantics
