// Dimensions, in steps: names (parents, implied ones), tables of column sources, circles, attributes and types, and then what may
// use all of these: bounds of ranges, patterns, implied columns, orders, exclusions.

#include "compiler/semantics/dimensions.h"

#include <fmt/core.h>

#include <algorithm>

#include "compiler/expression/rules.h"
#include "compiler/semantics/constants.h"
#include "compiler/semantics/declarations.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/tables.h"
#include "compiler/semantics/types.h"

namespace osac::semantics {

namespace {

using program::ColumnSource;
using program::Dimension;

struct Pass {
  Context& context;
  const syntax::DimensionDecl* decl = nullptr;
  DimensionId id;

  [[nodiscard]] Dimension& self() const { return context.program.dimensions[id.index]; }
  [[nodiscard]] Dimension& at(DimensionId other) const { return context.program.dimensions[other.index]; }
  [[nodiscard]] const program::Table& table(TableId table_id) const { return context.program.tables[table_id.index]; }
  void fail() const { context.dimension_failed[id.index] = true; }
  [[nodiscard]] bool has_failed() const { return context.dimension_failed[id.index]; }

  // ---- names

  void resolve_names() const {
    if (decl->parent) {
      if (const auto parent = find_dimension(context, *decl->parent))
        self().parent = *parent;
      else
        fail();
    }
    for (const syntax::Name& name : decl->implies) {
      if (const auto implied = find_dimension(context, name)) self().implies.push_back({*implied, 0, name.span});
    }
  }

  // ---- sources that are columns

  /// `table.column` or `table`: what stands after `from` when it starts with a table's name.
  struct TableUse {
    const syntax::Name* table = nullptr;
    const syntax::Name* column = nullptr;
  };
  [[nodiscard]] TableUse table_use() const {
    const auto* source = std::get_if<syntax::ExpressionSource>(&decl->source);
    if (source == nullptr) return {};
    const syntax::Tree& tree = context.tree(0);
    const auto& kind = tree[source->value].kind;
    if (const auto* name = std::get_if<syntax::NameExpr>(&kind)) return is_table(name->name) ? TableUse{&name->name, nullptr} : TableUse{};
    const auto* member = std::get_if<syntax::MemberExpr>(&kind);
    if (member == nullptr) return {};
    const auto* object = std::get_if<syntax::NameExpr>(&tree[member->object].kind);
    if (object == nullptr) return {};
    if (is_table(object->name) || !is_known(object->name)) return {&object->name, &member->member};
    return {};
  }
  [[nodiscard]] bool is_known(const syntax::Name& name) const { return context.scopes[0].names.count(name.symbol) > 0; }
  [[nodiscard]] bool is_table(const syntax::Name& name) const {
    const auto found = context.scopes[0].names.find(name.symbol);
    return found != context.scopes[0].names.end() && found->second.kind == EntryKind::table;
  }

  void resolve_column_source() const {
    const TableUse use = table_use();
    if (use.table == nullptr) return;
    const auto table_id = find_table(context, *use.table);
    if (!table_id || context.table_failed[table_id->index]) return fail();
    const auto column = use.column != nullptr ? find_written_column(*table_id, *use.column) : only_key_column(*table_id, *use.table);
    if (!column) return fail();
    self().source = ColumnSource{*table_id, *column};
    self().table = *table_id;
  }

  [[nodiscard]] std::optional<std::uint32_t> find_written_column(TableId table_id, const syntax::Name& name) const {
    const auto found = find_table_column(table(table_id), name.symbol);
    if (found) return found;
    std::vector<std::string_view> names;
    for (const program::Column& each : table(table_id).columns) names.push_back(context.text(each.name));
    report_unknown_name(context, name, "column", names, fmt::format("columns of `{}`", context.text(table(table_id).name)));
    return std::nullopt;
  }

  /// `from nights`: the column called as the dimension, the only unique one, or the only one.
  [[nodiscard]] std::optional<std::uint32_t> only_key_column(TableId table_id, const syntax::Name& name) const {
    const program::Table& from = table(table_id);
    if (const auto same = find_table_column(from, self().name)) return same;
    std::optional<std::uint32_t> only;
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < from.columns.size(); ++i) {
      if (!from.columns[i].is_unique && from.columns.size() > 1) continue;
      only = i;
      ++count;
    }
    if (count == 1) return only;
    context.report(Kind::unknown_key_column, name.span, context.text(name.symbol))
        .help(fmt::format("name the column: `{}.{}`", context.text(name.symbol), context.text(from.columns.front().name)));
    return std::nullopt;
  }

  // ---- types

  [[nodiscard]] Type written_type() const {
    return decl->type ? resolve_type(context, 0, *decl->type, TypePlace::dimension) : Type::of(TypeKind::error);
  }

