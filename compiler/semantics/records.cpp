#include "compiler/semantics/records.h"

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/constants.h"
#include "compiler/semantics/tables.h"
#include "compiler/semantics/types.h"

namespace osac::semantics {

namespace {

using expression::Node;
using expression::Op;

bool contains(const std::vector<DimensionId>& list, DimensionId id) { return std::find(list.begin(), list.end(), id) != list.end(); }

/// Calls `visit` for each node of an expression; a shared one may come twice.
template <typename Visit>
void walk(const Context& context, ExprId id, Visit visit) {
  if (!id.exists()) return;
  std::vector<ExprId> open = {id};
  while (!open.empty()) {
    const ExprId next = open.back();
    open.pop_back();
    const Node& node = context.program.expressions[next];
    visit(node);
    for (std::uint32_t i = node.child_count; i-- > 0;) open.push_back(context.program.expressions.child(next, i));
  }
}

struct FieldAccess {
  Context& context;
  const Scope& scope;
  const syntax::Name& object;
  const syntax::Name& field;
  Span span;

  [[nodiscard]] ExprId error() const { return error_node(context, span); }
  [[nodiscard]] const program::Dataset& at(DatasetId id) const { return context.program.datasets[id.index]; }
  [[nodiscard]] std::string written() const { return fmt::format("{}.{}", context.text(object.symbol), context.text(field.symbol)); }

  [[nodiscard]] const Port* find_port() const {
    for (const auto* ports : {scope.record_ports, scope.ports}) {
      if (ports == nullptr) continue;
      const auto found = std::find_if(ports->begin(), ports->end(), [&](const Port& port) { return port.name == object.symbol; });
      if (found != ports->end()) return &*found;
    }
    return nullptr;
  }

  /// The dataset of that name, if there is one that could be read.
  [[nodiscard]] std::optional<DatasetId> find_dataset() const {
    if (scope.module != 0 || scope.arguments != nullptr) return std::nullopt;
    const auto found = context.scopes[0].datasets.find(object.symbol);
    return found == context.scopes[0].datasets.end() ? std::nullopt : std::optional(found->second);
  }

  [[nodiscard]] ExprId report_no_fields(DatasetId dataset, std::string note = {}) const {
    auto report = context.report(Kind::without_fields, object.span, context.text(object.symbol));
    if (!dataset.exists()) {
      report.note(std::move(note));
      return error();
    }
    report.label(at(dataset).span, "declared here");
    report.help(
        fmt::format("say what a file holds: `dataset {} ... as json {{ {} : float }}`", context.name(dataset), context.text(field.symbol)));
    return error();
  }

  [[nodiscard]] ExprId report_not_here(DatasetId dataset, std::string help) const {
    auto report = context.report(Kind::record_not_here, span, written(), scope.place);
    if (dataset.exists()) report.label(at(dataset).span, "read from this");
    if (!help.empty()) report.help(std::move(help));
    return error();
  }

  /// The field's node; an unknown field is reported.
  [[nodiscard]] ExprId node(DatasetId dataset, Op op, std::uint32_t index, bool may_be_absent) const {
    const auto& fields = at(dataset).fields;
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const program::Column& each) { return each.name == field.symbol; });
    if (found == fields.end()) {
      std::vector<std::string_view> names;
      for (const program::Column& each : fields) names.push_back(context.text(each.name));
      report_unknown_name(context, field, "field", names, fmt::format("fields of `{}`", context.name(dataset)));
      return error();
    }
    Node made;
    made.op = op;
    made.index = index;
    made.extra = static_cast<std::uint32_t>(found - fields.begin());
    made.type = may_be_absent ? found->type.optional() : found->type;
    made.span = span;
    return found->type.is_error() ? error() : add_unfolded(context, made, {});
  }

  [[nodiscard]] ExprId of_port(const Port& port) const {
    if (port.type.is_error()) return error();
    if (!port.dataset.exists() && scope.arguments == nullptr) return report_no_fields({}, "its sources do not have the same fields");
    if (!port.dataset.exists()) return report_no_fields({}, "the port of a tool is a file; give the value as a parameter");
    if (at(port.dataset).fields.empty()) return report_no_fields(port.dataset);
    if (!port.is_input) return report_not_here(port.dataset, "it is made by this very element");
    if (port.type.is_list) {
      context.report(Kind::field_of_list, span, context.text(object.symbol), context.text(field.symbol))
          .help("give the command the files, and let it read them");
      return error();
    }
    if (scope.record_ports == nullptr) return report_not_here(port.dataset, {});
    return node(port.dataset, Op::port_field, port.index, port.type.is_optional);
  }

  [[nodiscard]] ExprId of_dataset(DatasetId id) const {
    // Constants are worked out before datasets are, so the declaration is asked.
    if (context.datasets[id.index].declaration->record_fields.empty()) return report_no_fields(id);
    if (!scope.has_made_records) {
      const bool is_command = scope.record_ports != nullptr;
      return report_not_here(id, is_command ? fmt::format("make it an input of the task: `in {}`", context.name(id)) : "");
    }
    if (at(id).is_external)
      return report_not_here(id, "of external files only commands read records; a `table` of theirs is read while planning");
    const auto knows = [&](const std::vector<DimensionId>& list) {
      const auto& basis = at(id).basis;
      return std::all_of(basis.begin(), basis.end(), [&](DimensionId key) { return contains(list, key); });
    };
    if (!knows(scope.inner) && !knows(scope.dimensions)) {
      context.report(Kind::not_determined, span, written())
          .label(at(id).span, fmt::format("over {}", quoted_names(context, at(id).dimensions)))
          .help(fmt::format("{} does not say of which element", scope.place));
      return error();
    }
    context.consumers[id.index].push_back({program::TaskId::none(), span});
    return node(id, Op::dataset_field, id.index, at(id).is_optional);
  }

