// Outputs of tasks: over exactly the task's dimensions, or finer where it says so.

#include <fmt/core.h>

#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/ports.h"

namespace osac::semantics {

namespace {

struct Resolver {
  TaskState& state;
  const syntax::OutputClause& clause;
  program::Output& output;
  Span place;  ///< of the dataset's name

  [[nodiscard]] Context& context() const { return state.context; }
  [[nodiscard]] const program::Dataset& dataset() const { return context().program.datasets[output.dataset.index]; }
  [[nodiscard]] std::string_view task_name() const { return context().text(state.task().name); }
  [[nodiscard]] std::string over(const std::vector<DimensionId>& dimensions) const {
    return dimensions.empty() ? "no dimension" : quoted_names(context(), dimensions);
  }

  bool check_dataset() const {
    for (const program::Output& other : state.task().outputs) {
      if (other.dataset != output.dataset) continue;
      context().report(Kind::output_twice, place, context().text(dataset().name)).label(other.span, "first here");
      return false;
    }
    if (!dataset().is_external) return true;
    context()
        .report(Kind::output_is_external, place, context().text(dataset().name), task_name())
        .label(dataset().span, "declared `external`")
        .help("leave out `external` if this task makes it");
    return false;
  }

  bool check_dimensions() const {
    const Cardinalities rule = compare(context(), with_parents(context(), dataset().dimensions), state.task().dimensions);
    if (!rule.determines_task) {
      auto report = rule.is_determined
                        ? context().report(Kind::coarser_output, place, context().text(dataset().name), task_name(), over(rule.extra))
                        : context().report(Kind::unrelated_output, place, context().text(dataset().name), over(rule.open), task_name(),
                                           over(rule.extra));
      report.label(dataset().span, fmt::format("over {}", over(dataset().dimensions)));
      report.help(fmt::format("outputs are over the task's dimensions: make `{}` a dataset `for` {}, or the task one",
                              context().text(dataset().name), over(state.task().dimensions)));
      return false;
    }
    output.is_finer = !rule.is_determined;
    output.type = output.is_finer ? Type::of(TypeKind::file).list() : Type::of(TypeKind::file);
    return output.is_finer ? check_finer(rule) : true;
  }

  bool check_finer(const Cardinalities& rule) const {
    if (clause.over) return true;
    std::string names;
    for (const DimensionId id : dataset().dimensions) names += fmt::format("{}{}", names.empty() ? "" : ", ", context().name(id));
    context()
        .report(Kind::finer_output, place, context().text(dataset().name), task_name(), over(rule.open))
        .label(dataset().span, fmt::format("over {}", over(dataset().dimensions)))
        .help(fmt::format("if one process writes all of them, say so: `out {} for {}`", context().text(dataset().name), names))
        .help("if not, add the dimension to the task's `for`");
    return false;
  }

  /// The `for` of an output repeats the dataset's dimensions, so that the reader sees them.
  bool check_over() const {
    if (!clause.over) return true;
    const Over over_clause = resolve_over(context(), clause.over);
    if (over_clause.failed) return false;
    const Cardinalities same = compare(context(), with_parents(context(), dataset().dimensions), over_clause.dimensions);
    if (same.is_determined && same.determines_task) return true;
    context()
        .report(Kind::output_over, clause.over->span, context().text(dataset().name), over(dataset().dimensions))
        .label(dataset().span, "declared here");
    return false;
  }

  bool resolve_where() const {
    if (!clause.where) return true;
    if (!output.is_finer) {
      context()
          .report(Kind::misplaced_modifier, context().tree(0)[*clause.where].span, "where", "an output of one file")
          .help("a condition on the task itself goes behind its `for`");
      return false;
    }
    Scope scope = state.scope("an output's `where`");
    scope.inner = determined_by(context().program, dataset().dimensions);
    scope.has_made_records = true;
    output.where = lower_as(context(), scope, *clause.where, Type::of(TypeKind::boolean), "a `where`");
    return !context().failed(output.where);
  }

  bool run(const syntax::QualifiedName& name) const {
    const auto found = find_dataset(context(), name);
    if (!found) return false;
    output.dataset = *found;
    context().producers[found->index].push_back({state.id, place});
    return !state.dimensions_failed && check_dataset() && check_over() && check_dimensions() && resolve_where();
  }
};

void add_output(TaskState& state, const syntax::Name& name, const syntax::OutputClause& clause) {
  if (!take_port_name(state, name)) return;
  const syntax::QualifiedName dataset = clause.dataset ? *clause.dataset : syntax::QualifiedName{{name}, name.span};
  program::Output output;
  output.name = name.symbol;
  output.span = name.span;
  output.doc = clause.doc;
  if (Resolver{state, clause, output, dataset.span}.run(dataset))
    state.task().outputs.push_back(std::move(output));
  else
    state.failed_ports.push_back(name.symbol);
}

}  // namespace

void add_outputs(TaskState& state, const syntax::OutputClause& clause) {
  for (const syntax::Name& name : clause.names) add_output(state, name, clause);
}

void add_plain_output(TaskState& state, const syntax::Name& name) {
  syntax::OutputClause clause;
  clause.names = {name};
  clause.span = name.span;
  add_output(state, name, clause);
}

}  // namespace osac::semantics