  void resolve_type_of_column() const {
    const auto* source = std::get_if<ColumnSource>(&self().source);
    if (source == nullptr || !source->table.exists()) return;
    const program::Column& column = table(source->table).columns[source->column];
    self().type = column.type.required();
    if (!decl->type) return check_key_type();
    const Type written = written_type();
    if (written.is_error()) return fail();
    if (written == self().type) return check_key_type();
    fail();
    context
        .report(Kind::wrong_type, decl->type->span, fmt::format("`{}`", context.text(self().name)), type_name(written, context.strings),
                type_name(self().type, context.strings))
        .label(column.span, fmt::format("this column is `{}`", type_name(column.type, context.strings)));
  }

  void check_key_type() const {
    const Type type = self().type;
    const bool is_key = !type.is_list && type.kind != TypeKind::real && type.kind != TypeKind::boolean;
    if (is_key || type.is_error()) return;
    fail();
    context.report(Kind::type_not_here, decl->name.span, type_name(type, context.strings))
        .help("a key is an `int`, `text`, `date`, `time`, `path` or an enum");
  }

  // ---- attributes

  /// A dimension that another one of the same table lies below has no attributes of its own: its rows are the other's.
  [[nodiscard]] bool is_coarser_than_its_table() const {
    return std::any_of(context.program.dimensions.begin(), context.program.dimensions.end(), [&](const Dimension& other) {
      if (&other == &self() || other.table != self().table) return false;
      const bool implies = std::any_of(other.implies.begin(), other.implies.end(), [&](const auto& each) { return each.dimension == id; });
      return implies || other.parent == id;
    });
  }

  [[nodiscard]] bool is_key_column(std::uint32_t column) const {
    for (DimensionId next = id; next.exists(); next = at(next).parent) {
      if (find_key_column(context, self().table, next) == column) return true;
    }
    return false;
  }

  void collect_attributes() const {
    if (!self().table.exists() || is_coarser_than_its_table()) return;
    const program::Table& from = table(self().table);
    for (std::uint32_t i = 0; i < from.columns.size(); ++i) {
      if (!is_key_column(i)) self().attributes.push_back({from.columns[i].name, from.columns[i].type, i});
    }
  }

  /// Columns that are keys of a table's own `for` get their types last.
  void take_key_types() const {
    if (!self().table.exists()) return;
    for (program::Attribute& attribute : self().attributes) attribute.type = table(self().table).columns[attribute.column].type;
  }

  // ---- the other sources

  [[nodiscard]] Scope scope_of_parent() const {
    Scope scope;
    scope.place = "the source of a dimension";
    if (self().parent.exists()) scope.dimensions = determined_by(context.program, {self().parent});
    return scope;
  }

  void resolve_other_source() const {
    if (has_failed() || self().table.exists()) return;
    if (const auto* scan = std::get_if<syntax::ScanSource>(&decl->source)) return resolve_scan(*scan);
    if (const auto* source = std::get_if<syntax::ExpressionSource>(&decl->source)) return resolve_expression(*source);
    const Type type = written_type();
    const program::Enum* one = type.kind == TypeKind::enumeration ? find_enum(context, type) : nullptr;
    if (one != nullptr) {
      self().type = type;
      self().source = program::EnumSource{program::EnumId{static_cast<std::uint32_t>(one - context.program.enums.data())}};
      return;
    }
    fail();
    if ((decl->type && type.is_error()) || context.had_errors) return;
    context.report(Kind::dimension_without_source, decl->name.span, context.text(self().name))
        .help("say where its keys come from: a column (`from log.seq`), a range, a list, or `scan \"data/{name}.fits\"`");
  }

  void refuse_parent_of_scan() const {
    if (!self().parent.exists()) return;
    fail();
    context.report(Kind::parent_needs_table, decl->parent->span, context.name(self().parent), context.text(self().name))
        .note("the files that a `scan` finds say one key, not its parent's")
        .help("leave out `in ...`, or list both keys in a table");
  }

  void resolve_expression(const syntax::ExpressionSource& source) const {
    const Span span = context.tree(0)[source.value].span;
    const Scope scope = scope_of_parent();
    Type wanted = written_type();
    if (decl->type && wanted.is_error()) return fail();
    const ExprId value = lower(context, scope, source.value, wanted.is_error() ? Type{} : wanted.list());
    if (context.failed(value)) return fail();
    if (context.type(value).kind == TypeKind::range) return resolve_range(value, wanted);
    if (!context.type(value).is_list) {
      fail();
      context.report(Kind::no_keys, span, type_name(context.type(value), context.strings))
          .help("keys come from a column, a range, a list, or `scan`");
      return;
    }
    const Type element = context.type(value).element();
    if (wanted.is_error()) wanted = element;
    const ExprId checked = checked_as(context, value, span, wanted.list(), fmt::format("`{}`", context.text(self().name)));
    if (context.failed(checked)) return fail();
    self().type = wanted;
    self().source = program::ListSource{checked};
    check_key_type();
  }

