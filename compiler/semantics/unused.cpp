// Warnings for what nothing uses. Only for a workflow that is right otherwise: an error may have hidden the use.

#include <fmt/core.h>

#include "compiler/semantics/declarations.h"

namespace osac::semantics {

namespace {

/// What the kind is called; empty for what may stand unused. Imports may: they say what a file could use.
std::string_view word_of(const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::parameter:
      return "parameter";
    case EntryKind::let:
      return "let";
    case EntryKind::enumeration:
      return "enum";
    case EntryKind::table:
      return "table";
    case EntryKind::dimension:
      return "dimension";
    case EntryKind::relation:
      return "relation";
    case EntryKind::tool:
      return "tool";
    case EntryKind::module:
    case EntryKind::failed:
      break;
  }
  return {};
}

}  // namespace

void warn_unused(Context& context) {
  if (context.diagnostics.has_errors() || !context.tree(0).workflow) return;
  for (const auto& [symbol, entry] : context.scopes[0].names) {
    const std::string_view word = word_of(entry);
    if (!entry.is_used && !entry.is_import && !word.empty())
      context.report(Kind::unused_declaration, entry.span, word, context.text(symbol));
  }
  for (const auto& [decl, id] : context.datasets) {
    if (!context.producers[id.index].empty() || !context.consumers[id.index].empty() || context.certificates.count(id) > 0) continue;
    const program::Dataset& dataset = context.program.datasets[id.index];
    context.report(Kind::unused_declaration, dataset.span, "dataset", context.text(dataset.name))
        .note("no task makes it and none reads it");
  }
}

}  // namespace osac::semantics
