#pragma once
// """...""" texts: drops the first newline, the common indentation, and the blanks before the closing quotes, so that a block can be
// indented with the code around it. Line ends become '\n'.

#include <string_view>

#include "compiler/syntax/tree.h"

namespace osac::syntax {

/// `contents` is what stands between the quotes, as written; the literal's parts are changed in place.
void remove_indentation(TextLiteral& literal, std::string_view contents);

}  // namespace osac::syntax