  void resolve_range(ExprId value, Type wanted) const {
    self().type = expression::key_of_range(context.type(value));
    self().source = program::RangeSource{value};
    if (wanted.is_error() || wanted == self().type) return;
    fail();
    context
        .report(Kind::wrong_type, decl->type->span, fmt::format("`{}`", context.text(self().name)), type_name(wanted, context.strings),
                type_name(self().type, context.strings))
        .note(fmt::format("the keys of {}", self().type.kind == TypeKind::date ? "this range are dates" : "a range are integers"));
  }

  void resolve_scan(const syntax::ScanSource& scan) const {
    self().type = decl->type ? written_type() : Type::of(TypeKind::text);
    if (self().type.is_error()) return fail();
    refuse_parent_of_scan();
    Scope scope;
    scope.place = "the pattern of a `scan`";
    scope.dimensions = {id};
    self().source = program::ScanSource{lower_path(context, scope, scan.pattern, "the pattern of a `scan`")};
    const ExprId pattern = std::get<program::ScanSource>(self().source).pattern;
    if (context.failed(pattern)) return fail();
    if (count_keys(pattern) == 1) return;
    fail();
    context.report(Kind::scan_pattern, context.tree(0)[scan.pattern].span, context.text(self().name))
        .help(fmt::format("as in `scan \"data/{{{}}}.fits\"`", context.text(self().name)));
  }

  /// How often the key stands in the pattern; none if it is no template at all.
  [[nodiscard]] std::size_t count_keys(ExprId pattern) const {
    const auto& expressions = context.program.expressions;
    if (expressions[pattern].op != expression::Op::text) return 0;
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < expressions[pattern].child_count; ++i) {
      const ExprId part = expressions.child(pattern, i);
      if (expressions[part].op == expression::Op::hole && expressions[expressions.child(part, 0)].op == expression::Op::key) ++count;
    }
    return count;
  }

  // ---- parents, implied ones, order, exclusions

  void check_parent() const {
    if (!self().parent.exists() || !self().table.exists() || has_failed()) return;
    if (has_key_column(self().parent)) return;
    fail();
    context.report(Kind::parent_needs_table, decl->parent->span, context.name(self().parent), context.text(self().name))
        .label(self().span, fmt::format("its keys come from table `{}`", context.text(table(self().table).name)))
        .label(at(self().parent).span, fmt::format("no column there gives a `{}`", context.name(self().parent)))
        .help("its table must have a column of that name and type, so that each row says which parent a key is in");
  }

  /// Whether the own table says the key of another dimension, with its parents' keys.
  [[nodiscard]] bool has_key_column(DimensionId other) const {
    for (DimensionId next = other; next.exists(); next = at(next).parent) {
      const auto column = find_key_column(context, self().table, next);
      if (!column || table(self().table).columns[*column].type.required() != at(next).type) return false;
    }
    return true;
  }

  /// What was reported stays in the list: the dimension counts as determined, so that its names stay silent.
  void resolve_implied() const {
    for (auto& implied : self().implies) {
      if (!context.dimension_failed[implied.dimension.index] && !has_failed()) resolve_implied_column(implied);
    }
  }

  void resolve_implied_column(Dimension::Implied& implied) const {
    const Dimension& other = at(implied.dimension);
    const auto column = self().table.exists() ? implied_column(other) : std::nullopt;
    if (!column) return report_no_column(implied.span, other);
    if (other.parent.exists() && !has_key_column(other.parent)) return report_no_column(implied.span, at(other.parent));
    const program::Column& found = table(self().table).columns[*column];
    if (found.type.required() == other.type) {
      implied.column = *column;
      return;
    }
    context
        .report(Kind::wrong_type, implied.span, fmt::format("`{}`", context.text(other.name)), type_name(other.type, context.strings),
                type_name(found.type, context.strings))
        .label(found.span, "the column");
  }

  void report_no_column(Span place, const Dimension& other) const {
    auto report = context.report(Kind::implies_needs_column, place, context.text(self().name), context.text(other.name));
    if (self().table.exists()) {
      report.label(table(self().table).span, fmt::format("no column here gives `{}`", context.text(other.name)));
    } else {
      report.note("only a dimension that comes from a table's column can imply another: the row says which key");
    }
  }

