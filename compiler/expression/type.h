#pragma once
// The types of .osa. A Type is eight bytes, compared by value; there is one level of list and of optional, no more.

#include <cstdint>
#include <string>

#include "compiler/base/strings.h"

namespace osac::expression {

enum class Kind : std::uint8_t {
  error,  ///< something was wrong here and has been reported: every check stays silent on it
  boolean,
  integer,  ///< 64 bits
  real,     ///< IEEE double; `detail` is its unit (a Symbol; 0 for none): `float arcsec`
  text,
  path,         ///< text that names a file; templates and file operations give it
  date,         ///< days since 1970-01-01
  time,         ///< nanoseconds since 1970-01-01T00:00:00 in its own scale (`scale`)
  duration,     ///< nanoseconds
  memory,       ///< bytes
  enumeration,  ///< the name of an enum's member; `detail` is the Symbol of the enum
  file,         ///< a dataset's file, as a port sees it: its path in commands
  range,        ///< `lo ..< hi` of integers; only as the right side of `in` and as a dimension's source
};

enum class TimeScale : std::uint8_t { none, utc, tai };

struct Type {
  Kind kind = Kind::error;
  bool is_list = false;
  bool is_optional = false;
  TimeScale scale = TimeScale::none;
  std::uint32_t detail = 0;

  static constexpr Type of(Kind kind) { return {kind, false, false, TimeScale::none, 0}; }
  [[nodiscard]] constexpr Type list() const { return {kind, true, is_optional, scale, detail}; }
  [[nodiscard]] constexpr Type element() const { return {kind, false, false, scale, detail}; }
  [[nodiscard]] constexpr Type optional() const { return {kind, is_list, true, scale, detail}; }
  [[nodiscard]] constexpr Type required() const { return {kind, is_list, false, scale, detail}; }
  [[nodiscard]] constexpr bool is_error() const { return kind == Kind::error; }
  [[nodiscard]] constexpr bool is_number() const { return !is_list && (kind == Kind::integer || kind == Kind::real); }
  /// Whether values are held as Symbols (text, path, file, enumeration).
  [[nodiscard]] constexpr bool is_textual() const {
    return kind == Kind::text || kind == Kind::path || kind == Kind::enumeration || kind == Kind::file;
  }
  friend constexpr bool operator==(Type, Type) = default;
};
static_assert(sizeof(Type) == 8);

/// As the user writes it: `int`, `float arcsec`, `[text]`, `time utc`, `ImageType?`.
std::string type_name(Type type, const Strings& strings);

}  // namespace osac::expression
