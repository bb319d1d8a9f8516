// Inputs of tasks: their ports, conditions, and the branches of `else`.

#include <fmt/format.h>

#include "compiler/semantics/expressions.h"
#include "compiler/semantics/ports.h"

namespace osac::semantics {

namespace {

using syntax::Source;

Source plain_source(const syntax::Name& name) {
  Source source;
  source.span = name.span;
  source.dataset.parts = {name};
  source.dataset.span = name.span;
  return source;
}

/// The source and those behind its `else`, in order.
std::vector<const Source*> branches_of(const Source& source) {
  std::vector<const Source*> branches = {&source};
  while (!branches.back()->otherwise.empty()) branches.push_back(&branches.back()->otherwise.front());
  return branches;
}

struct Maker {
  TaskState& state;
  const syntax::Name& name;
  std::vector<program::Input> inputs{};
  bool fine = true;

  [[nodiscard]] Context& context() const { return state.context; }

  void resolve(const std::vector<const Source*>& branches) {
    for (const Source* branch : branches) {
      program::Input input;
      input.name = name.symbol;
      input.span = branch == branches.front() ? name.span : branch->span;
      input.branch = static_cast<std::uint32_t>(inputs.size());
      fine = resolve_source(state, *branch, input) && fine;
      inputs.push_back(std::move(input));
    }
    if (fine && branches.size() > 1) check_branches(branches);
  }

  /// A list may be empty, so nothing comes after it; one file that may be absent can only be the last try.
  void check_branches(const std::vector<const Source*>& branches) {
    const program::Input& first = inputs.front();
    for (std::size_t i = 0; i < branches.size(); ++i) {
      if (inputs[i].type.is_list != first.type.is_list) {
        context()
            .report(Kind::other_branch, branches[i]->span, type_name(inputs[i].type, context().strings),
                    type_name(first.type, context().strings))
            .label(branches.front()->span, fmt::format("this is `{}`", type_name(first.type, context().strings)))
            .note("the port of a task is one file or a list, whichever source it comes from");
        fine = false;
        return;
      }
    }
    if (first.type.is_list) {
      context()
          .report(Kind::misplaced_modifier, branches[1]->span, "else", "a list")
          .help("a list of nothing is a list: `min 1` asks for more");
      fine = false;
      return;
    }
    for (std::size_t i = 0; i + 1 < branches.size(); ++i) {
      if (!branches[i]->is_optional) continue;
      context()
          .report(Kind::misplaced_modifier, branches[i]->span, "?", "a source with an `else` behind it")
          .help("put it behind the last one, if all may find nothing");
      fine = false;
    }
    for (program::Input& input : inputs) input.is_optional = inputs.back().is_optional;
  }

  void set_condition(syntax::ExprId written) {
    const ExprId condition = lower_as(context(), state.scope("the condition of an input"), written, Type::of(TypeKind::boolean), "`if`");
    fine = fine && !context().failed(condition);
    for (program::Input& input : inputs) input.condition = condition;
  }
};

void add_input(TaskState& state, const syntax::Name& name, const Source& source, const syntax::InputClause* clause) {
  if (!take_port_name(state, name)) return;
  Maker maker{state, name};
  maker.resolve(branches_of(source));
  if (clause != nullptr && clause->condition) maker.set_condition(*clause->condition);
  if (!maker.fine) {
    state.failed_ports.push_back(name.symbol);
    return;
  }
  for (program::Input& input : maker.inputs) {
    if ((input.is_optional || input.condition.exists()) && !input.type.is_list) input.type = input.type.optional();
    if (clause != nullptr) input.doc = clause->doc;
    state.task().inputs.push_back(std::move(input));
  }
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

void add_plain_input(TaskState& state, const syntax::Name& name) { add_input(state, name, plain_source(name), nullptr); }

void add_inputs(TaskState& state, const syntax::InputClause& clause) {
  for (const syntax::Name& name : clause.names) {
    add_input(state, name, clause.source ? *clause.source : plain_source(name), &clause);
  }
}

}  // namespace osac::semantics
