#pragma once
// A file's record (JSON): some of its values, named by where they stand in it, as typed values. Planning reads records that paths and
// domains are made of, a step those that a command names. It knows no datasets, no files and no diagnostics: bytes in, values out.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/result.h"
#include "compiler/expression/type.h"
#include "compiler/expression/value.h"

namespace osac::records {

/// A value that is wanted of a record.
struct Field {
  std::string_view source;  ///< where it is, names with dots between: "cuts.picture"; a whole name with dots in it is found, too
  expression::Type type;    ///< boolean, integer, real, textual, date, time, duration or memory; optional: it may be missing or null
  /// Of an enumeration: its members. Empty: any text will do.
  std::span<const std::string_view> members = {};
};

/// The fields' values in order (Absent for an optional one that is missing or null). An error (damaged) says what is wrong in one
/// sentence about the file, "`cuts.picture` is \"high\", not a whole number": no JSON object, malformed UTF-8, a field missing or of
/// another type, a number out of range, a name given twice. All that is wrong with fields is told, in their order, at most five.
/// Dates, times, durations and amounts of memory are texts as tables have them ("2024-09-18", "30 min", "2 GiB"); a whole number will do
/// for a real, and a real without fraction for an integer.
Result<std::vector<expression::Value>> read_record(std::string_view json, std::span<const Field> fields);

}  // namespace osac::records
