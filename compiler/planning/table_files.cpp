// Tables with a file for each key of their dimensions: read one after another into one table, with the keys as its first columns. Files
// that tasks make are read as far as they are there.

#include <algorithm>

#include "compiler/base/check.h"
#include "compiler/base/text.h"
#include "compiler/planning/database_query.h"
#include "compiler/planning/made_fields.h"
#include "compiler/planning/path_writer.h"
#include "compiler/planning/table_set.h"
#include "compiler/planning/unusable.h"

namespace osac::planning {

bool has_files(const program::Program& program, std::uint32_t table) {
  return program.tables[table].produced.exists() || !program.tables[table].dimensions.empty();
}

bool is_made_by_tasks(const program::Program& program, std::uint32_t table) {
  const program::DatasetId produced = program.tables[table].produced;
  return produced.exists() && !program.datasets[produced.index].is_external;
}

const std::vector<program::DimensionId>& dimensions_of(const program::Program& program, std::uint32_t table) {
  const program::Table& declared = program.tables[table];
  return declared.produced.exists() ? program.datasets[declared.produced.index].dimensions : declared.dimensions;
}

bool is_staged(const program::Program& program, std::uint32_t dimension) {
  const program::Dimension& declared = program.dimensions[dimension];
  const auto is_staged_table = [&](program::TableId table) {
    if (!table.exists()) return false;
    const auto& dimensions = dimensions_of(program, table.index);
    return is_made_by_tasks(program, table.index) ||
           std::any_of(dimensions.begin(), dimensions.end(), [&](auto d) { return d.index != dimension && is_staged(program, d.index); });
  };
  return is_staged_table(declared.table) || is_staged_table(declared.without) ||
         (declared.parent.exists() && is_staged(program, declared.parent.index));
}

namespace {

/// The dimensions that the key columns stand for: each after its ancestors.
std::vector<std::uint32_t> keys_of(const program::Program& program, std::uint32_t table) {
  std::vector<std::uint32_t> keys;
  const auto add = [&](auto&& self, program::DimensionId dimension) -> void {
    if (!dimension.exists() || std::find(keys.begin(), keys.end(), dimension.index) != keys.end()) return;
    self(self, program.dimensions[dimension.index].parent);
    keys.push_back(dimension.index);
  };
  for (const auto dimension : dimensions_of(program, table)) add(add, dimension);
  return keys;
}

class FileReader {
 public:
  FileReader(const Frame& frame, Folder& fold, TableSet& set, std::uint32_t table)
      : frame_(frame),
        fold_(fold),
        context_(frame.context),
        set_(set),
        table_(table),
        declared_(frame.context.program.tables[table]),
        whole_(set.data[table]) {
    set.files[table] = std::make_unique<TableFiles>();
  }

  void run() {
    const program::Program& program = context_.program;
    const auto& dimensions = dimensions_of(program, table_);
    const bool is_cross = is_dataset() && program.datasets[declared_.produced.index].is_cross;
    keys_ = keys_of(program, table_);
    declare();
    whole_.values.resize(declared_.columns.size());
    auto family =
        make_family(frame_, numbers(program::basis_of(program, dimensions)), is_cross, declared_.span, context_.text(declared_.name));
    if (!family) return;
    files().keys = std::move(*family);
    files().is_known.assign(files().keys.count, 0);
    for (const std::uint32_t key : keys_) key_records_.push_back(record_column(frame_, files().keys, key));
    const ExprId path = fold_(is_dataset() ? program.datasets[declared_.produced.index].path : declared_.path);
    const auto unknown = find_unknown(frame_, files().keys, path);
    PathWriter writer(frame_, path, files().keys);
    for (std::uint32_t key = 0; key < files().keys.count; ++key) {
      if (!unknown.empty() && unknown[key] != 0) continue;
      try {
        read(key, writer.path(key));
      } catch (const expression::EvaluationError& error) {
        report_evaluation(context_, declared_.span, error.span, error.what, element_key(frame_, files().keys, key));
        return;
      }
    }
    report_missing();
  }

 private:
  [[nodiscard]] bool is_dataset() const { return declared_.produced.exists(); }
  [[nodiscard]] bool is_made() const { return is_made_by_tasks(context_.program, table_); }
  [[nodiscard]] bool may_miss() const { return is_dataset() && context_.program.datasets[declared_.produced.index].is_optional; }
  [[nodiscard]] TableFiles& files() const { return *set_.files[table_]; }

