#include "compiler/planning/certificates.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "compiler/base/text.h"
#include "compiler/planning/agree.h"
#include "compiler/planning/path_writer.h"

namespace osac::planning {

std::optional<std::uint32_t> certificates_table(const program::Program& program, std::uint32_t dataset) {
  const program::Dataset& declared = program.datasets[dataset];
  if (!declared.is_external || declared.basis.size() != 1) return std::nullopt;
  const program::TableId table = program.dimensions[declared.basis[0].index].table;
  if (!table.exists() || !program.tables[table.index].certificates_of.exists()) return std::nullopt;
  return table.index;
}

namespace {

std::optional<std::uint32_t> find_column(const Context& context, std::uint32_t table, std::string_view name) {
  const auto& columns = context.program.tables[table].columns;
  for (std::uint32_t c = 0; c < columns.size(); ++c)
    if (context.text(columns[c].name) == name) return c;
  return std::nullopt;
}

/// The intervals of one table.
class Intervals {
 public:
  Intervals(const Frame& frame, const TableSet& tables, std::uint32_t dimension)
      : frame_(frame),
        tables_(tables),
        table_(frame.context.program.dimensions[dimension].table.index),
        dimension_(dimension),
        dataset_(frame.context.program.tables[table_].certificates_of.index),
        begin_(find_column(frame.context, table_, "begin")),
        until_(find_column(frame.context, table_, "until")) {}

  void check() {
    if (!begin_ || !until_) return;
    const Axis& axis = frame_.axes[dimension_];
    Family all;
    all.basis = {dimension_};
    all.count = axis.count;
    all.is_whole = true;
    const auto keys = numbers(frame_.context.program.datasets[dataset_].basis);
    const Columns columns = columns_on(frame_, all, keys);
    std::vector<std::uint32_t> order;
    for (std::uint32_t r = 0; r < axis.count; ++r) {
      const bool is_known = std::none_of(columns.begin(), columns.end(), [&](const auto& column) { return column[r] == none; });
      const bool is_empty = until(r) != expression::absent_scalar && until(r) <= begin(r);
      if (is_known && !is_empty && begin(r) != expression::absent_scalar) order.push_back(r);
    }
    const auto compare = [&](std::uint32_t a, std::uint32_t b) {
      for (const auto& column : columns)
        if (column[a] != column[b]) return column[a] < column[b];
      return begin(a) != begin(b) ? begin(a) < begin(b) : a < b;
    };
    std::sort(order.begin(), order.end(), compare);
    for (std::size_t i = 1; i < order.size(); ++i) {
      const std::uint32_t a = order[i - 1];
      const std::uint32_t b = order[i];
      if (std::any_of(columns.begin(), columns.end(), [&](const auto& column) { return column[a] != column[b]; })) continue;
      const bool overlaps = begin(a) == begin(b) || (until(a) != expression::absent_scalar && until(a) > begin(b));
      if (overlaps && overlaps_++ == 0) first_ = {a, b};
    }
    if (overlaps_ > 0) report();
  }

 private:
  [[nodiscard]] Scalar cell(std::uint32_t record, std::uint32_t column) const {
    return tables_.data[table_].values[column][frame_.axes[dimension_].rows[record]];
  }
  [[nodiscard]] Scalar begin(std::uint32_t record) const { return cell(record, *begin_); }
  [[nodiscard]] Scalar until(std::uint32_t record) const { return cell(record, *until_); }

  [[nodiscard]] std::string text(Scalar time) const {
    if (time == expression::absent_scalar) return "the next one";
    const Type type = frame_.context.program.tables[table_].columns[*begin_].type.required();
    return expression::to_text(expression::to_value(time, type, frame_.context.strings), type);
  }
  [[nodiscard]] std::string interval(std::uint32_t record) const {
    return fmt::format("{} holds from {} until {}", record_name(frame_.context, frame_.axes, dimension_, record), text(begin(record)),
                       text(until(record)));
  }

