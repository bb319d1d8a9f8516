#pragma once
// The records in an attempt's inputs (`{cleaning.picture}`): read when the attempt begins, each file once.

#include <map>
#include <string>

#include "compiler/plan/resolve.h"

namespace osac::step {

class InputRecords {
 public:
  explicit InputRecords(const plan::Plan& plan) : plan_(plan) {}

  /// A field of the record in a file. An error names the file, the field, what was expected and what was found.
  Result<expression::Value> field(const plan::FileUse& file, std::uint32_t field);

 private:
  const plan::Plan& plan_;  // NOLINT: lives as long as the attempt
  std::map<std::string, Result<std::string>> texts_;
};

}  // namespace osac::step