  /// The other one's own column if it is of the same table, else a column called like its column or like itself.
  [[nodiscard]] std::optional<std::uint32_t> implied_column(const Dimension& other) const {
    const auto* source = std::get_if<ColumnSource>(&other.source);
    if (source != nullptr && source->table == self().table) return source->column;
    const program::Table& own = table(self().table);
    if (source != nullptr && source->table.exists()) {
      if (const auto same = find_table_column(own, table(source->table).columns[source->column].name)) return same;
    }
    return find_table_column(own, other.name);
  }

  void resolve_order() const {
    if (!decl->order_by || has_failed()) return;
    const std::size_t before = context.diagnostics.error_count();
    self().order_by = find_order(context, id, *decl->order_by);
    const bool is_lost_name = !decl->order_by->parts.empty() && is_lost(context, decl->order_by->parts.back());
    if (context.diagnostics.error_count() > before || (is_lost_name && !self().order_by)) context.lost_orders.insert(id);
  }

  void resolve_without() const {
    if (!decl->without || has_failed()) return;
    const auto found = find_table(context, *decl->without);
    if (!found || context.table_failed[found->index]) return fail();
    self().without = *found;
    for (DimensionId next = id; next.exists(); next = at(next).parent) {
      const auto column = find_table_column(table(*found), at(next).name);
      if (column && table(*found).columns[*column].type.required() == at(next).type) continue;
      if (!column && next != id) continue;
      fail();
      context.report(Kind::without_needs_column, decl->without->span, context.text(table(*found).name), context.text(at(next).name),
                     type_name(at(next).type, context.strings));
      return;
    }
  }
};

template <typename Step>
void each(Context& context, Step step) {
  for (const auto& [decl, id] : context.dimensions) step(Pass{context, decl, id});
}

/// Parents before children: a range's bounds use the parent's key, whose type must be known.
std::vector<std::size_t> parents_first(const Context& context) {
  std::vector<std::size_t> order;
  std::vector<bool> placed(context.dimensions.size(), false);
  for (std::size_t i = 0; i < placed.size(); ++i) {
    std::vector<std::size_t> chain;
    for (std::size_t at = i; !placed[at];) {
      chain.push_back(at);
      placed[at] = true;
      const DimensionId parent = context.program.dimensions[at].parent;
      if (!parent.exists()) break;
      at = parent.index;
    }
    order.insert(order.end(), chain.rbegin(), chain.rend());
  }
  return order;
}

}  // namespace

std::optional<std::uint32_t> find_order(Context& context, DimensionId id, const syntax::QualifiedName& name) {
  const program::Dimension& dimension = context.program.dimensions[id.index];
  if (name.parts.empty()) return std::nullopt;
  const syntax::Name& last = name.parts.back();
  for (std::uint32_t i = 0; i < dimension.attributes.size(); ++i) {
    const program::Attribute& attribute = dimension.attributes[i];
    if (attribute.name != last.symbol) continue;
    if (is_ordered(attribute.type.required()) || attribute.type.kind == TypeKind::enumeration) return i;
    context.report(Kind::no_order, last.span, type_name(attribute.type, context.strings));
    return std::nullopt;
  }
  const auto* source = std::get_if<ColumnSource>(&dimension.source);
  const bool is_own_key =
      last.symbol == dimension.name || (source != nullptr && source->table.exists() &&
                                        context.program.tables[source->table.index].columns[source->column].name == last.symbol);
  if (is_own_key) return std::nullopt;
  std::vector<std::string_view> names;
  for (const auto& attribute : dimension.attributes) names.push_back(context.text(attribute.name));
  report_unknown_name(context, last, "column", names, fmt::format("columns of `{}`", context.text(dimension.name)));
  return std::nullopt;
}

void connect_dimensions(Context& context) {
  each(context, [](const Pass& pass) { pass.resolve_names(); });
  cut_circles(context);
}

void analyse_dimensions(Context& context) {
  each(context, [](const Pass& pass) { pass.resolve_column_source(); });
  each(context, [](const Pass& pass) { pass.resolve_type_of_column(); });
  each(context, [](const Pass& pass) { pass.collect_attributes(); });
  for (const std::size_t i : parents_first(context)) {
    Pass{context, context.dimensions[i].declaration, context.dimensions[i].id}.resolve_other_source();
  }
  set_key_types(context);
  each(context, [](const Pass& pass) { pass.take_key_types(); });
  each(context, [](const Pass& pass) { pass.check_parent(); });
  each(context, [](const Pass& pass) { pass.resolve_implied(); });
  each(context, [](const Pass& pass) { pass.resolve_order(); });
  each(context, [](const Pass& pass) { pass.resolve_without(); });
}

}  // namespace osac::semantics