  void report() {
    const Context& context = frame_.context;
    const auto place = [&](std::uint32_t record) {
      return cell_span(context, tables_, table_, frame_.axes[dimension_].rows[record], *begin_);
    };
    const program::Dataset& dataset = context.program.datasets[dataset_];
    auto builder =
        frame_.context.diagnostics.report(DiagnosticKind::overlapping_validity, place(first_.second), context.text(dataset.name));
    builder.label(place(first_.first), "the other one").label(dataset.span, "its validity is declared here");
    builder.note(interval(first_.first)).note(interval(first_.second));
    if (overlaps_ > 1) builder.note(fmt::format("{} likewise", count_of(overlaps_ - 1, "more pair")));
    builder.help("shorten one of them in the file, or remove its row");
  }

  const Frame& frame_;
  const TableSet& tables_;
  std::uint32_t table_;
  std::uint32_t dimension_;
  std::uint32_t dataset_;
  std::optional<std::uint32_t> begin_;
  std::optional<std::uint32_t> until_;
  std::uint64_t overlaps_ = 0;
  std::pair<std::uint32_t, std::uint32_t> first_;
};

/// Every path of a dataset, in one spelling.
std::unordered_map<std::string, std::uint32_t> paths_of(const Frame& frame, ExprId path, const Family& family) {
  std::unordered_map<std::string, std::uint32_t> paths;
  PathWriter writer(frame, path, family);
  for (std::uint32_t e = 0; e < family.count; ++e) paths.emplace(normalized(writer.path(e)), e);
  return paths;
}

}  // namespace

void check_certificates(const Frame& frame, const TableSet& tables) {
  const program::Program& program = frame.context.program;
  for (std::uint32_t d = 0; d < program.dimensions.size(); ++d) {
    const program::TableId table = program.dimensions[d].table;
    if (table.exists() && program.tables[table.index].certificates_of.exists()) Intervals(frame, tables, d).check();
  }
}

void check_remade(const Frame& frame, Folder& fold, const Draft& draft) {
  const Context& context = frame.context;
  const program::Program& program = context.program;
  for (std::uint32_t d = 0; d < program.datasets.size(); ++d) {
    const auto table = certificates_table(program, d);
    if (!table || draft.datasets[d].family.count == 0) continue;
    const std::uint32_t made = program.tables[*table].certificates_of.index;
    const auto paths = paths_of(frame, fold(program.datasets[made].path), draft.datasets[made].family);
    PathWriter writer(frame, fold(program.datasets[d].path), draft.datasets[d].family);
    for (std::uint32_t t = 0; t < draft.tasks.size() && !paths.empty(); ++t) {
      const program::Task& task = program.tasks[t];
      for (std::size_t i = 0; i < task.inputs.size(); ++i) {
        if (task.inputs[i].dataset.index != d) continue;
        bool is_reported = false;
        for (std::uint32_t e = 0; e < draft.tasks[t].family.count && !is_reported; ++e) {
          draft.tasks[t].inputs[i].for_each(e, [&](std::uint32_t certificate) {
            const std::string path = writer.path(certificate);
            const auto found = paths.find(normalized(path));
            if (found == paths.end() || is_reported) return;
            is_reported = true;
            const auto name = context.text(program.datasets[made].name);
            frame.context.diagnostics
                .report(DiagnosticKind::certified_is_remade, task.inputs[i].span,
                        element_name(frame, context.text(task.name), task.dimensions, draft.tasks[t].family, e), visible(path),
                        element_name(frame, name, program.datasets[made].dimensions, draft.datasets[made].family, found->second))
                .label(program.datasets[made].span, "made at this path")
                .help(fmt::format("read the one that this plan makes: `new {}`", name))
                .help("or give the path of what is certified a part that changes with its begin");
          });
        }
      }
    }
  }
}

}  // namespace osac::planning
