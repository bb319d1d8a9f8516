#pragma once
// Names of modules: collects every declaration, follows imports, reports duplicates. Expressions are not looked at yet.

#include "compiler/semantics/context.h"

namespace osac::semantics {

/// Fills scopes and the lists of declarations; gives enums, tables, dimensions, datasets and tasks of the workflow their ids.
void collect_names(Context& context);

/// Finds a tool by its written name (`scamp`, `am.scamp`); reports an unknown one. Index into Context::tools.
std::optional<std::uint32_t> find_tool(Context& context, std::uint32_t module, const syntax::QualifiedName& name);

/// `a.b.c` as written.
std::string written(const Context& context, const syntax::QualifiedName& name);

}  // namespace osac::semantics
