#pragma once
// Written types to types: names, units, scales, encodings, and what each place allows.

#include "compiler/semantics/context.h"

namespace osac::semantics {

enum class TypePlace : std::uint8_t { parameter, column, dimension, metric, port };

/// The type that is written; reports unknown names and units and what its place cannot have. Error type then.
Type resolve_type(Context& context, std::uint32_t module, const syntax::TypeSyntax& written, TypePlace place);

/// How a time column's cells are written (`as unix_ns`); iso if nothing is said.
program::TimeEncoding resolve_encoding(Context& context, const syntax::TypeSyntax& written);

}  // namespace osac::semantics
