// Datasets: dimensions, flags, records, validity, path templates, publication. Who makes and who reads them is found with the tasks
// (goals.cpp).

#include <fmt/core.h>

#include "compiler/semantics/declarations.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/records.h"

namespace osac::semantics {

namespace {

struct Pass {
  Context& context;
  const syntax::DatasetDecl& decl;
  DatasetId id;

  [[nodiscard]] program::Dataset& self() const { return context.program.datasets[id.index]; }

  void resolve_flags() const {
    std::optional<syntax::Name> persistence;
    for (const syntax::Name& flag : decl.flags) {
      const std::string_view text = context.text(flag.symbol);
      if (text == "external")
        self().is_external = true;
      else if (text == "optional")
        self().is_optional = true;
      else if (text == "temp" || text == "protected")
        set_persistence(flag, persistence);
      else
        report_unknown_flag(flag);
    }
    if (self().is_external && persistence) {
      context.report(Kind::contradicting_flags, persistence->span, "external", context.text(persistence->symbol))
          .note("an external dataset is never written, so there is nothing to delete or to protect");
    }
  }

  void set_persistence(const syntax::Name& flag, std::optional<syntax::Name>& before) const {
    if (before && before->symbol != flag.symbol) {
      context.report(Kind::contradicting_flags, flag.span, context.text(before->symbol), context.text(flag.symbol));
    }
    before = flag;
    self().persistence = context.text(flag.symbol) == "temp" ? program::Persistence::temp : program::Persistence::protect;
  }

  void report_unknown_flag(const syntax::Name& flag) const {
    report_unknown_name(context, flag, "flag of a dataset", {"external", "temp", "protected", "optional"}, "flags");
  }

  /// What a task makes may be over what any relation pairs: the task says which. Files that are there must be sayable without.
  [[nodiscard]] std::vector<RelationId> connecting() const {
    std::vector<RelationId> all;
    if (self().is_external) return all;
    for (const auto& [relation, relation_id] : context.relations) all.push_back(relation_id);
    return all;
  }

  void resolve_keep() const {
    if (!decl.keep) return;
    const Span span = context.tree(0)[*decl.keep].span;
    Scope scope;
    scope.place = "`keep`";
    const ExprId value = lower_as(context, scope, *decl.keep, Type::of(TypeKind::duration), "`keep`");
    if (self().is_external || self().persistence != program::Persistence::keep) {
      refuse_with(span, "keep", self().is_external ? "external" : persistence_name());
    }
    if (context.failed(value)) return;
    const expression::Node& node = context.program.expressions[value];
    if (node.op == expression::Op::constant && node.bits > 0)
      self().keep_for = node.bits;
    else
      context.report(Kind::not_a_request, span, "keep");
  }

  [[nodiscard]] std::string_view persistence_name() const {
    return self().persistence == program::Persistence::temp ? "temp" : "protected";
  }
  void refuse_with(Span span, std::string_view word, std::string_view flag) const {
    context.report(Kind::contradicting_flags, span, flag, word);
  }

  /// From when to when a certified file holds: times over the dataset's keys.
  void resolve_validity() const {
    if (!decl.valid_from) return;
    const Span span = context.tree(0)[*decl.valid_from].span;
    if (self().is_external || self().persistence == program::Persistence::temp)
      return refuse_with(span, "valid", self().is_external ? "external" : "temp");
    const Scope scope = own_scope("`valid`");
    const ExprId begin = lower(context, scope, *decl.valid_from, Type::of(TypeKind::time));
    if (context.failed(begin)) return fail();
    if (const Type type = context.type(begin); type.kind != TypeKind::time || type.is_list || type.is_optional) {
      checked_as(context, begin, span, Type::of(TypeKind::time), "`valid`");
      return fail();
    }
    program::Dataset::Validity validity{begin, {}};
    if (decl.valid_until) validity.until = lower_as(context, scope, *decl.valid_until, context.type(begin), "`until`");
    if (decl.valid_until && context.failed(validity.until)) return fail();
    self().validity = validity;
  }
  void fail() const { context.dataset_failed[id.index] = true; }

  [[nodiscard]] Scope own_scope(std::string_view place) const {
    Scope scope;
    scope.place = place;
    scope.dimensions = determined_by(context.program, self().dimensions);
    return scope;
  }

  [[nodiscard]] ExprId lower_own_path(syntax::ExprId written, std::string_view place) const {
    Scope scope = own_scope(place);
    scope.has_made_records = true;
    return lower_path(context, scope, written, place);
  }
  void resolve_path() const {
    self().path = lower_own_path(decl.path, "a dataset's path");
    if (!context.failed(self().path)) self().is_directory = ends_in_slash(self().path);
  }

  /// What is published stays: it is osac's own, and neither deleted nor cleaned away.
  void resolve_publication() const {
    if (!decl.published_path) return;
    const Span span = context.tree(0)[*decl.published_path].span;
    if (self().is_external) return refuse_with(span, "publish", "external");
    if (self().persistence == program::Persistence::temp) return refuse_with(span, "publish", "temp");
    if (decl.keep) return refuse_with(span, "publish", "keep");
    self().published_path = lower_own_path(*decl.published_path, "the path a dataset is published under");
    if (context.failed(self().published_path) || context.failed(self().path)) return;
    self().publication = decl.published_as_link ? program::Publication::link : program::Publication::move;
    if (ends_in_slash(self().published_path) == self().is_directory) return;
    const std::string_view words[] = {"file", "folder"};
    context
        .report(Kind::published_otherwise, span, context.text(self().name), words[self().is_directory ? 1 : 0],
                words[self().is_directory ? 0 : 1])
        .help("a folder's path ends with `/`, a file's does not");
  }

  [[nodiscard]] bool ends_in_slash(ExprId path) const {
    const expression::Node* node = &context.program.expressions[path];
    if (node->op == expression::Op::text && node->child_count > 0) {
      node = &context.program.expressions[context.program.expressions.child(path, node->child_count - 1)];
    }
    return node->op == expression::Op::constant && context.text(Symbol{static_cast<std::uint32_t>(node->bits)}).ends_with('/');
  }

  void declare() const {
    resolve_flags();
    Over over = resolve_over(context, decl.over);
    check_connected(context, decl.over, over, {"dataset", connecting(), false});
    self().dimensions = over.dimensions;
    self().basis = basis_of(context.program, over.dimensions);
    self().is_cross = over.is_cross;
    context.dataset_failed[id.index] = !add_fields(context, decl, self()) || over.failed;
  }
  void resolve() const {
    resolve_keep();
    if (context.dataset_failed[id.index]) return;
    resolve_validity();
    resolve_path();
    resolve_publication();
  }
};

}  // namespace

void analyse_datasets(Context& context) {
  for (const auto& [decl, id] : context.datasets) Pass{context, *decl, id}.declare();
  // Paths may ask records of datasets that stand further down.
  for (const auto& [decl, id] : context.datasets) Pass{context, *decl, id}.resolve();
}

}  // namespace osac::semantics
