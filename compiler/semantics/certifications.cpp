// `certify DATASET when TASK from T`: what becomes visible to later plans, and when.

#include <fmt/core.h>

#include "compiler/semantics/declarations.h"
#include "compiler/semantics/expressions.h"
#include "compiler/semantics/ports.h"

namespace osac::semantics {

namespace {

struct Pass {
  Context& context;
  const syntax::CertifyDecl& decl;

  [[nodiscard]] std::optional<program::TaskId> find_task() const {
    if (is_missing(decl.task)) return std::nullopt;
    const auto& tasks = context.scopes[0].tasks;
    if (const auto found = tasks.find(decl.task.symbol); found != tasks.end()) return found->second;
    std::vector<std::string_view> names;
    for (const program::Task& each : context.program.tasks) names.push_back(context.text(each.name));
    report_unknown_name(context, decl.task, "task", names, "tasks");
    return std::nullopt;
  }

  [[nodiscard]] bool check_first(DatasetId id) const {
    for (const program::Certify& other : context.program.certifications) {
      if (other.dataset != id) continue;
      context.report(Kind::duplicate_declaration, decl.dataset.span, "certify", context.name(id)).label(other.span, "first said here");
      return false;
    }
    return true;
  }

  [[nodiscard]] bool check_task(program::TaskId task, const program::Dataset& dataset) const {
    const program::Task& when = context.program.tasks[task.index];
    const Cardinalities rule = compare(context, with_parents(context, dataset.dimensions), when.dimensions);
    if (rule.is_determined) return true;
    context
        .report(Kind::certify_leaves_open, decl.task.span, context.text(when.name), quoted_names(context, rule.open),
                context.text(dataset.name))
        .label(dataset.span, fmt::format("over {}", quoted_names(context, dataset.dimensions)))
        .label(when.span, when.dimensions.empty() ? "it runs once" : fmt::format("for each {}", quoted_names(context, when.dimensions)))
        .help(fmt::format("certify by a task that runs for each {}", quoted_names(context, dataset.dimensions)));
    return false;
  }

  [[nodiscard]] ExprId begin_of(const program::Dataset& dataset) const {
    if (!decl.from) return dataset.validity->begin;
    Scope scope;
    scope.place = "`certify`";
    scope.dimensions = determined_by(context.program, dataset.dimensions);
    return lower_as(context, scope, *decl.from, context.type(dataset.validity->begin), "`from`");
  }

  void run() const {
    const auto task = find_task();
    const auto id = find_dataset(context, {{decl.dataset}, decl.dataset.span});
    if (!id || !task || !check_first(*id)) return;
    const program::Dataset& dataset = context.program.datasets[id->index];
    if (!dataset.validity) {
      context.report(Kind::without_validity, decl.dataset.span, context.text(dataset.name), "certified")
          .label(dataset.span, "declared here")
          .help(
              fmt::format("declare from when to when its files hold: `dataset {} ... valid BEGIN until next`", context.text(dataset.name)));
      return;
    }
    context.consumers[id->index].push_back({program::TaskId::none(), decl.dataset.span});
    if (!check_task(*task, dataset)) return;
    const ExprId from = begin_of(dataset);
    if (!context.failed(from)) context.program.certifications.push_back({*id, *task, from, decl.dataset.span});
  }
};

}  // namespace

void analyse_certifications(Context& context) {
  for (const syntax::Declaration& declaration : context.tree(0).declarations) {
    if (const auto* decl = std::get_if<syntax::CertifyDecl>(&declaration.kind)) Pass{context, *decl}.run();
  }
}

}  // namespace osac::semantics
