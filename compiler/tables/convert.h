#pragma once
// From a cell to the stored form of a value, by the column's declaration. One Converter a column; it remembers the last text, since
// neighbours are often equal. It knows no rows and reports nothing.

#include <optional>
#include <string>
#include <vector>

#include "compiler/base/strings.h"
#include "compiler/program/program.h"
#include "compiler/tables/cell.h"

namespace osac::tables {

enum class Outcome : std::uint8_t {
  fine,
  empty,    ///< no value; whether there may be none is for the caller to say
  bad,      ///< no value of the column's type
  no_unit,  ///< a bare number where a duration or an amount of memory is wanted
};

class Converter {
 public:
  Converter(const program::Program& program, const program::Column& column, Strings& strings);
  /// The unit of the column's bare numbers (ECSV headers have it): duration or memory.
  void set_unit(double factor) { unit_ = factor; }
  Outcome convert(const Cell& cell, expression::Scalar& out);

  /// What the column holds, for a sentence: "`int`", "member of `ImageType`".
  [[nodiscard]] std::string wanted() const;
  /// How to write such a value, with the nearest member for an enum; "" if there is nothing to add.
  [[nodiscard]] std::string advice(std::string_view found) const;

 private:
  [[nodiscard]] bool fits(Form form) const;
  Outcome convert_text(std::string_view text, expression::Scalar& out);
  Outcome convert_value(std::string_view text, expression::Scalar& out) const;
  [[nodiscard]] std::optional<std::int64_t> encoded_time(std::string_view text) const;

  expression::Type type_;
  program::TimeEncoding encoding_;
  Strings& strings_;
  std::vector<Symbol> members_;  // of an enum
  std::optional<double> unit_;
  std::string_view last_text_;
  expression::Scalar last_value_ = expression::absent_scalar;
  std::string scratch_;
};

}  // namespace osac::tables
