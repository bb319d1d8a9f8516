// One source of an input: key fixes, conditions, and the cardinality rule's verdict.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/semantics/constants.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/ports.h"
#include "compiler/semantics/relations.h"

namespace osac::semantics {

namespace {

using syntax::Source;
using syntax::SourceVerb;

bool contains(const std::vector<DimensionId>& list, DimensionId id) { return std::find(list.begin(), list.end(), id) != list.end(); }
bool is_lookup(SourceVerb verb) {
  switch (verb) {
    case SourceVerb::latest:
    case SourceVerb::next:
    case SourceVerb::nearest:
    case SourceVerb::valid:
    case SourceVerb::window:
    case SourceVerb::of_neighbour:
      return true;
    case SourceVerb::plain:
    case SourceVerb::all:
    case SourceVerb::fresh:
      break;
  }
  return false;
}
/// What an input of this kind is called in messages.
std::string_view words_of(SourceVerb verb) {
  if (verb == SourceVerb::all) return "a gather";
  if (verb == SourceVerb::window) return "a window";
  if (verb == SourceVerb::of_neighbour) return "an input `of prev` or `of next`";
  return is_lookup(verb) ? "a look-up" : "an input of one file";
}

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

  void misplaced(Span span, std::string_view what, std::string_view on, std::string help) {
    context().report(Kind::misplaced_modifier, span, what, on).help(std::move(help));
    fine = false;
  }

  /// A dataset with validity has two lives: what this plan makes, and what was certified.
  bool check_validity() {
    const bool has_validity = dataset().validity.has_value();
    const bool is_valid = source.verb == SourceVerb::valid;
    const std::string_view name = context().text(dataset().name);
    if (has_validity && source.is_new != is_valid) return true;
    const Span verb = source.verb_span.empty() ? source.span : source.verb_span;
    if (has_validity) {
      context()
          .report(Kind::new_or_valid, source.dataset.span, name)
          .label(dataset().span, "it has validity")
          .help(fmt::format("the one that this plan makes: `in {} = new {}`", context().text(input.name), name))
          .help(fmt::format("the certified one of a time: `in {} = valid {} at T`", context().text(input.name), name));
      return false;
    }
    if (!source.is_new && !is_valid) return true;
    context()
        .report(Kind::without_validity, verb, name, is_valid ? "valid" : "new")
        .label(dataset().span, "declared here")
        .help(is_valid ? fmt::format("declare from when to when its files hold: `dataset {} ... valid BEGIN until next`", name)
                       : fmt::format("leave out `new`: `{}` is always the one of this plan", name));
    return false;
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
    scope.has_made_records = true;
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
    input.cardinality = rule.determines_task ? program::Cardinality::gather : program::Cardinality::relation;
    input.type = Type::of(TypeKind::file).list();
    if (rule.is_determined) return report_one_file();
    if (source.via) {
      if (!resolve_relation(rule)) return;
    } else if (!rule.determines_task) {
      return report_unrelated(rule);
    }
    read_counts();
    if (source.order_by) resolve_order(open);
    if (source.is_optional) misplaced(source.span, "?", "`all`", "a gather is a list: leave out `?`, and `min` if it may be empty");
  }

  void read_counts() {
    input.is_survivors = source.is_survivors;
    if (source.minimum) input.minimum_span = span_of(*source.minimum);
    if (source.expected) input.expected_span = span_of(*source.expected);
    input.minimum = count(source.minimum, "min");
    input.expected = count(source.expected, "expect");
    if (!fine || input.expected == 0 || input.minimum <= input.expected) return;
    context().report(Kind::not_a_count, span_of(*source.minimum), "min").help(fmt::format("it is more than `expect {}`", input.expected));
    fine = false;
  }

  /// `all d via r`: the relation must say which of the elements that the task leaves open go with it.
  bool resolve_relation(const Cardinalities& rule) {
    const auto relation = find_relation(context(), *source.via);
    fine = fine && relation.has_value();
    if (!relation) return false;
    input.via = *relation;
    if (pairs(context(), *relation, determined_by(context().program, state.task().dimensions), rule.open)) return true;
    const std::string_view name = context().text(dataset().name);
    context()
        .report(Kind::unconnected_relation, source.via->span, context().name(*relation),
                fmt::format("`{}` with task `{}`", name, context().text(state.task().name)))
        .label(context().program.relations[relation->index].span, what_it_pairs(context(), *relation))
        .note(fmt::format("the task leaves {} of `{}` open", over(rule.open), name));
    fine = false;
    return false;
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
    const auto relation = find_relation_between(rule);
    if (relation) {
      report.help(fmt::format("read those that relation `{0}` pairs with it: `all {1} via {0}`", context().name(*relation), name));
    }
    report.help(fmt::format("fix a key: `{}`, or add {} to the task's `for`", fixed_spelling(context(), name, rule.open), over(rule.open)));
    if (!relation) report.help(fmt::format("or declare a relation that pairs their keys, and write `all {} via r`", name));
    fine = false;
  }

