#pragma once
// A cell as the scanners see it: a piece of the file and what the format itself says of it. Values are made of it in convert.h.

#include <cstdint>
#include <string>
#include <string_view>

#include "compiler/base/span.h"

namespace osac::tables {

/// What the format tells of a value's type: delimited files and YAML nothing, JSON much.
enum class Form : std::uint8_t { untyped, string, number, boolean, nothing, nested };

/// How the text inside the quotes still has to be read.
enum class Escapes : std::uint8_t { none, doubled_quotes, json };

struct Cell {
  std::string_view text;  ///< without quotes
  Span span;              ///< with them, absolute
  Form form = Form::untyped;
  Escapes escapes = Escapes::none;
};

/// The text of a cell with its escapes resolved; `scratch` holds it if there were any.
std::string_view plain_text(const Cell& cell, std::string& scratch);

}  // namespace osac::tables