  [[nodiscard]] bool is_other_name() const { return context.scopes[scope.module].names.count(object.symbol) > 0; }

  [[nodiscard]] std::optional<ExprId> run() const {
    if (is_missing(object) || is_missing(field)) return std::nullopt;
    const Port* port = find_port();
    const auto dataset = find_dataset();
    if (port != nullptr && (scope.record_ports != nullptr || !dataset)) {
      if (is_other_name() && (!port->dataset.exists() || at(port->dataset).fields.empty())) return std::nullopt;
      return of_port(*port);
    }
    if (!dataset) return std::nullopt;
    if (context.dataset_failed[dataset->index]) return error();
    if (is_other_name() && at(*dataset).fields.empty()) return std::nullopt;
    return of_dataset(*dataset);
  }
};

/// Whether the task reads the very element whose record the path needs, whatever happens.
bool reads_plainly(const program::Task& task, DatasetId dataset) {
  return std::any_of(task.inputs.begin(), task.inputs.end(), [&](const program::Input& input) {
    const bool is_plain = input.lookup.direction == program::LookupDirection::none && input.fixes.empty() && !input.where.exists();
    return input.dataset == dataset && is_plain && input.branch == 0 && !input.is_optional && !input.condition.exists() &&
           !input.is_survivors && !input.via.exists();
  });
}

void add_implicit(TaskState& state, const program::Output& output, DatasetId dataset) {
  Context& context = state.context;
  const program::Dataset& read = context.program.datasets[dataset.index];
  const Cardinalities rule = compare(context, with_parents(context, read.dimensions), state.task().dimensions);
  program::Input input;
  input.name = read.name;
  input.dataset = dataset;
  input.is_implicit = true;
  input.span = output.span;
  input.type = rule.is_determined ? Type::of(TypeKind::file) : Type::of(TypeKind::file).list();
  if (!rule.is_determined)
    input.cardinality = program::Cardinality::gather;
  else
    input.cardinality = rule.determines_task ? program::Cardinality::chain : program::Cardinality::broadcast;
  context.consumers[dataset.index].push_back({state.id, output.span});
  state.task().inputs.push_back(std::move(input));
}

}  // namespace

std::optional<ExprId> resolve_field(Context& context, const Scope& scope, const syntax::Name& object, const syntax::Name& field,
                                    Span span) {
  return FieldAccess{context, scope, object, field, span}.run();
}

bool add_fields(Context& context, const syntax::DatasetDecl& decl, program::Dataset& dataset) {
  if (!decl.record_format) return true;
  if (context.text(decl.record_format->symbol) != "json") {
    report_unknown_name(context, *decl.record_format, "format of a record", {"json"}, "formats");
    return false;
  }
  dataset.record_format = program::RecordFormat::json;
  const bool fine = add_columns(context, decl.record_fields, "field", dataset.fields);
  for (const syntax::ColumnDecl& field : decl.record_fields) {
    if (field.is_unique) context.report(Kind::misplaced_modifier, field.span, "unique", "a field").help("there is one in each file");
    if (!field.type.encoding) continue;
    context.report(Kind::misplaced_modifier, field.type.encoding->span, "as", "a field").help("a record's times are in ISO 8601");
  }
  if (dataset.fields.empty()) {
    dataset.record_format = program::RecordFormat::none;
    if (!context.had_errors)
      context.report(Kind::without_fields, decl.name.span, context.text(decl.name.symbol)).help("as in `as json { level : float }`");
  }
  return fine;
}

std::vector<DatasetId> records_in(const Context& context, ExprId id) {
  std::vector<DatasetId> found;
  walk(context, id, [&](const Node& node) {
    const DatasetId dataset{node.index};
    if (node.op == Op::dataset_field && std::find(found.begin(), found.end(), dataset) == found.end()) found.push_back(dataset);
  });
  return found;
}

bool reads_port_field(const Context& context, ExprId id) {
  bool found = false;
  walk(context, id, [&](const Node& node) { found = found || node.op == Op::port_field; });
  return found;
}

void add_implicit_inputs(TaskState& state) {
  const std::vector<program::Output> outputs = state.task().outputs;
  std::vector<DatasetId> added;
  for (const program::Output& output : outputs) {
    std::vector<DatasetId> needed;
    for (const ExprId path : program::paths_of(state.context.program.datasets[output.dataset.index]))
      for (const DatasetId id : records_in(state.context, path)) needed.push_back(id);
    for (const DatasetId id : records_in(state.context, output.where)) needed.push_back(id);
    for (const DatasetId id : needed) {
      const bool is_own = std::any_of(outputs.begin(), outputs.end(), [&](const program::Output& other) { return other.dataset == id; });
      if (is_own || std::find(added.begin(), added.end(), id) != added.end() || reads_plainly(state.task(), id)) continue;
      add_implicit(state, output, id);
      added.push_back(id);
    }
  }
}

}  // namespace osac::semantics
