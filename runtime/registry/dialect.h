#pragma once
// Where the SQL of the databases differs: types, how names end, how rows are put in or replaced. Private to this room.

#include <string>
#include <string_view>

#include "runtime/site/registry_url.h"

namespace osac::registry {

/// Words of the schema, written `{word}` there: types (`{number}`, `{text}`, `{bytes}`; in keys `{name}`, `{word}`, `{id}`), how tables and
/// indexes of texts are made
/// (`{table}`, `{table with rowid}`, `{index of COLUMN}`), what only servers have (`{origin}`, a column; `{of origin}`, in a key).
std::string in_dialect(std::string_view sql, site::RegistryKind kind);
/// That a text ends with a value, given twice.
std::string ends_with_value(const std::string& column, site::RegistryKind kind);

/// Texts on servers. These take UTF-8 without NUL only, so a byte that is no part of that is the private code point U+F700 + byte there,
/// and those code points themselves, should they come, are three such bytes. One to one: nothing is lost, and equal texts stay equal.
std::string server_text(std::string_view bytes);
std::string bytes_of_server_text(std::string_view text);

}  // namespace osac::registry