  [[nodiscard]] std::optional<RelationId> find_relation_between(const Cardinalities& rule) const {
    const std::vector<DimensionId> task = determined_by(context().program, state.task().dimensions);
    for (const auto& [decl, id] : context().relations) {
      if (!context().relation_failed[id.index] && pairs(context(), id, task, rule.open)) return id;
    }
    return std::nullopt;
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
    const std::string help = fmt::format("it belongs to a gather: `all {}`", written_name());
    if (source.minimum) misplaced(span_of(*source.minimum), "min", on, help);
    if (source.expected) misplaced(span_of(*source.expected), "expect", on, help);
    if (source.order_by) misplaced(source.order_by->span, "order by", on, help);
    if (source.via) misplaced(source.via->span, "via", on, help);
    if (source.is_survivors) misplaced(source.survivors_span.empty() ? source.span : source.survivors_span, "survivors", on, help);
  }

  void refuse_lookup_words() {
    const bool is_neighbour = source.verb == SourceVerb::of_neighbour;
    const std::string_view on = words_of(source.verb);
    const std::string help = "it belongs to a look-up: `latest`, `next`, `nearest` or `window`";
    const bool has_time = is_lookup(source.verb) && !is_neighbour;
    if (source.bound_time && !has_time) misplaced(span_of(*source.bound_time), "a time to search from", on, help);
    if (source.within && (!has_time || source.verb == SourceVerb::valid)) misplaced(span_of(*source.within), "within", on, help);
    if (!source.same.empty() && !is_lookup(source.verb)) misplaced(source.same.front().span, "same", on, help);
    if (source.window_last && source.verb != SourceVerb::window)
      misplaced(span_of(*source.window_last), "last", on, fmt::format("it belongs to a window: `window {} last N`", written_name()));
    if (source.neighbour && !is_neighbour)
      misplaced(source.neighbour->span, "of", on,
                fmt::format("a step from the task's own element: `{} of prev DIMENSION`", written_name()));
  }

  [[nodiscard]] std::string_view written_name() const { return context().text(source.dataset.parts.back().symbol); }

  void resolve_one_of_many(const std::vector<DimensionId>& open) {
    input.cardinality = program::Cardinality::broadcast;
    input.type = Type::of(TypeKind::file);
    refuse_gather_words(words_of(source.verb));
    const bool is_neighbour = source.verb == SourceVerb::of_neighbour;
    fine = (is_neighbour ? resolve_neighbour(state, source, open, input) : resolve_lookup(state, source, open, input)) && fine;
  }

  void resolve_window(const std::vector<DimensionId>& open) {
    input.cardinality = program::Cardinality::gather;
    input.type = Type::of(TypeKind::file).list();
    read_counts();
    if (source.via) misplaced(source.via->span, "via", "a window", "it belongs to a gather: `all d via r`");
    if (source.order_by) misplaced(source.order_by->span, "order by", "a window", "its files are in order of time");
    if (source.is_optional) misplaced(source.span, "?", "a window", "it is a list: leave out `?`, and `min` if it may be empty");
    fine = resolve_lookup(state, source, open, input) && fine;
  }

  bool run() {
    const auto found = find_dataset(context(), source.dataset);
    if (!found) return false;
    input.dataset = *found;
    const bool is_valid = source.verb == SourceVerb::valid;
    if (!is_valid) context().consumers[found->index].push_back({state.id, source.dataset.span});
    if (state.dimensions_failed || !check_validity()) return false;
    const std::vector<DimensionId> open = resolve_fixes();
    if (is_valid) input.dataset = context().certificates.at(*found);
    resolve_where();
    refuse_lookup_words();
    if (!fine) return false;
    if (source.verb == SourceVerb::window)
      resolve_window(open);
    else if (is_lookup(source.verb))
      resolve_one_of_many(open);
    else
      source.verb == SourceVerb::all ? resolve_gather(open) : resolve_single(open);
    input.is_optional = source.is_optional;
    return fine;
  }
};

}  // namespace

bool resolve_source(TaskState& state, const syntax::Source& source, program::Input& input) { return Resolver{state, source, input}.run(); }

}  // namespace osac::semantics