  /// What is read of each file: the columns that are no keys.
  void declare() {
    files().key_count = static_cast<std::uint32_t>(keys_.size());
    OSAC_CHECK(declared_.columns.size() >= keys_.size(), "a table lacks the columns of its keys");
    files().declared.enums = context_.program.enums;
    files().declared.tables.push_back(declared_);
    auto& columns = files().declared.tables[0].columns;
    columns.erase(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(keys_.size()));
  }

  void read(std::uint32_t key, const std::string& path) {
    std::string text;
    if (is_made()) {
      auto made = context_.world.read_made(path);
      if (!made) return;
      text = std::move(*made);
    } else {
      auto found = context_.world.read(path);
      if (!found && may_miss() && context_.world.size(path)) {
        files().unusable.push_back(key);
        return report_unusable(frame_, declared_.produced.index, files().keys, key, path, found.error().what);
      }
      if (!found) {
        if (!may_miss() && missing_++ == 0) first_missing_ = {key, path, found.error().what};
        return;
      }
      text = std::move(*found);
      if (!add_source(context_, set_, declared_, path, text)) return;
    }
    const auto query = make_query(context_, fold_, declared_, path);
    if (!query) return;
    Diagnostics own;
    const bool is_apart = is_made() || may_miss();  // one file that is wrong does not spoil the others
    Diagnostics& diagnostics = is_apart ? own : context_.diagnostics;
    auto data = tables::read(files().declared, program::TableId{0}, shown_name(context_, path), std::move(text), context_.sources,
                             context_.strings, diagnostics, *query);
    if (is_apart && own.has_errors()) {
      if (!is_made()) files().unusable.push_back(key);
      return report_unusable(frame_, declared_.produced.index, files().keys, key, path, own.sorted().front());
    }
    if (!is_made()) context_.diagnostics.take(own, [](const Diagnostic&) { return true; });
    add(key, std::move(data));
  }

  void add(std::uint32_t key, tables::TableData data) {
    files().is_known[key] = 1;
    for (std::size_t k = 0; k < keys_.size(); ++k) {
      const std::uint32_t record = key_records_[k][key];
      const Scalar value = record == none ? expression::absent_scalar : frame_.axes[keys_[k]].keys[record];
      whole_.values[k].insert(whole_.values[k].end(), data.row_count, value);
    }
    for (std::size_t c = 0; c < data.values.size(); ++c) {
      auto& column = whole_.values[keys_.size() + c];
      column.insert(column.end(), data.values[c].begin(), data.values[c].end());
      data.values[c] = {};
    }
    whole_.row_offsets.insert(whole_.row_offsets.end(), data.row_offsets.begin(), data.row_offsets.end());
    whole_.source = data.source;
    files().parts.push_back({whole_.row_count, std::move(data)});
    whole_.row_count += files().parts.back().data.row_count;
  }

  void report_missing() {
    if (missing_ == 0) return;
    auto builder = context_.diagnostics.report(DiagnosticKind::unreadable_table, declared_.span, context_.text(declared_.name),
                                               visible(first_missing_.path));
    builder.note(fmt::format("for {}: {}", element_key(frame_, files().keys, first_missing_.key), visible(first_missing_.what)));
    if (missing_ > 1) builder.note(fmt::format("{} likewise", count_of(missing_ - 1, "more file")));
  }

  struct Missing {
    std::uint32_t key = 0;
    std::string path;
    std::string what;
  };

  const Frame& frame_;
  Folder& fold_;
  Context& context_;
  TableSet& set_;
  std::uint32_t table_;
  const program::Table& declared_;
  tables::TableData& whole_;
  std::vector<std::uint32_t> keys_;
  Columns key_records_;
  std::uint64_t missing_ = 0;
  Missing first_missing_;
};

}  // namespace

void read_files(const Frame& frame, Folder& fold, TableSet& set, std::uint32_t table) { FileReader(frame, fold, set, table).run(); }

Span cell_span(const Context& context, const TableSet& set, std::uint32_t table, std::uint32_t row, std::uint32_t column) {
  if (!set.files[table]) return tables::cell_span(context.program, program::TableId{table}, set.data[table], row, column, context.sources);
  const TableFiles& files = *set.files[table];
  auto part = std::upper_bound(files.parts.begin(), files.parts.end(), row,
                               [](std::uint32_t wanted, const TableFiles::Part& p) { return wanted < p.first_row; });
  if (part == files.parts.begin()) return context.program.tables[table].span;
  --part;
  const std::uint32_t own_column = column < files.key_count ? 0 : column - files.key_count;  // a key is in no cell: the row will do
  return tables::cell_span(files.declared, program::TableId{0}, part->data, row - part->first_row, own_column, context.sources);
}

}  // namespace osac::planning
