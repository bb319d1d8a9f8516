#pragma once
// What commands write. Talk goes to stderr and never fails: a closed pipe is no reason to stop a run. Results go to stdout, and trouble
// with them counts.

#include <string>

namespace osac::cli {

/// Writes to stderr, whatever becomes of it.
void tell(const std::string& text);
/// Writes to stdout; trouble (a full disk) gives exit code 4, a closed pipe is silent.
int print_result(const std::string& text);

}  // namespace osac::cli
