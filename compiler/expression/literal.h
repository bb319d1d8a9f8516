#pragma once
// Values as literals of the languages that scripts are written in. It knows nothing of where they stand. Private to this room.

#include <string>
#include <string_view>

#include "compiler/expression/quote.h"

namespace osac::expression {

/// A whole literal: `"a b"`, `12`, `True`, `["a", "b"]`, `c("a", "b")`, `None`. A formatted number stays one if it still reads as one.
std::string literal(const Value& value, Type type, std::string_view format_spec, Language language);

/// Text to stand between the quotes of a string literal, `quote` being `"` or `'`.
std::string in_string(std::string_view text, Language language, char quote);

}  // namespace osac::expression
