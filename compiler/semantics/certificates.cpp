// Certificates: for each dataset with validity that some input reads by `valid`, a table of past executions, a dimension that comes from
// it, and the dataset of the files that its rows name. `valid D at T` is a look-up in them.

#include <fmt/core.h>

#include "compiler/semantics/constants.h"
#include "compiler/semantics/declarations.h"
#include "compiler/semantics/ports.h"
#include "compiler/semantics/tables.h"

namespace osac::semantics {

namespace {

using expression::Node;
using expression::Op;

struct Maker {
  Context& context;
  DatasetId of;
  Symbol name;  ///< `D certificates`: no name that can be written

  [[nodiscard]] const program::Dataset& certified() const { return context.program.datasets[of.index]; }
  [[nodiscard]] Type time() const { return context.type(certified().validity->begin).required(); }

  static void add_column(program::Table& table, Symbol column, Type type) {
    program::Column made;
    made.name = made.source_name = column;
    made.type = type;
    made.span = table.span;
    table.columns.push_back(made);
  }

  TableId make_table() const {
    program::Table table;
    table.name = name;
    table.certificates_of = of;
    table.span = certified().span;
    add_column(table, context.strings.intern("certificate"), Type::of(TypeKind::integer));
    for (const DimensionId key : with_parents(context, certified().dimensions)) {
      add_column(table, context.program.dimensions[key.index].name, context.program.dimensions[key.index].type);
    }
    add_column(table, context.strings.intern("begin"), time());
    add_column(table, context.strings.intern("until"), time().optional());
    add_column(table, context.strings.intern("path"), Type::of(TypeKind::path));
    context.program.tables.push_back(std::move(table));
    context.table_failed.push_back(false);
    return TableId{static_cast<std::uint32_t>(context.program.tables.size() - 1)};
  }

  DimensionId make_dimension(TableId table_id) const {
    const program::Table& table = context.program.tables[table_id.index];
    const auto columns = static_cast<std::uint32_t>(table.columns.size());
    program::Dimension dimension;
    dimension.name = name;
    dimension.type = Type::of(TypeKind::integer);
    dimension.source = program::ColumnSource{table_id, 0};
    dimension.table = table_id;
    dimension.span = table.span;
    for (const DimensionId key : certified().basis) {
      dimension.implies.push_back({key, *find_key_column(context, table_id, key), table.span});
    }
    for (std::uint32_t i = columns - 3; i < columns; ++i) dimension.attributes.push_back({table.columns[i].name, table.columns[i].type, i});
    dimension.order_by = 0;
    context.program.dimensions.push_back(std::move(dimension));
    context.dimension_failed.push_back(false);
    return DimensionId{static_cast<std::uint32_t>(context.program.dimensions.size() - 1)};
  }

  /// The files are where the rows say.
  [[nodiscard]] ExprId make_path(DimensionId dimension) const {
    Node path;
    path.op = Op::attribute;
    path.index = dimension.index;
    path.extra = 2;
    path.type = Type::of(TypeKind::path);
    path.span = certified().span;
    const ExprId value[] = {add_unfolded(context, path, {})};
    Node hole = path;
    hole.op = Op::hole;
    hole.index = static_cast<std::uint32_t>(expression::HoleContext::plain);
    hole.extra = 0;
    hole.bits = context.strings.intern("").index;
    const ExprId part[] = {add_unfolded(context, hole, value)};
    Node text = hole;
    text.op = Op::text;
    text.index = 0;
    text.bits = 0;
    text.type = Type::of(TypeKind::text);
    return add_unfolded(context, text, part);
  }

  void run() const {
    const DimensionId dimension = make_dimension(make_table());
    program::Dataset files;
    files.name = name;
    files.dimensions = files.basis = {dimension};
    files.is_external = true;
    files.is_directory = certified().is_directory;
    files.record_format = certified().record_format;
    files.fields = certified().fields;
    files.path = make_path(dimension);
    files.span = certified().span;
    context.program.datasets.push_back(std::move(files));
    context.dataset_failed.push_back(false);
    context.producers.emplace_back();
    context.consumers.emplace_back();
    context.certificates[of] = DatasetId{static_cast<std::uint32_t>(context.program.datasets.size() - 1)};
  }
};

void make_for(Context& context, const syntax::Source& source) {
  for (const syntax::Source& other : source.otherwise) make_for(context, other);
  if (source.verb != syntax::SourceVerb::valid || source.dataset.parts.size() != 1) return;
  const auto found = context.scopes[0].datasets.find(source.dataset.parts.front().symbol);
  if (found == context.scopes[0].datasets.end() || context.dataset_failed[found->second.index]) return;
  const DatasetId id = found->second;
  if (!context.program.datasets[id.index].validity || context.certificates.count(id) > 0) return;
  Maker{context, id, context.strings.intern(fmt::format("{} certificates", context.name(id)))}.run();
}

}  // namespace

void make_certificates(Context& context) {
  for (const auto& [decl, id] : context.tasks) {
    for (const syntax::Clause& clause : decl->clauses) {
      const auto* input = std::get_if<syntax::InputClause>(&clause);
      if (input != nullptr && input->source) make_for(context, *input->source);
    }
  }
}

}  // namespace osac::semantics
