// What goes into paths: checked once a record, not once an element.

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/planning/path_checks.h"

namespace osac::planning {

namespace {

/// What is wrong with a text as a part of a path; "" if nothing is.
std::string problem_of(const std::optional<std::string>& text) {
  if (!text) return "has no value";
  if (text->empty()) return "is empty";
  if (text->find('/') != std::string::npos) return "holds a `/`";
  if (*text == "." || text->find("..") != std::string::npos) return "holds `..` or is `.`";
  if (std::any_of(text->begin(), text->end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) return "holds a control character";
  return {};
}

/// One of a dataset's paths: its own or the one that it is published under.
struct Checked {
  const program::Dataset& dataset;
  const Family& family;
  ExprId path;  ///< folded
  Span span;
};

class PathKeys {
 public:
  PathKeys(const Frame& frame, const TableSet& tables, const Checked& checked)
      : frame_(frame), tables_(tables), checked_(checked), family_(checked.family), point_(frame, {&checked.family}) {}

  void run() {
    for (const PathPart& part : split_template(frame_, checked_.path))
      if (part.is_hole) check(part);
  }

 private:
  void check(const PathPart& part) {
    const auto dimensions = dimensions_in(frame_.expressions, part.hole);
    if (dimensions.empty()) return;
    const bool is_own_key = part.key != none && std::find(family_.basis.begin(), family_.basis.end(), part.key) != family_.basis.end();
    if (is_own_key && !part.is_checked) return;  // an integer that is always there
    const auto axis = coarsest(frame_, family_.basis, dimensions);
    std::vector<std::uint32_t> records;
    std::vector<std::uint8_t> is_seen;
    if (axis && frame_.axes[*axis].count <= family_.count) {
      records = record_column(frame_, family_, *axis);
      is_seen.assign(frame_.axes[*axis].count, 0);
    }
    Unfit unfit;
    for (std::uint32_t i = 0; i < family_.count; ++i) {
      if (!records.empty() && records[i] != none) {
        if (is_seen[records[i]] != 0) continue;
        is_seen[records[i]] = 1;
      }
      if (!check_at(part, i, unfit)) return;
    }
    if (unfit.count > 0) report(part, unfit);
  }

  /// Values that a hole cannot take: the first of them, and how many there are.
  struct Unfit {
    std::uint64_t count = 0;
    std::uint32_t element = 0;
    std::string text;
    std::string problem;
  };

  /// False if the hole cannot be worked out, which has been reported.
  bool check_at(const PathPart& part, std::uint32_t element, Unfit& unfit) {
    point_.move(0, element);
    try {
      const auto text = hole_text(frame_, part.hole, point_);
      const bool is_free = part.alphabet == Alphabet::anything && text;  // a path may hold '/'
      std::string problem = is_free ? std::string{} : problem_of(text);
      if (!problem.empty() && unfit.count++ == 0) unfit = {1, element, text.value_or(std::string{}), std::move(problem)};
      return true;
    } catch (const expression::EvaluationError& error) {
      report_evaluation(frame_.context, frame_.expressions[part.hole].span, error.span, error.what, element_key(frame_, family_, element));
    }
    return false;
  }

  void report(const PathPart& part, const Unfit& unfit) {
    const Context& context = frame_.context;
    point_.move(0, unfit.element);
    const Node& node = frame_.expressions[part.hole];
    const Node& value = node.op == Op::hole ? frame_.expressions[frame_.expressions.child(part.hole, 0)] : node;
    const bool is_field = value.op == Op::dataset_field;
    const bool is_reference = value.op == Op::key || value.op == Op::attribute;
    const std::string what = is_reference || is_field ? name_of(value) : "this";
    const Span hole = node.span.empty() ? checked_.span : node.span;
    const auto cell = is_reference ? cell_of(value) : std::nullopt;
    auto builder = frame_.context.diagnostics.report(DiagnosticKind::unfit_path_key, cell.value_or(hole), what,
                                                     unfit.text.empty() ? std::string{} : fmt::format(" `{}`", visible(unfit.text)),
                                                     unfit.problem, context.text(checked_.dataset.name));
    if (cell) builder.label(hole, "it stands in this path");
    builder.note(fmt::format("for {}", element_key(frame_, family_, unfit.element)));
    if (unfit.count > 1) builder.note(fmt::format("{} likewise", count_of(unfit.count - 1, "more value")));
  }
  std::string name_of(const Node& value) const {
    if (value.op == Op::dataset_field) {
      const program::Dataset& record = frame_.context.program.datasets[value.index];
      return fmt::format("`{}.{}`", frame_.context.text(record.name), frame_.context.text(record.fields[value.extra].name));
    }
    const program::Dimension& dimension = frame_.context.program.dimensions[value.index];
    const Symbol name = value.op == Op::key ? dimension.name : dimension.attributes[value.extra].name;
    return fmt::format("`{}`", frame_.context.text(name));
  }
  /// Where the data say so, if the dimension's records come from a table.
  std::optional<Span> cell_of(const Node& value) const {
    const Context& context = frame_.context;
    const program::Dimension& dimension = context.program.dimensions[value.index];
    const auto* source = std::get_if<program::ColumnSource>(&dimension.source);
    const std::uint32_t record = point_.record(value.index);
    if (source == nullptr || record == none) return std::nullopt;
    const std::uint32_t column = value.op == Op::key ? source->column : dimension.attributes[value.extra].column;
    return cell_span(context, tables_, source->table.index, frame_.axes[value.index].rows[record], column);
  }

  const Frame& frame_;
  const TableSet& tables_;
  const Checked& checked_;
  const Family& family_;
  Point point_;
};

bool climbs(std::string_view path) {
  const auto components = split(path, '/');
  return std::find(components.begin(), components.end(), "..") != components.end();
}

void report_climbing(const Frame& frame, const Checked& checked, const std::string& path) {
  frame.context.diagnostics.report(DiagnosticKind::climbing_path, checked.span, frame.context.text(checked.dataset.name), visible(path))
      .help("write it without `..`, or as an absolute path");
}

/// Produced paths: what is written must be where the path says, whatever links there are.
void check_climbing(const Frame& frame, const Checked& checked) {
  const auto report_empty = [&] {
    return frame.context.diagnostics.report(DiagnosticKind::empty_path, checked.span, frame.context.text(checked.dataset.name));
  };
  const PathPattern pattern = make_pattern(split_template(frame, checked.path));
  if (!pattern.climbs && !pattern.is_open) {
    if (pattern.segments.empty() && checked.family.count > 0) report_empty();
    return;
  }
  PathWriter writer(frame, checked.path, checked.family);
  for (std::uint32_t i = 0; i < checked.family.count; ++i) {
    const std::string text = writer.path(i);
    if (climbs(text)) return report_climbing(frame, checked, text);
    if (!normalized(text).empty()) continue;
    report_empty().note(fmt::format("for {}", element_key(frame, checked.family, i)));
    return;
  }
}

}  // namespace

void check_path_keys(const Frame& frame, Folder& fold, const TableSet& tables, const Draft& draft) {
  const program::Program& program = frame.context.program;
  for (std::uint32_t d = 0; d < program.datasets.size(); ++d) {
    const program::Dataset& dataset = program.datasets[d];
    for (const ExprId path : program::paths_of(dataset)) {
      const Checked checked{dataset, draft.datasets[d].family, fold(path), program.expressions[path].span};
      const std::size_t errors = frame.context.diagnostics.error_count();
      PathKeys(frame, tables, checked).run();
      if (!dataset.is_external && errors == frame.context.diagnostics.error_count()) check_climbing(frame, checked);
    }
  }
}

}  // namespace osac::planning
