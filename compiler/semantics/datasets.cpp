// Datasets: dimensions, flags, path templates. Who makes and who reads them is found with the tasks (goals.cpp).

#include <fmt/core.h>

#include "compiler/semantics/declarations.h"
#include "compiler/semantics/dimensions.h"
#include "compiler/semantics/expressions.h"

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

  void refuse_later_features() const {
    const syntax::Tree& tree = context.tree(0);
    if (decl.keep) report_not_supported(context, tree[*decl.keep].span, "`keep` of a dataset for a time");
    if (decl.record_format) report_not_supported(context, decl.record_format->span, "a dataset read as a record (`as json`)");
    if (decl.valid_from) report_not_supported(context, tree[*decl.valid_from].span, "a dataset with `valid ... until`");
  }

  void resolve_path() const {
    Scope scope;
    scope.place = "a dataset's path";
    scope.dimensions = determined_by(context.program, self().dimensions);
    self().path = lower_path(context, scope, decl.path, "a dataset's path");
    if (!context.failed(self().path)) self().is_directory = ends_in_slash(self().path);
  }

  [[nodiscard]] bool ends_in_slash(ExprId path) const {
    const expression::Node* node = &context.program.expressions[path];
    if (node->op == expression::Op::text && node->child_count > 0) {
      node = &context.program.expressions[context.program.expressions.child(path, node->child_count - 1)];
    }
    return node->op == expression::Op::constant && context.text(Symbol{static_cast<std::uint32_t>(node->bits)}).ends_with('/');
  }

  void run() const {
    const Over over = resolve_over(context, decl.over, "dataset", false);
    self().dimensions = over.dimensions;
    self().basis = basis_of(context.program, over.dimensions);
    self().is_cross = over.is_cross;
    context.dataset_failed[id.index] = over.failed;
    resolve_flags();
    refuse_later_features();
    if (!over.failed) resolve_path();
  }
};

}  // namespace

void analyse_datasets(Context& context) {
  for (const auto& [decl, id] : context.datasets) Pass{context, *decl, id}.run();
}

}  // namespace osac::semantics
